//! divan says no verdict; its users compare medians, here of two runs.
//!
//! The medians are read from its table as printed.

use std::process::Command;

use super::Answers;
use crate::lab;
use crate::process::{Seat, run};
use crate::record::Answer;
use crate::schedule::Turn;
use crate::side::UNITS_VARIABLE;
use crate::stage::Stage;
use crate::tool::Rule;

/// How far medians are apart when a user calls it a change, in per cent.
const THRESHOLD: f64 = 5.0;

/// Both sides, one process each.
///
/// # Errors
/// A sentence: what failed.
pub fn compare(stage: &Stage, turn: &Turn) -> Result<Answers, String> {
    let prepared = stage.prepared.iter().find(|one| one.target.id.name == "divan_side");
    let record = prepared.and_then(|prepared| lab::record(prepared, turn.workload));
    let path = &record.ok_or_else(|| format!("divan_side has no {}", turn.workload))?.id.path;
    let units = Stage::units(turn);
    let median_ns = |side: usize| -> Result<f64, String> {
        let mut command = Command::new(stage.executable(side, "divan_side"));
        command.args(["--bench", "--color", "never", "--exact", path]).env(UNITS_VARIABLE, &units[side]);
        let said = run(&mut command, Seat::Pinned(stage.cpu), &stage.stop)?.success("divan_side")?;
        median_ns(&said, turn.workload).ok_or_else(|| format!("divan printed no median of {}", turn.workload))
    };
    let (baseline, candidate) = (median_ns(0)?, median_ns(1)?);
    Ok(Answers::from([(Rule::DivanMedians, answer(baseline, candidate))]))
}

/// By the threshold.
pub fn answer(baseline_ns: f64, candidate_ns: f64) -> Answer {
    let percent = 100.0 * (candidate_ns / baseline_ns - 1.0);
    Answer::of(percent, percent.abs() > THRESHOLD)
}

/// The median that the table names for a benchmark, in nanoseconds: `╰─ hash  fastest │ slowest │ median │ …`.
pub fn median_ns(table: &str, name: &str) -> Option<f64> {
    let row = table.lines().find_map(|line| {
        let rest = line.trim_start().strip_prefix(['├', '╰'])?.strip_prefix('─')?.trim_start();
        rest.strip_prefix(name)?.strip_prefix(' ')
    })?;
    let mut words = row.split('│').nth(2)?.split_whitespace();
    let value: f64 = words.next()?.parse().ok()?;
    let unit_ns = match words.next()? {
        "ps" => 1e-3,
        "ns" => 1.0,
        "µs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        _ => return None,
    };
    Some(value * unit_ns)
}
