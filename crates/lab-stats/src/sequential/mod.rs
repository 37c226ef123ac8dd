//! The verdict on a list that grows: changed, unchanged, or not yet known, with error rates that hold however
//! often it is asked.
//!
//! It must never decide between two looks of its [`Design`], nor let a value that came after a look take part
//! in that look.

mod design;
mod spending;
mod tally;
mod unpaired;

pub use design::{Design, DesignError, Look};
pub use spending::{SHARE_POWER, shares};
pub use tally::{Promise, Tally};
pub use unpaired::{RankSums, Unpaired, first_decision_unpaired, judge_unpaired};

use design::Step;

use crate::interval::{Cutoff, Interval};
use crate::observations::Observations;
use crate::probability::Probability;
use crate::rank::{Null, Pairwise, WalshAverages};
use crate::series::Series;

/// What a list has shown at the last look it reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// Which look, counted from zero.
    pub look_index: usize,
    /// How many values took part: the first so many, later ones wait for the next look.
    pub count: usize,
    /// The Hodges-Lehmann estimate of the centre, or of the shift between two lists.
    pub estimate: f64,
    /// Covers the truth at every look at once with probability one minus [`Design::change_alpha`] at least.
    pub interval: Interval,
    /// Inside the margin exactly when both one-sided tests against its ends reject at this look.
    pub equivalence_interval: Interval,
    /// Two-sided p of this look alone: the smallest error rate whose interval leaves zero out.
    pub p_value: Probability,
    /// A p value that holds whenever the watching stops: at most α whenever some look so far was at most its
    /// share of α. It never rises from look to look.
    pub always_valid_p: Probability,
    /// The larger of the interval's half-width and [`Design::change_floor`].
    pub smallest_shown: f64,
    /// What follows.
    pub finding: Finding,
}

/// What may be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Zero is excluded and the estimate is at least half the margin away from it.
    Changed(Direction),
    /// Whatever the truth is, it lies within the margin.
    Unchanged,
    /// Neither yet, and there is a later look.
    Undecided,
    /// Neither, and this was the last look.
    Exhausted,
}

impl Finding {
    /// Whether watching may end here: all but [`Finding::Undecided`].
    pub fn is_final(self) -> bool {
        self != Self::Undecided
    }
}

/// On which side of zero a change lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Above zero.
    Up,
    /// Below zero.
    Down,
}

/// What the values, such as paired log ratios in the order they came, have shown at the last look that their
/// number reaches; absent below the first look.
///
/// The test is Wilcoxon's signed-rank test and the intervals are those that invert it (Hodges and Lehmann,
/// Annals of Mathematical Statistics 34, 1963), so under "nothing differs" only the symmetry of each value
/// around zero is assumed. "Unchanged" is the two one-sided tests procedure (Schuirmann, Journal of
/// Pharmacokinetics and Biopharmaceutics 15, 1987) by interval inclusion. Ties and zeros count against both
/// directions, which keeps the error rates and costs power. The always-valid p is the union bound over the
/// looks seen (compare Johari, Pekelis and Walsh, arXiv 1512.04922). A design for two lists gives no standing.
pub fn judge(design: &Design, values: &Series) -> Option<Standing> {
    let steps = design.steps();
    let look_index = steps.iter().rposition(|step| step.look.count <= values.count())?;
    let mut always_valid = 1.0_f64;
    for step in &steps[..look_index] {
        always_valid = always_valid.min(share_of(design, step, p_of(step, &prefix(values, step))?));
    }
    stand(design, look_index, &prefix(values, &steps[look_index]), &mut always_valid)
}

/// The standing at the first look that decides, or else at the last one reached: how a list ends when
/// watching stops as soon as it may. Absent below the first look.
pub fn first_decision(design: &Design, values: &Series) -> Option<Standing> {
    let mut always_valid = 1.0;
    let mut last = None;
    for (look_index, step) in design.steps().iter().enumerate() {
        if step.look.count > values.count() {
            break;
        }
        let standing = stand(design, look_index, &prefix(values, step), &mut always_valid)?;
        last = Some(standing);
        if standing.finding.is_final() {
            break;
        }
    }
    last
}

/// The decision that a growing list has just come to: at its last value, where that is a look and the standing there is
/// final. Ask after each value; what an earlier look decided is not asked again.
pub fn decision_now(design: &Design, values: &[f64]) -> Option<Standing> {
    design.looks().any(|look| look.count == values.len()).then_some(())?;
    first_decision(design, &Series::new(values).ok()?).filter(|standing| standing.finding.is_final())
}

fn prefix(values: &Series, step: &Step) -> Observations {
    values.first(step.look.count).expect("the caller saw that the look is reached, and no look is at zero")
}

