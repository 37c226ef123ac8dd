//! The catalogue of things that are measured per benchmark.
//!
//! A metric is added by a row here; harness-defined ones that no row knows keep the unit the harness states.

use std::fmt;

/// Name of a metric: JSON key and column head.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MetricId(pub String);

impl MetricId {
    /// Time of one iteration, as the harness reports it.
    pub fn wall_ns() -> Self {
        Self("wall_ns".into())
    }
}

impl fmt::Display for MetricId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Less is better: times, bytes, counts.
    LowerIsBetter,
    /// More is better: rates.
    HigherIsBetter,
}

/// One row of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// JSON key and column head; the unit stands last.
    pub id: &'static str,
    /// Unit of the values: `ns`, `bytes`, `count`.
    pub unit: &'static str,
    /// Which way is better.
    pub direction: Direction,
    /// What it is, per iteration unless it says otherwise.
    pub doc: &'static str,
}

const fn lower(id: &'static str, unit: &'static str, doc: &'static str) -> Metric {
    Metric { id, unit, direction: Direction::LowerIsBetter, doc }
}

/// Every metric that bench-lab names itself.
pub const METRICS: &[Metric] = &[
    lower("wall_ns", "ns", "wall time of one iteration, as the harness measured it"),
    lower("alloc_count", "count", "allocations of one iteration (divan's allocation profiler)"),
    lower("alloc_bytes", "bytes", "bytes allocated by one iteration (divan's allocation profiler)"),
    lower("dealloc_count", "count", "deallocations of one iteration (divan's allocation profiler)"),
    lower("dealloc_bytes", "bytes", "bytes freed by one iteration (divan's allocation profiler)"),
    lower("grow_count", "count", "reallocations that grew, of one iteration (divan's allocation profiler)"),
    lower("grow_bytes", "bytes", "bytes grown by one iteration (divan's allocation profiler)"),
    lower(
        "shrink_count",
        "count",
        "reallocations that shrank, of one iteration (divan's allocation profiler)",
    ),
    lower("shrink_bytes", "bytes", "bytes shrunk by one iteration (divan's allocation profiler)"),
    lower(
        "live_count_max",
        "count",
        "most allocations alive at once in a sample, results kept to its end (divan's `max alloc`)",
    ),
    lower(
        "live_bytes_max",
        "bytes",
        "most bytes alive at once in a sample, results kept to its end (divan's `max alloc`)",
    ),
];
