//! The divan harness against what real divan benches said; `fixtures/harness/README.md` says how it was captured.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod captured;

use bench_lab::harness::{Divan, Harness, Listing, ReadError, Request};
use bench_lab::runner::command::Captured;
use captured::{captured, ended, list, observed, record, request, target};
use lab_core::model::{Exit, Measurement, Observation, Outcome, Summary, Values};

const VERSIONS: [&str; 4] = ["0.1.21", "0.1.18", "0.1.14", "codspeed-3.0.5"];

fn output(version: &str, name: &str) -> Captured {
    captured(&format!("divan/{version}/{name}"))
}

fn listing(version: &str) -> Result<Listing, ReadError> {
    list(&Divan, &target("case-zoo"), |arguments, is_nextest| {
        let is_list = arguments.contains(&"--list".to_owned());
        assert_eq!(is_list, is_nextest, "the terse list is given to cargo-nextest only");
        let stem = if is_list { "list" } else { "tree" };
        let includes_ignored = arguments.contains(&"--include-ignored".to_owned());
        output(version, &format!("{stem}{}", if includes_ignored { "" } else { "-default" }))
    })
}

fn paths(listing: &Listing) -> Vec<String> {
    listing.benchmarks.iter().map(|record| record.id.path.clone()).collect()
}

fn summary(measurement: &Measurement) -> &Summary {
    match &measurement.values {
        Values::Summary(summary) => summary,
        other => panic!("{other:?}"),
    }
}

fn measured<'a>(observation: &'a Observation, metric: &str) -> &'a Measurement {
    assert_eq!(observation.outcome, Outcome::Ok);
    observation.measurements.iter().find(|measurement| measurement.metric.0 == metric).unwrap()
}

