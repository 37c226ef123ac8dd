//! Laws of the claims, resamples, fits and cuts.

use lab_stats::{
    Centre, Claim, Measured, Nested, Point, Resampling, Sensitivity, Series, Share, TwoSamples, Within,
    equivalent_centre, equivalent_shift, hodges_lehmann, mean, median, percentile_bootstrap, power_law,
    random_effects, resample_groups, segments, sign_flip, trend,
};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{levels, lists, mapped, of};

const RESAMPLING: Resampling = Resampling { count: 60, seed: 1 };

fn points() -> impl Strategy<Value = Vec<Point>> {
    let noisy = vec((-5.0..5.0_f64, 0.0..2.0_f64), 0..60);
    let stepped = vec(((0..3_i32).prop_map(f64::from), Just(0.0)), 0..60);
    prop_oneof![noisy, stepped].prop_map(|pairs| {
        pairs.into_iter().map(|(value, standard_error)| Point { value, standard_error }).collect()
    })
}

fn groups() -> impl Strategy<Value = Vec<Measured>> {
    vec((-1.0..1.0_f64, 0.001..0.5_f64), 3..12).prop_map(|pairs| {
        pairs.into_iter().map(|(estimate, standard_error)| Measured { estimate, standard_error }).collect()
    })
}

proptest! {
    #[test]
    fn a_claim_holds_exactly_when_its_p_is_within_alpha(
        one in vec(-1.0..1.0_f64, 6..30), other in vec(-1.0..1.0_f64, 6..30), margin in 0.0..2.0_f64, level in levels(),
    ) {
        // The p of a claim at one half and more is no evidence at any level that is tested here.
        prop_assume!(level.alpha() < 0.4);
        let (one, other) = (of(&one), of(&other));
        let claim = Claim { margin, level };
        let samples = TwoSamples { reference: &one, other: &other };
        for found in [equivalent_centre(&one, claim), equivalent_shift(samples, claim)].into_iter().flatten() {
            prop_assert_eq!(found.holds, found.p.value() <= level.alpha(), "{:?}", found);
        }
    }

    #[test]
    fn a_wider_margin_never_loses_a_claim(values in lists(), margin in 0.0..4.0_f64, level in levels()) {
        let at = |margin| equivalent_centre(&of(&values), Claim { margin, level });
        if let (Ok(narrow), Ok(wide)) = (at(margin), at(2.0 * margin)) {
            prop_assert!(wide.holds || !narrow.holds);
            prop_assert!(wide.p <= narrow.p);
        }
    }

    #[test]
    fn a_resampled_statistic_stays_within_the_range_and_scales_with_the_unit(
        values in lists(), exponent in -20..20_i32, level in levels(),
    ) {
        let original = of(&values);
        let scale = 2f64.powi(exponent);
        let scaled = mapped(&values, |value| value * scale);
        let one = percentile_bootstrap(&original, median, level, RESAMPLING).unwrap();
        let other = percentile_bootstrap(&scaled, median, level, RESAMPLING).unwrap();
        let (one, other) = (one.interval.unwrap(), other.interval.unwrap());
        prop_assert_eq!((one.lower() * scale, one.upper() * scale), (other.lower(), other.upper()));
        prop_assert!(one.lower() >= original.sorted()[0]);
        prop_assert!(one.upper() <= original.sorted()[original.count() - 1]);
    }

    #[test]
    fn one_value_per_group_makes_groups_a_plain_list(values in lists()) {
        let groups: Vec<_> = values.iter().map(|value| of(&[*value])).collect();
        let statistic = Nested { inner: mean, outer: median };
        let kept = resample_groups(&groups, statistic, Within::Kept, RESAMPLING).unwrap();
        prop_assert_eq!(&kept, &lab_stats::resample(&of(&values), median, RESAMPLING).unwrap());
    }

    #[test]
    fn flipping_all_signs_or_changing_the_unit_leaves_the_sign_flip_test(
        values in lists(), exponent in -20..20_i32,
    ) {
        let scale = -2f64.powi(exponent);
        for centre in [Centre::Mean, Centre::Median] {
            let one = sign_flip(&of(&values[..values.len().min(9)]), centre, RESAMPLING);
            let other = sign_flip(&mapped(&values[..values.len().min(9)], |value| value * scale), centre, RESAMPLING);
            prop_assert_eq!(one.p, other.p);
            prop_assert!(one.p.value() > 0.0);
        }
    }

    #[test]
    fn segments_follow_each_other_without_gaps_and_are_no_shorter_than_asked(
        points in points(), penalty in 0.0..60.0_f64, segment_min in 0..8_usize,
    ) {
        let found = segments(&points, Sensitivity { penalty, segment_min, clip: 3.0 }).unwrap();
        let mut end = 0;
        for segment in &found {
            prop_assert_eq!(segment.start, end);
            prop_assert!(segment.end > segment.start);
            prop_assert!(found.len() == 1 || segment.end - segment.start >= segment_min);
            end = segment.end;
        }
        prop_assert_eq!(end, points.len());
    }

    #[test]
    fn a_higher_penalty_never_finds_more_jumps(points in points(), one in 0.0..60.0_f64, more in 0.0..60.0_f64) {
        let count = |penalty| {
            segments(&points, Sensitivity { penalty, ..Sensitivity::default() }).unwrap().len()
        };
        prop_assert!(count(one + more) <= count(one));
    }

    #[test]
    fn a_mirrored_or_reversed_series_has_the_opposite_trend(values in lists(), level in levels()) {
        let series = |values: Vec<f64>| trend(&Series::new(values).unwrap(), level);
        let forth = series(values.clone());
        let mirrored = series(values.iter().map(|value| -value).collect());
        let reversed = series(values.iter().rev().copied().collect());
        for other in [mirrored, reversed] {
            prop_assert_eq!(forth.map(|trend| trend.p), other.map(|trend| trend.p));
            prop_assert_eq!(forth.map(|trend| trend.slope.point), other.map(|trend| 0.0 - trend.slope.point));
        }
    }

    #[test]
    fn the_combined_effect_lies_among_the_groups_whatever_their_order(groups in groups(), level in levels()) {
        let found = random_effects(&groups, level).unwrap();
        let estimates: Vec<f64> = groups.iter().map(|group| group.estimate).collect();
        let range = of(&estimates);
        prop_assert!(found.mean >= range.sorted()[0] - 1e-12);
        prop_assert!(found.mean <= range.sorted()[range.count() - 1] + 1e-12);
        prop_assert!(found.interval.contains(found.mean) && found.between >= 0.0);
        let turned: Vec<Measured> = groups.iter().rev().copied().collect();
        let other = random_effects(&turned, level).unwrap();
        prop_assert!((found.mean - other.mean).abs() < 1e-9 && (found.between - other.between).abs() < 1e-6);
    }

    #[test]
    fn other_units_change_the_factor_of_a_power_law_and_not_its_exponent(
        ys in vec(0.1..100.0_f64, 3..12), x_scale in 0.01..100.0_f64, y_scale in 0.01..100.0_f64, level in levels(),
    ) {
        let points: Vec<(f64, f64)> = ys.iter().enumerate().map(|(k, y)| ((k + 1) as f64, *y)).collect();
        let scaled: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x * x_scale, y * y_scale)).collect();
        let (one, other) = (power_law(&points, level).unwrap(), power_law(&scaled, level).unwrap());
        prop_assert!((one.exponent.point - other.exponent.point).abs() < 1e-9);
        prop_assert!((one.robust_exponent.point - other.robust_exponent.point).abs() < 1e-9);
        prop_assert!((one.misfit_max / other.misfit_max - 1.0).abs() < 1e-9 && one.misfit_max >= 1.0);
    }

    #[test]
    fn a_share_lies_in_its_interval_and_the_ends_are_where_the_tails_are_half_of_alpha(
        happened in 0..60_usize, missed in 0..60_usize, level in levels(),
    ) {
        prop_assume!(happened + missed > 0);
        let share = Share::new(happened, happened + missed).unwrap();
        let estimate = share.estimate(level);
        let interval = estimate.interval.unwrap();
        prop_assert!(interval.contains(estimate.point));
        let at = |p| lab_stats::Probability::new(p).unwrap();
        if happened > 0 {
            let tail = share.p_of_at_most(at(interval.lower())).value();
            prop_assert!((tail - level.alpha() / 2.0).abs() < 1e-9);
        }
        if missed > 0 {
            let tail = share.p_of_at_least(at(interval.upper())).value();
            prop_assert!((tail - level.alpha() / 2.0).abs() < 1e-9);
        }
    }

    #[test]
    fn any_bits_give_a_result_or_a_refusal_and_never_a_panic(bits in vec(any::<u64>(), 0..12), level in levels()) {
        let values: Vec<f64> = bits.iter().map(|bits| f64::from_bits(*bits)).collect();
        let points: Vec<Point> =
            values.iter().map(|value| Point { value: *value, standard_error: *value }).collect();
        let found = segments(&points, Sensitivity { penalty: values.first().copied().unwrap_or(1.0), ..Sensitivity::default() });
        prop_assert_eq!(found.is_ok(), Series::new(values.clone()).is_ok());
        let measured: Vec<Measured> =
            values.iter().map(|value| Measured { estimate: *value, standard_error: value.abs() }).collect();
        let _: Result<_, _> = random_effects(&measured, level);
        let pairs: Vec<(f64, f64)> = values.iter().zip(values.iter().rev()).map(|(x, y)| (*x, *y)).collect();
        let _: Result<_, _> = power_law(&pairs, level);
        if let Ok(series) = Series::new(values) {
            let found = trend(&series, level);
            prop_assert!(found.is_none_or(|trend| trend.slope.point.is_finite()));
            if let Some(list) = series.observations() {
                prop_assert!(sign_flip(&list, Centre::Mean, RESAMPLING).centre.is_finite());
                let bootstrapped = percentile_bootstrap(&list, hodges_lehmann, level, RESAMPLING).unwrap();
                prop_assert!(bootstrapped.interval.is_some());
            }
        }
    }
}
