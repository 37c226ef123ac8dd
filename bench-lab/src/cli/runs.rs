//! `bench-lab runs`: the Runs and matches of a store, newest last.
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
use crate::store::{Listed, ListedMatch, ListedRun, MatchContent};

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// One JSON array on standard output
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, store: Option<&Path>) -> Result<ExitCode, CommandError> {
    let store = existing_store(store, None)?;
    let listed = store.list().map_err(store_error)?;
    let matches = store.list_matches().map_err(store_error)?;
    if arguments.json {
        let all: Vec<_> = listed.iter().map(as_json).chain(matches.iter().map(match_as_json)).collect();
        output::json(&json!(all))?;
        return Ok(ExitCode::Fine);
    }
    let mut lines = Vec::new();
    if !listed.is_empty() || matches.is_empty() {
        let mut rows =
            vec![["run", "benchmarks", "invocations", "state", "workspace"].map(String::from).to_vec()];
        rows.extend(listed.iter().map(as_row));
        lines.extend(table::lay_out(&rows, output::width()));
        lines.push(counted(listed.len(), "run"));
    }
    if !matches.is_empty() {
        let mut rows = vec![["match", "benchmarks", "launches", "state", "sides"].map(String::from).to_vec()];
        rows.extend(matches.iter().map(match_row));
        lines.extend(table::lay_out(&rows, output::width()));
        let noun = if matches.len() == 1 { "match" } else { "matches" };
        lines.push(format!("{} {noun}", matches.len()));
    }
    output::text(&format!("{}\n", lines.join("\n")))?;
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

fn match_row(listed: &ListedMatch) -> Vec<String> {
    match &listed.content {
        Err(error) => vec![listed.id.clone(), "-".into(), "-".into(), "unreadable".into(), error.to_string()],
        Ok(content) => vec![
            listed.id.clone(),
            content.head.benchmark_count.to_string(),
            content.launch_count.to_string(),
            match_state(content).into(),
            content.head.names.join(" → "),
        ],
    }
}

fn match_state(content: &MatchContent) -> &'static str {
    match &content.seal {
        None => "open",
        Some(seal) if seal.cut_short.is_some() => "ended early",
        Some(_) => "whole",
    }
}

fn match_as_json(listed: &ListedMatch) -> serde_json::Value {
    match &listed.content {
        Err(error) => json!({"match": listed.id, "error": error.to_string()}),
        Ok(content) => json!({
            "match": listed.id,
            "created_at": content.head.created_at,
            "baseline": content.head.names[0],
            "candidate": content.head.names[1],
            "commits": content.head.revisions.each_ref().map(|revision| revision.commit.clone()),
            "benchmark_count": content.head.benchmark_count,
            "launch_count": content.launch_count,
            "state": match_state(content),
        }),
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