fn p_of(step: &Step, values: &Observations) -> Option<Probability> {
    Some(step.signed.as_ref()?.null.two_sided_p(WalshAverages(values.sorted()).against_count()))
}

fn stand(
    design: &Design,
    look_index: usize,
    values: &Observations,
    always_valid: &mut f64,
) -> Option<Standing> {
    let signed = design.steps()[look_index].signed.as_ref()?;
    let cutoffs = Cutoffs { null: &signed.null, change: signed.change, equivalence: signed.equivalence };
    let place = Place { look_index, is_last: look_index + 1 == design.steps().len() };
    Some(weigh(design, place, cutoffs, &WalshAverages(values.sorted()), always_valid))
}

/// Where in the design a list stands.
#[derive(Clone, Copy)]
struct Place {
    look_index: usize,
    is_last: bool,
}

/// The null distribution of one look, and where its two intervals are cut.
struct Cutoffs<'a> {
    null: &'a Null,
    change: Cutoff,
    equivalence: Cutoff,
}

/// A look's p as a share of all that the design spends, so that looks with unlike spending compare.
fn share_of(design: &Design, step: &Step, p: Probability) -> f64 {
    p.value() * design.change_alpha() / step.look.change_alpha
}

fn weigh(
    design: &Design,
    place: Place,
    cutoffs: Cutoffs<'_>,
    pairs: &impl Pairwise,
    always_valid: &mut f64,
) -> Standing {
    let step = &design.steps()[place.look_index];
    let estimate = pairs.median();
    let interval = pairs.interval(cutoffs.change);
    let equivalence_interval = pairs.interval(cutoffs.equivalence);
    let p_value = cutoffs.null.two_sided_p(pairs.against_count());
    *always_valid = always_valid.min(share_of(design, step, p_value));
    let margin = design.margin();
    let finding = if p_value.value() <= step.change_level.alpha() && estimate.abs() >= design.change_floor() {
        Finding::Changed(if estimate > 0.0 { Direction::Up } else { Direction::Down })
    } else if -margin < equivalence_interval.lower() && equivalence_interval.upper() < margin {
        Finding::Unchanged
    } else if place.is_last {
        Finding::Exhausted
    } else {
        Finding::Undecided
    };
    Standing {
        look_index: place.look_index,
        count: step.look.count,
        estimate,
        interval,
        equivalence_interval,
        p_value,
        always_valid_p: Probability::capped(*always_valid),
        smallest_shown: interval.half_width().max(design.change_floor()),
        finding,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rank::signed_rank;

    fn series(values: impl IntoIterator<Item = f64>) -> Series {
        Series::new(values.into_iter().collect::<Vec<_>>()).unwrap()
    }

    /// `count` values around `centre`, alternately above and below by up to `spread`, none tied.
    fn around(centre: f64, spread: f64, count: usize) -> Series {
        series((0..count).map(|index| {
            let side = if index % 2 == 0 { 1.0 } else { -1.0 };
            centre + side * spread * (index + 1) as f64 / count as f64
        }))
    }

    #[test]
    fn fewer_values_than_the_first_look_give_no_standing() {
        for count in [0, 1, 9] {
            assert_eq!(judge(&Design::default(), &around(0.1, 0.001, count)), None);
            assert_eq!(first_decision(&Design::default(), &around(0.1, 0.001, count)), None);
        }
    }

    #[test]
    fn a_growing_list_comes_to_its_decision_at_the_look_that_decides_and_at_no_other_value() {
        let design = Design::default();
        let values = around(0.02, 0.01, 14);
        for count in 0..=14 {
            let now = decision_now(&design, &values.values()[..count]);
            assert_eq!(now.is_some(), count == 10 || count == 14, "{count} values");
            if let Some(standing) = now {
                assert_eq!(standing.finding, Finding::Changed(Direction::Up));
            }
        }
        let mixed: Vec<f64> = (0..10).map(|index| if index % 2 == 0 { 1.0 } else { -1.1 }).collect();
        assert_eq!(decision_now(&design, &mixed), None, "a look without a final finding decides nothing");
    }

    #[test]
    fn ten_values_all_above_zero_are_changed_upwards_with_two_chances_in_1024() {
        let standing = judge(&Design::default(), &around(0.02, 0.01, 10)).unwrap();
        assert_eq!(standing.p_value.value(), 2.0 / 1024.0);
        assert!((standing.always_valid_p.value() - 2.0 / 1024.0 * 5.0).abs() < 1e-15);
        assert_eq!(standing.finding, Finding::Changed(Direction::Up));
        assert_eq!((standing.look_index, standing.count), (0, 10));
        let mirror = series(around(0.02, 0.01, 10).values().iter().map(|value| -value));
        let mirrored = judge(&Design::default(), &mirror).unwrap();
        assert_eq!(mirrored.finding, Finding::Changed(Direction::Down));
        assert_eq!(mirrored.estimate, -standing.estimate);
    }

    #[test]
    fn values_after_the_look_take_no_part_in_it() {
        let mut values = around(0.0, 0.03, 20).values().to_vec();
        let at_twenty = judge(&Design::default(), &series(values.clone())).unwrap();
        values.extend([5.0; 7]);
        assert_eq!(judge(&Design::default(), &series(values.clone())).unwrap(), at_twenty);
        values.push(5.0);
        assert_ne!(judge(&Design::default(), &series(values)).unwrap(), at_twenty);
    }

    #[test]
    fn without_ties_p_is_that_of_the_signed_rank_test() {
        for centre in [0.0, 0.003, 0.006, 0.02] {
            let values = around(centre, 0.0123, 28);
            let test = signed_rank(&values.observations().unwrap());
            assert_eq!(judge(&Design::default(), &values).unwrap().p_value, test.p, "{centre}");
        }
    }

    #[test]
    fn ties_and_zeros_count_against_both_directions() {
        let zeros = judge(&Design::default(), &series([0.0; 10])).unwrap();
        assert_eq!((zeros.p_value.value(), zeros.finding), (1.0, Finding::Unchanged));
        let tied = series([0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02, -0.02]);
        let untied = series([0.021, 0.022, 0.023, 0.024, 0.025, 0.026, 0.027, 0.028, 0.029, -0.02]);
        let p_of = |values| judge(&Design::default(), values).unwrap().p_value;
        assert!(p_of(&tied) > p_of(&untied));
        // Nothing but equal values above zero is as sure as it gets.
        assert_eq!(p_of(&series([0.02; 10])).value(), 2.0 / 1024.0);
    }

    #[test]
    fn equal_noise_around_zero_is_unchanged_and_within_no_margin_never() {
        let quiet = around(0.0, 0.004, 80);
        assert_eq!(judge(&Design::default(), &quiet).unwrap().finding, Finding::Unchanged);
        let strict = Design::default().with_margin(0.0).unwrap();
        assert_eq!(judge(&strict, &quiet).unwrap().finding, Finding::Exhausted);
        assert_eq!(judge(&strict, &series([0.0; 80])).unwrap().finding, Finding::Exhausted);
    }

    #[test]
    fn a_sure_but_tiny_difference_is_unchanged_and_not_an_alarm() {
        let standing = judge(&Design::default(), &around(0.002, 0.001, 20)).unwrap();
        assert!(standing.p_value.value() < 1e-5);
        assert!(standing.estimate < Design::default().change_floor());
        assert_eq!(standing.finding, Finding::Unchanged);
        assert_eq!(standing.smallest_shown, Design::default().change_floor());
    }

    #[test]
    fn undecided_becomes_exhausted_at_the_last_look() {
        let noisy = around(0.0, 0.2, 80);
        let standing = judge(&Design::default(), &noisy).unwrap();
        assert_eq!((standing.finding, standing.look_index), (Finding::Exhausted, 6));
        assert!(standing.finding.is_final() && standing.smallest_shown > 0.01);
        let early = judge(&Design::default(), &around(0.0, 0.2, 79)).unwrap();
        assert_eq!((early.finding, early.count), (Finding::Undecided, 56));
        let cut = Design::default().cut_to(56).unwrap();
        assert_eq!(judge(&cut, &noisy).unwrap().finding, Finding::Exhausted);
    }

    #[test]
    fn a_clear_early_look_is_remembered_and_a_better_later_one_improves_on_it() {
        let p_of =
            |values: &[f64]| judge(&Design::default(), &series(values.to_vec())).unwrap().always_valid_p;
        let mut values = around(0.02, 0.01, 10).values().to_vec();
        let after_ten = p_of(&values);
        values.extend(around(-0.03, 0.01, 4).values());
        let spoilt = judge(&Design::default(), &series(values.clone())).unwrap();
        assert!(spoilt.p_value > after_ten);
        assert_eq!(spoilt.always_valid_p, after_ten);
        let steady = around(0.02, 0.01, 20);
        assert!(p_of(steady.values()) < after_ten);
    }

    #[test]
    fn watching_stops_at_the_first_look_that_decides() {
        let standing = first_decision(&Design::default(), &around(0.02, 0.01, 80)).unwrap();
        assert_eq!((standing.count, standing.finding), (10, Finding::Changed(Direction::Up)));
        let noisy = around(0.0, 0.2, 80);
        assert_eq!(first_decision(&Design::default(), &noisy), judge(&Design::default(), &noisy));
    }
}
