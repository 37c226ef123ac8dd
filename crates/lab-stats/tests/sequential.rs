//! Error rates of the sequential verdict on simulated lists with a known truth, as many as a plain test run
//! can afford; the example `calibration` prints the whole table from thousands.
//!
//! Every list is seeded, so a result here is a fact about the code and not about the day. Whether a rate
//! breaks its promise is a binomial test at one in a thousand.

#![expect(clippy::unwrap_used, reason = "a test stops at the first value that is not as expected")]

use lab_stats::sequential::{Design, Promise, Tally, first_decision_unpaired};
use lab_stats::simulate::{Noise, Order, Simulation};
use lab_stats::{
    Draws, Finding, Look, Probability, RankSums, Series, Share, Unpaired, benjamini_hochberg, judge, shares,
};
use proptest::collection::vec;
use proptest::prelude::*;

const TRIALS: usize = 200;

fn accuse_alpha() -> Probability {
    Probability::new(0.001).unwrap()
}

fn percent(effect: f64) -> f64 {
    (effect / 100.0).ln_1p()
}

fn simulation(noise: Noise, spread: f64, effect: f64) -> Simulation {
    Simulation { noise, spread, effect, order: Order::Coin }
}

#[test]
fn whatever_the_noise_no_promise_is_broken() {
    let design = Design::default();
    for (noise_index, noise) in Noise::ALL.into_iter().enumerate() {
        for (effect_index, effect) in [0.0, 1.0].into_iter().enumerate() {
            let seed = 100 + 10 * noise_index as u64 + effect_index as u64;
            let tally = Tally::of(&design, &simulation(noise, 0.01, percent(effect)), TRIALS, seed);
            let broken = tally.broken_promises(&design, percent(effect), accuse_alpha());
            assert_eq!(broken, [], "{noise:?} +{effect} %: {tally:?}");
        }
    }
}

#[test]
fn a_change_at_the_very_margin_is_called_unchanged_no_more_often_than_promised() {
    // The hardest truth for the equivalence promise: any larger one is easier.
    let design = Design::default();
    for effect in [design.margin(), -design.margin()] {
        let tally = Tally::of(&design, &simulation(Noise::Normal, 0.004, effect), 2 * TRIALS, 21);
        assert_eq!(tally.broken_promises(&design, effect, accuse_alpha()), [], "{effect}: {tally:?}");
    }
}

#[test]
fn one_percent_is_found_as_often_as_the_stored_table_says() {
    // Share found in 2000 lists of the example `calibration`, width 1 %. An independent simulation in Python of
    // the same rule with a margin of 1 % had found 98, 98, 98, 47 % for the first three and the slot bias.
    let design = Design::default();
    for (noise, stored) in [
        (Noise::Normal, 0.9995),
        (Noise::HeavyTailed, 0.987),
        (Noise::WanderingVariance, 0.974),
        (Noise::Drift, 0.996),
        (Noise::Bursts, 0.952),
        (Noise::SlotBias, 0.517),
        (Noise::Bimodal, 0.623),
    ] {
        let tally = Tally::of(&design, &simulation(noise, 0.01, percent(1.0)), TRIALS, 31);
        let found = Share::new(tally.up, tally.trials).unwrap();
        let least = Probability::new(stored - 0.05).unwrap();
        assert!(found.p_of_at_least(least) > accuse_alpha(), "{noise:?}: {tally:?}");
    }
}

#[test]
fn without_the_coin_a_slot_bias_raises_alarms() {
    // The negative control: the same check that passes above must notice a lab that always starts one side.
    let design = Design::default();
    let broken = Simulation { order: Order::Fixed, ..simulation(Noise::SlotBias, 0.01, 0.0) };
    let tally = Tally::of(&design, &broken, TRIALS, 41);
    let promises = tally.broken_promises(&design, 0.0, accuse_alpha());
    assert!(promises.contains(&Promise::Alarms), "{tally:?}");
}

#[test]
fn lists_measured_one_after_the_other_raise_alarms_when_the_level_drifts_and_none_when_it_does_not() {
    let design = Design::default();
    let mut rank_sums = RankSums::default();
    let mut tally_of = |noise: Noise| {
        let mut draws = Draws::seeded(51);
        let mut tally = Tally::default();
        for _ in 0..TRIALS {
            let (reference, other) = simulation(noise, 0.01, 0.0).one_after_the_other([40, 40], &mut draws);
            let lists = Unpaired { reference: &reference, other: &other };
            tally.add(&first_decision_unpaired(&design, lists, &mut rank_sums).unwrap(), 0.0);
        }
        tally.broken_promises(&design, 0.0, accuse_alpha())
    };
    assert_eq!(tally_of(Noise::HeavyTailed), []);
    assert!(tally_of(Noise::Drift).contains(&Promise::Alarms));
}

/// The looks of a Run that grows against a stored one, with what each may spend of 1 % and of 5 %.
fn growing(share_of: impl Fn(f64) -> f64) -> Design {
    let counts = [10, 14, 20, 28, 40];
    let looks: Vec<Look> = counts
        .into_iter()
        .zip(shares(&counts))
        .map(|(count, share)| Look {
            count,
            change_alpha: 0.01 * share_of(share),
            equivalence_alpha: 0.05 * share_of(share),
        })
        .collect();
    Design::of_two_lists(&looks, Design::MARGIN_DEFAULT).unwrap()
}

