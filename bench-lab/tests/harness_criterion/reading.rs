//! Invocations that connected: values, units, settings, and every way to fail.

use bench_lab::harness::{Answer, Criterion, Harness, Request, Selection};
use lab_core::model::{Exit, MetricId, Outcome, Values};

use crate::fixture::{Fixture, Played, TIME_MS, long_name, of, records};

const BROKEN: [&str; 4] = ["sound", "takes no time", "panics", "never reached"];

fn sample_count(answer: &Answer, path: &str) -> usize {
    match &of(answer, path).measurements[0].values {
        Values::Samples(samples) => samples.len(),
        other => panic!("{other:?}"),
    }
}

fn kinds(answer: &Answer) -> Vec<&str> {
    answer.warnings.iter().map(|warning| warning.kind.as_str()).collect()
}

fn reason(answer: &Answer, path: &str) -> String {
    match &of(answer, path).outcome {
        Outcome::Failed { reason, .. } | Outcome::Missing { reason } => reason.clone(),
        other => panic!("{path}: {other:?}"),
    }
}

#[test]
fn every_version_gives_its_samples_in_nanoseconds() {
    let long = long_name();
    for (stem, fixture) in Fixture::all() {
        let paths = ["plain", "work/bytes/4096", "work/7", "fixed/in code", &long, "twin", "twin"];
        let answer = fixture.read("cases measure all", &paths);
        assert_eq!(answer.observations.len(), 8, "the one that ran unasked is there too: {stem}");
        for observation in &answer.observations {
            assert_eq!(observation.outcome, Outcome::Ok, "{stem}");
            let measurement = &observation.measurements[0];
            assert_eq!(measurement.metric, MetricId::wall_ns(), "{stem}");
            assert_eq!(measurement.unit, "ns", "{stem}");
            let value = measurement.representative().unwrap();
            assert!(value > 0.1 && value < 1e6, "{stem} {}: {value} ns", observation.benchmark);
        }
        // Nobody measured, and no file: all of it came over the socket.
        assert!(!kinds(&answer).contains(&"file_fallback"), "{stem}");
    }
}

#[test]
fn samples_are_the_raw_batches_of_a_linear_plan() {
    for (stem, fixture) in Fixture::all() {
        let answer = fixture.read("cases measure all", &["plain"]);
        let Values::Samples(samples) = &of(&answer, "plain").measurements[0].values else { panic!("{stem}") };
        let first = samples[0].iterations;
        for (index, sample) in samples.iter().enumerate() {
            assert_eq!(sample.iterations, first * (index + 1) as f64, "{stem}");
        }
        let settings = &of(&answer, "plain").measurements[0].settings;
        assert_eq!(settings["sampling_mode"], "linear", "{stem}");
        assert_eq!(settings["sample_size"], samples.len().to_string(), "{stem}");
    }
}

#[test]
fn throughput_is_kept_with_its_kind() {
    for (stem, fixture) in Fixture::all() {
        let answer = fixture.read("cases measure all", &["work/bytes/4096", "work/7", "plain"]);
        let shown = |path: &str| {
            let throughput = &of(&answer, path).measurements[0].throughput;
            throughput.iter().map(|t| (t.kind.clone(), t.per_iteration)).collect::<Vec<_>>()
        };
        assert_eq!(shown("work/bytes/4096"), [("bytes".into(), 4096.0)], "{stem}");
        assert_eq!(shown("work/7"), [("elements".into(), 7.0)], "{stem}");
        assert!(shown("plain").is_empty(), "{stem}");
    }
}

#[test]
fn settings_in_code_are_recorded_as_in_force_and_said() {
    for (stem, fixture) in Fixture::all() {
        let answer = fixture.read("cases measure all", &["plain", "fixed/in code"]);
        let settings = &of(&answer, "fixed/in code").measurements[0].settings;
        assert_eq!(settings["sample_size"], "12", "{stem}");
        assert_eq!(settings["measurement_ms"], "30", "{stem}");
        assert_eq!(sample_count(&answer, "fixed/in code"), 12, "{stem}");
        let said: Vec<&str> = answer.warnings.iter().map(|warning| warning.subject.as_str()).collect();
        assert_eq!(kinds(&answer), ["settings_in_code"], "{stem}");
        assert_eq!(said, ["recorded/cases/fixed/in code"], "{stem}");
    }
}

