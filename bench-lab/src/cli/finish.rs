//! The end of a match: sealed, judged, shown, and the exit code chosen.
//!
//! It measures nothing.

use lab_core::compare::{Comparison, Verdict, policy_of_match};
use lab_core::model::{Footing, Match, MatchState};
use lab_core::report::compared::ComparedView;
use lab_core::report::number;
use serde_json::json;

use super::error::CommandError;
use super::exit::ExitCode;
use super::format::FormatArguments;
use super::lab::Lab;
use super::matched::{examined, judged, page};
use super::recheck::First;
use super::rules::{self, Rules};
use super::{output, store_error};
use crate::matches::Ending;
use crate::progress::Display;
use crate::store::{OpenMatch, Store};

/// Kind of the warning about a target of one side that should have been measured and could not be.
pub(super) const TARGET_FAILED: &str = "target_failed";

/// How a result is shown.
pub(super) struct Shown {
    pub(super) display: Display,
    /// Whether every benchmark is listed.
    pub(super) lists_all: bool,
    /// Whether the gate is asked.
    pub(super) has_gate: bool,
    /// In which forms the result is wanted.
    pub(super) formats: FormatArguments,
}

/// A match that has come to its end, or to a stop.
pub(super) struct Finish<'a> {
    pub(super) store: &'a Store,
    pub(super) open: OpenMatch,
    pub(super) content: Match,
    pub(super) ending: Ending,
    /// The match whose suspects it measured again.
    pub(super) first: Option<First>,
}

/// Seals what is whole, shows the verdicts, and chooses the exit code.
pub(super) fn finish(
    lab: &mut Lab,
    finish: Finish<'_>,
    mut rules: Rules,
    shown: &Shown,
) -> Result<ExitCode, CommandError> {
    let Finish { store, mut open, content, ending, first } = finish;
    for warning in &lab.release() {
        open.add_warning(warning).map_err(store_error)?;
    }
    let id = open.id().to_owned();
    let is_stopped = ending == Ending::Stopped;
    match ending {
        Ending::Stopped => drop(open),
        Ending::Done => drop(open.seal(None).map_err(store_error)?),
        Ending::BudgetSpent(open_count) => {
            drop(open.seal(Some(spent(&content, open_count))).map_err(store_error)?)
        }
    }
    lab.ended();
    let content = store.load_match(&id).map_err(store_error)?.content;
    rules.policy = policy_of_match(&rules.policy, &content.plan);
    let again = judged(&content, &rules.policy)?;
    // Half a match takes nothing back.
    let comparison = match first {
        Some(first) if !is_stopped => lab_core::compare::recheck(first.comparison, &again),
        _ => again,
    };
    let code = tell(store, (&content, &comparison), &rules, shown)?;
    Ok(if is_stopped { ExitCode::Interrupted } else { code })
}

/// Shows the verdicts on a stored match, writes them where they are wanted, and chooses the exit code.
pub(super) fn tell(
    store: &Store,
    (content, comparison): (&Match, &Comparison),
    rules: &Rules,
    shown: &Shown,
) -> Result<ExitCode, CommandError> {
    let is_stopped = content.state == MatchState::Open;
    let id = &content.id;
    let gate = shown.has_gate.then(|| rules.gate(None, Some(comparison)));
    let examined = examined(store, comparison);
    let view = ComparedView { comparison, gate: gate.as_ref(), lists_all: shown.lists_all };
    let page = page(&view, content, examined.as_ref(), &shown.formats);
    match shown.display {
        Display::Json => {
            shown.formats.write(&page)?;
            output::json(&json!({"event": "result", "result": page.json}))?;
        }
        Display::Quiet | Display::Warnings => {
            // What was asked for by name is no noise.
            match shown.formats.format() {
                Some(_) => shown.formats.show(&page)?,
                None => shown.formats.write(&page)?,
            }
            if is_stopped {
                output::note(&to_go_on(id));
            }
        }
        Display::Auto => {
            // Before the result, whose last line is the verdict.
            output::note(&format!("kept in {}", store.path().join("matches").join(id).display()));
            shown.formats.show(&page)?;
            if is_stopped {
                output::note(&to_go_on(id));
            }
        }
    }
    Ok(match gate.as_ref().map_or(ExitCode::Fine, rules::exit_code) {
        ExitCode::Fine if has_failure(content) => ExitCode::BenchmarkFailed,
        ExitCode::Fine if says_nothing(comparison) => ExitCode::NotComparable,
        code => code,
    })
}

fn spent(content: &Match, open_count: usize) -> String {
    let budget_ns = content.plan.budget_ms.unwrap_or_default() as f64 * 1e6;
    format!(
        "budget of {} reached with {} undecided",
        number::quantity(budget_ns, "ns"),
        number::counted(open_count, "benchmark")
    )
}

fn to_go_on(id: &str) -> String {
    format!("stopped; bench-lab ab --resume {id} goes on")
}

/// Whether a benchmark or a target of either side does not work.
fn has_failure(content: &Match) -> bool {
    content.duels.iter().any(|duel| duel.footing == Footing::Broken)
        || content.warnings.iter().any(|warning| warning.kind == TARGET_FAILED)
}

/// Whether not one benchmark could be compared.
fn says_nothing(comparison: &Comparison) -> bool {
    comparison.changes.iter().all(|change| matches!(change.verdict, Verdict::NotComparable(_)))
}
