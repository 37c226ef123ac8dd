//! Instructions of an iteration, counted by callgrind: what was planted is what is found.
//!
//! Where valgrind is not installed there is nothing to see but that it is said.

use bench_lab::duel::Callgrind;
use lab_core::model::{CALLGRIND, Testimony};

use crate::fixture::{Case, case, context, settings};

/// What is counted of a case; nothing without valgrind.
fn count(case: &Case) -> Option<Testimony> {
    match Callgrind::find() {
        Ok(callgrind) => Some(callgrind.count(&context(), &case.pair(), &settings()).unwrap()),
        Err(error) => {
            assert!(error.to_string().contains("is not installed"), "{error}");
            println!("not tested: {error}");
            None
        }
    }
}

/// The candidate does 2 % more rounds; one iteration holds what else the routine and the harness's loop do.
#[track_caller]
fn assert_finds_2_percent_in(target: &str, path: &str, rounds: f64) {
    let Some(testimony) = count(&case(target, path).with(1, "FIXTURE_EXTRA_PERMILLE", "20")) else { return };
    assert_eq!(testimony.source, CALLGRIND);
    let [baseline, candidate] = testimony.counted.clone().unwrap_or_else(|why| panic!("{path}: {why}"));
    let per_round = (candidate.instructions - baseline.instructions) / (rounds * 0.02);
    // A load, a multiplication, an addition, a store, the count and the jump, more or less.
    assert!((4.0..=12.0).contains(&per_round), "{path}: {per_round} instructions a round");
    assert!((per_round - per_round.round()).abs() < 0.25, "{path}: {per_round} is no whole number");
    let (log, unsure) = testimony.log_ratio().unwrap();
    assert!(unsure < 0.001, "{path}: {testimony:?}");
    let planted = (1.0 + 0.02 * per_round.round() * rounds / baseline.instructions).ln();
    assert!((log - planted).abs() < 0.000_3, "{path}: {log} instead of {planted}");
}

#[test]
fn two_per_cent_more_work_is_two_per_cent_more_instructions_in_divan() {
    assert_finds_2_percent_in("turns_divan", "turns_divan::tiny", 1000.0);
    assert_finds_2_percent_in("turns_divan", "turns_divan::long", 4_000_000.0);
}

#[test]
fn two_per_cent_more_work_is_two_per_cent_more_instructions_in_criterion() {
    assert_finds_2_percent_in("turns_criterion", "tiny", 1000.0);
    assert_finds_2_percent_in("turns_criterion", "middling", 100_000.0);
    assert_finds_2_percent_in("turns_criterion", "fixed/size_and_time", 1000.0);
}

#[test]
fn the_same_work_is_the_same_count() {
    let Some(testimony) = count(&case("turns_divan", "turns_divan::tiny")) else { return };
    let (log, _) = testimony.log_ratio().unwrap();
    assert!(log.abs() < 0.000_05, "{testimony:?}");
}

#[test]
fn what_cannot_be_counted_says_why() {
    let Some(testimony) = count(&case("turns_criterion", "fixed/all")) else { return };
    let why = testimony.counted.unwrap_err();
    assert!(why.starts_with("baseline: ") && why.contains("in code"), "{why}");
}
