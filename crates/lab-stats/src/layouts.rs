//! What may be said of code that was linked in several orders, each of which moves its speed by chance.
//!
//! One link order is one draw: it must never speak for another, however often it was measured.

use crate::observations::Observations;
use crate::probability::Probability;
use crate::rank::{hodges_lehmann, signed_rank};
use crate::summary::standard_deviation;

/// Standard errors between zero and an effect that is found in 95 of 100 cases at a level of 1 %: the normal quantiles
/// 2.58 and 1.64 added up, and a little for ranks.
const STANDARD_ERRORS: f64 = 4.3;

/// What link orders say together: one value per order, the difference of the two sides in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OverLayouts {
    /// Link orders.
    pub count: usize,
    /// Hodges-Lehmann estimate of the difference.
    pub estimate: f64,
    /// Exact two-sided signed-rank p of "no difference": the orders were drawn alike for both sides, so that each value is
    /// as likely with either sign.
    pub p: Probability,
    /// Standard deviation over the orders; absent for one.
    pub spread: Option<f64>,
}

impl OverLayouts {
    /// From one value per link order.
    pub fn of(values: &Observations) -> Self {
        Self {
            count: values.count(),
            estimate: hodges_lehmann(values),
            p: signed_rank(values).p,
            spread: standard_deviation(values),
        }
    }

    /// Whether the difference is one of the code: sure at `alpha`, and at least half the margin.
    pub fn is_of_the_code(&self, alpha: f64, margin: f64) -> bool {
        self.p.value() <= alpha && self.estimate.abs() >= margin / 2.0
    }
}

/// Link orders below which no list of values is sure at `alpha`: n signs point one way by chance twice in 2ⁿ times.
pub fn fewest_layouts(alpha: f64) -> usize {
    (2.0 / alpha).log2().ceil().max(1.0) as usize
}

/// Link orders that find a difference of `effect` in 95 of 100 cases at 1 %; absent for no effect.
pub fn layouts_needed(spread: f64, effect: f64) -> Option<usize> {
    let needed = (STANDARD_ERRORS * spread / effect.abs()).powi(2).ceil();
    needed.is_finite().then(|| (needed as usize).max(fewest_layouts(0.01)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(values: &[f64]) -> OverLayouts {
        OverLayouts::of(&Observations::new(values).unwrap())
    }

    #[test]
    fn eight_orders_are_the_fewest_at_one_per_cent() {
        assert_eq!(fewest_layouts(0.01), 8);
        let of = |count: u32| over(&(1..=count).map(|n| 0.01 + f64::from(n) * 1e-4).collect::<Vec<_>>());
        assert!(!of(7).is_of_the_code(0.01, 0.0075));
        assert!(of(8).is_of_the_code(0.01, 0.0075));
    }

    #[test]
    fn a_difference_that_every_order_shows_is_of_the_code_and_one_of_some_orders_is_not() {
        let all: Vec<f64> = (0..12).map(|n| 0.02 + f64::from(n) * 1e-4).collect();
        assert!(over(&all).is_of_the_code(0.01, 0.0075));
        let some: Vec<f64> =
            all.iter().enumerate().map(|(n, value)| if n % 3 == 0 { -value } else { *value }).collect();
        assert!(!over(&some).is_of_the_code(0.01, 0.0075));
        let small: Vec<f64> = all.iter().map(|value| value / 10.0).collect();
        assert!(!over(&small).is_of_the_code(0.01, 0.0075), "less than half a margin");
    }

    #[test]
    fn planning_follows_the_square_of_spread_over_effect() {
        assert_eq!(layouts_needed(0.01, 0.01), Some(19));
        assert_eq!(layouts_needed(0.01, -0.02), Some(8), "five would do, and no five are ever sure");
        assert_eq!(layouts_needed(0.01, 0.0), None);
    }
}
