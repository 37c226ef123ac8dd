//! How a rank statistic is distributed when nothing differs: counted where affordable, normal beyond.
//!
//! It must never give a p value and a cutoff that disagree: p is the smallest error rate whose interval leaves
//! zero out.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use super::counting::{chosen_sum_counts, cumulative, inversion_chances, subset_sum_counts};
use super::{CONCORDANCE_EXACT_MAX, RANK_SUM_EXACT_PAIRS_MAX, SIGNED_RANK_EXACT_MAX};
use crate::distribution::{normal_cumulative, normal_two_sided_quantile, normal_two_sided_tail};
use crate::interval::{Cutoff, exact_cutoff};
use crate::probability::{Level, Probability};

/// How many counted distributions of the rank sum are kept: histories ask for the same few again and again.
const KEPT_MAX: usize = 256;

/// Those that were counted, by the smaller count and the larger one.
static KEPT: LazyLock<Mutex<Tails>> = LazyLock::new(Mutex::default);

/// P(U ≤ 0), P(U ≤ 1), … by the two counts.
type Tails = HashMap<[usize; 2], Arc<[f64]>>;

/// The null distribution of a rank statistic without ties, symmetric around its mean.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Null {
    /// P(S ≤ 0), P(S ≤ 1), … at least up to the mean.
    Counted(Arc<[f64]>),
    /// The normal distribution of the same mean and variance, rounded towards "no difference".
    Approximate {
        /// Mean of the statistic.
        mean: f64,
        /// Variance of the statistic.
        variance: f64,
    },
}

impl Null {
    /// Of Wilcoxon's rank sum of the positive values, which is also the number of positive Walsh averages.
    pub(crate) fn signed_rank(count: usize) -> Self {
        if count <= SIGNED_RANK_EXACT_MAX {
            Self::counted_signed_rank(count)
        } else {
            Self::approximate_signed_rank(count)
        }
    }

    /// Of Mann and Whitney's U, which is also the number of positive differences across two lists.
    pub(crate) fn rank_sum(one_count: usize, other_count: usize) -> Self {
        if one_count * other_count <= RANK_SUM_EXACT_PAIRS_MAX {
            Self::counted_rank_sum(one_count, other_count)
        } else {
            Self::approximate_rank_sum(one_count, other_count)
        }
    }

    /// Of Kendall's number of concordant pairs, when the points form groups of one x of the given sizes;
    /// pairs inside a group do not count. Ties in x are left to the normal approximation.
    pub(crate) fn concordance(group_sizes: &[usize]) -> Self {
        let count: usize = group_sizes.iter().sum();
        if count <= CONCORDANCE_EXACT_MAX && group_sizes.len() == count {
            return Self::Counted(cumulative(&inversion_chances(count), 1.0).collect());
        }
        Self::approximate_concordance(group_sizes)
    }

    /// The variance as Kendall gives it for ties in one of the two rankings (Rank Correlation Methods, 1970,
    /// chapter 4), a quarter of it since S counts both kinds of pairs.
    pub(super) fn approximate_concordance(group_sizes: &[usize]) -> Self {
        let count: usize = group_sizes.iter().sum();
        let term = |size: usize| {
            let n = size as f64;
            n * (n - 1.0) * (2.0 * n + 5.0)
        };
        let pairs = |size: usize| (size * size.saturating_sub(1) / 2) as f64;
        let variance = (term(count) - group_sizes.iter().map(|size| term(*size)).sum::<f64>()) / 72.0;
        let counted = pairs(count) - group_sizes.iter().map(|size| pairs(*size)).sum::<f64>();
        Self::Approximate { mean: counted / 2.0, variance }
    }

    pub(super) fn counted_signed_rank(count: usize) -> Self {
        let ranks: Vec<usize> = (1..=count).collect();
        let counts = subset_sum_counts(&ranks, count * (count + 1) / 4);
        Self::Counted(cumulative(&counts, (count as f64).exp2()).collect())
    }

    pub(super) fn approximate_signed_rank(count: usize) -> Self {
        let n = count as f64;
        Self::Approximate { mean: n * (n + 1.0) / 4.0, variance: n * (n + 1.0) * (2.0 * n + 1.0) / 24.0 }
    }

