//! What a Run learnt when it was held against its baseline while it was measured, and what it did about it.
//!
//! It is stored before anything that follows from it is started; a verdict of then is a reason, never an answer.

use std::collections::BTreeSet;

use super::{BenchmarkId, Scheduled};

/// One look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookRecord {
    /// From 1, among the looks of the plan.
    pub number: u32,
    /// RFC 3339 in UTC.
    pub looked_at: String,
    /// Invocations of each benchmark that was still being measured.
    pub invocation_count: u32,
    /// The benchmarks that are measured no more from here on, with the reason; in the order of the Run's list.
    pub ended: Vec<LookEnd>,
    /// What is measured next, in that order; empty where nothing is.
    pub schedule: Vec<Scheduled>,
}

impl LookRecord {
    /// The benchmarks that the look lets go on, each once. One that ended may be among them where its process cannot leave
    /// it out.
    pub fn going_on(&self) -> BTreeSet<&BenchmarkId> {
        let measured = self.schedule.iter().filter(|scheduled| !scheduled.is_canary());
        measured.flat_map(|scheduled| &scheduled.benchmarks).collect()
    }
}

/// A benchmark that is measured no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookEnd {
    /// Which benchmark.
    pub benchmark: BenchmarkId,
    /// Why.
    pub spent: Spent,
}

/// Why a benchmark is measured no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spent {
    /// It has its verdict: the name of it.
    Decided(String),
    /// More invocations on this side would not decide it: why, as a clause.
    Hopeless(String),
    /// It is open after the last look.
    Exhausted,
}
