//! What a launch of two sides in turns is made of, for every way in which a harness times.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::sync::Mutex;

use lab_core::model::{Grain, Launch, MetricId, Outcome};

use crate::fixture::{Case, case, context, execute, settings};
use bench_lab::duel::{Contest, Context, Refusal};
use bench_lab::runner::spawn as process;

/// Checks what holds for every launch in slices.
#[track_caller]
pub(crate) fn assert_in_turns(launch: &Launch, rounds: usize) {
    assert_eq!(launch.outcome, Outcome::Ok, "{launch:#?}");
    assert_eq!(launch.grain, Grain::Slices);
    assert_eq!(launch.rounds.len(), rounds, "{launch:#?}");
    for pair in launch.rounds.windows(2) {
        assert_ne!(pair[0].first, pair[1].first, "the order alternates");
    }
    for round in &launch.rounds {
        assert!(round.iterations > 0);
        assert!(round.baseline.wall_ns > 0 && round.candidate.wall_ns > 0);
    }
}

/// Prepares a case that takes turns, launches it twice and gives the launches.
#[track_caller]
fn in_turns(case: &Case, rounds: usize) -> [Launch; 2] {
    let contest = case.prepare().unwrap();
    assert_eq!(contest.warning(), None);
    assert_eq!(contest.grain(), Grain::Slices);
    [0, 1].map(|index| {
        let launch = contest.launch(&context(), index, 0, 7).unwrap();
        assert_in_turns(&launch, rounds);
        launch
    })
}

#[track_caller]
fn assert_equal_slices(launch: &Launch) {
    let iterations = launch.rounds[0].iterations;
    assert!(launch.rounds.iter().all(|round| round.iterations == iterations), "{launch:#?}");
}

#[test]
fn divans_slices_are_equal_and_begin_with_the_side_that_was_drawn() {
    let [first, second] = in_turns(&case("turns_divan", "turns_divan::tiny"), 20);
    assert_equal_slices(&first);
    // Two rounds were discarded, so that the first that counts has the starter's order again.
    for launch in [&first, &second] {
        assert_eq!(launch.rounds[0].first, launch.starter);
    }
    assert_eq!(first.rounds[0].iterations, second.rounds[0].iterations);
    let has_clock =
        |launch: &Launch| launch.rounds.iter().all(|round| round.baseline.task_clock_ns.is_some());
    assert!(has_clock(&first) && has_clock(&second));
}

#[test]
fn inputs_that_take_longer_than_what_is_timed_are_not_taken_for_it() {
    let [launch, _] = in_turns(&case("turns_divan", "turns_divan::inputs"), 20);
    assert_equal_slices(&launch);
}

#[test]
fn outputs_that_are_dropped_after_a_sample_are_not_taken_for_it() {
    in_turns(&case("turns_divan", "turns_divan::outputs"), 20);
}

#[test]
fn long_iterations_make_few_slices() {
    for case in [case("turns_divan", "turns_divan::long"), case("turns_criterion", "long")] {
        let contest = case.prepare().unwrap();
        assert_eq!(contest.warning(), None);
        let launch = contest.launch(&context(), 0, 0, 7).unwrap();
        assert_eq!(launch.outcome, Outcome::Ok);
        assert!((1..20).contains(&launch.rounds.len()), "{}", launch.rounds.len());
        assert!(launch.rounds.iter().all(|round| round.iterations == 1));
    }
}

#[test]
fn threads_within_an_iteration_are_part_of_its_slice() {
    let case = case("turns_divan", "turns_divan::two_threads");
    let contest = case.prepare().unwrap();
    assert_eq!(contest.warning(), None);
    assert_eq!(*contest.primary(), MetricId::wall_ns());
    let launch = contest.launch(&context(), 0, 0, 7).unwrap();
    assert_eq!(launch.outcome, Outcome::Ok, "{launch:#?}");
    // What counts the timing thread alone would tell half of it.
    assert!(launch.rounds.iter().all(|round| round.baseline.cycles.is_none()));
}

#[test]
fn what_a_benchmark_starts_takes_no_turn_and_knows_nothing() {
    for path in ["turns_divan::starts_programs", "turns_divan::forks"] {
        let case = case("turns_divan", path);
        let contest = case.prepare().unwrap();
        assert_eq!(contest.warning(), None, "{path}");
        let launch = contest.launch(&context(), 0, 0, 7).unwrap();
        assert_in_turns(&launch, launch.rounds.len());
        assert!(launch.rounds.len() >= 4, "{path}");
    }
}

#[test]
fn a_benchmark_that_waits_is_judged_by_wall_time() {
    let case = case("turns_divan", "turns_divan::waits");
    let contest = case.prepare().unwrap();
    assert_eq!(contest.warning(), None);
    assert_eq!(*contest.primary(), MetricId::wall_ns());
}

