//! What a launch of two sides in turns is made of.

use lab_core::model::{Grain, Launch, MetricId, Outcome, Side};

use crate::fixture::{case, context};

/// Checks what holds for every launch in slices.
#[track_caller]
pub(crate) fn assert_in_turns(launch: &Launch, rounds: usize) {
    assert_eq!(launch.outcome, Outcome::Ok, "{launch:#?}");
    assert_eq!(launch.grain, Grain::Slices);
    assert_eq!(launch.rounds.len(), rounds);
    for pair in launch.rounds.windows(2) {
        assert_ne!(pair[0].first, pair[1].first, "the order alternates");
    }
    for round in &launch.rounds {
        assert!(round.iterations > 0);
        assert!(round.baseline.wall_ns > 0 && round.candidate.wall_ns > 0);
        assert!(round.baseline.task_clock_ns.is_some() && round.candidate.task_clock_ns.is_some());
    }
}

#[test]
fn a_divan_benchmark_is_played_in_slices_of_equal_work() {
    let case = case("turns_divan", "turns_divan::tiny");
    let contest = case.prepare().unwrap();
    assert_eq!(contest.warning(), None);
    for index in 0..3 {
        let launch = contest.launch(&context(), index, 0, 7).unwrap();
        assert_in_turns(&launch, 20);
        let first = launch.rounds[0];
        assert!(launch.rounds.iter().all(|round| round.iterations == first.iterations));
        // Two rounds were discarded, so that the first that counts has the starter's order again.
        assert_eq!(first.first, launch.starter);
        eprintln!("{:?}", launch.log_ratio(&MetricId::wall_ns()));
    }
}

#[test]
fn twice_the_work_shows_as_twice_the_time() {
    let case = case("turns_divan", "turns_divan::tiny").with(1, "FIXTURE_EXTRA_PERMILLE", "1000");
    let contest = case.prepare().unwrap();
    let launch = contest.launch(&context(), 0, 0, 7).unwrap();
    let ratio = launch.log_ratio(&MetricId::wall_ns()).unwrap();
    assert!((1.5..2.7).contains(&ratio.exp()), "{}", ratio.exp());
    let _ = Side::BOTH;
}

#[test]
fn a_criterion_benchmark_is_played_in_slices_of_equal_work() {
    let case = case("turns_criterion", "tiny");
    let contest = case.prepare().unwrap();
    assert_eq!(contest.warning(), None);
    for index in 0..3 {
        let launch = contest.launch(&context(), index, 0, 7).unwrap();
        assert_in_turns(&launch, 20);
        eprintln!("{:?}", launch.log_ratio(&MetricId::wall_ns()));
        eprintln!("{:?}", launch.rounds[0]);
        eprintln!("{:?}", launch.rounds[19]);
    }
}
