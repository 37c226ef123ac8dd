//! One benchmark, one metric, one machine: its values in the order of commits.
//!
//! It judges nothing; [`Trend`](super::Trend) does.

use std::sync::Arc;

use lab_stats::Estimate;

use super::Moment;
use crate::model::MetricId;

/// The values of a benchmark on one machine, in the order of commits.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    /// The benchmark's id, as it is typed: `package/target/path`.
    pub benchmark: String,
    /// What was measured.
    pub metric: MetricId,
    /// Unit of the values.
    pub unit: String,
    /// Name of the machine.
    pub machine: String,
    /// Oldest commit first; those of one commit by the time of measuring.
    pub points: Vec<TimelinePoint>,
}

/// One value of a timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelinePoint {
    /// The Run it is of; shared by all benchmarks of that Run.
    pub moment: Arc<Moment>,
    /// The median over the processes, and the interval of that median; absent where there are too few processes for its level.
    pub centre: Estimate,
    /// Processes that gave a value.
    pub invocation_count: u32,
    /// How many of them broke a rule of trust.
    pub tainted_count: u32,
}

impl TimelinePoint {
    /// The share of its processes that broke a rule of trust.
    pub fn taint_share(&self) -> f64 {
        if self.invocation_count == 0 {
            return 0.0;
        }
        f64::from(self.tainted_count) / f64::from(self.invocation_count)
    }
}

impl Timeline {
    /// Whether every value is above zero, so that ratios mean something.
    pub fn has_ratios(&self) -> bool {
        self.points.iter().all(|point| point.centre.point > 0.0)
    }

    /// The last `count` points.
    pub fn last(mut self, count: usize) -> Self {
        let first = self.points.len().saturating_sub(count);
        self.points.drain(..first);
        self
    }
}
