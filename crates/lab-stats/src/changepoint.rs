//! Where the level of a series jumps.
//!
//! It must never be an alarm by itself: a jump found here is a suspect, to be measured again.

mod noise;
mod partition;
mod wander;
mod window;

use noise::{clipped, local_noise, noise};
use partition::{Costs, partition};
use wander::Wander;

use crate::observations::{Observations, ObservationsError, checked};
use crate::summary::median;

/// The noise counts as at least this fraction of the whole range: sums of squares of larger multiples would
/// lose the digits that decide between two partitions.
const RANGE_FRACTION_MIN: f64 = 1e-6;
/// One point of a series, and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Its value.
    pub value: f64,
    /// The standard error of that value; zero when it is not known.
    pub standard_error: f64,
}

/// How sure a jump must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sensitivity {
    /// What a jump costs, in squared standard deviations: it must explain more than this. Below zero counts
    /// as zero.
    pub penalty: f64,
    /// The fewest points between two jumps; zero counts as one.
    pub segment_min: usize,
    /// How many standard deviations a point may lie away from the median of its neighbours before it is
    /// pulled back to there.
    pub clip: f64,
}

impl Default for Sensitivity {
    /// Penalty 28, three points, three deviations: no jump was found in 300 points without one in any of 100
    /// series, be they normal, t with three degrees of freedom, or with 3 % of large spikes.
    fn default() -> Self {
        Self { penalty: 28.0, segment_min: 3, clip: 3.0 }
    }
}

/// A stretch of points on one level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// Index of its first point: a jump, unless it is zero.
    pub start: usize,
    /// Index after its last point.
    pub end: usize,
    /// The median of its points.
    pub level: f64,
}

/// Cuts the points into stretches of one level each, in order and without gaps; none for no points.
///
/// Optimal partitioning with a penalty per jump (Jackson et al., IEEE Signal Processing Letters 12, 2005;
/// Killick, Fearnhead and Eckley, JASA 107, 2012), squared error in units of the noise. The noise is the
/// scaled median absolute deviation of neighbouring differences over √2, which a few jumps do not widen, of the
/// whole series or about the point, whichever is larger, and never less than the point's own standard error.
/// Stray points are pulled to their neighbours first, and autocorrelation widens the noise by √((1+ρ)/(1−ρ)),
/// the factor by which it widens the mean of many points. Where the level itself is seen to wander, a jump must
/// also stand out from what it wanders in as many points. Time grows with the square of the count: a thousand
/// points take some milliseconds.
///
/// # Errors
/// [`ObservationsError`] with the index of the first point whose value or standard error is not finite or too
/// large; the sign of a standard error is ignored.
pub fn segments(points: &[Point], sensitivity: Sensitivity) -> Result<Vec<Segment>, ObservationsError> {
    let prepared = Prepared::of(points, sensitivity)?;
    Ok(prepared.segments(sensitivity))
}

/// Points made fit for sums of squares: checked, pulled in, with their widths.
pub(crate) struct Prepared {
    values: Vec<f64>,
    /// Stray points pulled in; absent where there are too few points, or no noise to measure a jump by.
    weighed: Option<Weighed>,
}

/// Values with the widths that they are measured by.
pub(crate) struct Weighed {
    pub(crate) values: Vec<f64>,
    pub(crate) widths: Vec<f64>,
}

impl Prepared {
    pub(crate) fn of(points: &[Point], sensitivity: Sensitivity) -> Result<Self, ObservationsError> {
        let values = checked(points.iter().map(|point| point.value).collect())?;
        let errors = checked(points.iter().map(|point| point.standard_error.abs()).collect())?;
        let noise = if values.is_empty() { 0.0 } else { noise(&values) };
        if values.len() < 2 * sensitivity.segment_min.max(1)
            || (noise == 0.0 && errors.iter().all(|e| *e == 0.0))
        {
            return Ok(Self { values, weighed: None });
        }
        let largest = |list: &[f64]| list.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let range = largest(&values) + largest(&values.iter().map(|value| -value).collect::<Vec<_>>());
        let floor = noise.max(RANGE_FRACTION_MIN * range.max(largest(&errors)));
        let local = local_noise(&values);
        let widths: Vec<f64> =
            errors.iter().zip(local).map(|(error, local)| error.max(local).max(floor)).collect();
        let clipped = clipped(&values, &widths, sensitivity.clip);
        Ok(Self { values, weighed: Some(Weighed { values: clipped, widths }) })
    }

    pub(crate) fn segments(&self, sensitivity: Sensitivity) -> Vec<Segment> {
        let count = self.values.len();
        let Some(weighed) = &self.weighed else {
            return (count > 0).then(|| segment(&self.values, 0, count)).into_iter().collect();
        };
        let mut starts = partition(&Costs::of(&weighed.values, &weighed.widths), count, sensitivity);
        if let Some(wander) = Wander::of(&weighed.values, &starts) {
            starts.retain(|start| *start == 0 || wander.shows_jump(&weighed.values, *start));
        }
        starts.push(count);
        starts.windows(2).map(|ends| segment(&self.values, ends[0], ends[1])).collect()
    }

    pub(crate) fn weighed(&self) -> Option<&Weighed> {
        self.weighed.as_ref()
    }
}

fn segment(values: &[f64], start: usize, end: usize) -> Segment {
    let inside = Observations::new(&values[start..end]).expect("a segment holds a checked point at least");
    Segment { start, end, level: median(&inside) }
}

#[cfg(test)]
mod tests {
    use super::noise::correlation;
    use super::*;
    use crate::draws::Draws;

