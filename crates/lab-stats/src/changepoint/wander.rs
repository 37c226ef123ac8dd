//! Whether the level of a series walks at random, and which jumps stand out from such a walk.
//!
//! It must never take a jump that was found for a part of the walk.

use super::noise::correlation;
use crate::observations::Observations;
use crate::summary::scaled_median_absolute_deviation;

/// How many places apart values are compared to see a walk.
const LAG: usize = 8;
/// Fewer points than this show no walk.
const COUNT_MIN: usize = 3 * LAG;
/// A series whose neighbours are less alike than this does not walk.
const CORRELATION_MIN: f64 = 0.3;
/// How far the variance over the lag may exceed that of neighbours by chance, times √count.
const EXCESS_BY_CHANCE: f64 = 3.0;
/// Points on either side of a jump whose means are compared: as many as the shortest level has.
const SIDE: usize = 3;
/// How far from its place a jump may be shown: the cheapest cut of a walk is off by one now and then.
const PLACE_REACH: usize = 1;
/// Squared standard deviations that a jump must stand out by: three and a half deviations, one chance in some two thousand.
const JUMP_MIN: f64 = 12.25;

/// A level that takes a random step from each point to the next, seen through noise: the local level model (Harvey,
/// Forecasting, Structural Time Series Models and the Kalman Filter, 1989, section 2.3).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Wander {
    /// Variance of the level's step from one point to the next.
    walk: f64,
    /// Variance of a point about the level.
    noise: f64,
}

impl Wander {
    /// From how much more the values differ that lie [`LAG`] places apart than neighbours do, both within one stretch; absent
    /// where they do not. `starts` are those of the stretches, ascending.
    pub(super) fn of(values: &[f64], starts: &[usize]) -> Option<Self> {
        // Without a jump there is nothing to ask of it.
        if values.len() < COUNT_MIN || starts.len() < 2 {
            return None;
        }
        let near = variance(values, starts, 1)?;
        if correlation(values, (near / 2.0).sqrt()) < CORRELATION_MIN {
            return None;
        }
        let far = variance(values, starts, LAG)?;
        if far <= near * (1.0 + EXCESS_BY_CHANCE / (values.len() as f64).sqrt()) {
            return None;
        }
        let walk = (far - near) / (LAG - 1) as f64;
        Some(Self { walk, noise: ((near - walk) / 2.0).max(0.0) })
    }

    /// Whether the means next to a place differ by more than the walk and the noise explain.
    pub(super) fn shows_jump(self, values: &[f64], place: usize) -> bool {
        let near = place.saturating_sub(PLACE_REACH).max(1)..=(place + PLACE_REACH).min(values.len() - 1);
        near.into_iter().any(|place| {
            let side = SIDE.min(place).min(values.len() - place);
            let count = side as f64;
            let mean = |range: std::ops::Range<usize>| values[range].iter().sum::<f64>() / count;
            let gap = mean(place..place + side) - mean(place - side..place);
            let walked = self.walk * (2.0 * count * count + 1.0) / (3.0 * count);
            gap * gap > JUMP_MIN * (2.0 * self.noise / count + walked)
        })
    }
}

/// The variance of the differences of values so many places apart that no jump lies between.
fn variance(values: &[f64], starts: &[usize], lag: usize) -> Option<f64> {
    let ends = starts.iter().skip(1).copied().chain(std::iter::once(values.len()));
    let stretches = starts.iter().zip(ends).map(|(start, end)| &values[*start..end]);
    let differences = stretches.flat_map(|stretch| stretch.iter().zip(stretch.iter().skip(lag)));
    let differences: Vec<f64> = differences.map(|(before, after)| after - before).collect();
    let differences = Observations::new(differences).ok()?;
    Some(scaled_median_absolute_deviation(&differences).powi(2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draws::Draws;

    fn walk(share: f64, draws: &mut Draws) -> Vec<f64> {
        let mut level = 0.0;
        (0..400)
            .map(|_| {
                level += share * draws.normal();
                level + draws.normal()
            })
            .collect()
    }

    #[test]
    fn a_walk_is_seen_with_about_its_size_and_independent_noise_is_none() {
        let mut draws = Draws::seeded(1);
        let mut seen = 0;
        for _ in 0..40 {
            assert_eq!(Wander::of(&walk(0.0, &mut draws), &[0, 200]), None);
            let Some(found) = Wander::of(&walk(1.0, &mut draws), &[0, 200]) else { continue };
            assert!((0.4..2.5).contains(&found.walk) && found.noise < 2.5, "{found:?}");
            seen += 1;
        }
        assert!(seen >= 34, "{seen} of 40");
    }

    #[test]
    fn a_jump_between_two_stretches_is_no_walk() {
        let mut draws = Draws::seeded(2);
        for _ in 0..20 {
            let level = |index: usize| if index < 200 { 0.0 } else { 20.0 };
            let values: Vec<f64> = walk(0.0, &mut draws)
                .into_iter()
                .enumerate()
                .map(|(index, value)| value + level(index))
                .collect();
            assert_eq!(Wander::of(&values, &[0, 200]), None);
        }
    }

    #[test]
    fn a_jump_stands_out_from_a_walk_where_it_is_large() {
        let wander = Wander { walk: 1.0, noise: 1.0 };
        let values = |size: f64| [[0.0; 10], [size; 10]].concat();
        assert!(wander.shows_jump(&values(10.0), 10) && wander.shows_jump(&values(10.0), 11));
        assert!(!wander.shows_jump(&values(3.0), 10) && !wander.shows_jump(&values(10.0), 3));
        assert!(wander.shows_jump(&[0.0, 0.0, 0.0, 9.0], 3));
    }
}
