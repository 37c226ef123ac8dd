//! One figure from several groups that each measured an effect of their own, with their own precision.
//!
//! It must never combine two groups: from two, nobody can tell how far groups differ.

use std::error::Error;
use std::fmt;

use crate::bisect::first_where;
use crate::distribution::{chi_square_tail, normal_two_sided_quantile, student_two_sided_quantile};
use crate::interval::Interval;
use crate::observations::Observations;
use crate::probability::{Level, Probability};

/// An effect as one group measured it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The effect, such as a log ratio.
    pub estimate: f64,
    /// Its standard error; above zero.
    pub standard_error: f64,
}

/// The effect over groups.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RandomEffects {
    /// The mean effect of groups like these.
    pub mean: f64,
    /// Where that mean lies.
    pub interval: Interval,
    /// The standard deviation of the true effects between groups, zero when the groups agree as well as their
    /// standard errors allow.
    pub between: f64,
    /// P of at least this much disagreement when all groups have one true effect (Cochran, Biometrics 10,
    /// 1954).
    pub p_of_agreement: Probability,
}

/// The random-effects mean: between-group variance by Paule and Mandel (Journal of Research of the NBS 87,
/// 1982), interval by Hartung and Knapp (Statistics in Medicine 20, 2001) with Student's t of one degree less
/// than there are groups. As they advise in 2003 (Statistics in Medicine 22), the variance factor is not let
/// below one, so that groups that agree by chance do not give a false precision.
///
/// # Errors
/// [`CombineError`] for fewer than three groups or a group that is not a measured effect.
pub fn random_effects(groups: &[Measured], level: Level) -> Result<RandomEffects, CombineError> {
    if groups.len() < 3 {
        return Err(CombineError::TooFew { count: groups.len() });
    }
    check(groups)?;
    let degrees = groups.len() - 1;
    let disagreement = weighted(groups, 0.0).disagreement;
    let largest = groups.iter().map(|group| group.estimate.abs()).fold(0.0, f64::max);
    // At the square of the whole range nothing disagrees any more.
    let variance = first_where(0.0, 16.0 * largest * largest, |variance| {
        weighted(groups, variance).disagreement <= degrees as f64
    });
    let combined = weighted(groups, variance);
    let factor = (combined.disagreement / degrees as f64).max(1.0);
    let half_width = student_two_sided_quantile(level, degrees) * (factor / combined.weight).sqrt();
    let interval = Interval::new(combined.mean - half_width, combined.mean + half_width, level)
        .map_err(|_| CombineError::OutOfRange)?;
    let p_of_agreement = Probability::capped(chi_square_tail(disagreement, degrees));
    Ok(RandomEffects { mean: combined.mean, interval, between: variance.sqrt(), p_of_agreement })
}

/// The plain mean of effects measured on a fixed set of things, these and no others, with the normal interval
/// of their standard errors: how well the mean of this very set is known. Of log ratios it is the logarithm of
/// their geometric mean. What a wider population would show is another question, which
/// [`crate::geometric_mean`] answers from the estimates alone.
///
/// # Errors
/// [`CombineError`] without any, or for one that is not a measured effect.
pub fn fixed_set_mean(set: &[Measured], level: Level) -> Result<(f64, Interval), CombineError> {
    if set.is_empty() {
        return Err(CombineError::TooFew { count: 0 });
    }
    check(set)?;
    let count = set.len() as f64;
    let mean = set.iter().map(|one| one.estimate).sum::<f64>() / count;
    let error = set.iter().map(|one| one.standard_error.powi(2)).sum::<f64>().sqrt() / count;
    let half_width = normal_two_sided_quantile(level) * error;
    let interval =
        Interval::new(mean - half_width, mean + half_width, level).map_err(|_| CombineError::OutOfRange)?;
    Ok((mean, interval))
}

fn check(groups: &[Measured]) -> Result<(), CombineError> {
    let is_effect = |group: &Measured| {
        Observations::new([group.estimate, group.standard_error]).is_ok() && group.standard_error >= 1e-100
    };
    match groups.iter().position(|group| !is_effect(group)) {
        Some(index) => Err(CombineError::NotMeasured { index }),
        None => Ok(()),
    }
}

