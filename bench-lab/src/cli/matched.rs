//! A match as it is shown: its verdicts in every form.
//!
//! It takes what is stored, and measures nothing.

use std::path::PathBuf;

use lab_core::compare::{Comparison, compare_match, policy_of_match};
use lab_core::model::{Match, MatchState};
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
use super::places::places;
use crate::store::Store;

/// Shows a stored match by the policy it was measured under.
pub(super) fn show(store: &Store, content: &Match, formats: &FormatArguments) -> Result<(), CommandError> {
    let policy = stored_policy(content)?;
    let comparison = judged(content, &policy)?;
    let view = ComparedView { comparison: &comparison, gate: None, lists_all: true };
    let examined = examined(store, &comparison);
    formats.show(&page(&view, content, examined.as_ref(), formats))
}

/// A match in every form.
pub(super) fn page<'a>(
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
pub(super) fn examined(store: &Store, comparison: &Comparison) -> Option<String> {
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