#[test]
fn times_in_force_are_the_ones_asked_for() {
    for (stem, fixture) in Fixture::all() {
        let answer = fixture.read("cases measure all", &["plain"]);
        let settings = &of(&answer, "plain").measurements[0].settings;
        let expected = if stem.starts_with("0.3") { ("1000", "1000") } else { ("3.333", "10") };
        let in_force = (settings["warm_up_ms"].as_str(), settings["measurement_ms"].as_str());
        assert_eq!(in_force, expected, "{stem}");
    }
}

#[test]
fn one_benchmark_of_difficult_name_can_be_picked() {
    for (stem, fixture) in Fixture::all() {
        let path = "with spaces (and) [regex] a+b?";
        let answer = fixture.read("cases measure one", &[path]);
        assert_eq!(answer.observations.len(), 1, "{stem}");
        assert_eq!(of(&answer, path).outcome, Outcome::Ok, "{stem}");
    }
}

#[test]
fn twins_are_told_apart_by_their_order() {
    for (stem, fixture) in Fixture::all() {
        let answer = fixture.read("cases measure twin", &["twin", "twin"]);
        let values: Vec<f64> =
            answer.observations.iter().map(|o| o.measurements[0].representative().unwrap()).collect();
        // The second sums up a hundred times as many numbers.
        assert_eq!(answer.observations.len(), 2, "{stem}");
        assert_eq!(answer.observations[1].benchmark.occurrence, 2, "{stem}");
        assert!(values[1] > values[0] * 10.0, "{stem}: {values:?}");
    }
}

#[test]
fn a_twin_that_ran_unasked_is_observed_after_the_one_asked_for() {
    let fixture = Fixture::load("0.8.2");
    let target = fixture.target("cases");
    let second = &records(&target.id, &["twin", "twin"])[1..];
    let request =
        Request { target: &target, benchmarks: second, selection: Selection::Each, time_ms: TIME_MS };
    let answer = Criterion.read(&request, &Played::of(fixture.scene("cases measure twin")).captured);
    let occurrences: Vec<u32> = answer.observations.iter().map(|o| o.benchmark.occurrence).collect();
    assert_eq!(occurrences, [2, 1]);
}

#[test]
fn a_panic_is_a_row_with_its_message_and_the_rest_is_explained() {
    for (stem, fixture) in Fixture::all() {
        let answer = fixture.read("broken measure all", &BROKEN);
        assert_eq!(of(&answer, "sound").outcome, Outcome::Ok, "{stem}");
        let Outcome::Failed { reason, tail } = &of(&answer, "panics").outcome else { panic!("{stem}") };
        assert!(reason.contains("panicked"), "{stem}: {reason}");
        assert!(tail.contains("the benchmark gave up"), "{stem}: {tail}");
        let never = &of(&answer, "never reached").outcome;
        assert!(
            matches!(never, Outcome::Missing { reason } if reason.contains("panics")),
            "{stem}: {never:?}"
        );
    }
}

#[test]
fn a_benchmark_that_takes_no_time_has_failed() {
    for (stem, fixture) in Fixture::all() {
        let answer = fixture.read("broken measure all", &BROKEN);
        let why = reason(&answer, "takes no time");
        assert!(why.contains("zero time"), "{stem}: {why}");
        assert!(of(&answer, "takes no time").measurements.is_empty(), "{stem}");
    }
}

#[test]
fn a_measurement_that_counts_keeps_its_unit_for_machines() {
    for (stem, fixture) in Fixture::all() {
        let answer = fixture.read("counts measure", &["counted"]);
        let measurement = &of(&answer, "counted").measurements[0];
        assert_eq!(measurement.unit, "ticks", "{stem}");
        assert_eq!(measurement.metric.0, "measured_ticks", "{stem}");
        let Values::Samples(samples) = &measurement.values else { panic!("{stem}") };
        assert!(samples.iter().all(|sample| sample.total == 3.0), "{stem}");
    }
}

#[test]
fn a_main_that_reads_no_flags_is_read_whole() {
    for (stem, fixture) in Fixture::all() {
        let answer = fixture.read("deaf measure", &["first", "second"]);
        for path in ["first", "second"] {
            assert_eq!(of(&answer, path).outcome, Outcome::Ok, "{stem}");
            assert_eq!(of(&answer, path).measurements[0].settings["warm_up_ms"], "5", "{stem}");
        }
        let discovered = fixture.read("deaf measure", &[]);
        assert_eq!(discovered.observations.len(), 2, "{stem}");
    }
}

