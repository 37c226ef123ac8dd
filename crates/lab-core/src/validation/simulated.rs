//! The sequential rule on simulated noise, where the truth is known: a share of the calibration that `lab-stats` ships.
//!
//! It shows that the rule is implemented as it was designed; it says nothing about this machine.

use lab_stats::simulate::{Noise, Order, Simulation};
use lab_stats::{Design, Probability, Promise, Tally};

/// Effects, in per cent.
const EFFECTS_PERCENT: [f64; 3] = [0.0, 1.0, 2.0];

/// Widths of the noise, in per cent.
const SPREADS_PERCENT: [f64; 2] = [0.4, 1.0];

/// Chance of accusing a rule that keeps its promises, per row and promise. Some sixty promises are looked at.
const ACCUSE_ALPHA: f64 = 0.0001;

/// One kind of noise and one effect; both widths together.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulated {
    /// The kind of noise, in words.
    pub noise: String,
    /// True effect, in per cent.
    pub effect_percent: f64,
    /// What was said of the lists.
    pub tally: Tally,
    /// The promises that it breaks beyond chance, in words.
    pub broken: Vec<String>,
}

/// Every row, and the negative control: of `trials` lists with the sides always in one order, how many are called
/// changed. It takes so many lists per row and width.
pub fn simulate(trials: usize, seed: u64) -> (Vec<Simulated>, (usize, usize)) {
    let design = Design::default();
    let alpha = Probability::new(ACCUSE_ALPHA).expect("one in ten thousand is a probability");
    let mut rows = Vec::new();
    let mut next = seed;
    for noise in Noise::ALL {
        for effect_percent in EFFECTS_PERCENT {
            let effect = (effect_percent / 100.0).ln_1p();
            let mut tally = Tally::default();
            for spread_percent in SPREADS_PERCENT {
                next = next.wrapping_add(1);
                let spread = spread_percent / 100.0;
                let simulation = Simulation { noise, spread, effect, order: Order::Coin };
                add(&mut tally, &Tally::of(&design, &simulation, trials, next));
            }
            let broken = tally.broken_promises(&design, effect, alpha);
            rows.push(Simulated {
                noise: name(noise).into(),
                effect_percent,
                tally,
                broken: broken.into_iter().map(|promise| promised(promise).to_owned()).collect(),
            });
        }
    }
    let biased = Simulation { noise: Noise::SlotBias, spread: 0.01, effect: 0.0, order: Order::Fixed };
    let control = Tally::of(&design, &biased, trials, next.wrapping_add(1));
    (rows, (control.up + control.down, control.trials))
}

fn add(sum: &mut Tally, more: &Tally) {
    sum.trials += more.trials;
    sum.up += more.up;
    sum.down += more.down;
    sum.unchanged += more.unchanged;
    sum.covered += more.covered;
    sum.values_used += more.values_used;
}

fn name(noise: Noise) -> &'static str {
    match noise {
        Noise::Normal => "normal",
        Noise::HeavyTailed => "heavy tails",
        Noise::Bimodal => "several states",
        Noise::WanderingVariance => "wandering width",
        Noise::SlotBias => "slow first slot",
        Noise::Drift => "wandering level",
        Noise::Bursts => "bursts",
    }
}

fn promised(promise: Promise) -> &'static str {
    match promise {
        Promise::Alarms => "false alarms",
        Promise::Equivalence => "false equivalence",
        Promise::Coverage => "coverage",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_keeps_its_promises_and_the_control_breaks_them() {
        let (rows, (changed, of)) = simulate(60, 1);
        assert_eq!(rows.len(), 21);
        assert!(rows.iter().all(|row| row.tally.trials == 120 && row.broken.is_empty()), "{rows:?}");
        assert!(changed * 2 > of, "{changed} of {of}");
    }
}
