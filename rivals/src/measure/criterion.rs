//! Criterion's own comparison, and critcmp's on the same files.
//!
//! The verdict is the sentence that Criterion prints; nothing is computed again but critcmp's rule.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use super::Answers;
use crate::process::{Seat, run};
use crate::record::{Answer, Verdict};
use crate::schedule::Turn;
use crate::side::UNITS_VARIABLE;
use crate::stage::Stage;
use crate::tool::Rule;

/// critcmp's threshold in per cent.
const THRESHOLD: f64 = 5.0;

/// Name of the baseline in Criterion's files; what is compared with it is called `new` there.
const BASELINE: &str = "base";

/// The sentences of Criterion's report, in [`Verdict`]'s words.
const SENTENCES: [(&str, Verdict); 4] = [
    ("Performance has regressed.", Verdict::Slower),
    ("Performance has improved.", Verdict::Faster),
    ("No change in performance detected.", Verdict::Unchanged),
    ("Change within noise threshold.", Verdict::Unchanged),
];

/// The part of Criterion's `estimates.json` that is read.
#[derive(Deserialize)]
struct Estimates {
    mean: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    point_estimate: f64,
}

/// Criterion at its defaults; critcmp, where it is installed, and its rule.
///
/// # Errors
/// A sentence: what failed.
pub fn compare(stage: &Stage, turn: &Turn, has_critcmp: bool) -> Result<Answers, String> {
    let folder = stage.scratch()?;
    let home = folder.join("criterion");
    let own = both_sides(stage, turn, &home, &[])?;
    let ratio = ratio_of_means(&home.join(turn.workload))?;
    let mut answers = Answers::from([(Rule::Criterion, own), (Rule::CritcmpRule, by_threshold(ratio))]);
    if has_critcmp {
        let threshold = THRESHOLD.to_string();
        let mut command = Command::new("critcmp");
        command.args(["--color", "never", "--threshold", &threshold, BASELINE, "new", "--target-dir"]);
        let said = run(command.arg(&folder), Seat::Pinned(stage.cpu), &stage.stop)?;
        answers.insert(Rule::Critcmp, critcmp_answer(turn.workload, &said.stdout, &said.stderr)?);
    }
    Ok(answers)
}

/// Criterion with shorter times.
///
/// # Errors
/// A sentence: what failed.
pub fn compare_short(stage: &Stage, turn: &Turn) -> Result<Answers, String> {
    let home = stage.scratch()?.join("criterion");
    let answer = both_sides(stage, turn, &home, &["--warm-up-time", "1", "--measurement-time", "1"])?;
    Ok(Answers::from([(Rule::CriterionShort, answer)]))
}

/// A run that saves a baseline, and one that compares itself with it.
fn both_sides(stage: &Stage, turn: &Turn, home: &Path, settings: &[&str]) -> Result<Answer, String> {
    let units = Stage::units(turn);
    let mut said = String::new();
    for (side, flag) in ["--save-baseline", "--baseline"].into_iter().enumerate() {
        let mut command = Command::new(stage.executable(side, "criterion_side"));
        command
            .args(["--bench", "--color", "never", "--exact", turn.workload, flag, BASELINE])
            .args(settings);
        command.env("CRITERION_HOME", home).env(UNITS_VARIABLE, &units[side]);
        said = run(&mut command, Seat::Pinned(stage.cpu), &stage.stop)?.success("criterion_side")?;
    }
    answer(&said)
}

/// What Criterion says of the change.
///
/// # Errors
/// When it says none of its sentences.
pub fn answer(output: &str) -> Result<Answer, String> {
    let found = SENTENCES.iter().find(|(sentence, _)| output.contains(sentence));
    let (_, verdict) = found.ok_or("Criterion said nothing about a change")?;
    // `change: [-0.5261% +0.0493% +0.6352%] (p = 0.87 > 0.05)`: the middle one is its estimate.
    let inside = output.split_once("change:").and_then(|(_, rest)| rest.split_once('[')?.1.split_once(']'));
    let middle = inside.and_then(|(ends, _)| ends.split_whitespace().nth(1));
    // Criterion writes the true minus sign.
    let percent = middle.and_then(|text| text.trim_end_matches('%').replace('−', "-").parse().ok());
    Ok(Answer { verdict: *verdict, percent: percent.ok_or("Criterion named no change")? })
}

/// The candidate's mean over the baseline's.
fn ratio_of_means(benchmark: &Path) -> Result<f64, String> {
    let mean = |side: &str| -> Result<f64, String> {
        let path = benchmark.join(side).join("estimates.json");
        let failed = |why: &dyn std::fmt::Display| format!("{side}/estimates.json cannot be read: {why}");
        let text = fs::read_to_string(path).map_err(|error| failed(&error))?;
        let estimates: Estimates = serde_json::from_str(&text).map_err(|error| failed(&error))?;
        Ok(estimates.mean.point_estimate)
    };
    Ok(mean("new")? / mean(BASELINE)?)
}

/// critcmp shows what is further apart than its threshold, as a share of the faster one.
pub fn by_threshold(ratio: f64) -> Answer {
    let apart = 100.0 * (ratio.max(1.0 / ratio) - 1.0);
    Answer::of(100.0 * (ratio - 1.0), apart > THRESHOLD)
}

/// What critcmp shows: a row where the difference is above its threshold, else the refusal to show nothing.
///
/// # Errors
/// When it is neither.
pub fn critcmp_answer(workload: &str, stdout: &str, stderr: &str) -> Result<Answer, String> {
    if stderr.contains("no benchmark comparisons to show") {
        return Ok(Answer::of(0.0, false));
    }
    let row = stdout.lines().find(|line| line.split_whitespace().next() == Some(workload));
    // Each column begins with the time over that of the fastest.
    let ranks: Vec<f64> = row
        .map(|row| row.split_whitespace().filter_map(|word| word.parse().ok()).collect())
        .unwrap_or_default();
    let [base, new] = ranks.as_slice() else {
        return Err(format!("critcmp showed no row of {workload}: {}", stderr.trim()));
    };
    Ok(Answer::of(100.0 * (new / base - 1.0), true))
}
