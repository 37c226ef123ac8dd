//! Prints how the sequential verdict does on simulated lists with a known truth: false alarms, false
//! "unchanged", coverage and what it finds, by kind of noise. It fails when a promise is broken.
//!
//! `cargo run --release -p lab-stats --example calibration [lists per cell, 2000]`

#![expect(clippy::print_stdout, reason = "a table on the terminal is what this program is for")]

use std::process::ExitCode;

use lab_stats::sequential::{Design, Tally};
use lab_stats::simulate::{Noise, Order, Simulation};
use lab_stats::{Look, Probability, shares};

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
    let tally = Tally::of_growing(&design, &drifting, design.budget(), trials, 9);
    missed += usize::from(print("Drift 1 % +0 %, one list after the other", &tally, &design, 0.0) == 0);

    println!("\ntwo independent lists, 80 against up to 80");
    for effect_percent in [0.0, 1.0, 2.0] {
        let effect = f64::ln_1p(effect_percent / 100.0);
        let still = Simulation { noise: Noise::HeavyTailed, spread: 0.004, effect, order: Order::Coin };
        let tally = Tally::of_growing(&design, &still, design.budget(), trials.min(500), 9);
        broken += print(&format!("HeavyTailed 0.4 % +{effect_percent} %"), &tally, &design, effect);
    }
    let (also_broken, also_missed) = growing(trials);
    broken += also_broken;
    missed += also_missed;
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

/// A list that grows from 10 to 40 values against a complete one, as `run --compare` lets a Run grow: promises broken,
/// and negative controls missed.
fn growing(trials: usize) -> (usize, usize) {
    let design = growing_design(|share| share);
    let (mut broken, mut seed) = (0, 1000);
    println!("\none list grows from 10 to 40 against a complete one, 1 % and 5 % spent over the looks");
    for reference_count in [10, 20, 40] {
        for noise in [Noise::Normal, Noise::HeavyTailed, Noise::Bimodal] {
            for (spread_percent, effect_percent) in
                [(0.4, 0.0), (1.0, 0.0), (0.4, 1.0), (1.0, 1.0), (1.0, 2.0), (1.0, 5.0)]
            {
                seed += 1;
                let effect = f64::ln_1p(effect_percent / 100.0);
                let simulation =
                    Simulation { noise, spread: spread_percent / 100.0, effect, order: Order::Coin };
                let tally = Tally::of_growing(&design, &simulation, reference_count, trials, seed);
                let label = format!("{reference_count} {noise:?} {spread_percent} % +{effect_percent} %");
                broken += print(&label, &tally, &design, effect);
            }
        }
    }
    println!("\nthe same lists looked at once, for comparison: 10 or 40 values against as many as named");
    for (reference_count, count) in [(10, 10), (10, 40), (40, 10), (40, 40)] {
        let look = Look { count, change_alpha: 0.01, equivalence_alpha: 0.05 };
        let once = Design::of_two_lists(&[look], Design::MARGIN_DEFAULT).expect("one look keeps every rule");
        for effect_percent in [0.0, 1.0, 2.0] {
            seed += 1;
            let effect = f64::ln_1p(effect_percent / 100.0);
            let simulation = Simulation { noise: Noise::Normal, spread: 0.01, effect, order: Order::Coin };
            let tally = Tally::of_growing(&once, &simulation, reference_count, trials, seed);
            broken += print(
                &format!("{reference_count} Normal 1 % +{effect_percent} %, once"),
                &tally,
                &once,
                effect,
            );
        }
    }
    println!("\nnegative control: the whole 1 % and 5 % at every look");
    let null = Simulation { noise: Noise::Normal, spread: 0.03, effect: 0.0, order: Order::Coin };
    let tally = Tally::of_growing(&growing_design(|_| 1.0), &null, 40, trials, seed + 1);
    (broken, usize::from(print("40 Normal 3 % +0 %, whole level at each", &tally, &design, 0.0) == 0))
}

fn growing_design(spent_of: impl Fn(f64) -> f64) -> Design {
    let counts = [10, 14, 20, 28, 40];
    let look = |(count, share): (usize, f64)| Look {
        count,
        change_alpha: 0.01 * spent_of(share),
        equivalence_alpha: 0.05 * spent_of(share),
    };
    let looks: Vec<Look> = counts.into_iter().zip(shares(&counts)).map(look).collect();
    Design::of_two_lists(&looks, Design::MARGIN_DEFAULT).expect("shares of an error rate keep every rule")
}
