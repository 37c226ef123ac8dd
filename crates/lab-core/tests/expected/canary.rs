//! What the version 1 fixture with canaries says: their kernels, their place in the order, their row.

use std::collections::BTreeMap;

use lab_core::model::{
    BenchmarkId, KernelRecord, Measurement, MetricId, Observation, Outcome, Run, Sample, Scheduled, Seal,
    State, TargetId, Values,
};

pub(crate) const WITH_CANARIES: &str = "20260802T101500Z-2e3b9d9";

/// The finished Run, cut down to one block of one benchmark and a process of two kernels.
pub(crate) fn with_canaries() -> Run {
    let mut run = super::finished();
    run.id = WITH_CANARIES.into();
    run.plan.invocation_count = 1;
    run.sessions.truncate(1);
    run.warnings.clear();
    run.invocations.retain(|row| row.index == 0);
    let measured = run.invocations[0].observations[0].benchmark.clone();
    run.benchmarks.retain(|record| record.id == measured);
    run.canary.kernels = [("integer_v1", 500_000), ("fsync_v1", 1)]
        .map(|(id, units)| KernelRecord { id: id.into(), units })
        .into();
    run.canary.sha256 = Some("c".repeat(64));
    run.canary.is_optimised = true;
    run.canary.invocations = vec![row(&run)];
    run.schedule = [(vec![measured], run.invocations[0].padding_bytes), (run.canary.benchmark_ids(), 33)]
        .into_iter()
        .zip(0..)
        .map(|((benchmarks, padding_bytes), index)| Scheduled { index, block: 0, benchmarks, padding_bytes })
        .collect();
    run.state = State::Sealed(Seal {
        sealed_at: "2026-08-02T10:16:00Z".into(),
        invocation_count: 2,
        canary_count: 1,
        invocations_sha256: SHA256.into(),
        cut_short: None,
    });
    run
}

/// Of the file of invocations.
const SHA256: &str = "e61b86b58c9c7ab364c35918ed368a1768c85af532ba1a183325ece936e252e0";

fn row(run: &Run) -> lab_core::model::Invocation {
    let observation = |id: &str, outcome, measurements| Observation {
        benchmark: BenchmarkId::new(TargetId::canary(), id),
        outcome,
        measurements,
    };
    let times = [489_711.0, 488_869.0, 490_120.0].map(|total| Sample { iterations: 1.0, total });
    let measurement = Measurement {
        metric: MetricId::wall_ns(),
        unit: "ns".into(),
        values: Values::Samples(times.into()),
        throughput: Vec::new(),
        settings: BTreeMap::new(),
    };
    let reason = ". is on tmpfs, which keeps nothing".to_owned();
    lab_core::model::Invocation {
        index: 1,
        target: TargetId::canary(),
        arguments: ["__canary", ".", "3", "integer_v1=500000", "fsync_v1=1"].map(String::from).into(),
        padding_bytes: 33,
        started_at: "2026-08-02T10:15:01.500Z".into(),
        wall_ns: 19_344_551,
        observations: vec![
            observation("integer_v1", Outcome::Ok, vec![measurement]),
            observation("fsync_v1", Outcome::Missing { reason }, Vec::new()),
        ],
        taints: Vec::new(),
        warnings: Vec::new(),
        ..run.invocations[0].clone()
    }
}
