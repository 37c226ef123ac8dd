//! The rules that decide, the intervals that resample, and the fits: against `inference.py`.

use lab_stats::{
    Centre, Claim, Design, Direction, Finding, Flips, Level, Measured, Observations, Point, Probability,
    RankSums, Replicates, Resampling, Sensitivity, Series, Share, Standing, TwoSamples, Unpaired,
    equivalent_centre, equivalent_shift, judge, judge_unpaired, power_law, random_effects, segments,
    sign_flip, trend,
};
use serde_json::Value;

use super::{assert_close, assert_close_on_scale, cases, level, number, numbers, observations};

fn series(value: &Value) -> Series {
    Series::new(numbers(value)).unwrap()
}

fn design(case: &Value) -> Design {
    Design::default().with_margin(number(&case["margin"])).unwrap()
}

#[track_caller]
fn assert_bounds(actual: (f64, f64), expected: &Value, case: &Value) {
    let expected = numbers(expected);
    assert_close_on_scale(actual.0, expected[0], 1.0, case);
    assert_close_on_scale(actual.1, expected[1], 1.0, case);
}

#[track_caller]
fn assert_standing(actual: Option<Standing>, case: &Value) {
    let expected = &case["standing"];
    let Some(actual) = actual else {
        assert!(expected.is_null(), "{case}");
        return;
    };
    assert_eq!(actual.look_index as u64, expected["look_index"].as_u64().unwrap(), "{case}");
    assert_eq!(actual.count as u64, expected["count"].as_u64().unwrap(), "{case}");
    assert_close_on_scale(actual.estimate, number(&expected["estimate"]), 1.0, case);
    assert_bounds((actual.interval.lower(), actual.interval.upper()), &expected["bounds"], case);
    let equivalence = actual.equivalence_interval;
    assert_bounds((equivalence.lower(), equivalence.upper()), &expected["equivalence"], case);
    assert_close(actual.p_value.value(), number(&expected["p"]), 1e-10, case);
    assert_close(actual.always_valid_p.value(), number(&expected["always_valid_p"]), 1e-10, case);
    let finding = match actual.finding {
        Finding::Changed(Direction::Up) => "up",
        Finding::Changed(Direction::Down) => "down",
        Finding::Unchanged => "unchanged",
        Finding::Undecided => "undecided",
        Finding::Exhausted => "exhausted",
    };
    assert_eq!(finding, expected["finding"], "{case}");
}

#[test]
fn paired_standings_agree_with_the_rule_as_it_is_written() {
    for case in cases(include_str!("sequential.json"), 115) {
        assert_standing(judge(&design(&case), &series(&case["values"])), &case);
    }
}

#[test]
fn unpaired_standings_agree_with_the_rule_as_it_is_written() {
    let mut rank_sums = RankSums::default();
    for case in cases(include_str!("sequential_unpaired.json"), 22) {
        let (reference, other) = (observations(&case["reference"]), series(&case["other"]));
        let lists = Unpaired { reference: &reference, other: &other };
        assert_standing(judge_unpaired(&design(&case), lists, &mut rank_sums), &case);
    }
}

#[test]
fn equivalence_agrees_with_two_one_sided_tests_of_scipy() {
    for case in cases(include_str!("equivalence.json"), 27) {
        let (values, reference) = (observations(&case["values"]), observations(&case["reference"]));
        let claim = Claim { margin: number(&case["margin"]), level: Level::P95 };
        let samples = TwoSamples { reference: &reference, other: &values };
        for (found, key) in [
            (equivalent_centre(&values, claim).unwrap(), "centre_p"),
            (equivalent_shift(samples, claim).unwrap(), "shift_p"),
        ] {
            assert_close(found.p.value(), number(&case[key]), 1e-10, &case);
            assert_eq!(found.holds, number(&case[key]) <= 0.05, "{case}");
        }
    }
}

#[test]
fn both_bootstrap_intervals_agree_with_scipy_on_its_own_replicates() {
    for case in cases(include_str!("bootstrap.json"), 12) {
        let replicates = Replicates::new(number(&case["point"]), numbers(&case["replicates"])).unwrap();
        let percentile = replicates.percentile_interval(level(&case));
        assert_bounds((percentile.lower(), percentile.upper()), &case["percentile"], &case);
        let corrected = replicates.bca_interval(&observations(&case["leave_one_out"]), level(&case)).unwrap();
        assert_close(corrected.lower(), numbers(&case["bca"])[0], 1e-9, &case);
        assert_close(corrected.upper(), numbers(&case["bca"])[1], 1e-9, &case);
    }
}

#[test]
fn sign_flips_agree_with_scipy_trying_all() {
    for case in cases(include_str!("sign_flip.json"), 24) {
        let centre = if case["centre"] == "mean" { Centre::Mean } else { Centre::Median };
        let test = sign_flip(&observations(&case["values"]), centre, Resampling { count: 0, seed: 0 });
        assert_eq!(test.flips, Flips::All);
        assert_close_on_scale(test.centre, number(&case["statistic"]), 1.0, &case);
        assert_close(test.p.value(), number(&case["p"]), 1e-12, &case);
    }
}

