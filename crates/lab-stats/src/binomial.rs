//! How far a counted share may lie from the truth, by exact binomial probabilities.
//!
//! It must never use a normal approximation: the shares it is for are close to zero.

use std::error::Error;
use std::fmt;

use crate::bisect::first_where;
use crate::interval::{Estimate, Interval};
use crate::probability::{Level, Probability};

/// How often something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    happened: usize,
    trials: usize,
}

impl Share {
    /// Checks that there was a trial and that no more happened than was tried.
    ///
    /// # Errors
    /// [`ShareError`] with both numbers.
    pub fn new(happened: usize, trials: usize) -> Result<Self, ShareError> {
        if trials > 0 && happened <= trials {
            Ok(Self { happened, trials })
        } else {
            Err(ShareError { happened, trials })
        }
    }

    /// How often it happened.
    pub fn happened(self) -> usize {
        self.happened
    }

    /// How often it could have.
    pub fn trials(self) -> usize {
        self.trials
    }

    /// The share with its two-sided interval, exact in the sense that it covers at least as often as it says
    /// (Clopper and Pearson, Biometrika 26, 1934).
    pub fn estimate(self, level: Level) -> Estimate {
        let point = self.happened as f64 / self.trials as f64;
        let tail = level.alpha() / 2.0;
        let lower = match self.happened {
            0 => 0.0,
            happened => first_where(0.0, point, |p| at_least(happened, self.trials, p) >= tail),
        };
        let upper = match self.happened {
            happened if happened == self.trials => 1.0,
            happened => first_where(point, 1.0, |p| 1.0 - at_least(happened + 1, self.trials, p) <= tail),
        };
        Estimate { point, interval: Some(Interval::between(lower, upper, level)) }
    }

    /// How probable so many or more are when each happens with probability `promised`: small when the promise
    /// is broken.
    pub fn p_of_at_most(self, promised: Probability) -> Probability {
        Probability::capped(at_least(self.happened, self.trials, promised.value()))
    }

    /// How probable so many or fewer are when each happens with probability `promised`.
    pub fn p_of_at_least(self, promised: Probability) -> Probability {
        let missed = Self { happened: self.trials - self.happened, trials: self.trials };
        missed.p_of_at_most(Probability::capped(1.0 - promised.value()))
    }
}

/// Numbers that are no share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareError {
    /// How often it happened, as given.
    pub happened: usize,
    /// How often it could have, as given.
    pub trials: usize,
}

impl fmt::Display for ShareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} is not a share", self.happened, self.trials)
    }
}

impl Error for ShareError {}

/// P(X ≥ `happened`) for X binomial, by summing the side of the distribution that holds fewer terms of weight.
fn at_least(happened: usize, trials: usize, p: f64) -> f64 {
    if happened == 0 || p >= 1.0 {
        return 1.0;
    }
    if p <= 0.0 {
        return 0.0;
    }
    let odds = p / (1.0 - p);
    if happened as f64 > p * trials as f64 {
        let factor = |k: usize| (trials - k) as f64 / (k + 1) as f64 * odds;
        falling_sum(chance_of(happened, trials, p), (happened..trials).map(factor))
    } else {
        let factor = |k: usize| k as f64 / (trials - k + 1) as f64 / odds;
        1.0 - falling_sum(chance_of(happened - 1, trials, p), (1..happened).rev().map(factor))
    }
}

/// The sum of terms of which each is the one before times the next factor.
fn falling_sum(first: f64, factors: impl Iterator<Item = f64>) -> f64 {
    let (mut term, mut sum) = (first, first);
    for factor in factors {
        term *= factor;
        sum += term;
        if term < sum * f64::EPSILON / 1024.0 {
            break;
        }
    }
    sum
}

/// P(X = k), through logarithms so that neither the coefficient nor the powers leave the range of f64.
fn chance_of(k: usize, trials: usize, p: f64) -> f64 {
    let fewer = k.min(trials - k);
    let coefficient: f64 = (0..fewer).map(|i| ((trials - i) as f64 / (fewer - i) as f64).ln()).sum();
    (coefficient + k as f64 * p.ln() + (trials - k) as f64 * (-p).ln_1p()).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(happened: usize, trials: usize) -> (f64, f64) {
        let interval = Share::new(happened, trials).unwrap().estimate(Level::P95).interval.unwrap();
        (interval.lower(), interval.upper())
    }

    #[test]
    fn a_share_needs_a_trial_and_no_more_happenings_than_trials() {
        assert!(Share::new(0, 0).is_err() && Share::new(3, 2).is_err());
        assert!(Share::new(3, 2).unwrap_err().to_string().contains("3 of 2"));
    }

    #[test]
    fn none_of_three_hundred_shows_less_than_one_and_a_quarter_percent() {
        let (lower, upper) = bounds(0, 300);
        // 1 − 0.025^(1/300) in closed form.
        assert_eq!(lower, 0.0);
        assert!((upper - (1.0 - 0.025_f64.powf(1.0 / 300.0))).abs() < 1e-12);
        assert_eq!(bounds(300, 300), (1.0 - upper, 1.0));
    }

    #[test]
    fn both_tails_agree_with_adding_up_a_small_distribution() {
        let share = Share::new(3, 5).unwrap();
        let promised = Probability::new(0.25).unwrap();
        assert!((share.p_of_at_most(promised).value() - 106.0 / 1024.0).abs() < 1e-15);
        assert!((share.p_of_at_least(promised).value() - 1008.0 / 1024.0).abs() < 1e-15);
    }

    #[test]
    fn impossible_and_certain_promises_are_judged_without_dividing_by_zero() {
        let share = Share::new(1, 10).unwrap();
        let at = |p| Probability::new(p).unwrap();
        assert_eq!(share.p_of_at_most(at(0.0)).value(), 0.0);
        assert_eq!(share.p_of_at_least(at(1.0)).value(), 0.0);
        assert_eq!(share.p_of_at_most(at(1.0)).value(), 1.0);
        assert_eq!(Share::new(0, 10).unwrap().p_of_at_most(at(0.0)).value(), 1.0);
    }
}
