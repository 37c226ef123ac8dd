//! What the tools really printed, read back: captured outputs with a known answer.
//!
//! Criterion 0.8.2, critcmp 0.1.8, divan 0.1.21, tango-bench 0.9.0 and hyperfine 1.15.0, on a busy machine, with half,
//! equal, one and a half times or twice the work in the candidate.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use rivals::measure::{criterion, divan, hyperfine, tango};
use rivals::record::Verdict;
use rivals::tool::Rule;

#[test]
fn criterion_is_taken_at_its_word() {
    for (output, verdict, percent) in [
        (include_str!("fixtures/criterion_regressed.txt"), Verdict::Slower, 43.636),
        (include_str!("fixtures/criterion_improved.txt"), Verdict::Faster, -27.496),
        (include_str!("fixtures/criterion_unchanged.txt"), Verdict::Unchanged, 0.4711),
        // A noise threshold of 900 % was set for this one.
        (include_str!("fixtures/criterion_noise.txt"), Verdict::Unchanged, 60.723),
    ] {
        let answer = criterion::answer(output).unwrap();
        assert_eq!((answer.verdict, answer.percent), (verdict, percent));
    }
    let without = "hash                    time:   [24.554 µs 25.887 µs 27.189 µs]";
    assert!(criterion::answer(without).unwrap_err().contains("nothing about a change"));
}

#[test]
fn critcmp_shows_a_row_only_above_its_threshold() {
    let read = |stdout, stderr| criterion::critcmp_answer("hash", stdout, stderr);
    let slower = read(include_str!("fixtures/critcmp_slower.txt"), "").unwrap();
    assert_eq!((slower.verdict, slower.percent.round()), (Verdict::Slower, 44.0));
    let faster = read(include_str!("fixtures/critcmp_faster.txt"), "").unwrap();
    assert_eq!((faster.verdict, faster.percent.round()), (Verdict::Faster, -28.0));
    let nothing = read("", include_str!("fixtures/critcmp_nothing.txt")).unwrap();
    assert_eq!(nothing.verdict, Verdict::Unchanged);
    assert!(read("", "failed to read").unwrap_err().contains("failed to read"));
}

#[test]
fn critcmps_rule_is_symmetric() {
    // A twentieth faster is 5.3 % of the faster side, as critcmp counts.
    for (ratio, verdict) in [
        (1.051, Verdict::Slower),
        (1.049, Verdict::Unchanged),
        (0.951, Verdict::Faster),
        (0.953, Verdict::Unchanged),
    ] {
        assert_eq!(criterion::by_threshold(ratio).verdict, verdict, "{ratio}");
    }
}

#[test]
fn divan_medians_are_those_of_its_table() {
    let table = include_str!("fixtures/divan.txt");
    assert_eq!(divan::median_ns(table, "hash"), Some(12_960.0));
    assert_eq!(divan::median_ns(table, "has"), None, "a name is not the beginning of another");
    let many = include_str!("fixtures/divan_all.txt");
    for (name, median_ns) in [("alloc", 13_780.0), ("sort", 29_380.0), ("parse", 8_081.0)] {
        let read = divan::median_ns(many, name).unwrap();
        assert!((read - median_ns).abs() < 1e-6, "{name}: {read}");
    }
    assert_eq!(divan::answer(100.0, 105.1).verdict, Verdict::Slower);
    assert_eq!(divan::answer(100.0, 104.9).verdict, Verdict::Unchanged);
    assert_eq!(divan::answer(100.0, 94.9).verdict, Verdict::Faster);
}

#[test]
fn tango_means_what_it_stars() {
    for (output, verdict, percent) in [
        (include_str!("fixtures/tango_slower.txt"), Verdict::Slower, 563.83),
        (include_str!("fixtures/tango_faster.txt"), Verdict::Faster, -64.83),
        (include_str!("fixtures/tango_equal.txt"), Verdict::Unchanged, -11.49),
    ] {
        let answer = tango::answer(output, "hash").unwrap();
        assert_eq!((answer.verdict, answer.percent), (verdict, percent));
    }
    assert_eq!(tango::answer("", "hash"), None);
}

#[test]
fn hyperfine_is_judged_by_both_rules() {
    let slower = hyperfine::answers(
        include_str!("fixtures/hyperfine_slower.json"),
        include_str!("fixtures/hyperfine_slower.txt"),
    );
    let slower = slower.unwrap();
    assert_eq!(slower[&Rule::HyperfineWelch].verdict, Verdict::Slower);
    assert_eq!(slower[&Rule::HyperfineSpread].verdict, Verdict::Slower);
    assert_eq!(slower[&Rule::HyperfineSpread].percent.round(), 48.0);
    let equal = hyperfine::answers(
        include_str!("fixtures/hyperfine_equal.json"),
        include_str!("fixtures/hyperfine_equal.txt"),
    );
    assert!(equal.unwrap().values().all(|answer| answer.verdict == Verdict::Unchanged));
    assert!(hyperfine::answers("{}", "").unwrap_err().contains("export"));
}
