//! The same rule for two lists that were not measured side by side.
//!
//! It must never be the first choice: here whatever drifts between the two lists is read as a change.

use std::collections::BTreeMap;

use super::{Cutoffs, Design, Place, Standing, share_of, weigh};
use crate::observations::Observations;
use crate::rank::{Differences, Null, Pairwise, TwoSamples};
use crate::series::Series;

/// A list that is complete, and one that may still grow.
#[derive(Clone, Copy, Debug)]
pub struct Unpaired<'a> {
    /// What is compared against. It takes part whole in every look, so it must have been complete before the
    /// first look: letting it grow between looks would spend error that nobody counted.
    pub reference: &'a Observations,
    /// What is compared, in the order it came; a positive estimate means that these are larger.
    pub other: &'a Series,
}

/// Null distributions that were counted already, by the two counts; keep one for a whole comparison, since
/// counting 50 against 50 takes milliseconds and is the same for every pair of lists.
#[derive(Clone, Debug, Default)]
pub struct RankSums {
    counted: BTreeMap<(usize, usize), Null>,
}

impl RankSums {
    fn of(&mut self, one_count: usize, other_count: usize) -> &Null {
        self.counted.entry((one_count, other_count)).or_insert_with(|| Null::rank_sum(one_count, other_count))
    }
}

/// What the growing list has shown against the complete one, at the last look that it reaches; absent below the first
/// look, and where the complete list is too short for the error rates of that look.
///
/// As [`super::judge`], with the Mann-Whitney test and the Hodges-Lehmann shift. The complete list takes part whole at
/// every look, so it bounds what growing can show: the width of the interval goes with the root of 1/m + 1/n. With a
/// product of counts above 2500 the test is approximate. The error rates of the looks add up to those of the design
/// however the looks depend on each other, and each holds for values that could be exchanged among both lists, which
/// values measured at different times on a drifting machine are not.
pub fn judge_unpaired(design: &Design, lists: Unpaired<'_>, rank_sums: &mut RankSums) -> Option<Standing> {
    let last_index = reached(design, lists.other.count())?;
    let mut always_valid = 1.0_f64;
    for step in &design.steps()[..last_index] {
        let other = prefix(lists, step.look.count);
        let samples = TwoSamples { reference: lists.reference, other: &other };
        let null = rank_sums.of(lists.reference.count(), other.count());
        let p = null.two_sided_p(Differences::of(samples).against_count());
        always_valid = always_valid.min(share_of(design, step, p));
    }
    stand(design, last_index, lists, rank_sums, &mut always_valid)
}

/// The standing at the first look that decides, or else at the last one reached, as
/// [`super::first_decision`].
pub fn first_decision_unpaired(
    design: &Design,
    lists: Unpaired<'_>,
    rank_sums: &mut RankSums,
) -> Option<Standing> {
    let last_index = reached(design, lists.other.count())?;
    let mut always_valid = 1.0_f64;
    let mut last = None;
    for look_index in 0..=last_index {
        last = stand(design, look_index, lists, rank_sums, &mut always_valid).or(last);
        if last.is_some_and(|standing| standing.finding.is_final()) {
            break;
        }
    }
    last
}

fn reached(design: &Design, count: usize) -> Option<usize> {
    design.steps().iter().rposition(|step| step.look.count <= count)
}

fn prefix(lists: Unpaired<'_>, count: usize) -> Observations {
    lists.other.first(count).expect("the caller saw that the look is reached, and no look is at zero")
}

fn stand(
    design: &Design,
    look_index: usize,
    lists: Unpaired<'_>,
    rank_sums: &mut RankSums,
    always_valid: &mut f64,
) -> Option<Standing> {
    let step = &design.steps()[look_index];
    let other = prefix(lists, step.look.count);
    let null = rank_sums.of(lists.reference.count(), other.count());
    let (change, equivalence) = (null.cutoff(step.change_level)?, null.cutoff(step.equivalence_level)?);
    let cutoffs = Cutoffs { null, change, equivalence };
    let is_last = look_index + 1 == design.steps().len();
    let samples = TwoSamples { reference: lists.reference, other: &other };
    Some(weigh(design, Place { look_index, is_last }, cutoffs, &Differences::of(samples), always_valid))
}

#[cfg(test)]
mod tests {
    use super::super::{Direction, Finding, Look};
    use super::*;
    use crate::rank::{mann_whitney, shift};

    /// Values spread evenly over `centre` ± `spread`, in an order that mixes high and low.
    fn spread_around(centre: f64, spread: f64, count: usize) -> Vec<f64> {
        (0..count)
            .map(|index| {
                let mixed = index * 11 % count;
                centre + spread * (2.0 * (mixed as f64 + 0.5) / count as f64 - 1.0)
            })
            .collect()
    }

