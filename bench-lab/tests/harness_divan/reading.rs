//! The table of one leaf, in every shape it was seen in.

use super::*;

#[test]
fn a_plain_row_is_read_from_every_version() {
    for version in VERSIONS {
        let observation = observed(&Divan, "case_zoo::plain", &output(version, "plain"));
        let time = summary(measured(&observation, "wall_ns"));
        assert_eq!((time.sample_count, time.iteration_count), (11, 11_000), "{version}");
        assert!(time.fastest.value <= time.median.value && time.median.step > 0.0);
        assert!(time.median.text.ends_with("ns"), "{version}: {}", time.median.text);
        let settings = &observation.measurements[0].settings;
        assert_eq!(settings["sample_size"], "1000");
        assert_eq!(settings["timer_precision"], "20 ns");
    }
}

#[test]
fn texts_are_kept_as_printed_next_to_their_numbers() {
    let observation = observed(&Divan, "case_zoo::odd_args::1 │ 2", &output("0.1.21", "bars"));
    let time = summary(measured(&observation, "wall_ns"));
    let text = output("0.1.21", "bars").stdout_text();
    let row = text.lines().find(|line| line.contains("1 │ 2")).unwrap();
    for printed in [&time.fastest, &time.slowest, &time.median, &time.mean] {
        assert!(row.contains(&printed.text), "{row} has no {}", printed.text);
        assert_eq!(printed.text, format!("{} ns", printed.value));
        assert!((printed.step - 0.001).abs() < 1e-12);
    }
}

#[test]
fn names_with_bars_and_what_benchmarks_print_do_not_hide_the_row() {
    for (path, name) in [
        ("case_zoo::odd_args::1 │ 2", "bars"),
        ("case_zoo::name with │ bars and spaces", "odd-name"),
        ("case_zoo::chatty", "chatty"),
        ("case_zoo::whispers", "whispers"),
    ] {
        for version in VERSIONS {
            let observation = observed(&Divan, path, &output(version, name));
            assert_eq!(summary(measured(&observation, "wall_ns")).sample_count, 11, "{version} {name}");
        }
    }
}

#[test]
fn counters_come_back_as_the_work_of_one_iteration() {
    let observation = observed(&Divan, "case_zoo::counters", &output("0.1.21", "counters"));
    let found: Vec<(&str, f64)> = measured(&observation, "wall_ns")
        .throughput
        .iter()
        .map(|throughput| (throughput.kind.as_str(), throughput.per_iteration))
        .collect();
    // 900 bytes and 700 characters are more than four digits of rate and time tell apart exactly.
    let expected = [("bytes_decimal", 900.0), ("chars", 700.0), ("cycles", 1200.0), ("elements", 100.0)];
    assert_eq!(found.len(), expected.len());
    for ((kind, value), (expected_kind, expected_value)) in found.into_iter().zip(expected) {
        assert_eq!(kind, expected_kind);
        assert!((value / expected_value - 1.0).abs() < 1e-3, "{kind}: {value}");
    }
}

#[test]
fn allocations_are_metrics_of_their_own() {
    let observation = observed(&Divan, "alloc::grow_and_shrink", &output("0.1.21", "alloc-grow"));
    let median = |metric| summary(measured(&observation, metric)).median.value;
    let expected = [
        ("alloc_count", 1.0),
        ("alloc_bytes", 80.0),
        ("dealloc_count", 1.0),
        ("dealloc_bytes", 24.0),
        ("grow_count", 1.0),
        ("grow_bytes", 7920.0),
        ("shrink_count", 1.0),
        ("shrink_bytes", 7976.0),
        // divan prints a thousandth, the sample having 1000 iterations.
        ("live_count_max", 1.0),
        ("live_bytes_max", 8000.0),
    ];
    for (metric, value) in expected {
        assert_eq!(median(metric), value, "{metric}");
        let row = lab_core::model::METRICS.iter().find(|row| row.id == metric).unwrap();
        assert_eq!(measured(&observation, metric).unit, row.unit);
    }
    assert_eq!(observation.measurements.len(), expected.len() + 1);
}

#[test]
fn rows_below_a_leaf_that_is_not_the_last_belong_to_it() {
    let target = target("alloc");
    let benchmarks =
        ["alloc::boxed", "alloc::grow_and_shrink", "alloc::pushed"].map(|path| record(&target, path, &[]));
    for version in VERSIONS {
        let answer = Divan.read(&request(&target, &benchmarks), &output(version, "alloc-whole"));
        let bytes: Vec<f64> = answer
            .observations
            .iter()
            .map(|observation| summary(measured(observation, "alloc_bytes")).median.value)
            .collect();
        assert_eq!(bytes, [64.0, 80.0, 1500.0], "{version}");
        assert_eq!(measured(&answer.observations[0], "wall_ns").throughput[0].per_iteration, 64.0);
        assert!(answer.observations[1].measurements[0].throughput.is_empty());
    }
}

