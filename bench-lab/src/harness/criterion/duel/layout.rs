//! The samples of a process in a duel: how many, how long, and which of them are slices.
//!
//! It asks only for what Criterion can be brought to do from outside.

use crate::harness::duelist::Wish;

/// Criterion asserts at least this many.
pub(super) const SAMPLES_MIN: u64 = 10;

/// A linear plan grows by `step` a sample; this keeps its rounding off the edge.
const ROUNDING: f64 = 0.25;

/// Likewise of a flat plan.
const FLAT_ROUNDING: f64 = 0.5;

/// Which samples there are, and which of them are slices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Layout {
    pub(in super::super) sample_count: u64,
    /// The first samples of a linear plan, half as long as the last or shorter, are played alone.
    pub(in super::super) solo_count: u64,
    /// Samples that are played in turns.
    pub(in super::super) turn_count: u64,
    pub(in super::super) growth: Growth,
}

/// How samples grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Growth {
    /// All hold so many iterations.
    Flat(u64),
    /// The n-th holds n times so many.
    Linear(u64),
}

impl Layout {
    /// Equal samples where Criterion can be brought to choose them, which it does when a linear plan would take more
    /// than twice the time (`choose_sampling_mode` in its source); else the longer half of a linear plan.
    pub(super) fn choose(fixed_count: Option<u64>, wish: &Wish) -> Self {
        let wanted = u64::from(wish.round_count + wish.discarded_count);
        let flat_count = fixed_count.unwrap_or(wanted.max(SAMPLES_MIN));
        if wish.slice_iterations as f64 - FLAT_ROUNDING < (flat_count + 1) as f64 / 4.0 {
            let growth = Growth::Flat(wish.slice_iterations);
            return Self {
                sample_count: flat_count,
                solo_count: 0,
                turn_count: wanted.min(flat_count),
                growth,
            };
        }
        let sample_count = fixed_count.unwrap_or(2 * wanted);
        let solo_count = sample_count / 2;
        let turn_count = wanted.min(sample_count - solo_count);
        let shortest = solo_count + u64::from(wish.discarded_count) + 1;
        let growth = Growth::Linear(wish.slice_iterations.div_ceil(shortest).max(1));
        Self { sample_count, solo_count, turn_count, growth }
    }

    /// Iterations of each slice.
    pub(in super::super) fn iterations(&self) -> Vec<u64> {
        let slices = 1..=self.solo_count + self.turn_count;
        match self.growth {
            Growth::Flat(iterations) => slices.map(|_| iterations).collect(),
            Growth::Linear(step) => slices.map(|number| number * step).collect(),
        }
    }

    /// Whether Criterion would measure on after the last slice.
    pub(super) fn is_cut_short(&self) -> bool {
        self.solo_count + self.turn_count < self.sample_count
    }

    /// Measuring time that leads to it, in times of one iteration as the warm-up shows it.
    pub(super) fn span(&self) -> f64 {
        let count = self.sample_count as f64;
        match self.growth {
            Growth::Flat(iterations) => count * (iterations as f64 - FLAT_ROUNDING),
            Growth::Linear(step) => count * (count + 1.0) / 2.0 * (step as f64 - ROUNDING),
        }
    }
}
