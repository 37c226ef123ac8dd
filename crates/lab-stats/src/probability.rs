//! Checked probabilities: the closed kind for p values and quantiles, the open kind for confidence levels.
//!
//! It must never hold a value outside its range, so no user of one checks again.

use std::error::Error;
use std::fmt;

/// A number in [0, 1]: a p value, or the fraction a quantile is asked for.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Probability(f64);

impl Probability {
    /// Checks that `value` lies in [0, 1].
    ///
    /// # Errors
    /// [`ProbabilityError`] for anything else, NaN included.
    pub fn new(value: f64) -> Result<Self, ProbabilityError> {
        // `+ 0.0` turns -0.0, which passes the check, into 0.0.
        if (0.0..=1.0).contains(&value) { Ok(Self(value + 0.0)) } else { Err(ProbabilityError { value }) }
    }

    /// The bare number.
    pub fn value(self) -> f64 {
        self.0
    }

    /// A non-negative number that a union bound or a doubled tail may have carried past one.
    pub(crate) fn capped(value: f64) -> Self {
        debug_assert!(value >= 0.0, "{value} is no probability before capping");
        Self(value.clamp(0.0, 1.0))
    }
}

/// A number that is no probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProbabilityError {
    /// What was given.
    pub value: f64,
}

impl fmt::Display for ProbabilityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not a probability: it must lie between 0 and 1", self.value)
    }
}

impl Error for ProbabilityError {}

/// A confidence level strictly between 0 and 1, such as 0.95.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Level(f64);

impl Level {
    /// The customary 95 %.
    pub const P95: Self = Self(0.95);
    /// The stricter 99 %.
    pub const P99: Self = Self(0.99);

    /// Checks that `value` lies strictly between 0 and 1.
    ///
    /// # Errors
    /// [`LevelError`] for anything else, NaN included; "95" in place of 0.95 is the usual mistake.
    pub fn new(value: f64) -> Result<Self, LevelError> {
        if value > 0.0 && value < 1.0 { Ok(Self(value)) } else { Err(LevelError { value }) }
    }

    /// The bare number.
    pub fn value(self) -> f64 {
        self.0
    }

    /// The error rate, one minus the level: exact in floating point for levels of one half and more.
    pub fn alpha(self) -> f64 {
        1.0 - self.0
    }

    /// The level whose error rate is `alpha`, kept inside (0, 1) where rounding would reach an end.
    pub(crate) fn of_alpha(alpha: f64) -> Self {
        Self((1.0 - alpha).clamp(f64::MIN_POSITIVE, 1.0 - f64::EPSILON / 2.0))
    }
}

/// A number that is no confidence level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelError {
    /// What was given.
    pub value: f64,
}

impl fmt::Display for LevelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not a confidence level: give a number between 0 and 1, such as 0.95", self.value)
    }
}

impl Error for LevelError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_include_both_ends_and_nothing_beyond() {
        for value in [0.0, -0.0, 0.5, 1.0] {
            assert_eq!(Probability::new(value).unwrap().value().abs().to_bits(), value.abs().to_bits());
        }
        for value in [-1e-300, 1.0 + f64::EPSILON, f64::NAN, f64::INFINITY] {
            assert!(Probability::new(value).is_err());
        }
    }

    #[test]
    fn levels_exclude_both_ends() {
        assert!(Level::new(0.95).is_ok());
        for value in [0.0, 1.0, 95.0, -0.5, f64::NAN] {
            assert!(Level::new(value).is_err());
        }
        assert!(Level::new(95.0).unwrap_err().to_string().contains("such as 0.95"));
    }

    #[test]
    fn a_vanishing_error_rate_still_gives_a_level_below_one() {
        assert!(Level::of_alpha(0.0).value() < 1.0);
        assert!(Level::of_alpha(1.0).value() > 0.0);
    }
}
