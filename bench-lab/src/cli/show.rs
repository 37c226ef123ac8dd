//! `bench-lab show`: one stored Run as a table, or one stored match with its verdicts.
//!
//! It reads the store and nothing else.

use std::path::Path;

use clap::Args;
use lab_core::report::view::RunView;
use lab_core::report::{json, text};

use super::error::CommandError;
use super::exit::ExitCode;
use super::{existing_store, matched, output, store_error};

/// Show one stored Run as a table, or one match with its verdicts
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Which Run: latest, latest~2, an id or the start of one; latest-ab, latest-ab~2 or an id for a match
    #[arg(value_name = "RUN", default_value = "latest")]
    reference: String,
    /// One JSON object on standard output
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, store: Option<&Path>) -> Result<ExitCode, CommandError> {
    let store = existing_store(store, None)?;
    if store.is_of_matches(&arguments.reference) {
        let stored = store.load_match(&arguments.reference).map_err(store_error)?;
        matched::show(&store, &stored.content, arguments.json)?;
        return Ok(ExitCode::Fine);
    }
    let run = store.load(&arguments.reference).map_err(store_error)?.run;
    let view = RunView::new(&run);
    if arguments.json {
        output::json(&json::render(&view))?;
    } else {
        output::text(&text::render(&view, output::width()))?;
    }
    Ok(ExitCode::Fine)
}
