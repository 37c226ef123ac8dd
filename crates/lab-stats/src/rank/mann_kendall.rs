//! Mann and Kendall's test of whether a series rises or falls as it goes.
//!
//! It must never be given sorted values: the order in which they came is all it looks at.

use super::{Method, RankTest};
use crate::distribution::normal_two_sided_tail;
use crate::probability::Probability;

/// Orders are counted up to this many values; the work grows with the cube of it, and the normal approximation is good
/// to a few per cent of p long before.
const EXACT_MAX: usize = 100;

/// Two-sided test of a trend (Mann, Econometrica 13, 1945; Kendall, Rank Correlation Methods, 1948); the statistic is
/// the number of pairs of which the later value is larger, less those of which it is smaller.
///
/// Up to 100 values p counts every order of distinct values. Equal values add nothing to the statistic, whose variance is
/// then smaller than counted here: p errs towards no trend. Beyond, it is the normal approximation. Values are
/// ordered as by [`f64::total_cmp`]. Fewer than two values are no evidence.
pub fn mann_kendall(series: &[f64]) -> RankTest {
    let statistic = rising_less_falling(series);
    let count = series.len();
    let (p, method) = if count <= EXACT_MAX {
        (exact_p(count, statistic.unsigned_abs()), Method::Exact)
    } else {
        (approximate_p(count, statistic.unsigned_abs()), Method::NormalApproximation)
    };
    RankTest { statistic: statistic as f64, p, method }
}

fn rising_less_falling(series: &[f64]) -> i64 {
    let later = |(at, value): (usize, &f64)| -> i64 {
        series[at + 1..]
            .iter()
            .map(|other| if other == value { 0 } else { other.total_cmp(value) as i64 })
            .sum()
    };
    series.iter().enumerate().map(later).sum()
}

/// Twice the share of orders with at most as many falling pairs as the nearer end has.
fn exact_p(count: usize, distance: u64) -> Probability {
    let pairs = count * count.saturating_sub(1) / 2;
    // Ties can leave half a pair; rounding up errs towards no trend.
    let nearer = (pairs - usize::try_from(distance).unwrap_or(pairs)).div_ceil(2);
    let tail: f64 = falling_pair_shares(count, nearer).iter().sum();
    Probability::capped(2.0 * tail)
}

/// Share of the orders of `count` distinct values that have k falling pairs, for k up to `most`: the last value of m
/// makes 0 to m − 1 of them, each as often (Mahonian numbers; Knuth, TAOCP volume 3, section 5.1.1).
fn falling_pair_shares(count: usize, most: usize) -> Vec<f64> {
    let mut shares = vec![0.0; most + 1];
    shares[0] = 1.0;
    for values in 2..=count {
        let before = shares.clone();
        for (falling, share) in shares.iter_mut().enumerate() {
            let first = falling.saturating_sub(values - 1);
            *share = before[first..=falling].iter().sum::<f64>() / values as f64;
        }
    }
    shares
}

fn approximate_p(count: usize, distance: u64) -> Probability {
    let n = count as f64;
    let variance = n * (n - 1.0) * (2.0 * n + 5.0) / 18.0;
    // The statistic moves in steps of two, so one is half a step.
    let z = (distance as f64 - 1.0).max(0.0) / variance.sqrt();
    Probability::capped(normal_two_sided_tail(z))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_rising_values_are_two_orders_in_720() {
        let test = mann_kendall(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!((test.statistic, test.p.value(), test.method), (15.0, 2.0 / 720.0, Method::Exact));
        assert_eq!(mann_kendall(&[6.0, 5.0, 4.0, 3.0, 2.0, 1.0]).statistic, -15.0);
    }

    #[test]
    fn too_little_and_equal_values_are_no_evidence() {
        for series in [&[][..], &[1.0], &[2.0; 7], &[0.0, -0.0, 0.0]] {
            assert_eq!(mann_kendall(series).p.value(), 1.0, "{series:?}");
        }
    }

    /// Every order of up to seven values: the share that lies at least as far from the centre.
    #[test]
    fn p_agrees_with_trying_every_order() {
        for count in 2..=7_u8 {
            let orders = orders((0..count).map(f64::from).collect());
            let distances: Vec<i64> = orders.iter().map(|order| rising_less_falling(order).abs()).collect();
            for (order, distance) in orders.iter().zip(&distances).step_by(37) {
                let at_least = distances.iter().filter(|other| *other >= distance).count();
                let tried = at_least as f64 / orders.len() as f64;
                assert!((mann_kendall(order).p.value() - tried).abs() < 1e-12, "{order:?}");
            }
        }
    }

    #[test]
    fn at_the_limit_of_counting_the_approximation_is_close() {
        for distance in [400, 700, 900] {
            let (exact, approximate) = (exact_p(100, distance).value(), approximate_p(100, distance).value());
            assert!((approximate / exact - 1.0).abs() < 0.1, "{distance}: {exact} {approximate}");
        }
    }

    fn orders(values: Vec<f64>) -> Vec<Vec<f64>> {
        if values.len() < 2 {
            return vec![values];
        }
        let with_first = |at: usize| {
            let mut rest = values.clone();
            let first = rest.remove(at);
            orders(rest).into_iter().map(move |rest| [vec![first], rest].concat())
        };
        (0..values.len()).flat_map(with_first).collect()
    }
}
