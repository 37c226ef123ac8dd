//! `bench-lab runs`: the Runs of a store, newest last.
//!
//! It reads heads only, so that a large store answers at once.

use std::path::Path;

use clap::Args;
use lab_core::report::table;
use serde_json::json;

use super::error::CommandError;
use super::exit::ExitCode;
use super::{existing_store, output, store_error};

/// List the stored Runs, newest last
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// One JSON array on standard output
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, store: Option<&Path>) -> Result<ExitCode, CommandError> {
    let store = existing_store(store)?;
    let listed = store.list().map_err(store_error)?;
    if arguments.json {
        let runs: Vec<_> = listed.iter().map(as_json).collect();
        output::json(&json!(runs))?;
        return Ok(ExitCode::Fine);
    }
    let mut rows = vec![["run", "benchmarks", "invocations", "state", "workspace"].map(String::from).to_vec()];
    rows.extend(listed.iter().map(as_row));
    let lines = table::lay_out(&rows, output::width());
    output::text(&format!("{}\n{} runs\n", lines.join("\n"), listed.len()))?;
    Ok(ExitCode::Fine)
}
