//! What `bench-lab trend` finds in histories with a known step, and what it sees where there is none.
//!
//! `cargo run --release -p lab-core --example history` prints the tables of `docs/HISTORY.md`, and fails when steady noise of
//! independent values gives more than three alarms in 1,000 commits, or when a step of ten times the noise is missed.

#![allow(clippy::print_stdout, reason = "an example that prints its tables")]

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use lab_core::history::{Accepted, Moment, Source, Timeline, TimelinePoint, Trend, TrendRules};
use lab_core::model::{MetricId, Revision};
use lab_stats::simulate::{Noise, Order, Simulation};
use lab_stats::{Draws, Estimate};

/// Width of the noise of a Run's value.
const SPREAD: f64 = 0.005;
/// Commits of a history, and the one that makes the step.
const COMMITS: usize = 160;
const STEP_AT: usize = 100;
/// Histories in a cell with a step, and of a kind without one.
const SERIES: usize = 100;
const STEADY: usize = 20;
/// How far from its commit a step may be placed and still count as found.
const REACH: usize = 2;

/// Kinds of noise, and whether one value tells nothing of the next and all have one width: what the rules rest on.
const KINDS: [(Noise, &str, bool); 6] = [
    (Noise::Normal, "normal", true),
    (Noise::HeavyTailed, "heavy tails (t, 2 degrees)", true),
    (Noise::Bimodal, "three states, 6 widths apart", false),
    (Noise::WanderingVariance, "a width that wanders", false),
    (Noise::Bursts, "bursts of a neighbour", false),
    (Noise::Drift, "a level that wanders (5 widths)", false),
];

/// Values of one Run per commit, a step of that size at its commit.
fn values(noise: Noise, step: f64, draws: &mut Draws) -> Vec<f64> {
    let simulation = Simulation { noise, spread: SPREAD, effect: 0.0, order: Order::Coin };
    let (_, series) = simulation.one_after_the_other([1, COMMITS], draws);
    let level = |index: usize| if index < STEP_AT { 0.0 } else { step.ln_1p() };
    series.values().iter().enumerate().map(|(index, value)| 1000.0 * (value + level(index)).exp()).collect()
}

fn timeline(values: &[f64]) -> Timeline {
    let moment = Arc::new(Moment {
        source: Source::Run("simulated".into()),
        names: Vec::new(),
        measured_at: "2026-01-01T00:00:00Z".into(),
        revision: Revision::default(),
        note: None,
        machine: "simulated".into(),
        lab_version: String::new(),
        settings: BTreeMap::new(),
        canaries: BTreeMap::new(),
    });
    let point = |value: &f64| TimelinePoint {
        moment: Arc::clone(&moment),
        centre: Estimate { point: *value, interval: None },
        invocation_count: 10,
        tainted_count: 0,
    };
    Timeline {
        benchmark: "p/t/b".into(),
        metric: MetricId::wall_ns(),
        unit: "ns".into(),
        machine: "simulated".into(),
        points: values.iter().map(point).collect(),
    }
}

/// The places of the steps that are shown of the first `count` commits, and whether something creeps.
fn shown(whole: &Timeline, count: usize) -> (Vec<usize>, bool) {
    let timeline = Timeline { points: whole.points[..count].to_vec(), ..whole.clone() };
    let trend = Trend::of(&timeline, TrendRules::default(), &Accepted::default()).expect("values are finite");
    (trend.steps.iter().map(|step| step.at).collect(), !trend.creeps.is_empty())
}

fn is_true(at: usize) -> bool {
    at.abs_diff(STEP_AT) <= REACH
}

/// Whether the step is shown at the end, and after how many commits behind it it was first.
fn found(values: &[f64]) -> (bool, Option<usize>) {
    let whole = timeline(values);
    let at_end = shown(&whole, COMMITS).0.into_iter().any(is_true);
    let delay = (STEP_AT + 1..=COMMITS).position(|count| shown(&whole, count).0.into_iter().any(is_true));
    (at_end, delay.map(|delay| delay + 1))
}

/// Steps that are ever shown where there is none, and those that are still shown at the end.
fn false_alarms(values: &[f64]) -> (usize, usize) {
    let whole = timeline(values);
    let mut alarmed: Vec<usize> = Vec::new();
    for count in 6..=COMMITS {
        for at in shown(&whole, count).0 {
            if !alarmed.iter().any(|known| known.abs_diff(at) <= REACH) {
                alarmed.push(at);
            }
        }
    }
    (alarmed.len(), shown(&whole, COMMITS).0.len())
}

fn main() -> ExitCode {
    let mut draws = Draws::seeded(7);
    let mut is_kept = true;
    println!("| noise | 1 % | 2 % | 5 % | 10 % | delay 1 % | 2 % | 5 % | 10 % |");
    println!("|---|---|---|---|---|---|---|---|---|");
    for (noise, name, _) in KINDS {
        let (mut recall, mut delays) = (Vec::new(), Vec::new());
        for step in [0.01, 0.02, 0.05, 0.1] {
            let results: Vec<(bool, Option<usize>)> =
                (0..SERIES).map(|_| found(&values(noise, step, &mut draws))).collect();
            let count = results.iter().filter(|(at_end, _)| *at_end).count();
            is_kept &= !(noise == Noise::Normal && step >= 0.05 && count < 99);
            recall.push(format!("{} %", count * 100 / SERIES));
            let mut told: Vec<usize> = results.iter().filter_map(|(_, delay)| *delay).collect();
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
