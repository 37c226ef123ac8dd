//! tango runs both sides at once and marks what it holds for a change with a star.
//!
//! It waits without sleeping, so it gets all CPUs: on one its two processes would only wait for each other.

use std::process::Command;

use super::Answers;
use crate::process::{Seat, run};
use crate::record::Answer;
use crate::schedule::Turn;
use crate::stage::Stage;
use crate::tool::Rule;

/// The candidate, told to compare itself with the baseline.
///
/// # Errors
/// A sentence: what failed.
pub fn compare(stage: &Stage, turn: &Turn) -> Result<Answers, String> {
    let mut command = Command::new(stage.tango(1, turn.planted_percent));
    command.args(["--color", "never", "compare"]).arg(stage.tango(0, 0)).args(["-f", turn.workload]);
    // A regression is an exit status of its own, so only silence is a failure.
    let said = run(&mut command, Seat::Anywhere, &stage.stop)?;
    let answer = answer(&said.stdout, turn.workload);
    let answer =
        answer.ok_or_else(|| format!("tango ended with {} and no row: {}", said.status, said.stderr))?;
    Ok(Answers::from([(Rule::Tango, answer)]))
}

/// The row of a benchmark: `hash   [ 12.3 us ... 12.4 us ]   +0.81%*`.
pub fn answer(output: &str, name: &str) -> Option<Answer> {
    let row = output.lines().find(|line| line.split_whitespace().next() == Some(name))?;
    let change = row.rsplit_once(']')?.1.trim();
    let (number, star) = change.split_once('%')?;
    Some(Answer::of(number.parse().ok()?, star == "*"))
}