    fn points(values: impl IntoIterator<Item = f64>) -> Vec<Point> {
        values.into_iter().map(|value| Point { value, standard_error: 0.0 }).collect()
    }

    fn jumps(points: &[Point]) -> Vec<usize> {
        segments(points, Sensitivity::default())
            .unwrap()
            .iter()
            .skip(1)
            .map(|segment| segment.start)
            .collect()
    }

    /// A kind of noise of width 0.003.
    type Kind = fn(&mut Draws) -> f64;

    const KINDS: [(&str, Kind); 3] = [
        ("normal", |draws| 0.003 * draws.normal()),
        // Student's t of three degrees, scaled to unit variance.
        ("heavy-tailed", |draws| {
            let squares: f64 = (0..3).map(|_| draws.normal().powi(2)).sum();
            0.003 * draws.normal() / squares.sqrt()
        }),
        ("three percent of spikes", |draws| {
            let spike = if draws.uniform() < 0.03 { 0.03 * draws.exponential() } else { 0.0 };
            0.003 * draws.normal() + spike
        }),
    ];

    #[test]
    fn no_jump_is_found_in_a_hundred_series_without_one_of_each_kind() {
        for (name, kind) in KINDS {
            let mut draws = Draws::seeded(1);
            for index in 0..100 {
                let series = points((0..300).map(|_| kind(&mut draws)));
                assert_eq!(jumps(&series), [0; 0], "{name} {index}");
            }
        }
    }

    #[test]
    fn a_jump_of_one_percent_is_found_within_two_points_in_nearly_every_series() {
        for (name, kind) in KINDS {
            let mut draws = Draws::seeded(2);
            let found = (0..100)
                .filter(|_| {
                    let level = |index| if index < 60 { 0.0 } else { 0.01 };
                    let series = points((0..100).map(|index| level(index) + kind(&mut draws)));
                    jumps(&series).iter().any(|jump| jump.abs_diff(60) <= 2)
                })
                .count();
            assert!(found >= 97, "{name}: {found}");
        }
    }

    #[test]
    fn a_wandering_level_raises_fewer_suspects_for_being_known_to_wander() {
        let mut draws = Draws::seeded(3);
        let suspected = (0..60)
            .filter(|_| {
                let mut level = 0.0;
                let series = points((0..50).map(|_| {
                    level = 0.7 * level + 0.01 * draws.normal();
                    level
                }));
                !jumps(&series).is_empty()
            })
            .count();
        assert!(suspected <= 12, "{suspected} of 60");
    }

    #[test]
    fn autocorrelation_is_measured_through_the_running_median() {
        for (true_correlation, tolerance) in [(0.0, 0.08), (0.3, 0.08), (0.6, 0.12)] {
            let mut draws = Draws::seeded(4);
            let mut level = 0.0;
            let values: Vec<f64> = (0..4000)
                .map(|_| {
                    level = true_correlation * level + draws.normal();
                    level
                })
                .collect();
            let found = correlation(&values, 1.0);
            assert!((found - true_correlation).abs() < tolerance, "{found} is not {true_correlation}");
        }
    }

    #[test]
    fn counts_without_noise_show_every_jump_and_only_those() {
        let level = |index: i32| match index {
            ..20 => 1_000_000.0,
            20..35 => 1_000_900.0,
            _ => 999_000.0,
        };
        assert_eq!(jumps(&points((0..60).map(level))), [20, 35]);
        assert_eq!(jumps(&points([5.0; 40])), [0; 0]);
        // One stray count is no level.
        let stray = |index| if index == 11 { 6.0 } else { 5.0 };
        assert_eq!(jumps(&points((0..40).map(stray))), [0; 0]);
    }

    #[test]
    fn a_jump_a_billion_times_the_noise_leaves_enough_digits_to_see_no_other() {
        let mut draws = Draws::seeded(6);
        let level = |index: i32| if index < 100 { 0.0 } else { 1.0 };
        assert_eq!(jumps(&points((0..200).map(|index| level(index) + 1e-9 * draws.normal()))), [100]);
    }

    #[test]
    fn a_jump_within_the_standard_error_of_the_points_is_none() {
        let level = |index| if index < 30 { 0.0 } else { 1.0 };
        let mut series = points((0..60).map(level));
        assert_eq!(jumps(&series), [30]);
        for point in &mut series {
            point.standard_error = 1.0;
        }
        assert_eq!(jumps(&series), [0; 0]);
    }

    #[test]
    fn a_change_of_unit_changes_levels_and_no_jump() {
        let mut draws = Draws::seeded(5);
        let series = points((0..80).map(|index| f64::from(u8::from(index >= 40)) + 0.1 * draws.normal()));
        let scaled: Vec<Point> =
            series.iter().map(|point| Point { value: 1024.0 * point.value, ..*point }).collect();
        assert_eq!(jumps(&series), [40]);
        assert_eq!(jumps(&scaled), [40]);
    }

    #[test]
    fn too_few_points_are_one_segment_and_none_are_none() {
        assert_eq!(segments(&[], Sensitivity::default()), Ok(vec![]));
        for count in 1..6 {
            let found = segments(&points((0..count).map(f64::from)), Sensitivity::default()).unwrap();
            assert_eq!((found.len(), found[0].end), (1, count as usize));
        }
        let bad = points([1.0, f64::NAN]);
        assert_eq!(segments(&bad, Sensitivity::default()), Err(ObservationsError::NotFinite { index: 1 }));
    }
}
