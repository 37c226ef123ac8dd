//! The same questions of two lists that were not measured side by side and are compared once, when both are complete.
//!
//! It must never be read as a promise about drift between the two: it knows the noise within each list alone.

use super::{EFFECT_MAX_SPREADS, Scenario, shared_sums};
use crate::bisect::first_where;
use crate::bootstrap::Resampling;
use crate::distribution::normal_cumulative;
use crate::draws::Draws;
use crate::interval::Cutoff;
use crate::observations::Observations;
use crate::probability::{Level, Probability};
use crate::rank::{Differences, Null, Pairwise, TwoSamples};

/// How two lists are compared: how long each is, and the two-sided error rate of the one look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OneLook {
    /// Values of each list.
    pub count: usize,
    /// Two-sided error rate of "changed".
    pub alpha: f64,
}

/// The chance that two such lists show the change by the Mann-Whitney test, if the noise of both is normal with the
/// scenario's spread; zero where the lists are too short for the error rate.
///
/// The moments of the statistic under a normal shift are exact (Lehmann, Nonparametrics, 1975, section 2.3); taking the
/// statistic as normal is not. Against 4000 simulated pairs of lists per cell of 8 to 40 values and effects of 0.5 to 3
/// spreads the result was at most 2 points too high and 5 too low.
pub fn detection_chance_of_two(look: OneLook, scenario: Scenario) -> Probability {
    let Some(cutoff) = cutoff(look) else { return Probability::capped(0.0) };
    Probability::capped(chance(look.count as f64, cutoff, (scenario.effect / scenario.spread).abs()))
}

/// The smallest change that two such lists show with `chance`, as a multiple of the spread; absent where the lists are
/// too short for the error rate.
pub fn detectable_spreads_of_two(look: OneLook, wanted: Probability) -> Option<f64> {
    let cutoff = cutoff(look)?;
    let count = look.count as f64;
    Some(first_where(0.0, EFFECT_MAX_SPREADS, |shift| chance(count, cutoff, shift) >= wanted.value()))
}

