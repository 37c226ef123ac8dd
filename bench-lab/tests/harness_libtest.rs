//! The libtest harness against what real `#[bench]` targets said.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod captured;

use bench_lab::harness::{Harness, Libtest};
use bench_lab::runner::command::Captured;
use captured::{captured, ended, list, observed, record, request, target};
use lab_core::model::{Exit, Observation, Outcome, Values};

fn output(name: &str) -> Captured {
    captured(&format!("libtest/rust-1.95/{name}"))
}

fn reason(observation: &Observation) -> &str {
    assert!(observation.measurements.is_empty());
    match &observation.outcome {
        Outcome::Failed { reason, .. } | Outcome::Missing { reason } => reason,
        other => panic!("{other:?}"),
    }
}

fn median_and_deviation(observation: &Observation) -> (&str, &str) {
    assert_eq!(observation.outcome, Outcome::Ok);
    match &observation.measurements[0].values {
        Values::Center { median, deviation } => (&median.text, &deviation.text),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_list_holds_benchmarks_only_and_marks_ignored_ones() {
    let listing = list(&Libtest, &target("classic"), |arguments, _| {
        let is_ignored = arguments.contains(&"--ignored".to_owned());
        output(if is_ignored { "list-ignored" } else { "list" })
    })
    .unwrap();
    let found: Vec<(&str, bool)> =
        listing.benchmarks.iter().map(|record| (record.id.path.as_str(), record.is_ignored)).collect();
    let expected =
        ["chatty", "empty", "forgot", "ignored", "inner::leaf", "panics", "quick", "slow", "with_bytes"];
    assert_eq!(found, expected.map(|path| (path, path == "ignored")));
    assert!(listing.warnings.is_empty());
}

#[test]
fn a_target_of_tests_alone_has_an_empty_list() {
    let listing = list(&Libtest, &target("only_tests"), |_, _| output("list-only-tests")).unwrap();
    assert!(listing.benchmarks.is_empty());
}

#[test]
fn a_target_that_refuses_to_list_is_an_error_with_its_words() {
    let error = list(&Libtest, &target("classic"), |_, _| output("bad-flag")).unwrap_err();
    assert!(error.tail.contains("Unrecognized option"), "{error}");
}

#[test]
fn median_and_deviation_are_kept_as_printed() {
    let slow = observed(&Libtest, "slow", &output("slow"));
    let (median, deviation) = median_and_deviation(&slow);
    assert!(output("slow").stdout_text().contains(&format!("{median} ns/iter (+/- {deviation})")));
    let sleep_ns = slow.measurements[0].representative().unwrap();
    assert!((1.5e6..2e6).contains(&sleep_ns), "it sleeps 1.5 ms: {sleep_ns}");

    let inner = observed(&Libtest, "inner::leaf", &output("inner-leaf"));
    assert!(inner.measurements[0].throughput.is_empty());
}

#[test]
fn bytes_per_iteration_follow_from_the_rate() {
    let observation = observed(&Libtest, "with_bytes", &output("with-bytes"));
    let throughput = &observation.measurements[0].throughput[0];
    assert_eq!(throughput.kind, "bytes_decimal");
    assert!((4095.0..4098.0).contains(&throughput.per_iteration), "{}", throughput.per_iteration);
}

#[test]
fn a_whole_target_gives_each_benchmark_its_own_line() {
    let target = target("classic");
    let benchmarks = ["chatty", "quick", "panics", "with_bytes"].map(|path| record(&target, path, &[]));
    let answer = Libtest.read(&request(&target, &benchmarks), &output("whole"));
    let is_ok: Vec<bool> =
        answer.observations.iter().map(|observation| observation.outcome == Outcome::Ok).collect();
    assert_eq!(is_ok, [true, true, false, true]);
}

#[test]
fn each_way_to_fail_has_its_reason() {
    let reason_of = |path: &str, name: &str| reason(&observed(&Libtest, path, &output(name))).to_owned();
    assert_eq!(reason_of("panics", "panics"), "panicked at benches/classic.rs:29:15: out of cheese");
    assert!(reason_of("ignored", "ignored").contains("#[ignore]"));
    assert!(reason_of("forgot", "forgot").starts_with("measured no time"));
    assert!(reason_of("nothing", "nothing").contains("without running it"));
    let killed = observed(&Libtest, "quick", &ended(Exit::Signal(9)));
    assert_eq!(reason(&killed), "was killed by signal 9");
    let late = observed(&Libtest, "quick", &ended(Exit::TimedOut { limit_ms: 5 }));
    assert!(matches!(late.outcome, Outcome::TimedOut { limit_ms: 5, .. }));
}

#[test]
fn an_ignored_benchmark_runs_when_it_is_asked_for() {
    let target = target("classic");
    let mut benchmark = record(&target, "ignored", &[]);
    benchmark.is_ignored = true;
    let benchmarks = [benchmark];
    let request = request(&target, &benchmarks);
    assert_eq!(Libtest.command(&request).arguments, ["--bench", "--include-ignored", "--exact", "ignored"]);
    let answer = Libtest.read(&request, &output("ignored-included"));
    assert_eq!(answer.observations[0].outcome, Outcome::Ok);
}

#[test]
fn a_pilot_runs_once_and_calibrates_nothing() {
    let target = target("classic");
    let benchmarks = [record(&target, "quick", &[])];
    let request = request(&target, &benchmarks);
    assert!(!Libtest.pilot_command(&request).arguments.contains(&"--bench".to_owned()));
    assert!(Libtest.calibrate(&request, &ended(Exit::Code(0))).unwrap()[0].0.is_empty());
    assert!(Libtest.calibrate(&request, &ended(Exit::Code(101))).is_err());
}
