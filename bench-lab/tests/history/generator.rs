//! Large stores of known histories, made without measuring anything.
//!
//! Every benchmark of a Run shares its processes, so that 300 Runs of 1,000 benchmarks fit on a small disk.

use std::collections::BTreeMap;

use bench_lab::store::{Location, Origin, Store};
use lab_core::model::{
    Aslr, BenchmarkId, BenchmarkRecord, Calibration, CanaryRecord, Environment, Exit, FactClass, FactValue,
    Invocation, Measurement, MetricId, Observation, Outcome, Plan, Revision, Run, Sample, SessionRecord,
    State, TargetId, TargetRecord, Values,
};
use lab_stats::Draws;

use crate::bench_lab::Place;

/// A history to be made.
#[derive(Clone, Copy)]
pub(crate) struct Synthetic<'a> {
    /// Of each Run, oldest first.
    pub(crate) commits: &'a [String],
    pub(crate) benchmark_count: usize,
    /// Processes of each Run.
    pub(crate) process_count: u32,
    /// The level of a benchmark at a Run, in nanoseconds.
    pub(crate) level: fn(benchmark: usize, run: usize) -> f64,
    /// Standard deviation of a process, as a share.
    pub(crate) spread: f64,
}

fn target() -> TargetId {
    TargetId::new("p", "t")
}

fn benchmark(index: usize) -> BenchmarkId {
    BenchmarkId::new(target(), format!("group_{}/case_{index:04}", index / 50))
}

/// Adds the Runs to a store, a day apart.
pub(crate) fn fill(place: &Place, wanted: &Synthetic<'_>) {
    let store = Store::create(&Location { path: place.store(), origin: Origin::Flag }).unwrap();
    let mut draws = Draws::seeded(1);
    let start: jiff::Timestamp = "2026-01-01T10:00:00Z".parse().unwrap();
    for (run, commit) in wanted.commits.iter().enumerate() {
        let created_at = (start + jiff::SignedDuration::from_hours(24 * run as i64)).to_string();
        let mut open = store.create_run(&head(wanted, commit, &created_at)).unwrap();
        for process in 0..wanted.process_count {
            open.append(&invocation(wanted, (run, process), &created_at, &mut draws)).unwrap();
        }
        open.seal(None).unwrap();
    }
}

fn head(wanted: &Synthetic<'_>, commit: &str, created_at: &str) -> Run {
    let mut environment = Environment::default();
    let text = |text: &str| FactValue::Text(text.into());
    environment.insert("machine.name", FactClass::Explanation, "test", text("test-1c"));
    environment.insert("cpu.model", FactClass::Machine, "test", text("test-1c"));
    environment.insert("rustc.release", FactClass::Build, "test", text("1.95.0"));
    let plan = Plan {
        filters: Vec::new(),
        invocation_count: wanted.process_count,
        time_ms: 300,
        budget_ms: None,
        timeout_ms: 60_000,
        seed: 1,
        cpus: vec![1],
        threaded_cpus: vec![1],
        aslr: Aslr::Random,
        includes_ignored: false,
        build_arguments: Vec::new(),
        looks: None,
    };
    let record = |index| BenchmarkRecord {
        id: benchmark(index),
        is_ignored: false,
        calibration: Calibration::default(),
        thread_count_max: Some(1),
    };
    Run {
        provenance: None,
        id: String::new(),
        lab_version: "0.1.0".into(),
        created_at: created_at.into(),
        workspace: "/home/me/p".into(),
        revision: Revision {
            commit: Some(commit.into()),
            branch: Some("main".into()),
            is_dirty: Some(false),
        },
        plan,
        targets: vec![TargetRecord {
            id: target(),
            harness: Some("criterion".into()),
            harness_version: None,
            executable: None,
            sha256: None,
            build_id: None,
            source: "benches/t.rs".into(),
            skip: None,
        }],
        benchmarks: (0..wanted.benchmark_count).map(record).collect(),
        canary: CanaryRecord::default(),
        schedule: Vec::new(),
        sessions: vec![SessionRecord {
            number: 1,
            started_at: created_at.into(),
            environment,
            tuning: Vec::new(),
        }],
        invocations: Vec::new(),
        warnings: Vec::new(),
        looks: Vec::new(),
        state: State::Open,
    }
}

fn invocation(
    wanted: &Synthetic<'_>,
    (run, process): (usize, u32),
    created_at: &str,
    draws: &mut Draws,
) -> Invocation {
    let observations = (0..wanted.benchmark_count).map(|index| {
        let total = (wanted.level)(index, run) * (wanted.spread * draws.normal()).exp();
        let measurement = Measurement {
            metric: MetricId::wall_ns(),
            unit: "ns".into(),
            values: Values::Samples(vec![Sample { iterations: 1.0, total }]),
            throughput: Vec::new(),
            settings: BTreeMap::new(),
        };
        Observation { benchmark: benchmark(index), outcome: Outcome::Ok, measurements: vec![measurement] }
    });
    Invocation {
        index: process,
        session: 1,
        target: target(),
        arguments: Vec::new(),
        cpus: vec![1],
        padding_bytes: 0,
        started_at: created_at.into(),
        wall_ns: 1_000_000_000,
        exit: Exit::Code(0),
        observations: observations.collect(),
        signals: BTreeMap::new(),
        taints: Vec::new(),
        warnings: Vec::new(),
    }
}