    pub(super) fn counted_rank_sum(one_count: usize, other_count: usize) -> Self {
        let chosen = one_count.min(other_count);
        let key = [chosen, one_count.max(other_count)];
        // What panicked while it held the lock left whole entries.
        if let Some(known) = KEPT.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Self::Counted(Arc::clone(known));
        }
        let ranks: Vec<usize> = (1..=one_count + other_count).collect();
        // U counts from zero where the rank sum counts from the sum of the lowest ranks.
        let counts = chosen_sum_counts(&ranks, chosen).split_off(chosen * (chosen + 1) / 2);
        let tails: Arc<[f64]> = cumulative(&counts, counts.iter().sum()).collect();
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(key, Arc::clone(&tails));
        Self::Counted(tails)
    }

    pub(super) fn approximate_rank_sum(one_count: usize, other_count: usize) -> Self {
        let (n, m) = (one_count as f64, other_count as f64);
        Self::Approximate { mean: n * m / 2.0, variance: n * m * (n + m + 1.0) / 12.0 }
    }

    /// The innermost cutoff that keeps `level`; absent when even the full range does not.
    pub(crate) fn cutoff(&self, level: Level) -> Option<Cutoff> {
        match self {
            Self::Counted(tails) => exact_cutoff(tails.iter().copied(), level),
            Self::Approximate { mean, variance } => {
                let place = (mean - normal_two_sided_quantile(level) * variance.sqrt()).floor();
                (place >= 1.0).then_some(Cutoff { place: place as usize, level })
            }
        }
    }

    /// Two-sided p of a statistic whose distance from the nearer end of its range is `nearer`.
    pub(crate) fn two_sided_p(&self, nearer: usize) -> Probability {
        Probability::capped(match self {
            // Beyond the tails kept the statistic lies past its mean: no evidence.
            Self::Counted(tails) => tails.get(nearer).map_or(1.0, |tail| 2.0 * tail),
            // The cutoff's place is one more than `nearer` and rounded outwards, hence the one.
            Self::Approximate { mean, variance } => {
                normal_two_sided_tail(((mean - nearer as f64 - 1.0) / variance.sqrt()).max(0.0))
            }
        })
    }

    /// P(S ≤ `below`) for a statistic of `pair_count` pairs; past the centre by symmetry.
    pub(crate) fn lower_tail(&self, below: usize, pair_count: usize) -> Probability {
        let above = (pair_count - below).checked_sub(1);
        Probability::capped(match (self, above) {
            (_, None) => 1.0,
            (Self::Counted(tails), Some(above)) => match tails.get(below) {
                Some(tail) => *tail,
                None => 1.0 - tails[above],
            },
            (Self::Approximate { mean, variance }, _) => {
                normal_cumulative((below as f64 + 1.0 - mean) / variance.sqrt())
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_values_of_one_sign_have_two_chances_in_1024() {
        assert_eq!(Null::signed_rank(10).two_sided_p(0).value(), 2.0 / 1024.0);
        assert_eq!(Null::signed_rank(10).two_sided_p(55).value(), 1.0);
    }

    #[test]
    fn lower_tails_reach_from_the_first_case_to_certainty() {
        let null = Null::signed_rank(2);
        // The sums of none, the first, the second and both of the ranks one and two.
        let tails: Vec<f64> = (0..=3).map(|below| null.lower_tail(below, 3).value()).collect();
        assert_eq!(tails, [0.25, 0.5, 0.75, 1.0]);
    }

    #[test]
    fn complete_separation_of_three_and_three_is_two_choices_in_twenty() {
        assert_eq!(Null::rank_sum(3, 3).two_sided_p(0).value(), 2.0 / 20.0);
    }

    #[test]
    fn p_is_the_smallest_error_rate_whose_cutoff_leaves_the_statistic_out() {
        for null in
            [Null::signed_rank(12), Null::rank_sum(7, 9), Null::signed_rank(300), Null::rank_sum(60, 70)]
        {
            for nearer in 0..40 {
                let p = null.two_sided_p(nearer).value();
                let leaves_out = |alpha: f64| {
                    null.cutoff(Level::of_alpha(alpha)).is_some_and(|cutoff| cutoff.place > nearer)
                };
                // Nearer to zero than this, one less p rounds to one.
                if (1e-9..0.99).contains(&p) {
                    assert!(leaves_out(p * (1.0 + 1e-6)), "{null:?} {nearer}");
                    assert!(!leaves_out(p * (1.0 - 1e-6)), "{null:?} {nearer}");
                }
            }
        }
    }

    #[test]
    fn where_counting_ends_the_approximation_never_claims_more_than_counting() {
        let assert_outside = |counted: &Null, approximate: &Null| {
            for level in [Level::P95, Level::new(0.998).unwrap()] {
                let place_of = |null: &Null| null.cutoff(level).unwrap().place;
                let (counted, approximate) = (place_of(counted), place_of(approximate));
                assert!(approximate <= counted, "{approximate} lies inside {counted}");
                assert!(4 * approximate >= 3 * counted, "{approximate} lies far outside {counted}");
            }
        };
        let n = SIGNED_RANK_EXACT_MAX;
        assert_outside(&Null::counted_signed_rank(n), &Null::approximate_signed_rank(n));
        let singles = [1; CONCORDANCE_EXACT_MAX];
        assert_outside(&Null::concordance(&singles), &Null::approximate_concordance(&singles));
        for (n, m) in [(50, 50), (25, 100)] {
            assert_outside(&Null::counted_rank_sum(n, m), &Null::approximate_rank_sum(n, m));
        }
    }
}
