//! Whole suites drawn by chance, of which the truth is known: how often a verdict is wrong, and how often it is missed.
//!
//! Seeded, so that a failure can be looked at.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::super::Evidence;
use super::super::fixture::{add, extract};
use super::super::opinion::{Judge, Shown};
use super::judged;
use crate::model::{Extract, LookPlan};
use crate::policy::Policy;

/// A heavy-tailed value around 1: normal in the middle, now and then far above.
fn noisy(random: &mut impl Rng, spread: f64) -> f64 {
    let normal: f64 = (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0;
    let burst = if random.random::<f64>() < 0.1 { random.random::<f64>() * 10.0 * spread } else { 0.0 };
    (normal * spread + burst).exp()
}

/// One Run of a suite on a machine that is slower by `drift` in ln units.
fn simulated(random: &mut impl Rng, drift: f64, slowdown: f64) -> Extract {
    let ids: Vec<String> = (0..20).map(|number| format!("p/t/{number:02}")).collect();
    let mut side = extract(&ids.iter().map(String::as_str).collect::<Vec<_>>());
    for (number, benchmark) in side.benchmarks.iter_mut().enumerate() {
        let spread = [0.005, 0.02][number % 2];
        let level = 100.0 * (drift + slowdown).exp();
        let values: Vec<f64> = (0..12).map(|_| level * noisy(random, spread)).collect();
        add(benchmark, "wall_ns", "ns", &values);
    }
    side
}

/// Suites with any alarm among `count`, with drifts of about 3 % that the canaries see whole, or not at all.
fn alarms(count: usize, is_seen: bool) -> usize {
    let mut random = ChaCha8Rng::seed_from_u64(20260801);
    (0..count)
        .filter(|_| {
            let drifts = [(); 2].map(|()| noisy(&mut random, 0.03).ln());
            let [one, two] = drifts.map(|drift| simulated(&mut random, drift, 0.0));
            let envelope = if is_seen { (drifts[1] - drifts[0]).abs() } else { 0.0 };
            let summary = judged(&one, &two, Some(envelope), &Policy::default()).summary();
            summary.regressed + summary.improved > 0
        })
        .count()
}

#[test]
fn suites_that_did_not_change_alarm_in_at_most_one_of_a_hundred_tries_when_canaries_see_the_drift() {
    // 500 tries: at a true rate of 1 % more than 12 alarms come up once in 500 such tests.
    let seen = alarms(500, true);
    assert!(seen <= 12, "{seen} of 500");
    // The negative control: without the canaries the same suites must alarm nearly always.
    let unseen = alarms(40, false);
    assert!(unseen >= 30, "{unseen} of 40");
}

#[test]
fn a_slowdown_beyond_the_drift_is_found() {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let (mut found, mut all) = (0, 0);
    for _ in 0..20 {
        let (one, two) = (simulated(&mut random, 0.0, 0.0), simulated(&mut random, 0.005, 0.1));
        let summary = judged(&one, &two, Some(0.005), &Policy::default()).summary();
        (found, all) = (found + summary.regressed, all + 20);
        assert_eq!(summary.improved, 0);
    }
    assert!(found * 100 >= all * 95, "{found} of {all}");
}

/// The looks of a Run that grows.
const COUNTS: [u32; 5] = [10, 14, 20, 28, 40];

/// Runs with an alarm among `count` of one benchmark that did not change, each let grow until its verdict stands, with
/// these shares of the level at its looks. The machine moved by up to `drift` in ln units between the two, and the canaries
/// say `envelope`.
fn grown_alarms(count: usize, drift: f64, envelope: f64, shares: [f64; 5]) -> usize {
    let mut random = ChaCha8Rng::seed_from_u64(20260802);
    let (mut judge, margin) = (Judge::new(0.01), 1.0075_f64.ln());
    (0..count)
        .filter(|_| {
            let moved = drift * (2.0 * random.random::<f64>() - 1.0);
            let mut list = |count: u32, level: f64| -> Vec<f64> {
                (0..count).map(|_| level + noisy(&mut random, 0.02).ln()).collect()
            };
            let (baseline, candidate) = (list(20, 0.0), list(COUNTS[4], moved));
            let mut findings = COUNTS.iter().zip(shares).map(|(count, share)| {
                let candidate = candidate[..*count as usize].to_vec();
                let evidence = Evidence::Stored { baseline: baseline.clone(), candidate, share };
                judge.opinion(&evidence, margin, envelope).unwrap().finding
            });
            let decided = findings.find(|finding| matches!(finding, Shown::Up | Shown::Down | Shown::Equal));
            matches!(decided, Some(Shown::Up | Shown::Down))
        })
        .count()
}

#[test]
fn a_run_that_grows_until_its_verdict_stands_keeps_the_level_with_the_machine_anywhere_in_its_envelope() {
    let plan = LookPlan { baseline: "m/main".into(), baseline_run: None, counts: COUNTS.to_vec() };
    let shares = COUNTS.map(|count| plan.look_of(count as usize).share);
    // 2000 lists: at a true rate of 1 % more than 35 alarms come up less than once in a thousand such tests.
    let still = grown_alarms(2000, 0.0, 0.0, shares);
    assert!(still <= 35, "{still} of 2000 on a machine that did not move");
    let moved = grown_alarms(2000, 0.03, 0.03, shares);
    assert!(moved <= 35, "{moved} of 2000 on a machine that moved within its envelope");
    // Negative controls: looked at like a Run of a fixed size, and a drift that no canary saw.
    let greedy = grown_alarms(2000, 0.0, 0.0, [1.0; 5]);
    assert!(greedy > 35, "{greedy} of 2000");
    let unseen = grown_alarms(200, 0.03, 0.0, shares);
    assert!(unseen > 20, "{unseen} of 200");
}