#[test]
fn criterions_samples_of_fast_code_grow_and_are_equal_on_both_sides() {
    let [first, second] = in_turns(&case("turns_criterion", "tiny"), 20);
    let iterations = |launch: &Launch| launch.rounds.iter().map(|round| round.iterations).collect::<Vec<_>>();
    assert_eq!(iterations(&first), iterations(&second));
    assert!(iterations(&first).is_sorted());
    assert!(first.rounds[19].iterations < 2 * first.rounds[0].iterations);
}

#[test]
fn criterions_samples_of_slower_code_are_all_equal() {
    let [launch, _] = in_turns(&case("turns_criterion", "middling"), 20);
    assert_equal_slices(&launch);
}

#[test]
fn every_way_in_which_criterion_batches_can_be_followed() {
    for name in ["custom", "small", "large", "each"] {
        in_turns(&case("turns_criterion", name), 20);
    }
}

#[test]
fn what_is_set_in_criterions_code_is_in_force_and_the_same_on_both_sides() {
    for name in ["fixed/size", "fixed/size_and_time", "fixed/all", "fixed/all_and_flat"] {
        let case = case("turns_criterion", name);
        let contest = case.prepare().unwrap();
        assert_eq!(contest.warning(), None, "{name}");
        let launch = contest.launch(&context(), 0, 0, 7).unwrap();
        assert_eq!(launch.outcome, Outcome::Ok, "{name}: {launch:#?}");
        assert!(launch.rounds.len() >= 10, "{name}");
    }
}

#[test]
fn twice_the_work_shows_as_twice_the_time_and_a_half_as_half() {
    for (target, path) in [("turns_divan", "turns_divan::tiny"), ("turns_criterion", "tiny")] {
        for (side, least, most) in [(1, 1.5, 2.7), (0, 0.37, 0.67)] {
            let case = case(target, path).with(side, "FIXTURE_EXTRA_PERMILLE", "1000");
            let contest = case.prepare().unwrap();
            let launch = contest.launch(&context(), 0, 0, 7).unwrap();
            let ratio = launch.log_ratio(&MetricId::wall_ns()).unwrap().exp();
            assert!((least..most).contains(&ratio), "{target}: {ratio}");
        }
    }
}

#[test]
fn a_duel_goes_on_under_its_stored_terms_with_the_same_work() {
    for (target, path) in [("turns_divan", "turns_divan::tiny"), ("turns_criterion", "small")] {
        let case = case(target, path);
        let prepared = case.prepare().unwrap();
        let resumed = Contest::resume(case.pair(), &prepared.calibration(), &settings()).unwrap();
        assert_eq!(resumed.calibration(), prepared.calibration());
        assert_eq!(resumed.primary(), prepared.primary());
        let launches = [&prepared, &resumed].map(|contest| contest.launch(&context(), 4, 2, 9).unwrap());
        for launch in &launches {
            assert_in_turns(launch, 20);
            assert_eq!((launch.index, launch.layout), (4, 2));
        }
        let [one, other] = launches;
        assert_eq!((one.starter, one.padding_bytes), (other.starter, other.padding_bytes));
        let iterations =
            |launch: Launch| launch.rounds.iter().map(|round| round.iterations).collect::<Vec<_>>();
        assert_eq!(iterations(one), iterations(other));
    }
}

#[test]
fn damaged_terms_are_refused() {
    let case = case("turns_divan", "turns_divan::tiny");
    let refused = Contest::resume(case.pair(), &Default::default(), &settings());
    assert!(matches!(refused, Err(Refusal::Terms(_))));
}

#[test]
fn each_side_of_each_launch_runs_from_a_file_of_its_own_that_is_gone_afterwards() {
    for (target, path) in
        [("turns_divan", "turns_divan::tiny"), ("turns_divan", "turns_divan::reads_the_clock")]
    {
        let case = case(target, path);
        let contest = case.prepare().unwrap();
        let seen = Mutex::new(Vec::new());
        let record = |launch: &process::Launch<'_>| {
            let image = launch.image.expect("a launch has a copy");
            assert!(image != launch.executable && image.is_file());
            let owner = fs::metadata(image).unwrap().ino();
            seen.lock().unwrap().push((image.to_owned(), owner));
            execute(launch)
        };
        let context = Context { execute: &record, ..context() };
        for index in 0..3 {
            let launch = contest.launch(&context, index, 0, 7).unwrap();
            assert_eq!((&launch.outcome, launch.warnings.as_slice()), (&Outcome::Ok, &[][..]));
        }
        let mut seen = seen.into_inner().unwrap();
        assert!(seen.iter().all(|(image, _)| !image.exists()), "{seen:?}");
        for pair in seen.chunks(2) {
            assert_ne!(pair[0].1, pair[1].1, "both live at once, so they are two files");
        }
        seen.sort();
        seen.dedup_by_key(|(image, _)| image.clone());
        assert_eq!(seen.len(), 6);
    }
}
