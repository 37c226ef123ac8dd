//! hyperfine times whole processes; what its users make of the times are two rules, and both are rows.
//!
//! Its own printed sentence is read from what it prints, the times from its export.

use std::fs;
use std::process::Command;

use serde::Deserialize;

use super::Answers;
use crate::process::{Seat, run};
use crate::record::Answer;
use crate::schedule::Turn;
use crate::stage::Stage;
use crate::tool::Rule;
use crate::welch;

/// The level of the script that hyperfine's repository offers.
const LEVEL: f64 = 0.05;

/// The part of the export that is read.
#[derive(Deserialize)]
struct Export {
    results: Vec<Timed>,
}

#[derive(Deserialize)]
struct Timed {
    command: String,
    times: Vec<f64>,
}

/// Both commands in one call.
///
/// # Errors
/// A sentence: what failed.
pub fn compare(stage: &Stage, turn: &Turn) -> Result<Answers, String> {
    let export = stage.scratch()?.join("times.json");
    let units = Stage::units(turn);
    let iterations = iterations(turn.workload).to_string();
    let line = |side: usize| -> String {
        let executable = stage.executable(side, "process_side");
        format!("'{}' {} {} {iterations}", executable.display(), turn.workload, units[side])
    };
    let mut command = Command::new("hyperfine");
    command.args(["-N", "--warmup", "1", "--style", "basic", "--export-json"]).arg(&export);
    command.args([line(0), line(1)]);
    let said = run(&mut command, Seat::Pinned(stage.cpu), &stage.stop)?.success("hyperfine")?;
    let text = fs::read_to_string(&export).map_err(|error| format!("hyperfine exported nothing: {error}"))?;
    answers(&text, &said)
}

/// Iterations in a process: some forty milliseconds of work where one takes 8 to 29 µs (EPYC Milan), so that starting
/// the process and making the workload ready are a small part.
fn iterations(workload: &str) -> u64 {
    match workload {
        "sort" => 1500,
        "parse" => 5000,
        _ => 2500,
    }
}

/// By both rules, from the export and the printed text.
///
/// # Errors
/// A sentence: what cannot be read.
pub fn answers(export: &str, printed: &str) -> Result<Answers, String> {
    let export: Export = serde_json::from_str(export)
        .map_err(|error| format!("hyperfine's export cannot be read: {error}"))?;
    let [baseline, candidate] = export.results.as_slice() else {
        return Err(format!("hyperfine exported {} commands, not two", export.results.len()));
    };
    let mean = |timed: &Timed| timed.times.iter().sum::<f64>() / timed.times.len() as f64;
    let percent = 100.0 * (mean(candidate) / mean(baseline) - 1.0);
    // Equal times throughout have no p, and no difference.
    let is_significant = welch::p(&baseline.times, &candidate.times).is_some_and(|p| p < LEVEL);
    let spread = by_spread(printed, &candidate.command)?;
    Ok(Answers::from([
        (Rule::HyperfineWelch, Answer::of(percent, is_significant)),
        (Rule::HyperfineSpread, spread),
    ]))
}

/// What the summary claims: `'A' ran`, then `1.02 ± 0.05 times faster than 'B'`. It is a change when the ratio less its
/// own spread is above one.
fn by_spread(printed: &str, candidate: &str) -> Result<Answer, String> {
    let unread = || "hyperfine's summary cannot be read".to_owned();
    let summary = printed.split_once("Summary").ok_or_else(unread)?.1;
    let line = summary.lines().find(|line| line.contains('±')).ok_or_else(unread)?;
    let numbers: Vec<f64> = line.split_whitespace().take(3).filter_map(|word| word.parse().ok()).collect();
    let [ratio, spread] = numbers.as_slice() else { return Err(unread()) };
    let is_candidate_slower = line.contains(candidate);
    let percent = if is_candidate_slower { 100.0 * (ratio - 1.0) } else { 100.0 * (1.0 / ratio - 1.0) };
    Ok(Answer::of(percent, ratio - spread > 1.0))
}
