//! How long the slices of a duel are and how many there are of them: from the time of one iteration.
//!
//! It decides once per benchmark, before the first launch that counts.

/// Least length of a slice: long against a hand-over, short against the drift of a shared machine.
pub const SLICE_NS_MIN: f64 = 500_000.0;

/// A slice is not made longer than this, whatever the caches say.
pub const SLICE_NS_MAX: f64 = 20_000_000.0;

/// A turn, with set-up and clean-up around what is timed, shall not last longer: both sides must meet the same machine.
const TURN_NS_MAX: f64 = 2_000_000.0;

/// What is timed of a turn is not shortened below this, some hundred steps of the clock.
const TIMED_NS_MIN: f64 = 20_000.0;

/// From this strain on the set-up in a turn has warmed what the hand-over left cold before anything is timed, and a
/// longer slice would only put the sides further apart.
const WARMING_STRAIN: f64 = 3.0;

/// An iteration longer than this is a slice of its own.
const LONG_NS: f64 = 2_000_000.0;

/// An iteration longer than this is a launch of its own: one slice of each side.
const VERY_LONG_NS: f64 = 200_000_000.0;

/// What the slices of a side shall last together when iterations are long.
const LAUNCH_NS: f64 = 40_000_000.0;

/// Rounds that count.
const ROUNDS: u32 = 20;

/// Rounds that count at least when iterations are long.
const ROUNDS_MIN: u32 = 4;

/// Rounds before them: caches, branch predictors and page tables find their state.
const DISCARDED: u32 = 2;

/// How much longer an iteration may be in a slice than in one of four times the length: a hand-over leaves caches
/// cold, and that cost must not be part of what is compared.
const COLD_SHARE_MAX: f64 = 0.01;

/// The slices of one launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Iterations of a slice.
    pub slice_iterations: u64,
    /// Rounds that count.
    pub round_count: u32,
    /// Rounds before them.
    pub discarded_count: u32,
}

/// The shape for two sides whose iterations take so long, in nanoseconds.
pub fn shape(sides_ns: [f64; 2]) -> Shape {
    let (faster, slower) = (sides_ns[0].min(sides_ns[1]), sides_ns[0].max(sides_ns[1]));
    if slower > VERY_LONG_NS {
        return Shape { slice_iterations: 1, round_count: 1, discarded_count: 0 };
    }
    if slower > LONG_NS {
        let fitting = (LAUNCH_NS / slower).floor() as u32;
        return Shape {
            slice_iterations: 1,
            round_count: fitting.clamp(ROUNDS_MIN, ROUNDS),
            discarded_count: 1,
        };
    }
    let slice_iterations = (SLICE_NS_MIN / faster).ceil().max(1.0) as u64;
    Shape { slice_iterations, round_count: ROUNDS, discarded_count: DISCARDED }
}

impl Shape {
    /// The shape for a benchmark whose turns last `strain` times as long as what is timed of them, since its inputs
    /// take so long to make or its outputs to drop.
    pub fn under_strain(self, faster_ns: f64, strain: f64) -> Self {
        let timed_ns = self.slice_iterations as f64 * faster_ns;
        let fitting_ns = (TURN_NS_MAX / strain).max(TIMED_NS_MIN);
        if timed_ns <= fitting_ns {
            return self;
        }
        let slice_iterations = (fitting_ns / faster_ns).ceil().max(1.0) as u64;
        Self { slice_iterations: slice_iterations.min(self.slice_iterations), ..self }
    }

    /// Twice the length: `None` when one iteration makes a slice, a turn would be too long, or nothing would be gained.
    /// `slower_ns` is the time of an iteration of the slower side, `strain` as in [`under_strain`](Self::under_strain).
    pub fn doubled(self, slower_ns: f64, strain: f64) -> Option<Self> {
        let slice_iterations = self.slice_iterations.checked_mul(2)?;
        let is_long = slower_ns > LONG_NS;
        let is_too_long = slice_iterations as f64 * slower_ns * strain > SLICE_NS_MAX;
        (!is_long && !is_too_long && strain < WARMING_STRAIN).then_some(Self { slice_iterations, ..self })
    }
}

/// Whether a slice is long enough, from a trial launch of one side in slices of this length against itself in slices of
/// four times the length: `log_ratio` is ln(time of an iteration in the long ones / in the short ones).
///
/// One-sided, since a cold cache makes short slices the slower ones.
pub fn is_long_enough(log_ratio: f64) -> bool {
    log_ratio >= -COLD_SHARE_MAX.ln_1p() || log_ratio.is_nan()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn short_iterations_fill_half_a_millisecond_of_the_faster_side() {
        assert_eq!(
            shape([100.0, 150.0]),
            Shape { slice_iterations: 5000, round_count: 20, discarded_count: 2 }
        );
    }

    #[test]
    fn long_iterations_are_slices_and_very_long_ones_are_launches() {
        assert_eq!(shape([2.1e6, 1e6]), Shape { slice_iterations: 1, round_count: 19, discarded_count: 1 });
        assert_eq!(shape([15e6, 15e6]), Shape { slice_iterations: 1, round_count: 4, discarded_count: 1 });
        assert_eq!(shape([1.0, 201e6]), Shape { slice_iterations: 1, round_count: 1, discarded_count: 0 });
    }

    #[test]
    fn a_slice_grows_until_twenty_milliseconds() {
        let mut longest = shape([1000.0, 1000.0]);
        while let Some(longer) = longest.doubled(1000.0, 1.0) {
            longest = longer;
        }
        assert_eq!(longest.slice_iterations, 16_000, "the next would last 32 ms");
        assert_eq!(shape([1000.0, 1000.0]).doubled(1000.0, 4.0), None, "set-up warms the caches");
        assert_eq!(shape([3e6, 3e6]).doubled(3e6, 1.0), None);
    }

    #[test]
    fn costly_set_up_shortens_what_is_timed_and_never_below_what_the_clock_can_tell() {
        let free = shape([100.0, 100.0]);
        assert_eq!(free.under_strain(100.0, 1.5), free);
        assert_eq!(free.under_strain(100.0, 40.0).slice_iterations, 500);
        assert_eq!(free.under_strain(100.0, 1e9).slice_iterations, 200);
        assert_eq!(shape([3e6, 3e6]).under_strain(3e6, 50.0).slice_iterations, 1);
    }

    #[test]
    fn cold_caches_make_a_slice_too_short_and_a_failed_trial_does_not() {
        for (ratio, is_enough) in [(0.02, true), (-0.004, true), (-0.02, false), (f64::NAN, true)] {
            assert_eq!(is_long_enough(ratio), is_enough, "{ratio}");
        }
    }

    proptest! {
        #[test]
        fn every_time_has_a_shape(a in 1e-3_f64..1e12, b in 1e-3_f64..1e12) {
            let shape = shape([a, b]);
            prop_assert!(shape.slice_iterations >= 1 && shape.round_count >= 1);
            let is_enough = shape.slice_iterations as f64 * a.min(b) >= SLICE_NS_MIN;
            prop_assert!(is_enough || shape.slice_iterations == 1);
        }
    }
}