    fn judged(reference: &[f64], other: &[f64]) -> Option<Standing> {
        let reference = Observations::new(reference).unwrap();
        let other = Series::new(other).unwrap();
        let lists = Unpaired { reference: &reference, other: &other };
        judge_unpaired(&Design::default(), lists, &mut RankSums::default())
    }

    #[test]
    fn a_growing_list_below_the_first_look_or_a_complete_one_out_of_reach_gives_no_standing() {
        let (short, long) = (spread_around(0.0, 0.01, 9), spread_around(0.0, 0.01, 30));
        assert_eq!(judged(&long, &short), None);
        // Two of the C(12, 2) = 66 splits are as far apart as can be: no look of the default spends so much.
        assert_eq!(judged(&short[..2], &long[..10]), None);
        assert!(judged(&short, &long).is_some());
    }

    #[test]
    fn without_ties_p_and_estimate_are_those_of_the_rank_sum_test() {
        let (reference, other) = (spread_around(0.0, 0.01, 30), spread_around(0.0041, 0.013, 28));
        let standing = judged(&reference, &other).unwrap();
        let (reference, other) = (Observations::new(reference).unwrap(), Observations::new(other).unwrap());
        let samples = TwoSamples { reference: &reference, other: &other };
        assert!((standing.p_value.value() - mann_whitney(samples).p.value()).abs() < 1e-12);
        assert_eq!(standing.estimate, shift(samples));
        assert_eq!(standing.count, 28);
    }

    #[test]
    fn a_large_shift_is_changed_and_none_is_unchanged() {
        let reference = spread_around(0.0, 0.01, 28);
        let moved = judged(&reference, &spread_around(-0.03, 0.01, 10)).unwrap();
        assert_eq!(moved.finding, Finding::Changed(Direction::Down));
        let same = judged(&spread_around(0.0, 0.002, 28), &spread_around(0.0, 0.002, 28)).unwrap();
        assert_eq!(same.finding, Finding::Unchanged);
    }

    #[test]
    fn looks_go_on_beyond_the_complete_list_and_end_with_the_design() {
        let noisy = |count| spread_around(0.0, 0.5, count);
        let beyond = judged(&noisy(30), &noisy(56)).unwrap();
        assert_eq!((beyond.finding, beyond.count), (Finding::Undecided, 56));
        assert_eq!(judged(&noisy(30), &noisy(80)).unwrap().finding, Finding::Exhausted);
        assert_eq!(judged(&noisy(40), &noisy(30)).unwrap().finding, Finding::Undecided);
    }

    #[test]
    fn a_design_of_two_lists_may_spend_less_than_signs_could_show() {
        let look = Look { count: 10, change_alpha: 0.0006, equivalence_alpha: 0.003 };
        assert!(Design::new(&[look], 0.01).is_err());
        let design = Design::of_two_lists(&[look], 0.01).unwrap();
        let (reference, other) = (spread_around(0.0, 0.01, 10), spread_around(0.1, 0.01, 10));
        let (reference, other) = (Observations::new(reference).unwrap(), Series::new(other).unwrap());
        let lists = Unpaired { reference: &reference, other: &other };
        let standing = judge_unpaired(&design, lists, &mut RankSums::default()).unwrap();
        // Two of the C(20, 10) splits.
        assert!((standing.p_value.value() - 2.0 / 184_756.0).abs() < 1e-12);
        assert_eq!(standing.finding, Finding::Changed(Direction::Up));
        assert_eq!(super::super::judge(&design, &other), None);
    }

    #[test]
    fn looks_beyond_counting_are_approximated_and_keep_their_order() {
        let far = judged(&spread_around(0.0, 0.01, 80), &spread_around(0.02, 0.01, 80)).unwrap();
        assert_eq!(far.finding, Finding::Changed(Direction::Up));
        assert!(far.interval.lower() > 0.0 && far.p_value.value() < 1e-10);
    }

    #[test]
    fn watching_stops_at_the_first_look_that_decides() {
        let reference = Observations::new(spread_around(0.0, 0.01, 40)).unwrap();
        let other = Series::new(spread_around(0.05, 0.01, 40)).unwrap();
        let lists = Unpaired { reference: &reference, other: &other };
        let mut rank_sums = RankSums::default();
        let standing = first_decision_unpaired(&Design::default(), lists, &mut rank_sums).unwrap();
        assert_eq!(standing.count, 10);
        let last = judge_unpaired(&Design::default(), lists, &mut rank_sums).unwrap();
        assert_eq!(last.count, 40);
        assert!(last.always_valid_p <= standing.always_valid_p);
    }
}
