//! What a rule said about many lists of which the truth was known.
//!
//! It must never judge by eye: whether a rate breaks its promise is a binomial test of its own.

use super::{
    Design, Direction, Finding, RankSums, Standing, Unpaired, first_decision, first_decision_unpaired,
};
use crate::binomial::Share;
use crate::draws::Draws;
use crate::probability::Probability;
use crate::simulate::Simulation;

/// Counts of how watching ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Lists watched.
    pub trials: usize,
    /// Lists called changed upwards.
    pub up: usize,
    /// Lists called changed downwards.
    pub down: usize,
    /// Lists called unchanged.
    pub unchanged: usize,
    /// Lists whose interval at the end held the truth.
    pub covered: usize,
    /// Values used by all lists together.
    pub values_used: usize,
}

impl Tally {
    /// Watches `trials` lists of the simulation, each until the design decides or is exhausted.
    pub fn of(design: &Design, simulation: &Simulation, trials: usize, seed: u64) -> Self {
        let mut draws = Draws::seeded(seed);
        let mut tally = Self::default();
        for _ in 0..trials {
            let values = simulation.pairs(design.budget(), &mut draws);
            let standing = first_decision(design, &values).expect("the list reaches every look");
            tally.add(&standing, simulation.effect);
        }
        tally
    }

    /// Watches `trials` lists that grow, each against a complete one of `reference_count` values that was measured before
    /// it. What could not be judged at any look counts as open.
    pub fn of_growing(
        design: &Design,
        simulation: &Simulation,
        reference_count: usize,
        trials: usize,
        seed: u64,
    ) -> Self {
        let mut draws = Draws::seeded(seed);
        let mut rank_sums = RankSums::default();
        let mut tally = Self::default();
        for _ in 0..trials {
            let counts = [reference_count, design.budget()];
            let (reference, other) = simulation.one_after_the_other(counts, &mut draws);
            let lists = Unpaired { reference: &reference, other: &other };
            match first_decision_unpaired(design, lists, &mut rank_sums) {
                Some(standing) => tally.add(&standing, simulation.effect),
                None => {
                    tally.trials += 1;
                    tally.covered += 1;
                    tally.values_used += design.budget();
                }
            }
        }
        tally
    }

    /// Counts one more list that ended so.
    pub fn add(&mut self, standing: &Standing, truth: f64) {
        self.trials += 1;
        self.values_used += standing.count;
        self.covered += usize::from(standing.interval.contains(truth));
        match standing.finding {
            Finding::Changed(Direction::Up) => self.up += 1,
            Finding::Changed(Direction::Down) => self.down += 1,
            Finding::Unchanged => self.unchanged += 1,
            Finding::Undecided | Finding::Exhausted => {}
        }
    }

    /// Lists on which nothing could be said.
    pub fn open(&self) -> usize {
        self.trials - self.up - self.down - self.unchanged
    }

    /// Values a list took on average; absent without a list.
    pub fn mean_count(&self) -> Option<f64> {
        (self.trials > 0).then(|| self.values_used as f64 / self.trials as f64)
    }

    /// The promises of `design` that these lists break beyond chance, when their true difference was `truth`.
    /// Each is tested on its own at `alpha`, so that is the chance of a false accusation per promise.
    pub fn broken_promises(&self, design: &Design, truth: f64, alpha: Probability) -> Vec<Promise> {
        let wrongly_changed = match truth.total_cmp(&0.0) {
            std::cmp::Ordering::Equal => self.up + self.down,
            std::cmp::Ordering::Greater => self.down,
            std::cmp::Ordering::Less => self.up,
        };
        let wrongly_unchanged = if truth.abs() >= design.margin() { self.unchanged } else { 0 };
        [
            (Promise::Alarms, wrongly_changed, design.change_alpha()),
            (Promise::Equivalence, wrongly_unchanged, design.equivalence_alpha()),
            (Promise::Coverage, self.trials - self.covered, design.change_alpha()),
        ]
        .into_iter()
        .filter(|(_, happened, promised)| {
            Share::new(*happened, self.trials)
                .is_ok_and(|share| share.p_of_at_most(Probability::capped(*promised)) < alpha)
        })
        .map(|(promise, ..)| promise)
        .collect()
    }
}

/// What a sequential design promises about its errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// "Changed" where nothing is, or in the wrong direction, at most [`Design::change_alpha`].
    Alarms,
    /// "Unchanged" beyond the margin at most [`Design::equivalence_alpha`].
    Equivalence,
    /// Intervals that miss the truth at most [`Design::change_alpha`].
    Coverage,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::{Noise, Order};

    fn tally_of(up: usize, unchanged: usize, covered: usize) -> Tally {
        Tally { trials: 1000, up, unchanged, covered, ..Tally::default() }
    }

    #[test]
    fn a_rate_at_its_promise_passes_and_one_far_beyond_is_named() {
        let design = Design::default();
        let alpha = Probability::new(0.001).unwrap();
        assert_eq!(tally_of(10, 900, 990).broken_promises(&design, 0.0, alpha), []);
        assert_eq!(tally_of(30, 900, 990).broken_promises(&design, 0.0, alpha), [Promise::Alarms]);
        assert_eq!(tally_of(500, 100, 990).broken_promises(&design, 0.01, alpha), [Promise::Equivalence]);
        assert_eq!(tally_of(500, 10, 960).broken_promises(&design, 0.01, alpha), [Promise::Coverage]);
        assert_eq!(tally_of(500, 0, 990).broken_promises(&design, -0.01, alpha), [Promise::Alarms]);
        let downwards = Tally { down: 500, ..tally_of(0, 0, 990) };
        assert_eq!(downwards.broken_promises(&design, 0.01, alpha), [Promise::Alarms]);
        assert_eq!(downwards.broken_promises(&design, -0.01, alpha), []);
        assert_eq!(Tally::default().broken_promises(&design, 0.0, alpha), []);
    }

    #[test]
    fn every_list_is_counted_once() {
        let simulation = Simulation { noise: Noise::Normal, spread: 0.01, effect: 0.005, order: Order::Coin };
        let tally = Tally::of(&Design::default(), &simulation, 30, 8);
        assert_eq!(tally.trials, 30);
        assert_eq!(tally.up + tally.down + tally.unchanged + tally.open(), 30);
        assert!(tally.mean_count().unwrap() >= 10.0 && tally.values_used <= 30 * 80);
        assert_eq!(Tally::default().mean_count(), None);
    }
}
