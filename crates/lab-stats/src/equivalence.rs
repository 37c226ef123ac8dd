//! Whether two things may be called the same: the claim that a difference lies within a margin.
//!
//! It must never take the absence of a difference for equality; too few values give a refusal.

use crate::interval::{Interval, NoInterval};
use crate::observations::Observations;
use crate::probability::{Level, Probability};
use crate::rank::{
    Differences, Null, Pairwise, TwoSamples, WalshAverages, hodges_lehmann_interval, shift_interval,
};

/// The claim "within ±`margin`" and how sure it must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Claim {
    /// How far from zero still counts as the same, in the unit of the values. Zero or less, or not a number,
    /// can never be shown.
    pub margin: f64,
    /// One minus the chance, at most, of making the claim when the truth lies beyond the margin.
    pub level: Level,
}

/// How the claim fared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Equivalence {
    /// The interval with twice the error rate of the claim's level: the claim holds when it lies inside.
    pub interval: Interval,
    /// The larger p of the two one-sided tests against the ends of the margin.
    pub p: Probability,
    /// Whether the claim may be made.
    pub holds: bool,
}

/// Whether the centre of symmetry lies within the margin: two one-sided signed-rank tests (Schuirmann,
/// Journal of Pharmacokinetics and Biopharmaceutics 15, 1987; on ranks: Hauschke, Steinijans and Diletti,
/// International Journal of Clinical Pharmacology 28, 1990).
///
/// # Errors
/// [`NoInterval`] when there are too few values for any claim of that level.
pub fn equivalent_centre(observations: &Observations, claim: Claim) -> Result<Equivalence, NoInterval> {
    let interval = hodges_lehmann_interval(observations, doubled(claim.level))?;
    let null = Null::signed_rank(observations.count());
    Ok(weigh(claim, interval, &null, &WalshAverages(observations.sorted())))
}

/// Whether the shift between two independent lists lies within the margin: two one-sided Mann-Whitney tests.
///
/// # Errors
/// [`NoInterval`] when there are too few values for any claim of that level.
pub fn equivalent_shift(samples: TwoSamples<'_>, claim: Claim) -> Result<Equivalence, NoInterval> {
    let interval = shift_interval(samples, doubled(claim.level))?;
    let null = Null::rank_sum(samples.reference.count(), samples.other.count());
    Ok(weigh(claim, interval, &null, &Differences::of(samples)))
}

/// The two-sided level whose interval two one-sided tests of `level` each invert.
fn doubled(level: Level) -> Level {
    Level::of_alpha(2.0 * level.alpha())
}

fn weigh(claim: Claim, interval: Interval, null: &Null, pairs: &impl Pairwise) -> Equivalence {
    let Claim { margin, .. } = claim;
    let p = if margin > 0.0 {
        // Pairs at or beyond an end of the margin speak for a truth beyond it.
        let below = pairs.count_at_most(-margin);
        let above = pairs.count() - pairs.count_at_most(margin.next_down());
        null.lower_tail(below.max(above), pairs.count())
    } else {
        Probability::capped(1.0)
    };
    Equivalence { interval, p, holds: -margin < interval.lower() && interval.upper() < margin }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(margin: f64) -> Claim {
        Claim { margin, level: Level::P95 }
    }

    fn centre(values: &[f64], margin: f64) -> Equivalence {
        equivalent_centre(&Observations::new(values).unwrap(), claim(margin)).unwrap()
    }

    const NEAR_ZERO: [f64; 8] = [-0.4, -0.3, -0.2, -0.1, 0.1, 0.2, 0.3, 0.4];

    #[test]
    fn values_inside_the_margin_hold_the_claim_and_values_beyond_do_not() {
        let inside = centre(&NEAR_ZERO, 0.5);
        assert!(inside.holds);
        assert_eq!(inside.p.value(), 1.0 / 256.0);
        let beyond = centre(&NEAR_ZERO.map(|value| value + 1.0), 0.5);
        assert!(!beyond.holds && beyond.p.value() > 0.99);
    }

    #[test]
    fn nothing_is_within_no_margin() {
        for margin in [0.0, -1.0, f64::NAN] {
            assert!(!centre(&[0.0; 8], margin).holds);
            assert_eq!(centre(&[0.0; 8], margin).p.value(), 1.0);
        }
    }

    #[test]
    fn too_few_values_refuse_the_claim_instead_of_denying_it() {
        let four = Observations::new([0.0, 0.1, 0.2, 0.3]).unwrap();
        assert!(matches!(equivalent_centre(&four, claim(9.0)), Err(NoInterval::TooFew { count: 4, .. })));
        let samples = TwoSamples { reference: &four, other: &Observations::new([0.0]).unwrap() };
        assert!(equivalent_shift(samples, claim(9.0)).is_err());
    }

    #[test]
    fn a_value_at_the_end_of_the_margin_speaks_against_the_claim() {
        let at_end = centre(&[0.5; 8], 0.5);
        assert!(!at_end.holds && at_end.p.value() == 1.0);
    }

    #[test]
    fn shifts_within_the_margin_hold_the_claim() {
        let reference = Observations::new(NEAR_ZERO).unwrap();
        let other = Observations::new(NEAR_ZERO.map(|value| value + 0.05)).unwrap();
        let samples = TwoSamples { reference: &reference, other: &other };
        let found = equivalent_shift(samples, claim(0.8)).unwrap();
        assert!(found.holds && found.p.value() < 0.05);
        assert!(!equivalent_shift(samples, claim(0.1)).unwrap().holds);
    }
}
