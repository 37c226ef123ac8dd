//! Runs and invocations to store, known to the last field.
//!
//! An invocation follows from its index alone, so that another process writes what this one expects.

use std::path::Path;

use bench_lab::store::{Location, Origin, Store};
use lab_core::model::{
    Aslr, BenchmarkId, BenchmarkRecord, Calibration, Environment, Exit, FactClass, FactValue, Invocation,
    Measurement, MetricId, Observation, Outcome, Plan, Reading, Revision, Run, Sample, Scheduled,
    SessionRecord, State, TargetId, TargetRecord, Values,
};

pub(crate) const CREATED_AT: &str = "2026-08-01T10:15:00Z";
pub(crate) const ID: &str = "20260801T101500Z-2e3b9d9";

pub(crate) fn at(path: &Path) -> Location {
    Location { path: path.to_owned(), origin: Origin::Flag }
}

pub(crate) fn store(path: &Path) -> Store {
    Store::create(&at(path)).expect("a temporary folder takes a store")
}

fn target() -> TargetId {
    TargetId::new("reedbase", "core")
}

fn benchmark() -> BenchmarkId {
    BenchmarkId::new(target(), "insert/1000 keys")
}

/// A Run of that many scheduled invocations with its first session, none measured yet.
pub(crate) fn run(scheduled_count: u32) -> Run {
    let schedule = (0..scheduled_count).map(|index| Scheduled {
        index,
        block: index,
        benchmarks: vec![benchmark()],
        padding_bytes: index * 16 % 4096,
    });
    Run {
        id: String::new(),
        lab_version: "0.1.0".into(),
        created_at: CREATED_AT.into(),
        workspace: "/home/me/reedbase".into(),
        revision: Revision {
            commit: Some("2e3b9d9c5fe24f51a1d2fd4c8b6b5c0f6d1f3a77".into()),
            branch: Some("main".into()),
            is_dirty: Some(false),
        },
        plan: plan(scheduled_count),
        targets: vec![TargetRecord {
            id: target(),
            harness: Some("criterion".into()),
            harness_version: Some("0.8.2".into()),
            executable: None,
            sha256: None,
            build_id: None,
            source: "benches/core.rs".into(),
            skip: None,
        }],
        benchmarks: vec![BenchmarkRecord {
            id: benchmark(),
            is_ignored: false,
            calibration: Calibration::default(),
            thread_count_max: Some(1),
        }],
        canary: lab_core::model::CanaryRecord::default(),
        schedule: schedule.collect(),
        sessions: vec![session(1)],
        invocations: Vec::new(),
        warnings: Vec::new(),
        provenance: None,
        looks: Vec::new(),
        state: State::Open,
    }
}

fn plan(invocation_count: u32) -> Plan {
    Plan {
        filters: Vec::new(),
        invocation_count,
        time_ms: 100,
        budget_ms: None,
        timeout_ms: 60_000,
        seed: u64::MAX,
        cpus: vec![2],
        threaded_cpus: vec![2, 3],
        aslr: Aslr::Random,
        includes_ignored: false,
        build_arguments: Vec::new(),
        looks: None,
    }
}

pub(crate) fn session(number: u32) -> SessionRecord {
    let mut environment = Environment::default();
    let absent = FactValue::Absent("no cpufreq: virtual machine".into());
    environment.insert("frequency.governor", FactClass::Configuration, "/sys/devices/system/cpu", absent);
    SessionRecord { number, started_at: CREATED_AT.into(), environment, tuning: Vec::new() }
}

/// Every seventh one is some hundred kilobytes, so that a kill can strike inside its write.
pub(crate) fn invocation(index: u32) -> Invocation {
    let sample_count = if index % 7 == 3 { 40_000 } else { 5 };
    let samples = (1..=sample_count)
        .map(|batch| Sample { iterations: f64::from(batch), total: f64::from(batch * (index + 1)) * 1.25 });
    let measurement = Measurement {
        metric: MetricId::wall_ns(),
        unit: "ns".into(),
        values: Values::Samples(samples.collect()),
        throughput: Vec::new(),
        settings: [("sample_size".to_owned(), "5".to_owned())].into(),
    };
    Invocation {
        index,
        session: 1,
        target: target(),
        arguments: vec!["--bench".into(), "insert/1000 keys".into()],
        cpus: vec![2],
        padding_bytes: index * 16 % 4096,
        started_at: CREATED_AT.into(),
        wall_ns: 1_000_000 + u64::from(index),
        exit: Exit::Code(0),
        observations: vec![Observation {
            benchmark: benchmark(),
            outcome: Outcome::Ok,
            measurements: vec![measurement],
        }],
        signals: [("steal_ns".to_owned(), Reading::Value(0.0))].into(),
        taints: Vec::new(),
        warnings: Vec::new(),
    }
}

pub(crate) fn invocations(count: u32) -> Vec<Invocation> {
    (0..count).map(invocation).collect()
}
