//! `bench-lab show`: one stored Run as a table, or one stored match with its verdicts.
//!
//! It reads the store and nothing else.

use std::path::{Path, PathBuf};

use clap::Args;
use lab_core::model::Run;
use lab_core::report::format::Topic;
use lab_core::report::place::Places;
use lab_core::report::view::RunView;

use super::error::CommandError;
use super::exit::ExitCode;
use super::format::{FormatArguments, Page};
use super::places::places;
use super::{existing_store, matched, store_error};

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Which Run: latest, latest~2, an id or the start of one; latest-ab, latest-ab~2 or an id for a match
    #[arg(value_name = "RUN", default_value = "latest")]
    reference: String,
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
        let stored = store.load_match(&arguments.reference).map_err(store_error)?;
        formats.check(&[Topic::Comparison])?;
        matched::show(&store, &stored.content, &formats)?;
        return Ok(ExitCode::Fine);
    }
    formats.check(&[Topic::Run])?;
    let run = store.load(&arguments.reference).map_err(store_error)?.run;
    let view = RunView::new(&run);
    let places = of_run(&run, &formats);
    formats.show(&Page { run: Some(&view), places, ..Page::default() })?;
    Ok(ExitCode::Fine)
}

/// Where the benchmarks of a Run are, if anybody wants to know.
pub(super) fn of_run(run: &Run, formats: &FormatArguments) -> Places {
    let workspaces = [Some(PathBuf::from(&run.workspace)), std::env::current_dir().ok()];
    let workspaces: Vec<PathBuf> = workspaces.into_iter().flatten().collect();
    if formats.wants_places() { places(&run.targets, &workspaces) } else { Places::default() }
}
