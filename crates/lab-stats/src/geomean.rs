//! The geometric mean of positive values, with the interval of the mean of their logarithms.
//!
//! It must never average ratios arithmetically or accept a value whose logarithm does not exist.

use std::error::Error;
use std::fmt;

use crate::distribution::student_two_sided_quantile;
use crate::interval::{Estimate, Interval};
use crate::observations::Observations;
use crate::probability::Level;
use crate::summary::{max, mean, min, standard_deviation};

/// exp of the mean logarithm, with Student's t interval for that mean carried back through exp.
///
/// The interval takes the values for a sample from a wider population of such values, and says where the mean
/// of that population lies. For the mean of these very values and no others, each with its own uncertainty,
/// see [`crate::fixed_set_mean`].
///
/// The interval assumes the logarithms to be independent and their mean close to normal, which a handful of
/// ratios of like size satisfies and one stray ratio breaks; it is not distribution-free. It is absent for a
/// single value, and where a bound would not be a finite number.
///
/// # Errors
/// [`NotPositive`] when any value is zero or less.
pub fn geometric_mean(observations: &Observations, level: Level) -> Result<Estimate, NotPositive> {
    if min(observations) <= 0.0 {
        return Err(NotPositive { smallest: min(observations) });
    }
    let logarithms: Vec<f64> = observations.sorted().iter().map(|value| value.ln()).collect();
    let logarithms = Observations::new(logarithms).expect("the logarithm of a positive number is finite");
    let point = mean(&logarithms).exp().clamp(min(observations), max(observations));
    let interval = standard_deviation(&logarithms).and_then(|deviation| {
        let count = logarithms.count();
        let half_width = student_two_sided_quantile(level, count - 1) * deviation / (count as f64).sqrt();
        // min and max keep the point inside when exp rounds the other way for it.
        let lower = (mean(&logarithms) - half_width).exp().min(point);
        let upper = (mean(&logarithms) + half_width).exp().max(point);
        Interval::new(lower, upper, level).ok()
    });
    Ok(Estimate { point, interval })
}

/// A geometric mean was asked for of values that are not all positive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NotPositive {
    /// The smallest value given.
    pub smallest: f64,
}

impl fmt::Display for NotPositive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a geometric mean needs values above zero, and the smallest is {}", self.smallest)
    }
}

impl Error for NotPositive {}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> Result<Estimate, NotPositive> {
        geometric_mean(&Observations::new(values).unwrap(), Level::P95)
    }

    #[test]
    fn zero_and_negative_values_are_refused_by_name() {
        assert_eq!(of(&[1.0, 0.0]), Err(NotPositive { smallest: 0.0 }));
        assert_eq!(of(&[1.0, -2.0]), Err(NotPositive { smallest: -2.0 }));
    }

    #[test]
    fn twice_and_half_cancel() {
        let estimate = of(&[0.5, 2.0]).unwrap();
        assert_eq!(estimate.point, 1.0);
        let interval = estimate.interval.unwrap();
        assert!((interval.lower() * interval.upper() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn one_value_has_no_interval_and_equal_values_have_one_of_no_width() {
        assert_eq!(of(&[3.0]).unwrap(), Estimate { point: 3.0, interval: None });
        let interval = of(&[3.0, 3.0, 3.0]).unwrap().interval.unwrap();
        assert!(interval.contains(3.0) && interval.half_width() < 1e-14);
    }

    #[test]
    fn a_bound_beyond_the_numbers_is_no_interval() {
        let estimate = of(&[1e-300, 1e100]).unwrap();
        assert!(estimate.interval.is_none() && estimate.point > 0.0);
    }
}