#[test]
fn of_a_process_that_was_stopped_only_the_running_benchmark_timed_out() {
    let fixture = Fixture::load("0.8.2");
    let mut played = Played::of(fixture.scene("broken measure all"));
    // Up to the start of the second benchmark's measurement.
    played.captured.frames.truncate(12);
    played.captured.exit = Exit::TimedOut { limit_ms: 7 };
    let answer = fixture.read_from("broken measure all", &BROKEN, &played.captured);
    assert_eq!(of(&answer, "sound").outcome, Outcome::Ok);
    assert!(matches!(of(&answer, "takes no time").outcome, Outcome::TimedOut { limit_ms: 7, .. }));
    for path in ["panics", "never reached"] {
        let why = reason(&answer, path);
        assert!(why.contains("takes no time") && why.contains("7 ms"), "{why}");
    }
}

#[test]
fn a_set_up_that_hangs_times_out_once() {
    let fixture = Fixture::load("0.8.2");
    let mut played = Played::of(fixture.scene("broken measure all"));
    played.captured.frames.truncate(1);
    played.captured.exit = Exit::TimedOut { limit_ms: 7 };
    let answer = fixture.read_from("broken measure all", &BROKEN, &played.captured);
    assert!(matches!(of(&answer, "sound").outcome, Outcome::TimedOut { .. }));
    assert!(matches!(of(&answer, "panics").outcome, Outcome::Missing { .. }));
}

#[test]
fn a_signal_is_named() {
    let fixture = Fixture::load("0.8.2");
    let mut played = Played::of(fixture.scene("cases measure one"));
    let path = "with spaces (and) [regex] a+b?";
    let complete =
        played.captured.frames.iter().position(|frame| frame.bytes.starts_with(b"\xa1sMeasurementC"));
    played.captured.frames.truncate(complete.unwrap());
    played.captured.exit = Exit::Signal(11);
    let answer = fixture.read_from("cases measure one", &[path], &played.captured);
    assert!(reason(&answer, path).contains("signal 11"));
}

#[test]
fn what_was_listed_and_never_came_is_missing() {
    let fixture = Fixture::load("0.8.2");
    let answer = fixture.read("cases measure one", &["gone", "with spaces (and) [regex] a+b?"]);
    assert!(matches!(of(&answer, "gone").outcome, Outcome::Missing { .. }));
}

#[test]
fn samples_without_a_unit_are_not_guessed_at() {
    let fixture = Fixture::load("0.8.2");
    let mut played = Played::of(fixture.scene("counts measure"));
    played.captured.frames.retain(|frame| !frame.bytes.starts_with(b"\xa1lScaledValues"));
    let answer = fixture.read_from("counts measure", &["counted"], &played.captured);
    assert!(reason(&answer, "counted").contains("unit"));
}

#[test]
fn a_process_that_fails_after_its_work_keeps_its_measurements() {
    let fixture = Fixture::load("0.8.2");
    let mut played = Played::of(fixture.scene("counts measure"));
    played.captured.exit = Exit::Code(101);
    let answer = fixture.read_from("counts measure", &["counted"], &played.captured);
    assert_eq!(of(&answer, "counted").outcome, Outcome::Ok);
    assert_eq!(kinds(&answer).last(), Some(&"bad_ending"));
}

#[test]
fn a_process_that_never_started_leaves_every_benchmark_failed() {
    let fixture = Fixture::load("0.8.2");
    let mut played = Played::of(fixture.scene("counts measure"));
    played.captured.frames.clear();
    played.captured.exit = Exit::NotStarted;
    let answer = fixture.read_from("counts measure", &["counted", "other"], &played.captured);
    assert!(answer.observations.iter().all(|o| matches!(o.outcome, Outcome::Failed { .. })));
}

#[test]
fn a_pilot_calibrates_nothing_but_must_measure_something() {
    let fixture = Fixture::load("0.8.2");
    let target = fixture.target("broken");
    let played = Played::of(fixture.scene("broken measure all"));
    let mut benchmarks = records(&target.id, &BROKEN);
    let selection = Selection::Each;
    let request = Request { target: &target, benchmarks: &benchmarks, selection, time_ms: 1000 };
    let calibrations = Criterion.calibrate(&request, &played.captured).unwrap();
    assert_eq!(calibrations.len(), 4);
    assert!(calibrations.iter().all(|calibration| calibration.0.is_empty()));
    let mut silent = played.captured.clone();
    silent.frames.truncate(1);
    benchmarks.truncate(1);
    let request = Request { target: &target, benchmarks: &benchmarks, selection, time_ms: 1000 };
    let error = Criterion.calibrate(&request, &silent).unwrap_err();
    assert!(error.tail.contains("the benchmark gave up"), "{error}");
}
