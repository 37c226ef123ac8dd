//! `bench-lab list`: every benchmark of a workspace, with its harness and target.
//!
//! It builds and lists; it measures nothing and keeps nothing.

use clap::Args;
use lab_core::filter::Filter;
use lab_core::report::number::counted;
use lab_core::report::{remark, table};
use serde_json::json;

use super::arguments::Loudness;
use super::benches::Purpose;
use super::error::CommandError;
use super::exit::ExitCode;
use super::lab::{self, Lab};
use super::source::SourceArguments;
use super::{fresh, output};
use crate::progress::Display;
use crate::runner::prepare::{Preparation, Prepared, Wanted};

#[derive(Args, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    source: SourceArguments,
    /// Which benchmarks [default: all]
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,
    /// One JSON object on standard output
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, CommandError> {
    let mut lab = Lab::open_unlocked(Display::Warnings)?;
    let loudness = if arguments.json { Loudness::Quiet } else { Loudness::Usual };
    let workspace = lab.open_benches(&arguments.source, loudness, Purpose::Looking)?.workspace;
    // Ignored benchmarks are shown as such; the time only decides about shared processes, which nobody sees here.
    let wanted = Wanted { filter: Filter::new(&arguments.filters), includes_ignored: true, time_ms: 300 };
    let Ok(preparation) = lab.prepare_wanted(&workspace, &wanted)? else { return Ok(ExitCode::Interrupted) };
    if !arguments.filters.is_empty() {
        fresh::refuse_nothing(&preparation, &arguments.filters)?;
    }
    if arguments.json {
        output::json(&as_json(&preparation))?;
    } else {
        output::text(&as_text(&preparation))?;
    }
    let is_broken =
        preparation.records.iter().any(|record| record.skip.as_ref().is_some_and(lab::is_failure));
    Ok(if is_broken { ExitCode::BenchmarkFailed } else { ExitCode::Fine })
}

fn as_text(preparation: &Preparation) -> String {
    let mut rows = vec![["benchmark", "harness", ""].map(String::from).to_vec()];
    for prepared in &preparation.prepared {
        for record in &prepared.benchmarks {
            let mark = if record.is_ignored { "ignored" } else { "" };
            rows.push(vec![record.id.to_string(), harness(prepared), mark.into()]);
        }
    }
    let count = rows.len() - 1;
    let mut lines = if count == 0 { Vec::new() } else { table::lay_out(&rows, output::width()) };
    lines.extend(remark::skipped(&preparation.records));
    let targets = preparation.prepared.len();
    lines.push(format!("{} in {}", counted(count, "benchmark"), counted(targets, "target")));
    lines.join("\n") + "\n"
}

fn harness(prepared: &Prepared) -> String {
    prepared.harness.id().into()
}

fn as_json(preparation: &Preparation) -> serde_json::Value {
    let benchmarks: Vec<_> = preparation
        .prepared
        .iter()
        .flat_map(|prepared| prepared.benchmarks.iter().map(move |record| (prepared, record)))
        .map(|(prepared, record)| {
            json!({
                "id": record.id.to_string(),
                "package": record.id.target.package,
                "target": record.id.target.name,
                "path": record.id.path,
                "occurrence": record.id.occurrence,
                "harness": prepared.harness.id(),
                "is_ignored": record.is_ignored,
            })
        })
        .collect();
    let skipped: Vec<_> = preparation
        .records
        .iter()
        .filter_map(|record| {
            let skip = record.skip.as_ref()?;
            Some(json!({"target": record.id.to_string(), "reason": skip.to_string()}))
        })
        .collect();
    let warnings: Vec<_> = preparation
        .warnings
        .iter()
        .map(|warning| json!({"kind": warning.kind, "subject": warning.subject, "text": warning.text}))
        .collect();
    json!({"benchmarks": benchmarks, "skipped": skipped, "warnings": warnings})
}
