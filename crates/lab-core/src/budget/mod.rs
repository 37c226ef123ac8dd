//! Budgets: absolute targets of benchmarks, and whether a Run keeps them.
//!
//! A budget says nothing about a change; that is what comparisons are for.

mod judge;
mod read;
mod target;

pub use judge::{Judged, Kept, judge, without_benchmark};
pub use read::read_budgets;
pub(crate) use read::read_rows;
pub use target::{Bound, Measure, Target, TargetError};

use crate::model::MetricId;

/// One target of one or several benchmarks.
#[derive(Clone, Debug, PartialEq)]
pub struct Budget {
    /// As on the command line: an id, a part of one, or a regular expression.
    pub benchmarks: String,
    /// Only benchmarks of this package; absent for a budget of the workspace.
    pub package: Option<String>,
    /// The bound.
    pub target: Target,
    /// The metric it is about.
    pub metric: MetricId,
    /// The kind of declared work that is counted per second; absent for any of the right unit, or for iterations.
    pub throughput: Option<String>,
    /// The benchmark whose value is one, for a multiple.
    pub relative_to: Option<String>,
    /// The share of samples that must keep it, in per cent, for a percentile; absent for the median.
    pub percentile: Option<f64>,
    /// What it stands for, in words.
    pub note: Option<String>,
    /// Line in its file.
    pub line: usize,
}
