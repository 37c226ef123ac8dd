//! From a pilot to the settings of all invocations.

use super::*;

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
    // A microsecond each, in a pilot that lost half its time to other processes.
    assert!((500.0..2000.0).contains(&size), "{size}");
    assert!((100.0..=1000.0).contains(&count), "{count}");

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
