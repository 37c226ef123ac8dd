//! Every statistic agrees with the values that NumPy, SciPy and whole-number counting gave for the same lists
//! (`reference.py` and `inference.py` made them).

#![expect(clippy::unwrap_used, reason = "a test stops at the first value that is not as expected")]

mod inference;

use lab_stats::{
    Estimate, Interval, Level, Method, NoInterval, Observations, Probability, TwoSamples, benjamini_hochberg,
    geometric_mean, hodges_lehmann, hodges_lehmann_interval, holm, interquartile_range, mann_whitney, max,
    mean, median, median_absolute_deviation, median_interval, min, quantile,
    scaled_median_absolute_deviation, shift, shift_interval, signed_rank, standard_deviation,
};
use serde_json::Value;

/// The cases in the text of one file; a file that lost its cases must not pass.
fn cases(text: &str, expected_count: usize) -> Vec<Value> {
    let mut file: Value = serde_json::from_str(text).unwrap();
    let Value::Array(cases) = file["cases"].take() else { panic!("the file holds no list of cases") };
    assert_eq!(cases.len(), expected_count);
    cases
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is not a number"))
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn observations(value: &Value) -> Observations {
    Observations::new(numbers(value)).unwrap()
}

fn level(case: &Value) -> Level {
    Level::new(number(&case["level"])).unwrap()
}

#[track_caller]
fn assert_close(actual: f64, expected: f64, tolerance: f64, case: &Value) {
    let scale = expected.abs().max(f64::MIN_POSITIVE);
    assert!(
        actual == expected || (actual - expected).abs() <= tolerance * scale,
        "{actual} is not {expected} for {case}"
    );
}

/// A difference of large neighbours has few digits left, so it is compared on the scale of the values.
#[track_caller]
fn assert_close_on_scale(actual: f64, expected: f64, scale: f64, case: &Value) {
    assert!((actual - expected).abs() <= 1e-12 * scale.max(1.0), "{actual} is not {expected} for {case}");
}

/// Checks the bounds and the achieved level, or that both sides say there is no interval.
#[track_caller]
fn assert_interval(actual: Result<Interval, NoInterval>, case: &Value) {
    let Ok(actual) = actual else {
        assert!(case["bounds"].is_null(), "{actual:?} for {case}");
        return;
    };
    let bounds = numbers(&case["bounds"]);
    assert_close_on_scale(actual.lower(), bounds[0], 1.0, case);
    assert_close_on_scale(actual.upper(), bounds[1], 1.0, case);
    assert_close(actual.level().value(), number(&case["achieved"]), 1e-13, case);
}

#[test]
fn summaries_agree_with_numpy_and_scipy() {
    for case in cases(include_str!("summary.json"), 28) {
        let values = observations(&case["values"]);
        assert_eq!(min(&values), number(&case["min"]));
        assert_eq!(max(&values), number(&case["max"]));
        assert_close(mean(&values), number(&case["mean"]), 1e-13, &case);
        assert_close(median(&values), number(&case["median"]), 1e-15, &case);
        let scale = max(&values).abs();
        let deviation = number(&case["median_absolute_deviation"]);
        assert_close_on_scale(median_absolute_deviation(&values), deviation, scale, &case);
        assert_close_on_scale(scaled_median_absolute_deviation(&values), 1.4826 * deviation, scale, &case);
        assert_close_on_scale(
            interquartile_range(&values),
            number(&case["interquartile_range"]),
            scale,
            &case,
        );
        match standard_deviation(&values) {
            Some(deviation) => assert_close(deviation, number(&case["standard_deviation"]), 1e-9, &case),
            None => assert!(case["standard_deviation"].is_null()),
        }
        for pair in case["quantiles"].as_array().unwrap() {
            let fraction = Probability::new(number(&pair[0])).unwrap();
            assert_close_on_scale(quantile(&values, fraction), number(&pair[1]), scale, &case);
        }
    }
}

#[test]
fn median_intervals_agree_with_the_binomial_distribution() {
    for case in cases(include_str!("median_interval.json"), 114) {
        let count = case["count"].as_u64().unwrap() as u32;
        // The values are their own places.
        let places = Observations::new((1..=count).map(f64::from).collect::<Vec<_>>()).unwrap();
        match median_interval(&places, level(&case)) {
            Ok(interval) => {
                let place = number(&case["place"]);
                assert_eq!(
                    (interval.lower(), interval.upper()),
                    (place, f64::from(count) + 1.0 - place),
                    "{case}"
                );
                assert_close(interval.level().value(), number(&case["achieved"]), 1e-11, &case);
                assert!(interval.level() >= level(&case));
            }
            Err(NoInterval::TooFew { count: said, needed }) => {
                assert!(case["place"].is_null(), "{case}");
                assert!(said == count as usize && needed > said);
            }
            Err(other) => panic!("{other} for {case}"),
        }
    }
}

#[test]
fn signed_rank_p_values_agree_with_scipy() {
    for case in cases(include_str!("signed_rank.json"), 58) {
        let test = signed_rank(&observations(&case["values"]));
        assert_eq!(test.method, method(&case), "{case}");
        assert_close(test.p.value(), number(&case["p"]), 1e-10, &case);
    }
}

#[test]
fn rank_sum_p_values_agree_with_scipy() {
    for case in cases(include_str!("mann_whitney.json"), 39) {
        let (reference, other) = (observations(&case["reference"]), observations(&case["other"]));
        let test = mann_whitney(TwoSamples { reference: &reference, other: &other });
        assert_eq!(test.method, method(&case), "{case}");
        assert_eq!(test.statistic, number(&case["u"]), "{case}");
        assert_close(test.p.value(), number(&case["p"]), 1e-10, &case);
    }
}

fn method(case: &Value) -> Method {
    match case["kind"].as_str() {
        Some("exact") => Method::Exact,
        Some("approximate") => Method::NormalApproximation,
        other => panic!("{other:?} is not a kind"),
    }
}

#[test]
fn centres_and_their_intervals_agree_with_the_sorted_list_of_pairs() {
    for case in cases(include_str!("hodges_lehmann.json"), 72) {
        let values = observations(&case["values"]);
        assert_close_on_scale(hodges_lehmann(&values), number(&case["point"]), 1.0, &case);
        assert_interval(hodges_lehmann_interval(&values, level(&case)), &case);
    }
}

#[test]
fn shifts_and_their_intervals_agree_with_the_sorted_list_of_pairs() {
    for case in cases(include_str!("shift.json"), 36) {
        let (reference, other) = (observations(&case["reference"]), observations(&case["other"]));
        let samples = TwoSamples { reference: &reference, other: &other };
        assert_close_on_scale(shift(samples), number(&case["point"]), 1.0, &case);
        assert_interval(shift_interval(samples, level(&case)), &case);
    }
}

#[test]
fn adjusted_p_values_agree_with_scipy_and_the_definition() {
    for case in cases(include_str!("multiple.json"), 7) {
        let p_values: Vec<Probability> =
            numbers(&case["p"]).into_iter().map(|p| Probability::new(p).unwrap()).collect();
        for (adjusted, key) in
            [(benjamini_hochberg(&p_values), "benjamini_hochberg"), (holm(&p_values), "holm")]
        {
            let expected = numbers(&case[key]);
            assert_eq!(adjusted.len(), expected.len());
            for (actual, expected) in adjusted.iter().zip(expected) {
                assert_close(actual.value(), expected, 1e-14, &case);
            }
        }
    }
}

#[test]
fn geometric_means_agree_with_scipy() {
    for case in cases(include_str!("geomean.json"), 18) {
        let Estimate { point, interval } =
            geometric_mean(&observations(&case["values"]), level(&case)).unwrap();
        let (interval, bounds) = (interval.unwrap(), numbers(&case["bounds"]));
        assert_close(point, number(&case["point"]), 1e-13, &case);
        assert_close(interval.lower(), bounds[0], 1e-10, &case);
        assert_close(interval.upper(), bounds[1], 1e-10, &case);
    }
}
