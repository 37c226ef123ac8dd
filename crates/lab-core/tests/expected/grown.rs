//! What the version 1 fixture of a Run that grew says: its looks, and what the first of them added.

use lab_core::model::{LookEnd, LookPlan, LookRecord, Run, Scheduled, Spent};

pub(crate) const GROWN: &str = "20260803T101500Z-2e3b9d9";

/// The Run with canaries, held twice against a baseline.
pub(crate) fn grown() -> Run {
    let mut run = super::with_canaries();
    run.id = GROWN.into();
    run.plan.looks = Some(LookPlan {
        baseline: "test-1c/main".into(),
        baseline_run: Some(super::FINISHED.into()),
        counts: vec![1, 2],
    });
    let id = run.benchmarks[0].id.clone();
    let scheduled =
        |index, benchmarks, padding_bytes| Scheduled { index, block: 1, benchmarks, padding_bytes };
    let look = |number: u32, looked_at: &str| LookRecord {
        number,
        looked_at: looked_at.into(),
        invocation_count: number,
        ended: Vec::new(),
        schedule: Vec::new(),
    };
    let first = LookRecord {
        schedule: vec![scheduled(2, run.canary.benchmark_ids(), 7), scheduled(3, vec![id.clone()], 99)],
        ..look(1, "2026-08-03T10:15:02Z")
    };
    let why = "no canary ran in the baseline".to_owned();
    let second = LookRecord {
        ended: vec![LookEnd { benchmark: id, spent: Spent::Hopeless(why) }],
        ..look(2, "2026-08-03T10:15:04Z")
    };
    run.looks = vec![first, second];
    run
}
