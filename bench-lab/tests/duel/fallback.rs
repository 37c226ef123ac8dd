//! What cannot take turns is measured by whole processes, and the reason is named.

use bench_lab::duel::{Contest, Refusal};
use lab_core::model::{Grain, MetricId, Outcome};

use crate::fixture::{Case, case, context, settings};

/// Prepares a case that must fall back for a reason that holds these words, and launches it once.
#[track_caller]
fn assert_falls_back(case: &Case, words: &str) {
    let contest = case.prepare().unwrap();
    let warning = contest.warning().expect("it cannot take turns");
    assert_eq!(warning.kind, "no_slices");
    assert!(warning.text.contains(words), "{}", warning.text);
    assert_eq!(contest.grain(), Grain::Processes);
    assert_eq!(*contest.primary(), MetricId::wall_ns());
    let launch = contest.launch(&context(), 0, 0, 7).unwrap();
    assert_eq!(launch.outcome, Outcome::Ok);
    let [round] = launch.rounds.as_slice() else { panic!("{launch:#?}") };
    assert_eq!(round.first, launch.starter);
    assert!(round.baseline.wall_ns > 0 && round.candidate.wall_ns > 0);
}

#[test]
fn a_timer_of_the_processor_is_not_seen() {
    let case =
        case("turns_divan", "turns_divan::tiny").with(0, "DIVAN_TIMER", "tsc").with(1, "DIVAN_TIMER", "tsc");
    assert_falls_back(&case, "clock");
}

#[test]
fn a_routine_that_reads_the_clock_is_told_from_its_harness() {
    assert_falls_back(&case("turns_divan", "turns_divan::reads_the_clock"), "reads the clock");
    assert_falls_back(&case("turns_criterion", "reads_the_clock"), "reads the clock");
}

#[test]
fn samples_that_are_timed_on_several_threads_have_no_turns() {
    assert_falls_back(&case("turns_divan", "turns_divan::timed_on_two"), "threads");
}

#[test]
fn an_executable_that_has_another_library_preloaded_keeps_it() {
    let case = case("turns_divan", "turns_divan::tiny").with(1, "LD_PRELOAD", "/nonexistent.so");
    assert_falls_back(&case, "candidate: its environment sets LD_PRELOAD");
}

#[test]
fn a_benchmark_that_does_not_work_is_refused_with_its_side_and_its_words() {
    for (target, path) in [("turns_divan", "turns_divan::fated"), ("turns_criterion", "fated")] {
        let case = case(target, path).with(1, "FIXTURE_FATE", "panic@0");
        match case.prepare() {
            Err(Refusal::Broken {
                side: lab_core::model::Side::Candidate,
                outcome: Outcome::Failed { reason, .. },
            }) => {
                assert!(reason.contains("known panic"), "{reason}");
            }
            Err(other) => panic!("{other:?}"),
            Ok(_) => panic!("a benchmark that panics was taken"),
        }
    }
}

#[test]
fn whole_processes_of_both_sides_do_equal_work() {
    // Pilots of their own would give one side long samples and the other short ones, which are another benchmark here.
    let case = case("turns_divan", "turns_divan::outputs");
    for _ in 0..3 {
        let contest =
            Contest::prepare_at_most(&context(), case.pair(), &settings(), Grain::Processes).unwrap();
        assert_eq!(contest.grain(), Grain::Processes);
        let terms = contest.calibration().0;
        assert!(terms["baseline_settings"].contains("sample_size"));
        assert_eq!(terms["baseline_settings"], terms["candidate_settings"]);
    }
}
