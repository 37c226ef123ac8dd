//! Whole suites drawn by chance, of which the truth is known: how often a verdict is wrong, and how often it is missed.
//!
//! Seeded, so that a failure can be looked at.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::super::fixture::{add, extract};
use super::judged;
use crate::model::Extract;
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
