//! What `bench-lab trend` finds in histories with a known step, and what it sees where there is none.
//!
//! `cargo run --release -p lab-core --example history` prints the tables of `docs/HISTORY.md`, and fails when steady noise of
//! independent values gives more than three alarms in 1,000 commits, or when a step of ten times the noise is missed.

#![allow(clippy::print_stdout, reason = "an example that prints its tables")]

use std::process::ExitCode;

use lab_stats::Draws;
use lab_stats::simulate::Noise;
use simulated::{COMMITS, KINDS, delay, false_alarms, is_found, values};

mod simulated;

/// Histories in a cell with a step, and of a kind without one.
const SERIES: usize = 200;
const STEADY: usize = 100;

fn main() -> ExitCode {
    let mut draws = Draws::seeded(7);
    let mut is_kept = true;
    println!("| noise | 1 % | 2 % | 5 % | 10 % | delay 1 % | 2 % | 5 % | 10 % |");
    println!("|---|---|---|---|---|---|---|---|---|");
    for (noise, name, _) in KINDS {
        let (mut recall, mut delays) = (Vec::new(), Vec::new());
        for step in [0.01, 0.02, 0.05, 0.1] {
            let histories: Vec<Vec<f64>> = (0..SERIES).map(|_| values(noise, step, &mut draws)).collect();
            let count = histories.iter().filter(|history| is_found(history)).count();
            is_kept &= !(noise == Noise::Normal && step >= 0.05 && count * 100 < 99 * SERIES);
            recall.push(format!("{} %", count * 100 / SERIES));
            let mut told: Vec<usize> = histories.iter().filter_map(|history| delay(history)).collect();
            told.sort_unstable();
            delays.push(told.get(told.len() / 2).map_or_else(|| "-".into(), ToString::to_string));
        }
        println!("| {name} | {} | {} |", recall.join(" | "), delays.join(" | "));
    }
    println!("\n| noise, no step | alarms in 1,000 commits, ever shown | still shown at the end |");
    println!("|---|---|---|");
    for (noise, name, is_steady) in KINDS {
        let counts: Vec<(usize, usize)> =
            (0..STEADY).map(|_| false_alarms(&values(noise, 0.0, &mut draws))).collect();
        let per_thousand = |sum: usize| sum as f64 * 1000.0 / (STEADY * COMMITS) as f64;
        let ever = per_thousand(counts.iter().map(|(ever, _)| ever).sum());
        let last = per_thousand(counts.iter().map(|(_, last)| last).sum());
        println!("| {name} | {ever:.1} | {last:.1} |");
        is_kept &= !is_steady || ever <= 3.0;
    }
    if is_kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