/// The fewest values of each list that show the change with `chance`; absent where `count_max` are not enough.
pub fn count_needed_of_two(
    alpha: f64,
    scenario: Scenario,
    wanted: Probability,
    count_max: usize,
) -> Option<usize> {
    let suffices = |count: usize| detection_chance_of_two(OneLook { count, alpha }, scenario) >= wanted;
    let (mut low, mut high) = (1, count_max);
    if !suffices(high) {
        return None;
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if suffices(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Some(high)
}

/// How many of the resampling's pairs of lists, both drawn from the pilot's values and one of them moved by `effect`,
/// show a change in that direction. It assumes nothing about the noise but that the pilot showed all of it; none where
/// the lists are too short for the error rate.
pub fn detection_of_two(look: OneLook, pilot: &Observations, effect: f64, resampling: Resampling) -> usize {
    let null = Null::rank_sum(look.count, look.count);
    let Some(cutoff) = cutoff(look) else { return 0 };
    let mut draws = Draws::seeded(resampling.seed);
    let mut list = |centre: f64| {
        let value = |_| centre + pilot.sorted()[draws.below(pilot.count())];
        Observations::new((0..look.count).map(value).collect::<Vec<_>>()).ok()
    };
    let is_found = |_: &usize| {
        let Some((reference, other)) = list(0.0).zip(list(effect)) else { return false };
        let differences = Differences::of(TwoSamples { reference: &reference, other: &other });
        let interval = differences.interval(cutoff);
        let p = null.two_sided_p(differences.against_count());
        p.value() <= look.alpha && interval.lower().signum() == effect.signum()
    };
    (0..resampling.count).filter(is_found).count()
}

fn cutoff(look: OneLook) -> Option<Cutoff> {
    let level = Level::new(1.0 - look.alpha).ok()?;
    Null::rank_sum(look.count, look.count).cutoff(level)
}

/// P that the count of pairs in which the shifted value is larger passes the cutoff.
fn chance(n: f64, cutoff: Cutoff, shift: f64) -> f64 {
    if shift.is_nan() {
        return 0.0;
    }
    let shift = shift.min(EFFECT_MAX_SPREADS);
    // One pair; two pairs that share a value, on either side alike since both spreads are equal.
    let one = normal_cumulative(shift / std::f64::consts::SQRT_2);
    let shared = shared_sums(shift / 2.0);
    let pairs = n * n;
    let variance = pairs * (one * (1.0 - one) + 2.0 * (n - 1.0) * (shared - one * one));
    let most = pairs - cutoff.place as f64 + 0.5;
    if variance > 0.0 { normal_cumulative((pairs * one - most) / variance.sqrt()) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario(effect: f64) -> Scenario {
        Scenario { effect, spread: 1.0 }
    }

    fn simulated(look: OneLook, effect: f64, trials: usize) -> f64 {
        let mut draws = Draws::seeded(look.count as u64);
        // Counted once: it is the same for all lists of a count.
        let null = Null::rank_sum(look.count, look.count);
        let found = (0..trials).filter(|_| {
            let mut list = |centre: f64| {
                let values: Vec<f64> = (0..look.count).map(|_| centre + draws.normal()).collect();
                Observations::new(values).unwrap()
            };
            let (reference, other) = (list(0.0), list(effect));
            let samples = TwoSamples { reference: &reference, other: &other };
            null.two_sided_p(Differences::of(samples).against_count()).value() <= look.alpha
        });
        found.count() as f64 / trials as f64
    }

    #[test]
    fn the_chance_agrees_with_simulation() {
        for count in [8, 10, 20, 40] {
            for effect in [0.5, 1.0, 1.5, 2.0, 3.0] {
                let look = OneLook { count, alpha: 0.01 };
                let (said, seen) =
                    (detection_chance_of_two(look, scenario(effect)).value(), simulated(look, effect, 2000));
                // Two thousand pairs leave up to four points of chance either way.
                assert!(said < seen + 0.06 && said > seen - 0.09, "{count} {effect}: {said} against {seen}");
            }
        }
    }

    #[test]
    fn noise_of_a_pilot_is_found_through_as_often_as_the_formula_says() {
        let mut draws = Draws::seeded(4);
        let pilot = Observations::new((0..400).map(|_| draws.normal()).collect::<Vec<_>>()).unwrap();
        let look = OneLook { count: 12, alpha: 0.01 };
        let resampling = Resampling { count: 1000, seed: 5 };
        for effect in [1.0, 1.6, 2.2] {
            let said = detection_chance_of_two(look, scenario(effect)).value();
            for effect in [effect, -effect] {
                let seen = detection_of_two(look, &pilot, effect, resampling) as f64 / 1000.0;
                assert!((said - seen).abs() < 0.1, "{effect}: {said} against {seen}");
            }
        }
        assert!(detection_of_two(look, &pilot, 0.0, resampling) <= 25);
        assert_eq!(detection_of_two(OneLook { count: 3, alpha: 0.01 }, &pilot, 9.0, resampling), 0);
    }

    #[test]
    fn too_few_values_find_nothing() {
        let look = OneLook { count: 3, alpha: 0.01 };
        assert_eq!(detection_chance_of_two(look, scenario(30.0)).value(), 0.0);
        assert_eq!(detectable_spreads_of_two(look, Probability::new(0.9).unwrap()), None);
    }

    #[test]
    fn the_smallest_change_and_the_count_it_needs_lead_back_to_each_other() {
        let wanted = Probability::new(0.95).unwrap();
        for count in [8, 10, 20, 40] {
            let look = OneLook { count, alpha: 0.01 };
            let effect = detectable_spreads_of_two(look, wanted).unwrap();
            assert_eq!(count_needed_of_two(0.01, scenario(effect * 1.001), wanted, 200), Some(count));
        }
        assert_eq!(count_needed_of_two(0.01, scenario(0.01), wanted, 200), None);
    }
}
