//! Numbers that describe one list of observations: where it lies and how wide it is.
//!
//! It must never claim a certainty; intervals have their own modules.

use crate::observations::Observations;
use crate::probability::Probability;

/// Makes the median absolute deviation estimate the standard deviation of normal data: 1 / Φ⁻¹(3/4),
/// rounded as is customary (Rousseeuw and Croux, JASA 88, 1993).
pub(crate) const NORMAL_CONSISTENCY: f64 = 1.4826;

/// The smallest value.
pub fn min(observations: &Observations) -> f64 {
    observations.sorted()[0]
}

/// The largest value.
pub fn max(observations: &Observations) -> f64 {
    observations.sorted()[observations.count() - 1]
}

/// The arithmetic mean, never outside [min, max] whatever the rounding.
pub fn mean(observations: &Observations) -> f64 {
    let sum: f64 = observations.sorted().iter().sum();
    (sum / observations.count() as f64).clamp(min(observations), max(observations))
}

/// The middle value, or the mean of the two middle values.
pub fn median(observations: &Observations) -> f64 {
    median_of_sorted(observations.sorted())
}

/// The sample quantile of type 7 of Hyndman and Fan (The American Statistician 50, 1996): linear between
/// order statistics, the default of NumPy and R.
pub fn quantile(observations: &Observations, fraction: Probability) -> f64 {
    let sorted = observations.sorted();
    let position = fraction.value() * (sorted.len() - 1) as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    let (low, high) = (sorted[below], sorted[above]);
    // The upper bound keeps rounding from stepping past the next order statistic.
    (low + (position - below as f64) * (high - low)).min(high)
}

/// The third quartile less the first, both of type 7.
pub fn interquartile_range(observations: &Observations) -> f64 {
    let quartile = |fraction| quantile(observations, Probability::capped(fraction));
    quartile(0.75) - quartile(0.25)
}

/// The median distance from the median, in the unit of the observations (Hampel, JASA 69, 1974).
pub fn median_absolute_deviation(observations: &Observations) -> f64 {
    let centre = median(observations);
    let mut distances: Vec<f64> = observations.sorted().iter().map(|value| (value - centre).abs()).collect();
    distances.sort_unstable_by(f64::total_cmp);
    median_of_sorted(&distances)
}

/// The median absolute deviation times 1.4826, which estimates the standard deviation of normal data and
/// ignores up to half the values going astray.
pub fn scaled_median_absolute_deviation(observations: &Observations) -> f64 {
    NORMAL_CONSISTENCY * median_absolute_deviation(observations)
}

/// The sample standard deviation (divisor n − 1), in two passes; absent for a single value.
pub fn standard_deviation(observations: &Observations) -> Option<f64> {
    let degrees = observations.count().checked_sub(1).filter(|degrees| *degrees > 0)?;
    let centre = mean(observations);
    let squares: f64 = observations.sorted().iter().map(|value| (value - centre).powi(2)).sum();
    Some((squares / degrees as f64).sqrt())
}

/// The scaled median absolute deviation as a fraction of the median's magnitude: a coefficient of variation
/// that outliers do not inflate. Absent when the median is zero.
pub fn relative_spread(observations: &Observations) -> Option<f64> {
    relative_to(median(observations), scaled_median_absolute_deviation(observations))
}

/// `width` as a fraction of the magnitude of `point`; absent where that is no finite number.
pub(crate) fn relative_to(point: f64, width: f64) -> Option<f64> {
    Some(width / point.abs()).filter(|ratio| ratio.is_finite())
}

/// The middle value of ascending ones, which must not be none.
pub(crate) fn median_of_sorted(sorted: &[f64]) -> f64 {
    let upper = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[upper] } else { (sorted[upper - 1] + sorted[upper]) / 2.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> Observations {
        Observations::new(values).unwrap()
    }

    #[test]
    fn one_value_is_its_own_summary_and_has_no_standard_deviation() {
        let one = of(&[4.0]);
        assert_eq!([min(&one), max(&one), mean(&one), median(&one)], [4.0; 4]);
        assert_eq!([interquartile_range(&one), median_absolute_deviation(&one)], [0.0; 2]);
        assert_eq!(standard_deviation(&one), None);
        assert_eq!(relative_spread(&one), Some(0.0));
    }

    #[test]
    fn the_median_of_an_even_count_is_the_middle_of_the_middle_two() {
        assert_eq!(median(&of(&[9.0, 1.0, 2.0, 4.0])), 3.0);
    }

    #[test]
    fn one_stray_value_moves_the_deviation_but_not_the_spread_around_the_median() {
        let stray = of(&[1.0, 2.0, 3.0, 4.0, 1e6]);
        assert_eq!(median_absolute_deviation(&stray), 1.0);
        assert!(standard_deviation(&stray).unwrap() > 1e5);
    }

    #[test]
    fn a_spread_relative_to_zero_is_absent() {
        assert_eq!(relative_spread(&of(&[-1.0, 0.0, 1.0])), None);
        assert_eq!(relative_spread(&of(&[0.0])), None);
    }

    #[test]
    fn the_largest_accepted_values_overflow_nothing() {
        let wide = of(&[-1e100, 1e100, 1e100]);
        assert!(standard_deviation(&wide).unwrap().is_finite());
        assert!(interquartile_range(&wide).is_finite());
    }
}
