//! The sentences of the displays for people, so that bar and plain lines say the same.
//!
//! It makes text only; where the text goes is the display's business.

use lab_core::compare::Change;
use lab_core::model::{BenchmarkId, Invocation, Launch, LookRecord, Outcome, Spent};
use lab_core::report::number;

use crate::runner::event::{MatchProgress, RunningEstimate};

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

/// What a look decided: a line that counts, and one for each benchmark that more invocations would not decide.
pub(super) fn looked(look: &LookRecord, counts: &[u32]) -> Vec<String> {
    let count = |is: fn(&Spent) -> bool| look.ended.iter().filter(|end| is(&end.spent)).count();
    let parts = [
        (count(|spent| matches!(spent, Spent::Decided(_))), "decided".to_owned()),
        (count(|spent| matches!(spent, Spent::Hopeless(_))), "not to be decided by more".to_owned()),
        (count(|spent| *spent == Spent::Exhausted), "open at the end".to_owned()),
        (
            look.going_on().len(),
            counts.get(look.number as usize).map_or_else(String::new, |next| format!("on to {next}")),
        ),
    ];
    let said: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    let invocations = number::counted(look.invocation_count as usize, "invocation");
    let head = format!("look     {} of {} at {invocations}: {}", look.number, counts.len(), said.join(", "));
    let hopeless = look.ended.iter().filter_map(|end| match &end.spent {
        Spent::Hopeless(why) => Some(format!("         {}: {why}", one_line(&end.benchmark))),
        Spent::Decided(_) | Spent::Exhausted => None,
    });
    std::iter::once(head).chain(hopeless).collect()
}

/// What a match sets against each other.
pub(super) fn match_begun(
    [baseline, candidate]: [&str; 2],
    duel_count: usize,
    identical_count: usize,
) -> String {
    let identical = match identical_count {
        0 => String::new(),
        count => format!(", {count} of them the same executable with the same inputs"),
    };
    format!("{} of {baseline} and {candidate}{identical}", number::counted(duel_count, "benchmark"))
}

/// A launch that gave no value, in one line.
pub(super) fn launch_failed(launch: &Launch) -> Option<String> {
    (launch.outcome != Outcome::Ok).then(|| failure(&launch.benchmark, &launch.outcome))
}

/// A verdict that stands: `pkg/bench/read  regressed +16.1 % after 10 launches`.
pub(super) fn judged(change: &Change) -> String {
    let ratio =
        change.ratio.map_or_else(String::new, |ratio| format!(" {}", number::change(ratio.point.ln())));
    let verdict = change.verdict.id().replace('_', " ");
    let launches = match change.count {
        1 => "1 launch".to_owned(),
        count => format!("{count} launches"),
    };
    format!("{}  {verdict}{ratio} after {launches}", one_line(&change.benchmark))
}

/// `, at most 2m left`; empty while nothing is known, and at the end.
pub(super) fn at_most_left(progress: &MatchProgress) -> String {
    let left = progress.remaining_max.filter(|left| !left.is_zero());
    left.map_or_else(String::new, |left| format!(", at most {} left", number::span(left.as_secs_f64())))
}

/// The id on one line, whatever characters its harness allowed into it.
pub(super) fn one_line(benchmark: &BenchmarkId) -> String {
    benchmark.to_string().chars().map(|c| if c.is_control() { '␤' } else { c }).collect()
}
