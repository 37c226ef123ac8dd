//! Stores of Runs with chosen times, made without measuring anything.
//!
//! Their numbers are made up; which verdict follows from them is known.

use std::collections::BTreeMap;

use bench_lab::store::{Location, Origin, Store};
use lab_core::model::{
    Aslr, BenchmarkId, BenchmarkRecord, Calibration, CanaryRecord, Environment, Exit, FactClass, FactValue,
    Invocation, KernelRecord, Measurement, MetricId, Observation, Outcome, Plan, Reading, Revision, Run,
    Sample, SessionRecord, Signals, State, TargetId, TargetRecord, Values,
};

use crate::bench_lab::Place;

pub(crate) const COMMIT: &str = "2e3b9d9c5fe24f51a1d2fd4c8b6b5c0f6d1f3a77";

/// What a Run is to be.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) created_at: &'a str,
    pub(crate) branch: &'a str,
    pub(crate) commit: &'a str,
    pub(crate) machine: &'a str,
    /// Path and typical nanoseconds of each benchmark; not a number for one that fails.
    pub(crate) benchmarks: &'a [(&'a str, f64)],
    /// Processes of each benchmark, and of the canaries.
    pub(crate) count: u32,
    /// How much slower the machine itself was.
    pub(crate) drift: f64,
}

impl Default for Wanted<'_> {
    fn default() -> Self {
        Self {
            created_at: "2026-08-01T10:15:00Z",
            branch: "main",
            commit: COMMIT,
            machine: "test-1c",
            benchmarks: &[("read", 1000.0), ("write", 50_000.0)],
            count: 12,
            drift: 1.0,
        }
    }
}

/// Stores the Run and gives its id.
pub(crate) fn store(place: &Place, wanted: Wanted<'_>) -> String {
    let location = Location { path: place.store(), origin: Origin::Flag };
    let store = Store::create(&location).unwrap();
    let mut open = store.create_run(&run(wanted)).unwrap();
    for invocation in invocations(wanted) {
        open.append(&invocation).unwrap();
    }
    let id = open.id().to_owned();
    open.seal(None).unwrap();
    id
}

fn target() -> TargetId {
    TargetId::new("p", "t")
}

fn run(wanted: Wanted<'_>) -> Run {
    let mut environment = Environment::default();
    let text = |text: &str| FactValue::Text(text.into());
    environment.insert("machine.name", FactClass::Explanation, "test", text(wanted.machine));
    environment.insert("cpu.model", FactClass::Machine, "test", text(wanted.machine));
    Run {
        id: String::new(),
        lab_version: "0.1.0".into(),
        created_at: wanted.created_at.into(),
        workspace: "/home/me/p".into(),
        revision: Revision {
            commit: Some(wanted.commit.into()),
            branch: Some(wanted.branch.into()),
            is_dirty: Some(false),
        },
        plan: Plan {
            filters: Vec::new(),
            invocation_count: wanted.count,
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
        },
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
        benchmarks: wanted
            .benchmarks
            .iter()
            .map(|(path, _)| BenchmarkRecord {
                id: BenchmarkId::new(target(), *path),
                is_ignored: false,
                calibration: Calibration::default(),
                thread_count_max: Some(1),
            })
            .collect(),
        canary: CanaryRecord {
            sha256: None,
            is_optimised: true,
            kernels: vec![KernelRecord { id: "integer_v1".into(), units: 1 }],
            invocations: Vec::new(),
        },
        schedule: Vec::new(),
        sessions: vec![SessionRecord {
            number: 1,
            started_at: wanted.created_at.into(),
            environment,
            tuning: Vec::new(),
        }],
        invocations: Vec::new(),
        warnings: Vec::new(),
        provenance: None,
        looks: Vec::new(),
        state: State::Open,
    }
}

/// Round by round, each value a little off the typical one, none twice.
fn invocations(wanted: Wanted<'_>) -> Vec<Invocation> {
    let mut all = Vec::new();
    for round in 0..wanted.count {
        let side = if round % 2 == 0 { 1.0 } else { -1.0 };
        let wobble = 1.0 + side * 0.004 * f64::from(round + 1) / f64::from(wanted.count);
        let mut row = |benchmark: BenchmarkId, nanoseconds: f64| {
            all.push(invocation(all.len() as u32, benchmark, nanoseconds * wobble * wanted.drift));
        };
        for (path, nanoseconds) in wanted.benchmarks {
            row(BenchmarkId::new(target(), *path), *nanoseconds);
        }
        row(BenchmarkId::new(TargetId::canary(), "integer_v1"), 1000.0);
    }
    all
}

fn invocation(index: u32, benchmark: BenchmarkId, nanoseconds: f64) -> Invocation {
    let measurement = Measurement {
        metric: MetricId::wall_ns(),
        unit: "ns".into(),
        values: Values::Samples(vec![Sample { iterations: 1.0, total: nanoseconds }]),
        throughput: Vec::new(),
        settings: BTreeMap::new(),
    };
    let (outcome, measurements) = if nanoseconds.is_finite() {
        (Outcome::Ok, vec![measurement])
    } else {
        (Outcome::Missing { reason: "not run".into() }, Vec::new())
    };
    let mut signals = Signals::new();
    for (id, share) in [("cpu_user_ns", 0.9), ("cpu_system_ns", 0.05)] {
        signals.insert(id.into(), Reading::Value(share * 1e9));
    }
    Invocation {
        index,
        session: 1,
        target: benchmark.target.clone(),
        arguments: Vec::new(),
        cpus: vec![1],
        padding_bytes: 0,
        started_at: "2026-08-01T10:15:00Z".into(),
        wall_ns: 1_000_000_000,
        exit: Exit::Code(0),
        observations: vec![Observation { benchmark, outcome, measurements }],
        signals,
        taints: Vec::new(),
        warnings: Vec::new(),
    }
}