/// The mean weighted by the inverse of each group's total variance.
struct Weighted {
    mean: f64,
    weight: f64,
    disagreement: f64,
}

fn weighted(groups: &[Measured], between_variance: f64) -> Weighted {
    let weights: Vec<f64> =
        groups.iter().map(|group| 1.0 / (group.standard_error.powi(2) + between_variance)).collect();
    let weight: f64 = weights.iter().sum();
    let mean =
        groups.iter().zip(&weights).map(|(group, weight)| weight * group.estimate).sum::<f64>() / weight;
    let disagreement =
        groups.iter().zip(&weights).map(|(group, weight)| weight * (group.estimate - mean).powi(2)).sum();
    Weighted { mean, weight, disagreement }
}

/// Why effects were not combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CombineError {
    /// There are too few groups.
    TooFew {
        /// How many there are.
        count: usize,
    },
    /// An estimate is not a finite number, or a standard error is not a finite number above zero.
    NotMeasured {
        /// Which group.
        index: usize,
    },
    /// The interval leaves the numbers.
    OutOfRange,
}

impl fmt::Display for CombineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFew { count } => write!(f, "{count} effects are too few to be combined"),
            Self::NotMeasured { index } => {
                write!(
                    f,
                    "the effect at index {index} needs a finite estimate and a standard error above zero"
                )
            }
            Self::OutOfRange => write!(f, "the interval of the mean is wider than the numbers reach"),
        }
    }
}

impl Error for CombineError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(effects: &[(f64, f64)]) -> Vec<Measured> {
        effects
            .iter()
            .map(|(estimate, standard_error)| Measured {
                estimate: *estimate,
                standard_error: *standard_error,
            })
            .collect()
    }

    #[test]
    fn two_groups_are_never_combined() {
        let two = measured(&[(0.1, 0.01), (0.2, 0.01)]);
        assert_eq!(random_effects(&two, Level::P95), Err(CombineError::TooFew { count: 2 }));
    }

    #[test]
    fn groups_that_agree_have_no_variance_between_them_and_no_false_precision() {
        let same = measured(&[(0.1, 0.03), (0.1, 0.03), (0.1, 0.03), (0.1, 0.03)]);
        let found = random_effects(&same, Level::P95).unwrap();
        assert_eq!((found.between, found.p_of_agreement.value()), (0.0, 1.0));
        assert!((found.mean - 0.1).abs() < 1e-12);
        // Student's t of three degrees times 0.03 over the root of four.
        assert!((found.interval.half_width() - 3.182_446_305_283_707 * 0.015).abs() < 1e-9);
    }

    #[test]
    fn groups_that_differ_widen_the_interval_and_are_named_different() {
        let found = random_effects(&measured(&[(0.0, 0.01), (0.3, 0.01), (0.6, 0.01)]), Level::P95).unwrap();
        assert!((found.between - 0.3).abs() < 0.01 && found.p_of_agreement.value() < 1e-6, "{found:?}");
        assert!(found.interval.contains(0.0));
    }

    #[test]
    fn what_was_not_measured_is_named_by_its_place() {
        for bad in [(f64::NAN, 0.1), (0.1, 0.0), (0.1, -1.0), (0.1, f64::INFINITY)] {
            let groups = measured(&[(0.1, 0.1), bad, (0.1, 0.1)]);
            assert_eq!(random_effects(&groups, Level::P95), Err(CombineError::NotMeasured { index: 1 }));
            assert_eq!(fixed_set_mean(&groups, Level::P95), Err(CombineError::NotMeasured { index: 1 }));
        }
    }

    #[test]
    fn the_mean_of_a_fixed_set_knows_only_the_errors_of_its_members() {
        let (mean, interval) = fixed_set_mean(&measured(&[(1.0, 0.3), (3.0, 0.4)]), Level::P95).unwrap();
        assert_eq!(mean, 2.0);
        assert!((interval.half_width() - 1.959_963_984_540_054 * 0.25).abs() < 1e-12);
        assert_eq!(fixed_set_mean(&[], Level::P95), Err(CombineError::TooFew { count: 0 }));
    }
}
