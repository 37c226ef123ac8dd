//! `bench-lab runs`: the Runs of a store, newest last.
//!
//! It reads heads only, so that a large store answers at once.

use std::path::Path;

use clap::Args;
use lab_core::report::number::counted;
use lab_core::report::table;
use serde_json::json;

use super::error::CommandError;
use super::exit::ExitCode;
use super::{existing_store, output, store_error};
use crate::store::{Listed, ListedRun};

/// List the stored Runs, newest last
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// One JSON array on standard output
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, store: Option<&Path>) -> Result<ExitCode, CommandError> {
    let store = existing_store(store, None)?;
    let listed = store.list().map_err(store_error)?;
    if arguments.json {
        let runs: Vec<_> = listed.iter().map(as_json).collect();
        output::json(&json!(runs))?;
        return Ok(ExitCode::Fine);
    }
    let mut rows =
        vec![["run", "benchmarks", "invocations", "state", "workspace"].map(String::from).to_vec()];
    rows.extend(listed.iter().map(as_row));
    let lines = table::lay_out(&rows, output::width());
    output::text(&format!("{}\n{}\n", lines.join("\n"), counted(listed.len(), "run")))?;
    Ok(ExitCode::Fine)
}

fn as_row(listed: &ListedRun) -> Vec<String> {
    match &listed.content {
        Err(error) => vec![listed.id.clone(), "-".into(), "-".into(), "unreadable".into(), error.to_string()],
        Ok(content) => vec![
            listed.id.clone(),
            content.head.benchmark_count.to_string(),
            format!("{}/{}", content.finished_count, content.head.scheduled_count),
            state(content).into(),
            content.head.workspace.clone(),
        ],
    }
}

fn state(content: &Listed) -> &'static str {
    match &content.seal {
        None => "open",
        Some(seal) if seal.cut_short.is_some() => "ended early",
        Some(_) => "whole",
    }
}

fn as_json(listed: &ListedRun) -> serde_json::Value {
    match &listed.content {
        Err(error) => json!({"run": listed.id, "error": error.to_string()}),
        Ok(content) => json!({
            "run": listed.id,
            "created_at": content.head.created_at,
            "workspace": content.head.workspace,
            "commit": content.head.revision.commit,
            "benchmark_count": content.head.benchmark_count,
            "invocation_count": content.finished_count,
            "scheduled_count": content.head.scheduled_count,
            "state": state(content),
        }),
    }
}