#[test]
fn a_list_that_grows_against_a_complete_one_keeps_every_promise() {
    let design = growing(|share| share);
    for (index, noise) in [Noise::Normal, Noise::HeavyTailed, Noise::Bimodal].into_iter().enumerate() {
        for reference_count in [10, 40] {
            for effect in [0.0, 1.0] {
                let simulation = simulation(noise, 0.01, percent(effect));
                let seed = 80 + index as u64;
                let tally = Tally::of_growing(&design, &simulation, reference_count, 2 * TRIALS, seed);
                let broken = tally.broken_promises(&design, percent(effect), accuse_alpha());
                assert_eq!(broken, [], "{noise:?} {reference_count} +{effect} %: {tally:?}");
            }
        }
    }
}

#[test]
fn the_whole_level_at_every_look_is_noticed_as_a_broken_promise() {
    // The negative control: the same looks without the shares.
    let tally = Tally::of_growing(&growing(|_| 1.0), &simulation(Noise::Normal, 0.03, 0.0), 40, 1000, 81);
    let promised = growing(|share| share);
    assert!(tally.broken_promises(&promised, 0.0, accuse_alpha()).contains(&Promise::Alarms), "{tally:?}");
}

#[test]
fn watching_a_hundred_nulls_at_every_count_raises_no_more_alarms_than_looking_once() {
    // Always-valid p under continuous peeking: at most alpha of the lists ever go below alpha.
    let design = Design::default();
    let mut draws = Draws::seeded(61);
    let below = (0..TRIALS)
        .filter(|_| {
            let values = simulation(Noise::HeavyTailed, 0.01, 0.0).pairs(80, &mut draws);
            judge(&design, &values).unwrap().always_valid_p.value() <= 0.05
        })
        .count();
    let share = Share::new(below, TRIALS).unwrap();
    assert!(share.p_of_at_most(Probability::new(0.05).unwrap()) > accuse_alpha(), "{below}");
}

#[test]
fn one_true_change_among_two_hundred_nulls_stands_alone_after_adjustment() {
    let design = Design::default();
    let mut draws = Draws::seeded(71);
    let p_values: Vec<Probability> = (0..201)
        .map(|index| {
            let effect = if index == 77 { percent(2.0) } else { 0.0 };
            let values = simulation(Noise::Normal, 0.01, effect).pairs(80, &mut draws);
            judge(&design, &values).unwrap().always_valid_p
        })
        .collect();
    let adjusted = benjamini_hochberg(&p_values);
    let alarms: Vec<usize> = (0..201).filter(|index| adjusted[*index].value() <= 0.01).collect();
    assert_eq!(alarms, [77]);
}

fn designs() -> impl Strategy<Value = Design> {
    (0.0..0.1_f64, 10..81_usize)
        .prop_map(|(margin, budget)| Design::default().with_margin(margin).unwrap().cut_to(budget).unwrap())
}

fn lists() -> impl Strategy<Value = Vec<f64>> {
    // Smooth values, or a few eighths with many ties and zeros.
    prop_oneof![vec(-0.1..0.12_f64, 0..90), vec((-2..4_i32).prop_map(|n| f64::from(n) / 8.0), 0..90)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn p_interval_and_finding_never_disagree(design in designs(), values in lists()) {
        let Some(standing) = judge(&design, &Series::new(values).unwrap()) else { return Ok(()) };
        let alpha = design.looks().nth(standing.look_index).unwrap().change_alpha;
        prop_assert_eq!(standing.p_value.value() <= alpha, !standing.interval.contains(0.0));
        prop_assert!(standing.interval.contains(standing.estimate));
        prop_assert!(standing.always_valid_p.value() >= standing.p_value.value().min(1.0 - 1e-12)
            || standing.look_index > 0);
        match standing.finding {
            Finding::Changed(_) => prop_assert!(standing.always_valid_p.value() <= design.change_alpha() + 1e-12),
            Finding::Unchanged => prop_assert!(standing.equivalence_interval.upper() < design.margin()),
            Finding::Undecided => prop_assert!(design.next_count(standing.count).is_some()),
            Finding::Exhausted => prop_assert_eq!(standing.count, design.budget()),
        }
    }

    #[test]
    fn always_valid_p_never_rises_as_the_list_grows(values in lists()) {
        let design = Design::default();
        let mut before = 1.0;
        for count in design.looks().map(|look| look.count).filter(|count| *count <= values.len()) {
            let standing = judge(&design, &Series::new(&values[..count]).unwrap()).unwrap();
            prop_assert!(standing.always_valid_p.value() <= before);
            before = standing.always_valid_p.value();
        }
    }

    #[test]
    fn a_flipped_sign_flips_the_direction_and_nothing_else(design in designs(), values in lists()) {
        let flipped: Vec<f64> = values.iter().map(|value| -value).collect();
        let one = judge(&design, &Series::new(values).unwrap());
        let other = judge(&design, &Series::new(flipped).unwrap());
        prop_assert_eq!(one.is_some(), other.is_some());
        if let (Some(one), Some(other)) = (one, other) {
            prop_assert_eq!(one.p_value, other.p_value);
            prop_assert_eq!(one.estimate, -other.estimate);
            prop_assert_eq!(one.interval.upper(), -other.interval.lower());
            prop_assert_eq!(
                matches!(one.finding, Finding::Changed(_)), matches!(other.finding, Finding::Changed(_))
            );
        }
    }
}
