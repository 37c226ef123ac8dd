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

/// The pilot again of a benchmark whose first iteration is slow, and what both say.
#[test]
fn a_pilot_that_shows_the_timer_and_not_the_benchmark_is_repeated_in_longer_samples() {
    let target = target("micro");
    let benchmarks = [record(&target, "micro::lookup::absent_key::100", &[])];
    let again = |name: &str| Divan.repeated_pilot(&request(&target, &benchmarks), &output("0.1.21", name));
    // divan took samples of one iteration: 61 ns by a timer with steps of 20.
    let arguments = again("pilot-cold").unwrap().arguments;
    let place = arguments.iter().position(|argument| argument == "--sample-size").unwrap();
    let size: f64 = arguments[place + 1].parse().unwrap();
    assert!((2000.0 / 35.0..10.0 * 2000.0 / 35.0).contains(&size), "{size}");
    assert!(arguments.ends_with(&Divan.pilot_command(&request(&target, &benchmarks)).arguments));
    assert!(again("pilot-warm").is_none(), "67 iterations of 38 ns are seen");
    // Of those that divan tunes well none is repeated, and of several benchmarks nothing is known.
    for name in ["pilot-plain", "pilot-slow", "pilot-inputs", "panics"] {
        let benchmarks = [record(&target, "case_zoo::x", &[])];
        let request = request(&target, &benchmarks);
        assert!(Divan.repeated_pilot(&request, &output("0.1.21", name)).is_none(), "{name}");
    }
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
    let expected = "--bench --color never --sample-size 1000 --sample-count 500 --min-time 0.000 --max-time 10.000 \
                    --skip-ext-time=false --include-ignored --exact";
    let mut expected: Vec<&str> = expected.split(' ').collect();
    expected.push("case_zoo::a b");
    assert_eq!(Divan.command(&request).arguments, expected);
}

#[test]
fn several_benchmarks_in_a_process_keep_divans_own_sizes_and_fill_the_time() {
    let target = target("case-zoo");
    let settings = [("sample_size", "1000"), ("sample_count", "500")];
    let benchmarks = ["case_zoo::a", "case_zoo::b"].map(|path| record(&target, path, &settings));
    let expected = "--bench --color never --min-time 0.500 --max-time 2.000 --skip-ext-time=false --exact \
                    case_zoo::a case_zoo::b";
    let arguments = Divan.command(&request(&target, &benchmarks)).arguments;
    assert_eq!(arguments, expected.split(' ').collect::<Vec<_>>());
}

/// The settings after both pilots of a benchmark for which the first chose samples of a thousand.
fn settled(pilot: &str, proof: &Captured) -> (String, f64) {
    let target = target("case-zoo");
    let settings = [("sample_size", "1000"), ("sample_count", "500")];
    let benchmarks = [record(&target, "case_zoo::x", &settings)];
    let found = Divan.settle(&request(&target, &benchmarks), &output("0.1.21", pilot), proof);
    (found[0].0["sample_size"].clone(), found[0].0["sample_count"].parse().unwrap())
}

#[test]
fn a_benchmark_that_costs_the_same_in_long_samples_keeps_them() {
    assert_eq!(settled("pilot-plain", &output("0.1.21", "proof-plain")), ("1000".into(), 500.0));
}

#[test]
fn a_benchmark_whose_outputs_pile_up_in_long_samples_gets_divans_own_size() {
    let pilot = output("0.1.21", "pilot-vec").stdout_text();
    let proof = output("0.1.21", "proof-vec");
    let (size, count) = settled("pilot-vec", &proof);
    let cells: Vec<&str> =
        pilot.lines().find(|line| line.contains("Vec<u32>")).unwrap().split(" │ ").collect();
    let number = |index: usize| cells[index].trim().parse::<u64>().unwrap();
    assert_eq!(size, (number(5) / number(4)).to_string(), "{pilot}");
    assert!(count > 1000.0, "short samples are many: {count}");
}

#[test]
fn a_proof_that_fails_leaves_divans_own_size() {
    let (size, _) = settled("pilot-plain", &ended(Exit::Signal(9)));
    assert_ne!(size, "1000");
}

#[test]
fn a_size_that_divan_chose_itself_needs_no_proof() {
    let target = target("case-zoo");
    let proof_of = |pilot: &str, size: &str| {
        let benchmarks = [record(&target, "case_zoo::x", &[("sample_size", size)])];
        Divan.proof_command(&request(&target, &benchmarks), &output("0.1.21", pilot))
    };
    assert!(proof_of("pilot-slow", "1").is_none());
    let arguments = proof_of("pilot-slow", "7").unwrap().arguments;
    assert!(arguments.windows(2).any(|pair| pair == ["--sample-size", "7"]), "{arguments:?}");
    assert!(proof_of("panics", "7").is_none(), "nothing to compare with");
}
