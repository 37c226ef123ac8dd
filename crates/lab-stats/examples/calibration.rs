//! Prints how the sequential verdict does on simulated lists with a known truth: false alarms, false
//! "unchanged", coverage and what it finds, by kind of noise. It fails when a promise is broken.
//!
//! `cargo run --release -p lab-stats --example calibration [lists per cell, 2000]`

#![expect(clippy::print_stdout, reason = "a table on the terminal is what this program is for")]

use std::process::ExitCode;

use lab_stats::sequential::{Design, Tally, first_decision_unpaired};
use lab_stats::simulate::{Noise, Order, Simulation};
use lab_stats::{Draws, Probability, RankSums, Unpaired};

const EFFECTS_PERCENT: [f64; 5] = [0.0, 0.5, 1.0, 2.0, 5.0];
const SPREADS_PERCENT: [f64; 2] = [0.4, 1.0];
/// Chance of accusing a rule that keeps its promises, per cell and promise.
const ACCUSE_ALPHA: f64 = 0.001;

fn main() -> ExitCode {
    let trials = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(2000);
    let design = Design::default();
    println!("{trials} lists per cell, margin {:.4} %", 100.0 * design.margin().exp_m1());
    println!("noise, width, effect: up / down / unchanged / open %, covered %, mean count");
    let mut broken = 0;
    let mut seed = 0;
    for noise in Noise::ALL {
        for spread_percent in SPREADS_PERCENT {
            for effect_percent in EFFECTS_PERCENT {
                seed += 1;
                let effect = (effect_percent / 100.0).ln_1p();
                let simulation =
                    Simulation { noise, spread: spread_percent / 100.0, effect, order: Order::Coin };
                let tally = Tally::of(&design, &simulation, trials, seed);
                let label = format!("{noise:?} {spread_percent} % +{effect_percent} %");
                broken += print(&label, &tally, &design, effect);
            }
        }
    }
    println!("\nnegative controls, which must break a promise");
    let biased = Simulation { noise: Noise::SlotBias, spread: 0.01, effect: 0.0, order: Order::Fixed };
    let mut missed = usize::from(
        print("SlotBias 1 % +0 %, fixed order", &Tally::of(&design, &biased, trials, 1), &design, 0.0) == 0,
    );
    let drifting = Simulation { noise: Noise::Drift, spread: 0.01, effect: 0.0, order: Order::Coin };
    let tally = one_after_the_other(&design, &drifting, trials);
    missed += usize::from(print("Drift 1 % +0 %, one list after the other", &tally, &design, 0.0) == 0);

    println!("\ntwo independent lists, 80 against up to 80");
    for effect_percent in [0.0, 1.0, 2.0] {
        let effect = f64::ln_1p(effect_percent / 100.0);
        let still = Simulation { noise: Noise::HeavyTailed, spread: 0.004, effect, order: Order::Coin };
        let tally = one_after_the_other(&design, &still, trials.min(500));
        broken += print(&format!("HeavyTailed 0.4 % +{effect_percent} %"), &tally, &design, effect);
    }
    println!("\n{broken} promises broken, {missed} negative controls missed");
    if broken + missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints one row and gives the number of promises it breaks.
fn print(label: &str, tally: &Tally, design: &Design, truth: f64) -> usize {
    let percent = |count: usize| 100.0 * count as f64 / tally.trials as f64;
    let alpha = Probability::new(ACCUSE_ALPHA).expect("a thousandth is a probability");
    let broken = tally.broken_promises(design, truth, alpha);
    println!(
        "{label:<42} {:6.2} {:6.2} {:6.2} {:6.2}   {:6.2}  {:5.1}  {}",
        percent(tally.up),
        percent(tally.down),
        percent(tally.unchanged),
        percent(tally.open()),
        percent(tally.covered),
        tally.mean_count().unwrap_or_default(),
        broken.iter().map(|promise| format!("{promise:?} broken ")).collect::<String>(),
    );
    broken.len()
}

fn one_after_the_other(design: &Design, simulation: &Simulation, trials: usize) -> Tally {
    let mut draws = Draws::seeded(9);
    let mut rank_sums = RankSums::default();
    let mut tally = Tally::default();
    for _ in 0..trials {
        let (reference, other) = simulation.one_after_the_other(design.budget(), &mut draws);
        let lists = Unpaired { reference: &reference, other: &other };
        let standing = first_decision_unpaired(design, lists, &mut rank_sums)
            .expect("both lists reach every look of the design");
        tally.add(&standing, simulation.effect);
    }
    tally
}