fn reason(observation: &Observation) -> &str {
    assert!(observation.measurements.is_empty());
    match &observation.outcome {
        Outcome::Failed { reason, .. } | Outcome::Missing { reason } => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_list_has_every_argument_type_and_thread_count_in_divans_order() {
    let listing = listing("0.1.21").unwrap();
    let expected = [
        "always_two",
        "chatty",
        "counters",
        "ignored",
        "ignored_args::1",
        "ignored_args::2",
        "inputs",
        "like_threads::t=1",
        "like_threads::t=2",
        "name with │ bars and spaces",
        "odd_args::1 │ 2",
        "odd_args::a b",
        "odd_args::x::y",
        "panics",
        "plain",
        "slow",
        "sub_ns",
        "threaded t=1",
        "threaded t=2",
        "threaded_args::5 t=1",
        "threaded_args::5 t=2",
        "threaded_args::6 t=1",
        "threaded_args::6 t=2",
        "unregistered",
        "with_args::1",
        "with_args::10",
        "with_args::100",
        "array::16",
        "array::64",
        "from_iter::Vec<u32>",
        "from_iter::VecDeque<u32>",
        "nested::a group::leaf",
        "nested::a group::twin",
        "nested::a group::twin",
        // Its set-up code prints behind its name in the tree, so that the tree does not show where it stands.
        "whispers",
    ];
    assert_eq!(paths(&listing), expected.map(|path| format!("case_zoo::{path}")));
    let twins = listing.benchmarks.iter().filter(|record| record.id.path.ends_with("twin"));
    assert_eq!(twins.map(|record| record.id.occurrence).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(listing.warnings.len(), 1, "{:?}", listing.warnings);
    assert_eq!(listing.warnings[0].kind, "duplicate_id");
}

#[test]
fn ignored_benchmarks_are_listed_and_marked_by_every_version() {
    for version in VERSIONS {
        let listing = listing(version).unwrap();
        let ignored: Vec<&str> = listing
            .benchmarks
            .iter()
            .filter(|record| record.is_ignored)
            .map(|record| record.id.path.as_str())
            .collect();
        assert_eq!(
            ignored,
            ["case_zoo::ignored", "case_zoo::ignored_args::1", "case_zoo::ignored_args::2"],
            "{version}"
        );
    }
}

#[test]
fn every_version_lists_the_same_benchmarks_as_far_as_it_can_tell() {
    let newest = paths(&listing("0.1.21").unwrap());
    for version in ["0.1.18", "0.1.14", "codspeed-3.0.5"] {
        let mut listed = paths(&listing(version).unwrap());
        // Without arguments on the list, those named `t=1` and `t=2` cannot be told from thread counts; without
        // a list, set-up code that prints spoils the name in the tree.
        for path in &mut listed {
            *path = path
                .replace("like_threads t=", "like_threads::t=")
                .replace("whisperssetting up ", "whispers");
        }
        let missing: Vec<_> = newest.iter().filter(|path| !listed.contains(path)).collect();
        assert!(missing.is_empty() && listed.len() == newest.len(), "{version}: {missing:?} of {listed:#?}");
    }
}

#[test]
fn a_target_without_benchmarks_has_an_empty_list() {
    let nothing = list(&Divan, &target("empty"), |_, _| ended(Exit::Code(0))).unwrap();
    assert!(nothing.benchmarks.is_empty());
    assert!(nothing.warnings.is_empty());
}

#[test]
fn a_program_that_answers_otherwise_is_refused_with_its_output() {
    let stranger = Captured { stdout: b"usage: sort FILE\n".to_vec(), ..ended(Exit::Code(0)) };
    let error = list(&Divan, &target("sort"), |_, _| stranger.clone()).unwrap_err();
    assert_eq!(error.tail, "usage: sort FILE");
}

#[test]
fn a_tree_that_ends_early_keeps_the_list_and_says_so() {
    let listing = list(&Divan, &target("case-zoo"), |arguments, _| {
        if arguments.contains(&"--list".to_owned()) {
            output("0.1.21", "list")
        } else {
            ended(Exit::Code(101))
        }
    })
    .unwrap();
    assert!(paths(&listing).contains(&"case_zoo::threaded".to_owned()));
    assert!(listing.warnings.iter().any(|warning| warning.kind == "thread_counts_unknown"));
}

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

fn calibrated(name: &str, settings: &[(&str, &str)]) -> (f64, f64) {
    let target = target("case-zoo");
    let benchmarks = [record(&target, "case_zoo::x t=2", settings)];
    let found = Divan.calibrate(&request(&target, &benchmarks), &output("0.1.21", name)).unwrap();
    let number = |key: &str| found[0].0[key].parse().unwrap();
    (number("sample_size"), number("sample_count"))
}

#[test]
fn a_pilot_gives_samples_of_about_a_millisecond_that_fill_the_time() {
    let (size, count) = calibrated("pilot-plain", &[]);
    let text = output("0.1.21", "pilot-plain").stdout_text();
    assert!(text.contains("ns"), "the fixture's benchmark takes about a microsecond: {text}");
    assert!((500.0..2000.0).contains(&size), "{size}");
    assert!((300.0..=1000.0).contains(&count), "{count}");

    let (size, count) = calibrated("pilot-slow", &[]);
    assert_eq!(size, 1.0);
    assert!((10.0..=20.0).contains(&count), "30 ms each in 500 ms: {count}");
}

#[test]
fn a_pilot_with_costly_inputs_keeps_the_process_within_its_time() {
    // The inputs of one iteration take tens of microseconds, the iteration some nanoseconds.
    let (size, count) = calibrated("pilot-inputs", &[]);
    assert!((3.0..100.0).contains(&count), "{count}");
    assert!((100.0..20_000.0).contains(&size), "{size}");
}

#[test]
fn a_pilot_on_two_threads_counts_samples_by_twos() {
    let (_, count) = calibrated("pilot-threads", &[("threads", "2")]);
    assert_eq!(count % 2.0, 0.0);
}

#[test]
fn a_pilot_that_measured_nothing_is_an_error() {
    let target = target("case-zoo");
    let benchmarks = [record(&target, "case_zoo::panics", &[])];
    let error = Divan.calibrate(&request(&target, &benchmarks), &output("0.1.21", "panics")).unwrap_err();
    assert!(error.tail.contains("out of cheese"));
}

#[test]
fn a_command_holds_the_calibration_and_bounds_the_process() {
    let target = target("case-zoo");
    let mut benchmark = record(&target, "case_zoo::a b", &[("sample_size", "1000"), ("sample_count", "500")]);
    benchmark.is_ignored = true;
    let benchmarks = [benchmark];
    let request = Request { time_ms: 2500, ..request(&target, &benchmarks) };
    let expected = "--bench --color never --sample-size 1000 --sample-count 500 --min-time 0 --max-time 10.000 \
                    --skip-ext-time=false --include-ignored --exact";
    let mut expected: Vec<&str> = expected.split(' ').collect();
    expected.push("case_zoo::a b");
    assert_eq!(Divan.command(&request).arguments, expected);
}
