//! `bench-lab show`: one stored Run as a table, or one stored match with its verdicts.
//!
//! It reads the store and nothing else.

use std::path::{Path, PathBuf};

use clap::Args;
use lab_core::compare::Comparison;
use lab_core::model::{Extract, Run};
use lab_core::report::format::Topic;
use lab_core::report::place::Places;
use lab_core::report::view::RunView;

use super::compare::{PlaceArguments, judged};
use super::error::CommandError;
use super::exit::ExitCode;
use super::format::{FormatArguments, Page};
use super::places::places;
use super::rules::{self, Rules};
use super::side::{Side, Sources, machine_of};
use super::{existing_store, matched, store_error};
use crate::store::Store;

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Which Run: latest, latest~2, an id or the start of one; latest-ab, latest-ab~2 or an id for a match
    #[arg(value_name = "RUN", default_value = "latest")]
    reference: String,
    /// Show beside each benchmark how it differs from this baseline, Run or branch [default: what the Run was begun against]
    #[arg(long, value_name = "BASELINE", help_heading = "How to judge")]
    compare: Option<String>,
    #[command(flatten)]
    places: PlaceArguments,
    #[command(flatten)]
    formats: FormatArguments,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, store: Option<&Path>) -> Result<ExitCode, CommandError> {
    let formats = if arguments.json { arguments.formats.as_json() } else { arguments.formats.clone() };
    let store = existing_store(store, None)?;
    if store.is_of_matches(&arguments.reference) {
        refuse_for_a_match(arguments)?;
        let stored = store.load_match(&arguments.reference).map_err(store_error)?;
        formats.check(&[Topic::Comparison])?;
        matched::show(&store, &stored.content, &formats)?;
        return Ok(ExitCode::Fine);
    }
    formats.check(&[Topic::Run])?;
    let run = store.load(&arguments.reference).map_err(store_error)?.run;
    let root = rules::workspace_root(&current_directory()?);
    let mut rules = Rules::read(&root, arguments.places.policy.as_deref())?;
    rules.add_budgets(&root, &run.targets)?;
    let comparison = compared(arguments, (&store, &root), &run, &rules)?;
    let view = RunView::new(&run).with_budgets(&rules.budgets);
    let view = match &comparison {
        Some(comparison) => view.beside(comparison),
        None => view,
    };
    let places = of_run(&run, &formats);
    formats.show(&Page { run: Some(&view), places, ..Page::default() })?;
    Ok(ExitCode::Fine)
}

/// A match has its sides and its policy in it.
fn refuse_for_a_match(arguments: &Arguments) -> Result<(), CommandError> {
    let flag = [("--compare", arguments.compare.is_some()), ("--policy", arguments.places.policy.is_some())];
    match flag.iter().find(|(_, is_given)| *is_given) {
        None => Ok(()),
        Some((flag, _)) => {
            let message = format!("{flag} is for a Run: a match has both sides and its policy in it");
            Err(CommandError::text(ExitCode::Usage, message).hint(format!("leave out {flag}")))
        }
    }
}

/// The Run against what was named; else against what it was begun against, where that is still to be had.
fn compared(
    arguments: &Arguments,
    (store, root): (&Store, &Path),
    run: &Run,
    rules: &Rules,
) -> Result<Option<Comparison>, CommandError> {
    let sources = Sources::of_workspace(store.clone(), arguments.places.baselines.as_deref(), root);
    let extract = Extract::of_run(run);
    let machine = machine_of(&extract);
    let baseline = match (&arguments.compare, &run.plan.looks) {
        (Some(named), _) => sources.side(named, machine.as_deref())?,
        (None, Some(looks)) => match sources.side(&looks.baseline, machine.as_deref()) {
            Ok(baseline) => baseline,
            // The Run is what was asked for, and it is all there.
            Err(_) => return Ok(None),
        },
        (None, None) => return Ok(None),
    };
    let candidate = Side { name: run.id.clone(), reference: run.id.clone(), extract, warnings: Vec::new() };
    judged(&baseline, &candidate, &rules.policy).map(Some)
}

fn current_directory() -> Result<PathBuf, CommandError> {
    std::env::current_dir().map_err(|error| CommandError::new(ExitCode::Usage, &error))
}

/// Where the benchmarks of a Run are, if anybody wants to know.
pub(super) fn of_run(run: &Run, formats: &FormatArguments) -> Places {
    let workspaces = [Some(PathBuf::from(&run.workspace)), std::env::current_dir().ok()];
    let workspaces: Vec<PathBuf> = workspaces.into_iter().flatten().collect();
    if formats.wants_places() { places(&run.targets, &workspaces) } else { Places::default() }
}
