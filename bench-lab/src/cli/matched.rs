//! The end of a match, and a stored one shown again: verdicts, gate, exit code.
//!
//! It measures nothing.

use std::path::PathBuf;

use lab_core::compare::{Comparison, Verdict, compare_match, policy_of_match};
use lab_core::model::{Footing, Match, MatchState};
use lab_core::policy::{Policy, read_policy};
use lab_core::report::compared::{ComparedView, json, text};
use lab_core::report::number;
use lab_core::report::place::Places;
use lab_core::report::prose::hanging;
use lab_core::report::tone::Line;
use lab_core::validation::Pooled;
use serde_json::{Value, json as object};

use super::error::CommandError;
use super::exit::ExitCode;
use super::format::{FormatArguments, Page, Text};
use super::lab::Lab;
use super::places::places;
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
            output::json(&object!({"event": "result", "result": page.json}))?;
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

/// Shows a stored match by the policy it was measured under.
pub(super) fn show(store: &Store, content: &Match, formats: &FormatArguments) -> Result<(), CommandError> {
    let policy = stored_policy(content)?;
    let comparison = judged(content, &policy)?;
    let view = ComparedView { comparison: &comparison, gate: None, lists_all: true };
    let examined = examined(store, &comparison);
    formats.show(&page(&view, content, examined.as_ref(), formats))
}

/// A match in every form.
fn page<'a>(
    view: &'a ComparedView<'a>,
    content: &'a Match,
    examined: Option<&'a String>,
    formats: &FormatArguments,
) -> Page<'a> {
    let workspaces = [Some(PathBuf::from(&content.workspace)), std::env::current_dir().ok()];
    let workspaces: Vec<PathBuf> = workspaces.into_iter().flatten().collect();
    let is_wanted = formats.wants_places();
    Page {
        comparison: Some(view),
        text: Some(Text(Box::new(move |width| as_text(view, content, examined, width)))),
        json: Some(rendered(content, view, examined)),
        places: if is_wanted { places(&content.sides[1].targets, &workspaces) } else { Places::default() },
        ..Page::default()
    }
}

/// The policy that a match was measured under.
pub(super) fn stored_policy(content: &Match) -> Result<Policy, CommandError> {
    let text = content.plan.policy.as_deref().unwrap_or_default();
    let (policy, _) = read_policy(text).map_err(|mistake| {
        let message = format!("the policy stored in match {} cannot be read: {mistake}", content.id);
        CommandError::text(ExitCode::Usage, message)
    })?;
    Ok(policy_of_match(&policy, &content.plan))
}

pub(super) fn judged(content: &Match, policy: &Policy) -> Result<Comparison, CommandError> {
    compare_match(content, policy).map_err(|error| CommandError::new(ExitCode::NotComparable, &error))
}

fn as_text(view: &ComparedView<'_>, content: &Match, examined: Option<&String>, width: usize) -> Vec<Line> {
    let head = format!("match      {}  {}", content.id, measured(content));
    let besides: Vec<String> = examined.into_iter().cloned().collect();
    let head = hanging(&head, 11, width).into_iter().map(Line::from);
    head.chain(text::lines(view, width, &besides)).collect()
}

/// What examinations of machines like this one found, in a sentence; absent where there was none.
fn examined(store: &Store, comparison: &Comparison) -> Option<String> {
    let machine = comparison.candidate.machine.as_deref()?;
    let pooled = Pooled::of(&store.list_validations().ok()?, machine)?;
    Some(pooled.sentence(machine))
}

/// `312 launches in 14 s`, and why there are no more.
fn measured(content: &Match) -> String {
    let seconds: f64 = content.launches.iter().map(|launch| launch.wall_ns as f64 / 1e9).sum();
    let count = match content.launches.len() {
        1 => "1 launch".to_owned(),
        count => format!("{count} launches"),
    };
    let seed = content.plan.seed;
    let so_far = match &content.state {
        MatchState::Open => "  not finished".to_owned(),
        MatchState::Sealed(seal) => {
            seal.cut_short.as_ref().map_or_else(String::new, |why| format!("  ended early: {why}"))
        }
    };
    format!("{count} in {}, seed {seed}{so_far}", number::span(seconds))
}

fn rendered(content: &Match, view: &ComparedView<'_>, examined: Option<&String>) -> Value {
    let mut value = json::render(&ComparedView { lists_all: true, ..*view });
    value["examined"] = object!(examined);
    let (state, cut_short) = match &content.state {
        MatchState::Open => ("open", None),
        MatchState::Sealed(seal) => ("sealed", seal.cut_short.clone()),
    };
    value["match"] = object!({
        "id": content.id,
        "state": state,
        "cut_short": cut_short,
        "launch_count": content.launches.len(),
        "wall_ns": content.launches.iter().map(|launch| launch.wall_ns).sum::<u64>(),
        "seed": content.plan.seed,
        "launch_max": content.plan.launch_max,
        "differing_inputs": content.differing_inputs,
    });
    value
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
