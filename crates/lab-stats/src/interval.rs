//! A range with a confidence level, and a point estimate that may carry one.
//!
//! It must never hold bounds in the wrong order or a bound that is not a number.

use std::error::Error;
use std::fmt;

use crate::distribution::normal_two_sided_quantile;
use crate::probability::Level;
use crate::summary::relative_to;

/// A closed range that covers the true value at the stated confidence level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    lower: f64,
    upper: f64,
    level: Level,
}

impl Interval {
    /// Checks that both bounds are finite and in order.
    ///
    /// # Errors
    /// [`IntervalError`] when a bound is NaN or infinite, or `lower` exceeds `upper`.
    pub fn new(lower: f64, upper: f64, level: Level) -> Result<Self, IntervalError> {
        if lower.is_finite() && upper.is_finite() && lower <= upper {
            Ok(Self { lower, upper, level })
        } else {
            Err(IntervalError { lower, upper })
        }
    }

    /// For bounds that are order statistics of [`crate::Observations`]: finite, and given in either order.
    pub(crate) fn between(one: f64, other: f64, level: Level) -> Self {
        debug_assert!(one.is_finite() && other.is_finite());
        Self { lower: one.min(other), upper: one.max(other), level }
    }

    /// The lower bound; it belongs to the interval.
    pub fn lower(&self) -> f64 {
        self.lower
    }

    /// The upper bound; it belongs to the interval.
    pub fn upper(&self) -> f64 {
        self.upper
    }

    /// The level achieved, which for exact intervals is at least the level asked for.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Whether `value` lies within, bounds included; never for NaN.
    pub fn contains(&self, value: f64) -> bool {
        self.lower <= value && value <= self.upper
    }

    /// Half the distance between the bounds; infinite where that distance exceeds the largest number.
    pub fn half_width(&self) -> f64 {
        (self.upper - self.lower) / 2.0
    }

    /// The standard error that a normal distribution would need to give an interval as wide at this level.
    pub fn normal_standard_error(&self) -> f64 {
        self.half_width() / normal_two_sided_quantile(self.level)
    }

    /// The half-width as a fraction of the magnitude of `point`; absent when `point` is zero.
    pub fn relative_half_width(&self, point: f64) -> Option<f64> {
        relative_to(point, self.half_width())
    }
}

/// Bounds that make no interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IntervalError {
    /// The lower bound given.
    pub lower: f64,
    /// The upper bound given.
    pub upper: f64,
}

impl fmt::Display for IntervalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}, {}] is not an interval: bounds must be finite and in order", self.lower, self.upper)
    }
}

impl Error for IntervalError {}

/// Why no interval exists at the level asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoInterval {
    /// Even the full range of one list covers the true value less often than asked.
    TooFew {
        /// How many values there are.
        count: usize,
        /// The smallest count at which an interval of that level exists.
        needed: usize,
    },
    /// Even the full range of differences between two lists covers the true shift less often than asked.
    TooFewPairs {
        /// How many values the reference has.
        reference_count: usize,
        /// How many values the other list has.
        other_count: usize,
    },
}

impl fmt::Display for NoInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFew { count, needed } => {
                write!(f, "{count} values are too few for an interval of this level: it takes {needed}")
            }
            Self::TooFewPairs { reference_count, other_count } => {
                write!(
                    f,
                    "{reference_count} and {other_count} values are too few for an interval of this level"
                )
            }
        }
    }
}

impl Error for NoInterval {}

/// A best guess, with its uncertainty where that could be stated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The best single guess.
    pub point: f64,
    /// Where the true value lies; absent when there were too few values to say.
    pub interval: Option<Interval>,
}

impl Estimate {
    /// The interval's half-width as a fraction of the point; absent without an interval or at zero.
    pub fn relative_half_width(&self) -> Option<f64> {
        self.interval?.relative_half_width(self.point)
    }
}

/// Which order statistic bounds an exact interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cutoff {
    /// The bounds are this many places, counted from one, from either end of the ordered list.
    pub(crate) place: usize,
    /// The level such bounds achieve.
    pub(crate) level: Level,
}

/// The innermost cutoff that keeps `level`, from the null distribution of a symmetric counting statistic:
/// `cumulative` yields P(S ≤ 0), P(S ≤ 1), and so on. Absent when even P(S ≤ 0) is more than half of alpha.
pub(crate) fn exact_cutoff(cumulative: impl Iterator<Item = f64>, level: Level) -> Option<Cutoff> {
    let mut innermost = None;
    for (below, tail) in cumulative.enumerate() {
        if 2.0 * tail > level.alpha() {
            break;
        }
        innermost = Some(Cutoff { place: below + 1, level: Level::of_alpha(2.0 * tail) });
    }
    innermost
}

/// The smallest count n at which 2 / 2ⁿ, the error rate of the full range, is within alpha.
pub(crate) fn count_needed(level: Level) -> usize {
    let mut needed = 1;
    let mut error_rate = 1.0;
    while error_rate > level.alpha() {
        needed += 1;
        error_rate /= 2.0;
    }
    needed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_must_be_finite_and_in_order() {
        assert!(Interval::new(1.0, 1.0, Level::P95).is_ok());
        for (lower, upper) in [(2.0, 1.0), (f64::NAN, 1.0), (0.0, f64::NAN), (f64::NEG_INFINITY, 0.0)] {
            assert!(Interval::new(lower, upper, Level::P95).is_err());
        }
    }

    #[test]
    fn both_bounds_belong_to_the_interval_and_nan_does_not() {
        let interval = Interval::new(1.0, 3.0, Level::P95).unwrap();
        assert!(interval.contains(1.0) && interval.contains(3.0));
        assert!(!interval.contains(0.999) && !interval.contains(f64::NAN));
    }

    #[test]
    fn an_interval_of_1_96_standard_errors_at_95_percent_has_a_standard_error_of_one() {
        let interval = Interval::new(-1.959_963_984_540_054, 1.959_963_984_540_054, Level::P95).unwrap();
        assert!((interval.normal_standard_error() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn relative_half_width_ignores_the_sign_of_the_point_and_is_absent_at_zero() {
        let interval = Interval::new(-3.0, -1.0, Level::P95).unwrap();
        assert_eq!(interval.relative_half_width(-2.0), Some(0.5));
        assert_eq!(interval.relative_half_width(0.0), None);
        assert_eq!(Estimate { point: -2.0, interval: None }.relative_half_width(), None);
    }

    #[test]
    fn six_values_are_needed_at_95_percent_and_eight_at_99() {
        assert_eq!(count_needed(Level::P95), 6);
        assert_eq!(count_needed(Level::P99), 8);
        assert_eq!(count_needed(Level::new(0.5).unwrap()), 2);
    }

    #[test]
    fn a_refusal_says_how_many_values_it_takes() {
        let text = NoInterval::TooFew { count: 5, needed: 6 }.to_string();
        assert!(text.contains("5 values") && text.contains("takes 6"));
    }
}
