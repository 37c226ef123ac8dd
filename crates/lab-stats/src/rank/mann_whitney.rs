//! The Mann-Whitney U test of whether one list tends to be larger than another.
//!
//! It must never be given paired values: it treats both lists as independent, and pairing is lost.

use super::counting::{chosen_sum_counts, doubled_mid_ranks};
use super::{Method, Null, RANK_SUM_EXACT_PAIRS_MAX, RankTest, TwoSamples};
use crate::distribution::normal_two_sided_tail;
use crate::probability::Probability;

/// Two-sided rank-sum test (Mann and Whitney, Annals of Mathematical Statistics 18, 1947); the statistic is
/// U of `other`: in how many pairs it has the larger value, equal values counting one half.
///
/// With a product of counts up to 2500, p counts every split of the ranks at hand, so it is exact with ties
/// too (twice the smaller tail). Beyond, it is the normal approximation with tie and continuity correction.
pub fn mann_whitney(samples: TwoSamples<'_>) -> RankTest {
    let pooled = Pooled::of(samples);
    let (p, method) = if pooled.other_count * pooled.reference_count <= RANK_SUM_EXACT_PAIRS_MAX {
        (pooled.exact_p(), Method::Exact)
    } else {
        (pooled.approximate_p(), Method::NormalApproximation)
    };
    RankTest { statistic: pooled.statistic(), p, method }
}

/// Both lists ranked as one.
struct Pooled {
    doubled_ranks: Vec<usize>,
    reference_count: usize,
    other_count: usize,
    other_doubled_sum: usize,
}

impl Pooled {
    fn of(samples: TwoSamples<'_>) -> Self {
        let references = samples.reference.sorted().iter().map(|value| (*value, false));
        let others = samples.other.sorted().iter().map(|value| (*value, true));
        let mut marked: Vec<(f64, bool)> = references.chain(others).collect();
        marked.sort_by(|one, other| one.0.total_cmp(&other.0));
        let values: Vec<f64> = marked.iter().map(|(value, _)| *value).collect();
        let doubled_ranks = doubled_mid_ranks(&values);
        let other_doubled_sum = marked
            .iter()
            .zip(&doubled_ranks)
            .filter(|((_, is_other), _)| *is_other)
            .map(|(_, rank)| rank)
            .sum();
        Self {
            doubled_ranks,
            reference_count: samples.reference.count(),
            other_count: samples.other.count(),
            other_doubled_sum,
        }
    }

    fn statistic(&self) -> f64 {
        let smallest_doubled_sum = self.other_count * (self.other_count + 1);
        (self.other_doubled_sum - smallest_doubled_sum) as f64 / 2.0
    }

    /// Where nothing is tied the distribution depends on the counts alone, and is remembered.
    fn exact_p(&self) -> Probability {
        let pairs = self.other_count * self.reference_count;
        let is_tied = self.doubled_ranks.iter().enumerate().any(|(index, rank)| *rank != 2 * (index + 1));
        if !is_tied {
            let smaller = (self.other_doubled_sum - self.other_count * (self.other_count + 1)) / 2;
            return Null::rank_sum(self.reference_count, self.other_count)
                .two_sided_p(smaller.min(pairs - smaller));
        }
        self.counted_p()
    }

    /// Counts the choices of ranks for the shorter list; the longer one has the mirrored tails.
    fn counted_p(&self) -> Probability {
        let (chosen, observed) = if self.other_count <= self.reference_count {
            (self.other_count, self.other_doubled_sum)
        } else {
            (self.reference_count, self.doubled_ranks.iter().sum::<usize>() - self.other_doubled_sum)
        };
        let counts = chosen_sum_counts(&self.doubled_ranks, chosen);
        let at_most: f64 = counts[..=observed].iter().sum();
        let at_least: f64 = counts[observed..].iter().sum();
        let all: f64 = counts.iter().sum();
        Probability::capped(2.0 * at_most.min(at_least) / all)
    }

    fn approximate_p(&self) -> Probability {
        let pairs = (self.reference_count * self.other_count) as f64;
        let count = self.doubled_ranks.len() as f64;
        let ties: f64 = self
            .doubled_ranks
            .chunk_by(|one, next| one == next)
            .map(|tied| (tied.len() as f64).powi(3) - tied.len() as f64)
            .sum();
        let variance = pairs / 12.0 * (count + 1.0 - ties / (count * (count - 1.0)));
        let distance = ((self.statistic() - pairs / 2.0).abs() - 0.5).max(0.0);
        // When all values are equal there is no variance and no distance either.
        let z = if distance > 0.0 { distance / variance.sqrt() } else { 0.0 };
        Probability::capped(normal_two_sided_tail(z))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observations::Observations;

    fn test_of(reference: &[f64], other: &[f64]) -> RankTest {
        let reference = Observations::new(reference).unwrap();
        let other = Observations::new(other).unwrap();
        mann_whitney(TwoSamples { reference: &reference, other: &other })
    }

    #[test]
    fn complete_separation_of_three_and_three_is_two_choices_in_twenty() {
        let test = test_of(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]);
        assert_eq!((test.statistic, test.p.value(), test.method), (9.0, 2.0 / 20.0, Method::Exact));
    }

    #[test]
    fn without_ties_the_remembered_distribution_says_what_counting_the_ranks_at_hand_says() {
        let mut draws = crate::draws::Draws::seeded(9);
        for (count, other_count) in [(1, 9), (3, 3), (4, 20), (12, 7), (50, 50)] {
            let mut list = |count: usize| (0..count).map(|_| draws.normal()).collect::<Vec<f64>>();
            let (reference, other) = (list(count), list(other_count));
            let [reference, other] = [reference, other].map(|list| Observations::new(list).unwrap());
            let pooled = Pooled::of(TwoSamples { reference: &reference, other: &other });
            let counted = pooled.counted_p().value();
            // The second time it is remembered.
            for _ in 0..2 {
                let found = pooled.exact_p().value();
                assert!((found / counted - 1.0).abs() < 1e-9, "{found} is not {counted}");
            }
        }
    }

    #[test]
    fn equal_values_everywhere_are_no_evidence_by_either_method() {
        assert_eq!(test_of(&[1.0; 5], &[1.0; 7]).p.value(), 1.0);
        let large = test_of(&[1.0; 60], &[1.0; 60]);
        assert_eq!((large.p.value(), large.method), (1.0, Method::NormalApproximation));
    }

    #[test]
    fn one_value_against_many_is_still_counted() {
        let many: Vec<f64> = (1..=999).map(f64::from).collect();
        let test = test_of(&many, &[1000.0]);
        assert_eq!((test.p.value(), test.method), (2.0 / 1000.0, Method::Exact));
    }
}
