//! What was not measured, and why: silence must not look like success.
//!
//! It names everything; long lists are folded and never cut.

use maud::{Markup, html};

use super::page::Page;
use super::words;
use crate::budget::Kept;
use crate::model::{BenchmarkId, Match, MatchState, Outcome, State, TargetRecord};
use crate::report::number;

/// Longer lists are folded.
const OPEN_MAX: usize = 12;

/// One reason with what it is about.
struct Absence {
    what: String,
    items: Vec<Markup>,
}

/// The section; one sentence where nothing is missing.
pub(super) fn section(page: &Page<'_>) -> Markup {
    let absences = absences(page);
    html! {
        section #absent aria-labelledby="absent-title" {
            h2 #absent-title { "Not measured" }
            @if absences.is_empty() { p { "Nothing is missing: every selected benchmark was measured." @if page.material.filtered.is_some() { " What the filter leaves out is not looked at." } } }
            @for absence in &absences {
                details open[absence.items.len() <= OPEN_MAX] {
                    summary { (absence.what) " (" (absence.items.len()) ")" }
                    ul { @for item in &absence.items { li { (item) } } }
                }
            }
        }
    }
}

fn absences(page: &Page<'_>) -> Vec<Absence> {
    let mut found = Vec::new();
    let mut push = |what: &str, items: Vec<Markup>| {
        if !items.is_empty() {
            found.push(Absence { what: what.into(), items });
        }
    };
    if let Some(run) = page.material.run {
        let failures = run.rows().flat_map(|row| row.failures.first().map(|outcome| (row, outcome)));
        push(
            "failed",
            failures.map(|(row, outcome)| failure(&row.id, row.failures.len(), outcome)).collect(),
        );
        let never = run.rows().filter(|row| row.figures.is_empty() && row.failures.is_empty());
        push("its turn did not come", never.map(|row| words::id(&row.id)).collect());
        push("targets left out", run.skipped.iter().map(|target| skipped(target)).collect());
        push("unfinished", unfinished(&run.run.state, run.invocation_count, run.scheduled_count));
        let unmeasured = run.budgets.iter().filter_map(|judged| match &judged.kept {
            Kept::Unmeasured(why) => Some(html! { (judged.pattern) ": " (why) }),
            Kept::Met | Kept::Tolerated | Kept::Missed { .. } => None,
        });
        push("budgets that nothing answers", unmeasured.collect());
    }
    if let Some(view) = page.view() {
        let comparison = view.comparison;
        let ids = |ids: &[BenchmarkId]| ids.iter().map(words::id).collect::<Vec<_>>();
        push("only in the baseline", ids(&comparison.removed));
        push("only in the candidate", ids(&comparison.added));
        if comparison.unasked_count > 0 {
            let count = number::counted(comparison.unasked_count, "benchmark");
            push(
                "not asked for",
                vec![html! { (count) " of the baseline were left out of the candidate's Run" }],
            );
        }
    }
    if let super::page::Subject::Match { content, .. } = page.material.subject {
        push(
            "targets left out",
            content.sides[1].targets.iter().filter(|t| t.skip.is_some()).map(skipped).collect(),
        );
        push("unfinished", unfinished_match(content));
    }
    found
}

fn failure(id: &BenchmarkId, count: usize, outcome: &Outcome) -> Markup {
    let (reason, tail) = match outcome {
        Outcome::Ok => (String::new(), ""),
        Outcome::Failed { reason, tail } => (reason.clone(), tail.as_str()),
        Outcome::TimedOut { limit_ms, tail } => {
            (format!("killed after {}", number::span(*limit_ms as f64 / 1e3)), tail.as_str())
        }
        Outcome::Missing { reason } => (reason.clone(), ""),
    };
    html! {
        (words::id(id)) ": " (number::counted(count, "invocation")) " failed: " (reason)
        @if !tail.trim().is_empty() { pre tabindex="0" { (tail.trim_end()) } }
    }
}

fn skipped(target: &TargetRecord) -> Markup {
    let why = target.skip.as_ref().map(ToString::to_string).unwrap_or_default();
    html! { (target.id) ": " (why) }
}

fn unfinished(state: &State, done: usize, scheduled: usize) -> Vec<Markup> {
    let text = match state {
        State::Open => format!("{done} of {scheduled} invocations are done: the Run is open"),
        State::Sealed(seal) => match &seal.cut_short {
            Some(why) => format!("the Run ended early: {why}"),
            None => return Vec::new(),
        },
    };
    vec![html! { (text) }]
}

fn unfinished_match(content: &Match) -> Vec<Markup> {
    let text = match &content.state {
        MatchState::Open => "the match is open: bench-lab ab --resume goes on".to_owned(),
        MatchState::Sealed(seal) => match &seal.cut_short {
            Some(why) => format!("the match ended early: {why}"),
            None => return Vec::new(),
        },
    };
    vec![html! { (text) }]
}
