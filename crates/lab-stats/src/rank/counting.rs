//! Ranks with ties, and how many ways there are to reach a rank sum.
//!
//! It must never use a subtractive recursion: sums of positive counts keep full relative precision in f64
//! even where the counts are past the whole numbers f64 can hold.

/// Twice the mid-rank of each of the ascending values: tied values share the mean of their ranks, and
/// doubling makes that a whole number.
pub(super) fn doubled_mid_ranks(ascending: &[f64]) -> Vec<usize> {
    let mut ranks = Vec::with_capacity(ascending.len());
    for tied in ascending.chunk_by(|one, next| one == next) {
        let before = ranks.len();
        ranks.extend(std::iter::repeat_n(2 * before + 1 + tied.len(), tied.len()));
    }
    ranks
}

/// In how many ways any subset of `ranks` reaches the sum s, for every s up to `sum_max` (Wilcoxon's
/// distribution by the usual recursion: each rank is in or out).
pub(super) fn subset_sum_counts(ranks: &[usize], sum_max: usize) -> Vec<f64> {
    let mut counts = vec![0.0; sum_max + 1];
    counts[0] = 1.0;
    for &rank in ranks {
        for sum in (rank..=sum_max).rev() {
            counts[sum] += counts[sum - rank];
        }
    }
    counts
}

/// In how many ways exactly `chosen` of the ascending `ranks` reach the sum s, for every possible s.
pub(super) fn chosen_sum_counts(ranks: &[usize], chosen: usize) -> Vec<f64> {
    // Ranks that are not tied are all even once doubled, and so are their sums.
    if ranks.iter().all(|rank| rank.is_multiple_of(2)) && ranks.iter().any(|rank| *rank > 0) {
        let halves: Vec<usize> = ranks.iter().map(|rank| rank / 2).collect();
        let counts = chosen_sum_counts(&halves, chosen);
        let mut spread = vec![0.0; 2 * counts.len() - 1];
        spread.iter_mut().step_by(2).zip(counts).for_each(|(place, count)| *place = count);
        return spread;
    }
    let sum_max: usize = ranks.iter().rev().take(chosen).sum();
    let mut counts = vec![vec![0.0; sum_max + 1]; chosen + 1];
    counts[0][0] = 1.0;
    // The largest sum of each size among the ranks so far: nothing lies beyond.
    let mut reached = vec![0; chosen + 1];
    for (index, &rank) in ranks.iter().enumerate() {
        for size in (1..=chosen.min(index + 1)).rev() {
            let (smaller, larger) = counts.split_at_mut(size);
            let without = &smaller[size - 1][..=reached[size - 1]];
            reached[size] = reached[size - 1] + rank;
            for (count, without) in larger[0][rank..].iter_mut().zip(without) {
                *count += without;
            }
        }
    }
    counts.swap_remove(chosen)
}

/// The chance of each number of inversions in a random order of `count` things, up to half the pairs: the
/// thing put in as the i-th passes any number of those before it, from none to i − 1, equally likely.
pub(super) fn inversion_chances(count: usize) -> Vec<f64> {
    let kept = count * count.saturating_sub(1) / 4;
    let mut chances = vec![0.0; kept + 1];
    chances[0] = 1.0;
    for size in 2..=count {
        chances = (0..=kept)
            .map(|inversions| {
                let fewest_before = inversions.saturating_sub(size - 1);
                chances[fewest_before..=inversions].iter().sum::<f64>() / size as f64
            })
            .collect();
    }
    chances
}

/// P(S ≤ 0), P(S ≤ 1), … from counts of ways and their total.
pub(super) fn cumulative(counts: &[f64], total: f64) -> impl Iterator<Item = f64> {
    counts.iter().scan(0.0, move |sum, count| {
        *sum += count;
        Some(*sum / total)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tied_values_share_the_mean_of_their_ranks() {
        assert_eq!(doubled_mid_ranks(&[1.0, 2.0, 2.0, 5.0]), [2, 5, 5, 8]);
        assert_eq!(doubled_mid_ranks(&[3.0, 3.0, 3.0]), [4, 4, 4]);
        assert!(doubled_mid_ranks(&[]).is_empty());
    }

    #[test]
    fn subset_sums_agree_with_trying_every_subset() {
        for ranks in
            [vec![], vec![1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], vec![2, 5, 5, 8, 10], vec![4, 4, 4]]
        {
            let sum_max: usize = ranks.iter().sum();
            let mut tried = vec![0.0; sum_max + 1];
            for subset in 0..1u32 << ranks.len() {
                tried[sum_of(&ranks, subset)] += 1.0;
            }
            assert_eq!(subset_sum_counts(&ranks, sum_max), tried);
            assert_eq!(subset_sum_counts(&ranks, sum_max / 2), tried[..=sum_max / 2]);
        }
    }

    #[test]
    fn inversions_of_four_things_are_those_of_their_24_orders() {
        let orders: Vec<f64> = inversion_chances(4).iter().map(|chance| (chance * 24.0).round()).collect();
        assert_eq!(orders, [1.0, 3.0, 5.0, 6.0]);
        assert_eq!(inversion_chances(1), [1.0]);
        assert_eq!(inversion_chances(0), [1.0]);
    }

    #[test]
    fn chosen_sums_agree_with_trying_every_choice() {
        for ranks in
            [vec![1, 2, 3, 4, 5, 6, 7, 8], vec![2, 4, 6, 8, 10, 12], vec![2, 5, 5, 8, 10], vec![4, 4, 4]]
        {
            for chosen in 1..=ranks.len() {
                let counts = chosen_sum_counts(&ranks, chosen);
                let mut tried = vec![0.0; counts.len()];
                for subset in (0..1u32 << ranks.len()).filter(|subset| subset.count_ones() as usize == chosen)
                {
                    tried[sum_of(&ranks, subset)] += 1.0;
                }
                assert_eq!(counts, tried);
            }
        }
    }

    fn sum_of(ranks: &[usize], subset: u32) -> usize {
        ranks.iter().enumerate().filter(|(index, _)| subset >> index & 1 == 1).map(|(_, rank)| rank).sum()
    }
}
