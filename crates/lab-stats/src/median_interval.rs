//! The confidence interval of a median that assumes nothing about the shape of the distribution.
//!
//! It must never fall back to a normal approximation; too few values give a reason, not an interval.

use std::iter;

use crate::interval::{Estimate, Interval, NoInterval, count_needed, exact_cutoff};
use crate::observations::Observations;
use crate::probability::Level;
use crate::summary::median;

/// The interval between the d-th smallest and the d-th largest value, with the largest d that keeps `level`.
///
/// The number of values below the median is binomial with probability one half whatever the distribution,
/// so the coverage is exact for continuous distributions and at least the stated level for others (David and
/// Nagaraja, Order Statistics, 3rd ed., section 7.1). It needs independent values from one distribution. The
/// level returned is the one achieved.
///
/// # Errors
/// [`NoInterval::TooFew`] when even the full range does not reach `level`: below 6 values at 95 %.
pub fn median_interval(observations: &Observations, level: Level) -> Result<Interval, NoInterval> {
    let sorted = observations.sorted();
    let count = sorted.len();
    let cutoff = exact_cutoff(fair_binomial_cumulative(count), level)
        .ok_or_else(|| NoInterval::TooFew { count, needed: count_needed(level) })?;
    Ok(Interval::between(sorted[cutoff.place - 1], sorted[count - cutoff.place], cutoff.level))
}

/// The median with its distribution-free interval, where there are enough values for one.
pub fn median_estimate(observations: &Observations, level: Level) -> Estimate {
    Estimate { point: median(observations), interval: median_interval(observations, level).ok() }
}

/// P(X ≤ 0), P(X ≤ 1), … for X binomial with `count` tries and probability one half.
///
/// Binomial coefficients are carried in units of a power of two that grows with them, so the first values
/// neither underflow for large counts nor round for counts up to 56.
fn fair_binomial_cumulative(count: usize) -> impl Iterator<Item = f64> {
    const RESCALE_EXPONENT: i32 = 512;
    let rescale = 2f64.powi(-RESCALE_EXPONENT);
    let tries = count as f64;
    let mut coefficient = 1.0;
    let mut sum = 0.0;
    let mut exponent = -tries;
    let mut index = 0.0;
    iter::from_fn(move || {
        if index > tries {
            return None;
        }
        sum += coefficient;
        // Multiplying before dividing keeps every step a whole number, which f64 holds exactly up to 2^53.
        coefficient = coefficient * (tries - index) / (index + 1.0);
        index += 1.0;
        let cumulative = sum * exponent.exp2();
        if sum.max(coefficient) > 2f64.powi(RESCALE_EXPONENT) {
            sum *= rescale;
            coefficient *= rescale;
            exponent += f64::from(RESCALE_EXPONENT);
        }
        Some(cumulative)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counting_up_to(count: u32) -> Observations {
        Observations::new((1..=count).map(f64::from).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn five_values_are_too_few_at_95_percent_and_six_give_the_range() {
        let refusal = median_interval(&counting_up_to(5), Level::P95).unwrap_err();
        assert_eq!(refusal, NoInterval::TooFew { count: 5, needed: 6 });
        let interval = median_interval(&counting_up_to(6), Level::P95).unwrap();
        assert_eq!((interval.lower(), interval.upper()), (1.0, 6.0));
        assert_eq!(interval.level().value(), 1.0 - 2.0 / 64.0);
    }

    #[test]
    fn a_level_met_exactly_is_met() {
        let level = Level::new(0.9375).unwrap();
        assert_eq!(median_interval(&counting_up_to(5), level).unwrap().level(), level);
    }

    #[test]
    fn the_cumulative_binomial_of_a_small_count_is_exact() {
        let cumulative: Vec<f64> = fair_binomial_cumulative(4).collect();
        assert_eq!(cumulative, [1.0 / 16.0, 5.0 / 16.0, 11.0 / 16.0, 15.0 / 16.0, 1.0]);
    }

    #[test]
    fn the_cumulative_binomial_of_a_large_count_ends_at_one() {
        for count in [500, 1023, 1024, 1025, 1100, 5000, 100_001] {
            let last = fair_binomial_cumulative(count).last().unwrap();
            assert!((last - 1.0).abs() < 1e-9, "{count} tries end at {last}");
        }
    }

    #[test]
    fn one_value_has_a_point_and_no_interval() {
        let estimate = median_estimate(&counting_up_to(1), Level::P95);
        assert_eq!((estimate.point, estimate.interval), (1.0, None));
    }
}
