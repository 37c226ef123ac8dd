//! Runs for the tests of this module: chosen times per kernel and process, and nothing else.
//!
//! Its numbers are made up.

use std::collections::BTreeMap;

use crate::model::{
    Aslr, BenchmarkId, CanaryRecord, Exit, Invocation, KernelRecord, Measurement, MetricId, Observation,
    Outcome, Plan, Revision, Run, Sample, Signals, State, TargetId, Values,
};

/// A Run whose kernels took these times in nanoseconds, one per process.
pub(crate) fn run(kernels: &[(&str, &[f64])]) -> Run {
    let count = kernels.iter().map(|(_, times)| times.len()).max().unwrap_or(0);
    let mut run = empty();
    run.canary = CanaryRecord {
        sha256: Some("5e".repeat(32)),
        is_optimised: true,
        kernels: kernels.iter().map(|(id, _)| KernelRecord { id: (*id).into(), units: 1000 }).collect(),
        invocations: (0..count).map(|at| process(at, kernels)).collect(),
    };
    run
}

fn process(at: usize, kernels: &[(&str, &[f64])]) -> Invocation {
    let observe = |(id, times): &(&str, &[f64])| match times.get(at) {
        Some(time) => observation(id, Outcome::Ok, vec![measurement(*time)]),
        None => observation(id, Outcome::Missing { reason: "no disk".into() }, Vec::new()),
    };
    Invocation {
        index: at as u32 * 3,
        session: 1,
        target: TargetId::canary(),
        arguments: Vec::new(),
        cpus: vec![1],
        padding_bytes: 0,
        started_at: "2026-08-01T10:15:00Z".into(),
        wall_ns: 20_000_000,
        exit: Exit::Code(0),
        observations: kernels.iter().map(observe).collect(),
        signals: Signals::new(),
        taints: Vec::new(),
        warnings: Vec::new(),
    }
}

fn observation(id: &str, outcome: Outcome, measurements: Vec<Measurement>) -> Observation {
    Observation { benchmark: BenchmarkId::new(TargetId::canary(), id), outcome, measurements }
}

fn measurement(time: f64) -> Measurement {
    Measurement {
        metric: MetricId::wall_ns(),
        unit: "ns".into(),
        values: Values::Samples(vec![Sample { iterations: 1.0, total: time }; 3]),
        throughput: Vec::new(),
        settings: BTreeMap::new(),
    }
}

fn empty() -> Run {
    Run {
        id: String::new(),
        lab_version: "0".into(),
        created_at: "2026-08-01T10:15:00Z".into(),
        workspace: "/w".into(),
        revision: Revision::default(),
        plan: Plan {
            filters: Vec::new(),
            invocation_count: 10,
            time_ms: 300,
            budget_ms: None,
            timeout_ms: 1000,
            seed: 1,
            cpus: vec![1],
            threaded_cpus: vec![1],
            aslr: Aslr::Random,
            includes_ignored: false,
            build_arguments: Vec::new(),
            looks: None,
        },
        targets: Vec::new(),
        benchmarks: Vec::new(),
        canary: CanaryRecord::default(),
        schedule: Vec::new(),
        sessions: Vec::new(),
        invocations: Vec::new(),
        warnings: Vec::new(),
        provenance: None,
        looks: Vec::new(),
        state: State::Open,
    }
}
