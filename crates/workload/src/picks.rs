//! Chooses which of `n` items an operation touches next.
//!
//! It must never be drawn from inside a timed section: a draw costs about as much as a cached read, so callers
//! take as many picks as they need beforehand.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// How often each item is chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Distribution {
    /// 0, 1, 2 and so on, beginning again after the last.
    Sequential,
    /// Every item equally often.
    Uniform,
    /// The item of rank `r` (from 1) with a probability proportional to `r` to the power of `-exponent`
    /// (Zipf's law). An exponent of 0 is uniform; caches are usually studied near 1. Ranks are dealt to items
    /// by the seed, so that the popular items do not lie side by side.
    Zipf {
        /// Finite and not negative.
        exponent: f64,
    },
}

/// An endless iterator over item indexes in `0..item_count`.
#[derive(Debug, Clone)]
pub struct Picks {
    source: Source,
    rng: ChaCha8Rng,
}

#[derive(Debug, Clone)]
enum Source {
    Sequential {
        next: usize,
        item_count: usize,
    },
    Uniform {
        item_count: usize,
    },
    /// `cumulative[r]` is the weight of ranks `0..=r`. A table and a binary search are exact for every
    /// exponent, which the usual closed-form approximation is not.
    Zipf {
        cumulative: Vec<f64>,
        item_of_rank: Vec<usize>,
    },
}

impl Picks {
    /// # Panics
    /// When there is nothing to choose from, or a Zipf exponent is negative or not finite.
    pub fn new(distribution: Distribution, item_count: usize, seed: u64) -> Self {
        assert!(item_count > 0, "there must be at least one item to pick");
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let source = match distribution {
            Distribution::Sequential => Source::Sequential { next: 0, item_count },
            Distribution::Uniform => Source::Uniform { item_count },
            Distribution::Zipf { exponent } => zipf(exponent, item_count, &mut rng),
        };
        Self { source, rng }
    }
}

fn zipf(exponent: f64, item_count: usize, rng: &mut ChaCha8Rng) -> Source {
    assert!(exponent.is_finite() && exponent >= 0.0, "a Zipf exponent is finite and not negative");
    let cumulative = (1..=item_count)
        .scan(0.0, |weight, rank| {
            *weight += (rank as f64).powf(-exponent);
            Some(*weight)
        })
        .collect();
    Source::Zipf { cumulative, item_of_rank: shuffle(item_count, rng) }
}

/// Each of `0..item_count` once, in a random order: for work that uses items up.
pub fn shuffled(item_count: usize, seed: u64) -> Vec<usize> {
    shuffle(item_count, &mut ChaCha8Rng::seed_from_u64(seed))
}

fn shuffle(item_count: usize, rng: &mut ChaCha8Rng) -> Vec<usize> {
    let mut items: Vec<usize> = (0..item_count).collect();
    items.shuffle(rng);
    items
}

impl Iterator for Picks {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        Some(match &mut self.source {
            Source::Sequential { next, item_count } => {
                let item = *next;
                *next = (item + 1) % *item_count;
                item
            }
            Source::Uniform { item_count } => self.rng.random_range(0..*item_count),
            Source::Zipf { cumulative, item_of_rank } => {
                let last = item_of_rank.len() - 1;
                let drawn = self.rng.random_range(0.0..cumulative[last]);
                item_of_rank[cumulative.partition_point(|&weight| weight <= drawn).min(last)]
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counts(distribution: Distribution, item_count: usize, draws: usize, seed: u64) -> Vec<usize> {
        let mut counts = vec![0; item_count];
        for item in Picks::new(distribution, item_count, seed).take(draws) {
            counts[item] += 1;
        }
        counts
    }

    fn any_distribution() -> impl Strategy<Value = Distribution> {
        prop_oneof![
            Just(Distribution::Sequential),
            Just(Distribution::Uniform),
            (0.0..3.0).prop_map(|exponent| Distribution::Zipf { exponent }),
        ]
    }

    proptest! {
        #[test]
        fn the_same_seed_gives_the_same_picks_and_each_is_in_range(
            distribution in any_distribution(), item_count in 1usize..2000, seed: u64,
        ) {
            let once: Vec<usize> = Picks::new(distribution, item_count, seed).take(200).collect();
            let again: Vec<usize> = Picks::new(distribution, item_count, seed).take(200).collect();
            prop_assert_eq!(&once, &again);
            prop_assert!(once.iter().all(|&item| item < item_count));
        }

        #[test]
        fn shuffled_items_are_each_there_once(item_count in 0usize..500, seed: u64) {
            let mut items = shuffled(item_count, seed);
            prop_assert_eq!(&items, &shuffled(item_count, seed));
            items.sort_unstable();
            prop_assert!(items.into_iter().eq(0..item_count));
        }

        #[test]
        fn sequential_picks_go_round_in_order(item_count in 1usize..500, seed: u64) {
            let picks = Picks::new(Distribution::Sequential, item_count, seed).take(2 * item_count);
            for (step, item) in picks.enumerate() {
                prop_assert_eq!(item, step % item_count);
            }
        }
    }

    #[test]
    fn another_seed_gives_other_picks() {
        for distribution in [Distribution::Uniform, Distribution::Zipf { exponent: 1.0 }] {
            let one: Vec<usize> = Picks::new(distribution, 1000, 1).take(50).collect();
            let two: Vec<usize> = Picks::new(distribution, 1000, 2).take(50).collect();
            assert_ne!(one, two);
        }
    }

    #[test]
    fn uniform_picks_reach_every_item_about_equally() {
        // 100,000 draws over 100 items: mean 1,000, standard deviation 31.5, so 200 is more than six of them.
        let counts = counts(Distribution::Uniform, 100, 100_000, 7);
        assert!(counts.iter().all(|&count| count.abs_diff(1000) < 200), "{counts:?}");
    }

    #[test]
    fn zipf_frequencies_follow_the_power_law() {
        let draws = 400_000;
        let mut counts = counts(Distribution::Zipf { exponent: 1.0 }, 1000, draws, 7);
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let harmonic: f64 = (1..=1000).map(|rank| 1.0 / f64::from(rank)).sum();
        for rank in [1, 2, 3, 10] {
            let expected = draws as f64 / harmonic / rank as f64;
            let drawn = counts[rank - 1] as f64;
            assert!((drawn / expected - 1.0).abs() < 0.05, "rank {rank}: {drawn} against {expected}");
        }
    }

    #[test]
    fn the_popular_items_of_a_zipf_draw_are_scattered() {
        let counts = counts(Distribution::Zipf { exponent: 1.2 }, 1000, 50_000, 7);
        let mut by_count: Vec<usize> = (0..1000).collect();
        by_count.sort_unstable_by_key(|&item| std::cmp::Reverse(counts[item]));
        assert!(by_count[..10].iter().any(|&item| item >= 500), "{:?}", &by_count[..10]);
    }
}
