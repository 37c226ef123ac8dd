//! The process that does an exercise: `bench-lab __exercise ID ITERATIONS SLICES`.
//!
//! It reads the clock around each slice and nowhere else, as a harness does around a sample. It writes lines for the
//! runner and nothing for people.

use std::env;
use std::ffi::{OsStr, OsString};
use std::hint::black_box;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use super::line::Said;
use super::work::{Ground, NEAR_BYTES, UNITS, find};

/// First argument that makes the program this process; `main` looks for it before it reads a command line.
pub const VERB: &str = "__exercise";

/// Variable with the units of an iteration.
pub(super) const UNITS_VARIABLE: &str = "BENCH_LAB_EXERCISE_UNITS";

/// Variable with the size of the far memory.
pub(super) const FAR_VARIABLE: &str = "BENCH_LAB_EXERCISE_FAR";

/// What is to be done; the amount of an iteration comes by a variable, so that both sides have equal arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) exercise: String,
    /// Iterations of a slice.
    pub(super) iterations: u64,
    pub(super) slices: u64,
}

impl Order {
    /// The command line, [`VERB`] first.
    pub(super) fn to_arguments(&self) -> Vec<String> {
        vec![VERB.into(), self.exercise.clone(), self.iterations.to_string(), self.slices.to_string()]
    }

    /// Reads the words behind [`VERB`].
    fn parse(mut words: impl Iterator<Item = OsString>) -> Option<Self> {
        let exercise = words.next()?.into_string().ok()?;
        let mut number = || words.next()?.to_str()?.parse().ok();
        Some(Self { exercise, iterations: number()?, slices: number()? })
    }
}

/// Whether the program was started to do an exercise: `first` is its first argument.
pub fn is_exercise(first: Option<&OsStr>) -> bool {
    first.is_some_and(|first| first == VERB)
}

/// Does the exercise that the program's own arguments name.
pub fn main() -> ExitCode {
    let Some(order) = Order::parse(env::args_os().skip(2)) else { return ExitCode::from(2) };
    let said = exercise(&order).unwrap_or_else(|error| Said::Failed(error.to_string()));
    let is_done = matches!(said, Said::Slices { .. });
    if say(&said).is_ok() && is_done { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

fn exercise(order: &Order) -> io::Result<Said> {
    let Some(exercise) = find(&order.exercise) else {
        return Ok(Said::Failed(format!("there is no exercise {}", order.exercise)));
    };
    let ground = Ground { place: Path::new("."), far_bytes: number(FAR_VARIABLE).unwrap_or(NEAR_BYTES) };
    let units = number(UNITS_VARIABLE).unwrap_or(UNITS as usize) as u64;
    let mut work = exercise.prime(&ground)?;
    let mut sum = work(units)?;
    let mut walls_ns = Vec::with_capacity(order.slices as usize);
    say(&Said::Begins)?;
    for _ in 0..order.slices {
        let begin = Instant::now();
        for _ in 0..order.iterations {
            sum = sum.wrapping_add(black_box(work(black_box(units))?));
        }
        walls_ns.push(u64::try_from(begin.elapsed().as_nanos()).unwrap_or(u64::MAX));
    }
    Ok(Said::Slices { walls_ns, sum })
}

fn number(variable: &str) -> Option<usize> {
    env::var(variable).ok()?.parse().ok()
}

fn say(said: &Said) -> io::Result<()> {
    let line = serde_json::to_string(said).unwrap_or_default();
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_survives_the_command_line() {
        let order = Order { exercise: "hash".into(), iterations: 7, slices: 22 };
        let words = order.to_arguments().into_iter().skip(1).map(OsString::from);
        assert_eq!(Order::parse(words), Some(order));
        assert_eq!(Order::parse(["hash", "x"].into_iter().map(OsString::from)), None);
    }
}