#[test]
fn trends_agree_with_scipy() {
    for case in cases(include_str!("trend.json"), 23) {
        let found = trend(&series(&case["values"]), level(&case)).unwrap();
        assert_close_on_scale(found.slope.point, number(&case["slope"]), 1.0, &case);
        assert_close_on_scale(found.intercept, number(&case["intercept"]), 1.0, &case);
        if case.get("p").is_some() {
            assert_close(found.p.value(), number(&case["p"]), 1e-10, &case);
            match found.slope.interval {
                Some(interval) => {
                    assert_bounds((interval.lower(), interval.upper()), &case["bounds"], &case);
                }
                None => assert!(case["bounds"].is_null(), "{case}"),
            }
        } else {
            // SciPy corrects neither for continuity nor outwards, so it is a little surer.
            let (p, expected) = (found.p.value(), number(&case["asymptotic_p"]));
            assert!(p >= expected && p <= expected * 1.02 + 1e-6, "{p} against {expected}");
            let (interval, expected) = (found.slope.interval.unwrap(), numbers(&case["asymptotic_bounds"]));
            assert!(interval.lower() <= expected[0] && interval.upper() >= expected[1], "{case}");
            let width = expected[1] - expected[0];
            assert!(2.0 * interval.half_width() <= 1.02 * width, "{interval:?} against {expected:?}");
        }
    }
}

#[test]
fn jumps_agree_with_ruptures_where_nothing_is_clipped() {
    for case in cases(include_str!("changepoint.json"), 16) {
        let standard_error = number(&case["width"]);
        let points: Vec<Point> =
            numbers(&case["values"]).into_iter().map(|value| Point { value, standard_error }).collect();
        let unclipped = Sensitivity { clip: 1e6, ..Sensitivity::default() };
        let found: Vec<f64> = segments(&points, unclipped)
            .unwrap()
            .iter()
            .skip(1)
            .map(|segment| segment.start as f64)
            .collect();
        assert_eq!(found, numbers(&case["jumps"]), "{case}");
    }
}

#[test]
fn combined_effects_agree_with_statsmodels() {
    for case in cases(include_str!("random_effects.json"), 18) {
        let groups: Vec<Measured> = numbers(&case["estimates"])
            .into_iter()
            .zip(numbers(&case["errors"]))
            .map(|(estimate, standard_error)| Measured { estimate, standard_error })
            .collect();
        let found = random_effects(&groups, level(&case)).unwrap();
        assert_close(found.mean, number(&case["mean"]), 1e-11, &case);
        assert_close(found.interval.half_width(), number(&case["half_width"]), 1e-11, &case);
        assert_close_on_scale(found.between.powi(2), number(&case["tau2"]), 1.0, &case);
        assert_close(found.p_of_agreement.value(), number(&case["p"]), 1e-10, &case);
    }
}

#[test]
fn power_laws_agree_with_scipy() {
    for case in cases(include_str!("power_law.json"), 18) {
        let points: Vec<(f64, f64)> = numbers(&case["x"]).into_iter().zip(numbers(&case["y"])).collect();
        let law = power_law(&points, Level::P95).unwrap();
        assert_close_on_scale(law.exponent.point, number(&case["exponent"]), 1.0, &case);
        let interval = law.exponent.interval.unwrap();
        assert_close(interval.lower(), numbers(&case["bounds"])[0], 1e-9, &case);
        assert_close(interval.upper(), numbers(&case["bounds"])[1], 1e-9, &case);
        assert_close(law.factor, number(&case["factor"]), 1e-11, &case);
        assert_close_on_scale(law.robust_exponent.point, number(&case["robust_exponent"]), 1.0, &case);
    }
}

#[test]
fn shares_agree_with_scipy() {
    for case in cases(include_str!("share.json"), 27) {
        let whole = |key: &str| case[key].as_u64().unwrap() as usize;
        let share = Share::new(whole("happened"), whole("trials")).unwrap();
        let interval = share.estimate(level(&case)).interval.unwrap();
        assert_close(interval.lower(), numbers(&case["bounds"])[0], 1e-9, &case);
        assert_close(interval.upper(), numbers(&case["bounds"])[1], 1e-9, &case);
        for tail in case["tails"].as_array().unwrap() {
            let [p, at_least, at_most] = numbers(tail)[..] else { panic!("{tail}") };
            let promised = Probability::new(p).unwrap();
            // Tails that one minus the other gives have the precision of one.
            assert_close_on_scale(share.p_of_at_most(promised).value(), at_least, 1.0, &case);
            assert_close_on_scale(share.p_of_at_least(promised).value(), at_most, 1.0, &case);
        }
    }
}

#[test]
fn the_replicates_of_scipy_are_what_resampling_gives_in_distribution() {
    // Other draws, so only near: the standard error of 4000 replicates against that of 299.
    for case in cases(include_str!("bootstrap.json"), 12) {
        let theirs = Replicates::new(number(&case["point"]), numbers(&case["replicates"])).unwrap();
        let list = Observations::new(numbers(&case["values"])).unwrap();
        let ours = lab_stats::resample(&list, lab_stats::mean, Resampling { count: 4000, seed: 1 }).unwrap();
        let ratio = ours.standard_error().unwrap() / theirs.standard_error().unwrap();
        assert!((0.8..1.25).contains(&ratio), "{ratio} for {case}");
    }
}
