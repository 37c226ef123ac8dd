//! Laws that hold for every list: order does not matter, units do not matter, signs mirror.

#![expect(clippy::unwrap_used, reason = "a test stops at the first value that is not as expected")]

mod inference;

use lab_stats::{
    Estimate, Level, Observations, Probability, TwoSamples, benjamini_hochberg, geometric_mean,
    hodges_lehmann, hodges_lehmann_interval, holm, mann_whitney, max, mean, median,
    median_absolute_deviation, median_estimate, min, quantile, shift, shift_interval, signed_rank,
    standard_deviation,
};
use proptest::collection::vec;
use proptest::prelude::*;

fn of(values: &[f64]) -> Observations {
    Observations::new(values).unwrap()
}

fn mapped(values: &[f64], change: impl Fn(f64) -> f64) -> Observations {
    Observations::new(values.iter().map(|value| change(*value)).collect::<Vec<_>>()).unwrap()
}

/// Lists with and without ties: smooth values over many magnitudes, or a few small whole numbers.
fn lists() -> impl Strategy<Value = Vec<f64>> {
    prop_oneof![vec(-1e6..1e6, 1..24), vec((-4..5_i32).prop_map(f64::from), 1..24)]
}

fn levels() -> impl Strategy<Value = Level> {
    (0.5..0.999_f64).prop_map(|level| Level::new(level).unwrap())
}

fn estimates(observations: &Observations, level: Level) -> [Estimate; 2] {
    let centre = Estimate {
        point: hodges_lehmann(observations),
        interval: hodges_lehmann_interval(observations, level).ok(),
    };
    [median_estimate(observations, level), centre]
}

/// The same estimate of values that went through an increasing (or, mirrored, decreasing) map.
fn carried(estimate: Estimate, change: impl Fn(f64) -> f64) -> (f64, Option<(f64, f64)>) {
    let bounds = estimate.interval.map(|interval| {
        let (one, other) = (change(interval.lower()), change(interval.upper()));
        (one.min(other), one.max(other))
    });
    (change(estimate.point), bounds)
}

fn bare(estimate: Estimate) -> (f64, Option<(f64, f64)>) {
    carried(estimate, |value| value)
}

