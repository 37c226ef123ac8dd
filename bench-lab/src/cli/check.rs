//! `bench-lab run --check`: does every benchmark work at all.
//!
//! Each runs once, briefly; nothing is kept, and no number is shown. Budgets are held to the benchmarks there are.

use lab_core::budget::without_benchmark;
use lab_core::model::Outcome;
use lab_core::report::table;
use serde_json::json;

use super::benches::Purpose;
use super::error::CommandError;
use super::exit::ExitCode;
use super::fresh;
use super::lab::Lab;
use super::output;
use super::rules::Rules;
use super::run::Arguments;
use crate::progress::Display;
use crate::runner::pilot::{self, Trial};

pub(super) fn run(lab: &mut Lab, arguments: &Arguments) -> Result<ExitCode, CommandError> {
    let pinned = lab.pin(arguments)?;
    let benches = lab.open_benches(&arguments.source, arguments.loudness(), Purpose::Looking)?;
    let workspace = benches.workspace;
    let mut plan = arguments.plan();
    lab.place(&mut plan, arguments.cpus(), pinned.as_ref())?;
    let Ok(mut preparation) = lab.prepare(&workspace, &plan)? else { return Ok(lab.stopped_before()) };
    fresh::refuse_nothing(&preparation, &plan.filters)?;
    let piloted = lab.with_context(|context| pilot::pilot(context, &mut preparation, &plan));
    let Ok(pilots) = piloted else { return Ok(lab.stopped_before()) };
    lab.ended();
    let mut rules = Rules::read(&workspace.root, arguments.asked().places.policy.as_deref())?;
    rules.add_budgets(&workspace.root, &preparation.records)?;
    // Those of the policy may be for packages that are not built here. A choice of targets lists a part of the
    // benchmarks only; a filter leaves the list whole.
    rules.budgets.retain(|budget| budget.package.is_some() && !arguments.source.build.chooses_targets());
    let unanswered = without_benchmark(&rules.budgets, &preparation.listed);
    let broken =
        preparation.records.iter().any(|record| record.skip.as_ref().is_some_and(super::lab::is_failure));
    let failed: Vec<&Trial> = pilots.trials.iter().filter(|trial| trial.outcome != Outcome::Ok).collect();
    match arguments.display() {
        Display::Json => {
            output::json(&json!({
                "event": "result",
                "result": as_json(&pilots.trials),
                "budgets_without_benchmark": unanswered,
            }))?;
        }
        Display::Auto => output::text(&as_text(&pilots.trials, failed.len()))?,
        Display::Quiet | Display::Warnings => {
            failed
                .iter()
                .for_each(|trial| output::note(&format!("{}  {}", trial.benchmark, reason(&trial.outcome))));
        }
    }
    unanswered.iter().for_each(|sentence| output::note(sentence));
    Ok(match (failed.is_empty() && !broken, unanswered.is_empty()) {
        (false, _) => ExitCode::BenchmarkFailed,
        (true, false) => ExitCode::Usage,
        (true, true) => ExitCode::Fine,
    })
}

fn as_text(trials: &[Trial], failed_count: usize) -> String {
    let rows: Vec<Vec<String>> =
        trials.iter().map(|trial| vec![trial.benchmark.to_string(), reason(&trial.outcome)]).collect();
    let mut lines = table::lay_out(&rows, output::width());
    lines.push(format!("{} work · {failed_count} failed · nothing was kept", trials.len() - failed_count));
    lines.join("\n") + "\n"
}

fn as_json(trials: &[Trial]) -> serde_json::Value {
    trials
        .iter()
        .map(|trial| {
            json!({
                "id": trial.benchmark.to_string(),
                "works": trial.outcome == Outcome::Ok,
                "reason": reason(&trial.outcome),
            })
        })
        .collect()
}

fn reason(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Ok => "ok".into(),
        Outcome::Failed { reason, .. } => format!("FAILED: {reason}"),
        Outcome::TimedOut { limit_ms, .. } => format!("TIMED OUT after {limit_ms} ms"),
        Outcome::Missing { reason } => format!("MISSING: {reason}"),
    }
}
