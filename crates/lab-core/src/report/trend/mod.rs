//! Histories as people and scripts are shown them: a chart with its steps, a list of steps, an overview, JSON, CSV.
//!
//! It shows what was found and decides nothing.

mod chart;
mod csv;
mod json;
mod overview;
mod phrase;
mod text;

pub use csv::csv;
pub use json::json;
pub use overview::{overview, steps};
pub use text::text;

use lab_stats::Sensitivity;

use crate::budget::{Bound, Budget, Measure};
use crate::filter::Filter;
use crate::history::{LeftOut, Ordering, Timeline, Trend};
use crate::model::BenchmarkId;

/// One timeline with what it says.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// The values.
    pub timeline: Timeline,
    /// What they say.
    pub trend: Trend,
    /// The budget of its last level, where there is one.
    pub room: Option<Room>,
}

/// How a budget stands at the last level of a timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Room {
    /// The budget as it is written.
    pub target: String,
    /// How far the level may still grow, as a share of the level; below zero where the budget is missed.
    pub share: f64,
}

/// Several timelines of one machine.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// Name of the machine.
    pub machine: String,
    /// What the moments are ordered by.
    pub ordering: Ordering,
    /// What is no part of it.
    pub left_out: LeftOut,
    /// Runs in it.
    pub moment_count: usize,
    /// One per benchmark, in the order of their ids.
    pub courses: Vec<Course>,
    /// What else a reader should know, a line each: other machines, Runs that cannot be read.
    pub remarks: Vec<String>,
}

impl Course {
    /// Runs that it takes to see a step: two levels of the fewest values each.
    pub fn step_needs() -> usize {
        2 * Sensitivity::default().segment_min
    }

    /// Whether there are too few Runs to say that nothing moved.
    pub fn is_too_short(&self) -> bool {
        self.timeline.points.len() < Self::step_needs()
    }
}

impl Room {
    /// The room of a benchmark's median time or size under the plain budget that names it; budgets of rates, percentiles and
    /// multiples are for the Run to judge.
    pub fn of(budgets: &[Budget], id: &BenchmarkId, timeline: &Timeline, trend: &Trend) -> Option<Self> {
        let level = trend.stretches.last()?.last;
        let names = |budget: &&Budget| {
            let is_plain = budget.target.bound == Bound::AtMost
                && budget.throughput.is_none()
                && budget.relative_to.is_none()
                && budget.percentile.is_none()
                && matches!(budget.target.measure, Measure::Time | Measure::Bytes | Measure::Count);
            let ids = std::slice::from_ref(id);
            is_plain
                && budget.metric == timeline.metric
                && budget.package.as_ref().is_none_or(|package| *package == id.target.package)
                && !Filter::new(std::slice::from_ref(&budget.benchmarks)).select(ids).is_empty()
        };
        let budget = budgets.iter().rfind(names).filter(|_| level > 0.0)?;
        let share = budget.target.limit() / level - 1.0;
        Some(Self { target: budget.target.to_string(), share })
    }
}