proptest! {
    #[test]
    fn the_order_of_the_values_does_not_matter(values in lists(), shift_by in 0..24_usize, level in levels()) {
        let mut turned = values.clone();
        turned.rotate_left(shift_by % values.len());
        turned.reverse();
        prop_assert_eq!(of(&values), of(&turned));
        prop_assert_eq!(estimates(&of(&values), level), estimates(&of(&turned), level));
    }

    #[test]
    fn a_point_lies_in_its_interval_and_the_interval_in_the_range(values in lists(), level in levels()) {
        let observations = of(&values);
        for estimate in estimates(&observations, level) {
            prop_assert!(estimate.point >= min(&observations) && estimate.point <= max(&observations));
            if let Some(interval) = estimate.interval {
                prop_assert!(interval.contains(estimate.point), "{:?}", estimate);
                prop_assert!(interval.lower() >= min(&observations) && interval.upper() <= max(&observations));
                prop_assert!(interval.level() >= level);
            }
        }
    }

    #[test]
    fn a_higher_level_never_gives_a_narrower_interval(values in lists(), one in levels(), other in levels()) {
        let observations = of(&values);
        let (lower, higher) = if one <= other { (one, other) } else { (other, one) };
        for (narrow, wide) in estimates(&observations, lower).into_iter().zip(estimates(&observations, higher)) {
            if let Some(wide) = wide.interval {
                let narrow = narrow.interval.expect("a lower level needs no more values");
                prop_assert!(wide.lower() <= narrow.lower() && narrow.upper() <= wide.upper());
            }
        }
    }

    #[test]
    fn a_change_of_unit_changes_estimates_by_the_same_factor(
        values in lists(), exponent in -20..20_i32, level in levels(),
    ) {
        // Powers of two scale without rounding, so the law is exact.
        let scale = 2f64.powi(exponent);
        let scaled = mapped(&values, |value| value * scale);
        let original = of(&values);
        for (one, other) in estimates(&original, level).into_iter().zip(estimates(&scaled, level)) {
            prop_assert_eq!(carried(one, |value| value * scale), bare(other));
        }
        prop_assert_eq!(mean(&original) * scale, mean(&scaled));
        prop_assert_eq!(median_absolute_deviation(&original) * scale, median_absolute_deviation(&scaled));
        prop_assert_eq!(standard_deviation(&original).map(|width| width * scale), standard_deviation(&scaled));
        prop_assert_eq!(signed_rank(&original).p, signed_rank(&scaled).p);
    }

    #[test]
    fn an_added_constant_moves_places_and_leaves_widths(
        values in vec((-4000..4000_i32).prop_map(|n| f64::from(n) / 8.0), 1..24), by in -500..500_i32, level in levels(),
    ) {
        // Eighths of this size add without rounding, so the law is exact.
        let by = f64::from(by);
        let moved = mapped(&values, |value| value + by);
        let original = of(&values);
        for (one, other) in estimates(&original, level).into_iter().zip(estimates(&moved, level)) {
            prop_assert_eq!(carried(one, |value| value + by), bare(other));
        }
        prop_assert_eq!(median_absolute_deviation(&original), median_absolute_deviation(&moved));
        let samples = TwoSamples { reference: &original, other: &moved };
        prop_assert_eq!(shift(samples), by);
    }

    #[test]
    fn a_flipped_sign_mirrors_estimates_and_leaves_p(values in lists(), level in levels()) {
        let flipped = mapped(&values, |value| -value);
        let original = of(&values);
        for (one, other) in estimates(&original, level).into_iter().zip(estimates(&flipped, level)) {
            prop_assert_eq!(carried(one, |value| -value), bare(other));
        }
        let (one, other) = (signed_rank(&original), signed_rank(&flipped));
        prop_assert_eq!(one.p, other.p);
        let nonzero_rank_sum = one.statistic + other.statistic;
        let n = values.len() as f64;
        prop_assert!(nonzero_rank_sum <= n * (n + 1.0) / 2.0);
    }

    #[test]
    fn exchanged_lists_mirror_the_shift_and_leave_p(one in lists(), other in lists(), level in levels()) {
        let (one, other) = (of(&one), of(&other));
        let forth = TwoSamples { reference: &one, other: &other };
        let back = TwoSamples { reference: &other, other: &one };
        prop_assert_eq!(shift(forth), -shift(back));
        prop_assert_eq!(
            shift_interval(forth, level).ok().map(|interval| (interval.lower(), interval.upper())),
            shift_interval(back, level).ok().map(|interval| (-interval.upper(), -interval.lower()))
        );
        let (forth, back) = (mann_whitney(forth), mann_whitney(back));
        prop_assert!((forth.p.value() - back.p.value()).abs() < 1e-12);
        prop_assert_eq!(forth.statistic + back.statistic, (one.count() * other.count()) as f64);
    }

    #[test]
    fn a_shift_lies_in_its_interval(one in lists(), other in lists(), level in levels()) {
        let (one, other) = (of(&one), of(&other));
        let samples = TwoSamples { reference: &one, other: &other };
        if let Ok(interval) = shift_interval(samples, level) {
            prop_assert!(interval.contains(shift(samples)));
            prop_assert!(interval.level() >= level);
        }
    }

    #[test]
    fn the_centre_interval_excludes_zero_exactly_when_the_test_rejects(
        values in vec(-3.0..5.0_f64, 6..30), level in levels(),
    ) {
        let observations = of(&values);
        if let Ok(interval) = hodges_lehmann_interval(&observations, level) {
            let rejected = signed_rank(&observations).p.value() <= level.alpha();
            prop_assert_eq!(rejected, !interval.contains(0.0));
        }
    }

    #[test]
    fn the_shift_interval_excludes_zero_exactly_when_the_test_rejects(
        one in vec(-3.0..3.0_f64, 4..20), other in vec(-2.0..5.0_f64, 4..20), level in levels(),
    ) {
        let (one, other) = (of(&one), of(&other));
        let samples = TwoSamples { reference: &one, other: &other };
        if let Ok(interval) = shift_interval(samples, level) {
            let rejected = mann_whitney(samples).p.value() <= level.alpha();
            prop_assert_eq!(rejected, !interval.contains(0.0));
        }
    }

    #[test]
    fn quantiles_rise_with_the_fraction_from_the_smallest_value_to_the_largest(
        values in lists(), one in 0.0..=1.0_f64, other in 0.0..=1.0_f64,
    ) {
        let observations = of(&values);
        let at = |fraction| quantile(&observations, Probability::new(fraction).unwrap());
        prop_assert!(at(one.min(other)) <= at(one.max(other)));
        prop_assert_eq!((at(0.0), at(1.0)), (min(&observations), max(&observations)));
        prop_assert!((at(0.5) - median(&observations)).abs() <= 1e-9);
    }

    #[test]
    fn adjusted_p_values_never_shrink_nor_change_order(p_values in vec(0.0..=1.0_f64, 0..60)) {
        let p_values: Vec<Probability> = p_values.into_iter().map(|p| Probability::new(p).unwrap()).collect();
        let (rate, family) = (benjamini_hochberg(&p_values), holm(&p_values));
        for (index, p) in p_values.iter().enumerate() {
            prop_assert!(*p <= rate[index] && rate[index] <= family[index]);
            for (after, later) in p_values.iter().enumerate().filter(|(_, later)| p <= *later) {
                prop_assert!(rate[index] <= rate[after] && family[index] <= family[after], "{:?} {:?}", p, later);
            }
        }
    }

    #[test]
    fn a_geometric_mean_lies_in_its_interval_and_below_the_mean(
        values in vec(1e-6..1e6_f64, 1..30), level in levels(),
    ) {
        let observations = of(&values);
        let estimate = geometric_mean(&observations, level).unwrap();
        prop_assert!(estimate.point <= mean(&observations) * (1.0 + 1e-12));
        prop_assert_eq!(estimate.interval.is_some(), values.len() > 1);
        prop_assert!(estimate.interval.is_none_or(|interval| interval.contains(estimate.point)));
    }

    #[test]
    fn any_bits_give_observations_or_a_refusal_and_then_nothing_is_nan(
        bits in vec(any::<u64>(), 0..12), level in levels(),
    ) {
        let values: Vec<f64> = bits.into_iter().map(f64::from_bits).collect();
        if let Ok(observations) = Observations::new(values) {
            let samples = TwoSamples { reference: &observations, other: &observations };
            let points = [mean(&observations), median_absolute_deviation(&observations), shift(samples)];
            prop_assert!(points.iter().all(|point| point.is_finite()));
            prop_assert!(standard_deviation(&observations).is_none_or(f64::is_finite));
            prop_assert!(estimates(&observations, level).iter().all(|estimate| estimate.point.is_finite()));
            prop_assert_eq!(mann_whitney(samples).p.value(), 1.0);
            let _: Result<Estimate, _> = geometric_mean(&observations, level);
        }
    }
}
