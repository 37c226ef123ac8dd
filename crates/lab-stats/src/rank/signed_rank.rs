//! Wilcoxon's signed-rank test of whether values lie symmetrically around zero.
//!
//! It must never assume more than that symmetry: under it each sign is a fair coin, given the magnitudes.

use super::counting::{doubled_mid_ranks, subset_sum_counts};
use super::{Method, RankTest, SIGNED_RANK_EXACT_MAX};
use crate::distribution::normal_two_sided_tail;
use crate::observations::Observations;
use crate::probability::Probability;

/// Two-sided signed-rank test of symmetry around zero (Wilcoxon, Biometrics Bulletin 1, 1945); the statistic
/// is the rank sum of the positive values.
///
/// Tied magnitudes get mid-ranks. Zeros take part in the ranking and are then dropped (Pratt, JASA 54, 1959),
/// so that adding a zero never strengthens the evidence by lifting other ranks. The p value counts all sign
/// assignments of the ranks at hand, so it is exact with ties and zeros too. Beyond 200 values that are not
/// zero it is approximate. When every value is zero p is 1.
pub fn signed_rank(observations: &Observations) -> RankTest {
    let mut by_magnitude = observations.sorted().to_vec();
    by_magnitude.sort_by(|one, other| one.abs().total_cmp(&other.abs()));
    let magnitudes: Vec<f64> = by_magnitude.iter().map(|value| value.abs()).collect();
    let mut signed_ranks = doubled_mid_ranks(&magnitudes);
    let zero_count = magnitudes.partition_point(|magnitude| *magnitude == 0.0);
    signed_ranks.drain(..zero_count);

    let total: usize = signed_ranks.iter().sum();
    let positive: usize = (signed_ranks.iter().zip(&by_magnitude[zero_count..]))
        .filter(|(_, value)| **value > 0.0)
        .map(|(rank, _)| rank)
        .sum();
    let nearer_sum = positive.min(total - positive);
    let (p, method) = if signed_ranks.len() <= SIGNED_RANK_EXACT_MAX {
        (exact_p(&signed_ranks, nearer_sum), Method::Exact)
    } else {
        (approximate_p(&signed_ranks, nearer_sum), Method::NormalApproximation)
    };
    RankTest { statistic: positive as f64 / 2.0, p, method }
}

/// Twice the share of sign assignments with a positive sum of at most `nearer_sum`. Flipping every sign
/// mirrors the distribution, so one tail serves for both.
fn exact_p(doubled_ranks: &[usize], nearer_sum: usize) -> Probability {
    let ways: f64 = subset_sum_counts(doubled_ranks, nearer_sum).iter().sum();
    let assignments = (doubled_ranks.len() as f64).exp2();
    Probability::capped(2.0 * ways / assignments)
}

/// The variance from the ranks themselves, Σ r²/4, holds with ties and dropped zeros as it stands.
fn approximate_p(doubled_ranks: &[usize], nearer_sum: usize) -> Probability {
    let total: f64 = doubled_ranks.iter().map(|rank| *rank as f64 / 2.0).sum();
    let squares: f64 = doubled_ranks.iter().map(|rank| (*rank as f64 / 2.0).powi(2)).sum();
    let distance = (total / 2.0 - nearer_sum as f64 / 2.0 - 0.5).max(0.0);
    Probability::capped(normal_two_sided_tail(distance / (squares / 4.0).sqrt()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p_of(values: &[f64]) -> f64 {
        signed_rank(&Observations::new(values).unwrap()).p.value()
    }

    #[test]
    fn ten_positive_values_have_two_chances_in_1024() {
        let ten: Vec<f64> = (1..=10).map(f64::from).collect();
        assert_eq!(p_of(&ten), 2.0 / 1024.0);
        assert_eq!(signed_rank(&Observations::new(ten).unwrap()).statistic, 55.0);
    }

    #[test]
    fn only_zeros_are_no_evidence() {
        assert_eq!(p_of(&[0.0, 0.0, -0.0]), 1.0);
    }

    #[test]
    fn tied_magnitudes_are_counted_exactly() {
        // Four ranks of 2.5: only all-positive and all-negative reach the ends.
        assert_eq!(p_of(&[1.0; 4]), 2.0 / 16.0);
        assert_eq!(p_of(&[1.0, 1.0, 1.0, -1.0]), 10.0 / 16.0);
    }

    #[test]
    fn a_zero_adds_no_evidence_to_a_one_sided_list() {
        assert_eq!(p_of(&[0.0, 1.0, 2.0, 3.0]), p_of(&[1.0, 2.0, 3.0]));
    }

    #[test]
    fn at_the_limit_of_counting_the_approximation_errs_towards_no_difference() {
        let ranks: Vec<usize> = (1..=SIGNED_RANK_EXACT_MAX).map(|rank| 2 * rank).collect();
        // The sums where the exact p value is just below 0.05, 0.01 and 0.002.
        for (sum, excess_max) in [(8444, 0.004), (7944, 0.022), (7529, 0.055)] {
            let exact = exact_p(&ranks, 2 * sum).value();
            let excess = approximate_p(&ranks, 2 * sum).value() / exact - 1.0;
            assert!((0.0..excess_max).contains(&excess), "p {exact} is approximated {excess} too large");
        }
    }

    #[test]
    fn more_values_than_the_limit_are_approximated() {
        let values = |count: u32| Observations::new((1..=count).map(f64::from).collect::<Vec<_>>()).unwrap();
        assert_eq!(signed_rank(&values(200)).method, Method::Exact);
        let approximate = signed_rank(&values(201));
        assert_eq!(approximate.method, Method::NormalApproximation);
        assert!(approximate.p.value() < 1e-30);
    }
}