#[test]
fn a_thread_count_is_asked_for_and_read_by_itself() {
    let target = target("case-zoo");
    let benchmarks = [record(&target, "case_zoo::threaded t=2", &[("threads", "2")])];
    let request = request(&target, &benchmarks);
    let arguments = Divan.command(&request).arguments;
    let end = arguments.iter().position(|argument| argument == "--threads").unwrap();
    assert_eq!(arguments[end..], ["--threads", "2", "--exact", "case_zoo::threaded"]);

    let answer = Divan.read(&request, &output("0.1.21", "threads-2"));
    assert_eq!(answer.observations.len(), 1);
    assert_eq!(answer.observations[0].benchmark, benchmarks[0].id);
    assert_eq!(measured(&answer.observations[0], "wall_ns").settings["threads"], "2");
}

#[test]
fn thread_counts_that_were_not_listed_are_said_and_kept() {
    let target = target("case-zoo");
    let benchmarks = [record(&target, "case_zoo::threaded", &[])];
    let answer = Divan.read(&request(&target, &benchmarks), &output("0.1.21", "threads-both"));
    assert!(reason(&answer.observations[0]).starts_with("ran once per thread count"));
    let unasked: Vec<&str> =
        answer.observations[1..].iter().map(|observation| observation.benchmark.path.as_str()).collect();
    assert_eq!(unasked, ["case_zoo::threaded::t=1", "case_zoo::threaded::t=2"]);
}

#[test]
fn twins_are_told_apart_by_their_order_and_both_are_kept() {
    let target = target("case-zoo");
    let mut second = record(&target, "case_zoo::nested::a group::twin", &[]);
    second.id.occurrence = 2;
    let benchmarks = [second];
    let answer = Divan.read(&request(&target, &benchmarks), &output("0.1.21", "twins"));
    let found: Vec<(u32, f64)> = answer
        .observations
        .iter()
        .map(|observation| {
            (observation.benchmark.occurrence, summary(measured(observation, "wall_ns")).median.value)
        })
        .collect();
    assert_eq!(found.iter().map(|(occurrence, _)| *occurrence).collect::<Vec<_>>(), [2, 1]);
    assert!(found[0].1 > 5.0 * found[1].1, "the second spins ten times as long: {found:?}");
}

#[test]
fn each_way_to_fail_has_its_reason() {
    for version in VERSIONS {
        let reason_of = |path: &str, name: &str| {
            reason(&observed(&Divan, &format!("case_zoo::{path}"), &output(version, name))).to_owned()
        };
        let panicked = reason_of("panics", "panics");
        assert!(panicked.starts_with("panicked at benches/case-zoo.rs:"), "{version}: {panicked}");
        assert!(panicked.ends_with(" out of cheese"), "{version}: {panicked}");
        assert!(reason_of("ignored", "ignored").contains("#[ignore]"));
        assert!(reason_of("unregistered", "unregistered").starts_with("measures nothing"));
        assert!(reason_of("nothing", "no-match").contains("without running it"));
        assert!(reason_of("plain", "bad-flag").contains("unexpected argument"));
    }
    let absent = observed(&Divan, "case_zoo::nothing", &output("0.1.21", "no-match"));
    assert!(matches!(absent.outcome, Outcome::Missing { .. }));
}

#[test]
fn a_median_of_zero_is_no_measurement() {
    let observation = observed(&Divan, "case_zoo::sub_ns", &output("0.1.21", "sub-ns"));
    assert!(reason(&observation).starts_with("takes less time than divan can measure"));
}

#[test]
fn a_process_that_was_stopped_fails_with_what_it_had_printed() {
    let begun = "case_zoo  fastest │ slowest │ median │ mean │ samples │ iters\n╰─ plain  ";
    let stopped = |exit| Captured { stdout: begun.into(), ..ended(exit) };
    let late = observed(&Divan, "case_zoo::plain", &stopped(Exit::TimedOut { limit_ms: 900 }));
    assert!(matches!(&late.outcome, Outcome::TimedOut { limit_ms: 900, tail } if tail.ends_with("╰─ plain")));
    let killed = observed(&Divan, "case_zoo::plain", &stopped(Exit::Signal(9)));
    assert_eq!(reason(&killed), "was killed by signal 9");
    assert_eq!(reason(&observed(&Divan, "x", &stopped(Exit::NotStarted))), "could not be started");
    assert!(reason(&observed(&Divan, "x", &stopped(Exit::Code(0)))).starts_with("printed no row"));
}

#[test]
fn a_measurement_before_a_bad_end_is_kept_with_a_warning() {
    let target = target("case-zoo");
    let benchmarks = [record(&target, "case_zoo::plain", &[])];
    let output = Captured { exit: Exit::Signal(11), ..output("0.1.21", "plain") };
    let answer = Divan.read(&request(&target, &benchmarks), &output);
    assert_eq!(answer.observations[0].outcome, Outcome::Ok);
    assert_eq!(answer.warnings[0].kind, "ended_badly");
}
