//! The sentences of the displays for people, so that bar and plain lines say the same.
//!
//! It makes text only; where the text goes is the display's business.

use lab_core::model::{BenchmarkId, Invocation, Outcome};
use lab_core::report::number;

use crate::runner::event::RunningEstimate;

/// One line for a finished invocation: what was measured so far, or what went wrong.
pub(super) fn finished(invocation: &Invocation, estimates: &[RunningEstimate]) -> Vec<String> {
    invocation
        .observations
        .iter()
        .map(|observation| match &observation.outcome {
            Outcome::Ok => estimates
                .iter()
                .find(|estimate| estimate.benchmark == observation.benchmark)
                .map_or_else(|| format!("{} measured", observation.benchmark), measured),
            other => failure(&observation.benchmark, other),
        })
        .collect()
}

/// A running estimate: `pkg/bench/read  45.23 µs  (3 invocations)`.
pub(super) fn measured(estimate: &RunningEstimate) -> String {
    format!("{}  {}", one_line(&estimate.benchmark), figure(estimate))
}

/// The same without the name.
pub(super) fn figure(estimate: &RunningEstimate) -> String {
    let median = number::quantity(estimate.median, &estimate.unit);
    format!("{median}  ({})", number::counted(estimate.invocation_count, "invocation"))
}

/// What went wrong, in one line.
pub(super) fn failure(benchmark: &BenchmarkId, outcome: &Outcome) -> String {
    let benchmark = one_line(benchmark);
    match outcome {
        Outcome::Ok => format!("{benchmark}  ok"),
        Outcome::Failed { reason, .. } => format!("{benchmark}  FAILED: {reason}"),
        Outcome::TimedOut { limit_ms, .. } => {
            format!("{benchmark}  TIMED OUT after {}", number::span(*limit_ms as f64 / 1e3))
        }
        Outcome::Missing { reason } => format!("{benchmark}  MISSING: {reason}"),
    }
}

/// The id on one line, whatever characters its harness allowed into it.
pub(super) fn one_line(benchmark: &BenchmarkId) -> String {
    benchmark.to_string().chars().map(|c| if c.is_control() { '␤' } else { c }).collect()
}
