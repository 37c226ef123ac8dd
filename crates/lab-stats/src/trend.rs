//! Whether a series creeps: the slope that the median of all pairs shows, and whether there is one at all.
//!
//! It must never be the judge of jumps, which `changepoint` finds; one jump is a slope here too.

use crate::interval::{Estimate, Interval};
use crate::probability::{Level, Probability};
use crate::rank::Null;
use crate::series::Series;
use crate::summary::median_of_sorted;

/// A straight line through points, found without squares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// Change of y per unit of x: the median slope of all pairs of points. Its interval is absent where there
    /// are too few points for its level.
    pub slope: Estimate,
    /// The line at x = 0: the median of y − slope · x.
    pub intercept: f64,
    /// Two-sided p of "no trend" (Mann, Econometrica 13, 1945, for a series; Kendall's test in general).
    pub p: Probability,
}

/// The trend of values over their index, per step; absent for fewer than two values.
///
/// The slope of Theil (Indagationes Mathematicae 12, 1950) and Sen (JASA 63, 1968), with the interval that
/// Kendall's test does not reject. Up to sixty values the test counts all orders, beyond it is normal; equal
/// values count against both directions. Up to 29 % of the values may be arbitrarily wrong. Apart from the
/// trend the values must be independent: on a series that wanders p is far too small.
pub fn trend(values: &Series, level: Level) -> Option<Trend> {
    let points: Vec<(f64, f64)> =
        values.values().iter().enumerate().map(|(index, value)| (index as f64, *value)).collect();
    theil_sen(points, level)
}

/// As [`trend`], for points whose coordinates and slopes are finite; points of one x make no pair. Absent
/// when no two xs differ.
pub(crate) fn theil_sen(mut points: Vec<(f64, f64)>, level: Level) -> Option<Trend> {
    points.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut slopes = slopes(&points);
    if slopes.is_empty() {
        return None;
    }
    slopes.sort_unstable_by(f64::total_cmp);
    let tied: Vec<usize> = points.chunk_by(|one, next| one.0 == next.0).map(<[_]>::len).collect();
    let null = Null::concordance(&tied);
    let slope = median_of_sorted(&slopes);
    let interval = null.cutoff(level).map(|cutoff| {
        Interval::between(slopes[cutoff.place - 1], slopes[slopes.len() - cutoff.place], cutoff.level)
    });
    let not_above = slopes.partition_point(|slope| *slope <= 0.0);
    let not_below = slopes.len() - slopes.partition_point(|slope| *slope < 0.0);
    let mut residuals: Vec<f64> = points.iter().map(|(x, y)| y - slope * x).collect();
    residuals.sort_unstable_by(f64::total_cmp);
    Some(Trend {
        slope: Estimate { point: slope, interval },
        intercept: median_of_sorted(&residuals),
        p: null.two_sided_p(not_above.min(not_below)),
    })
}

/// Of all pairs of points with different xs, which come in ascending order.
fn slopes(points: &[(f64, f64)]) -> Vec<f64> {
    let mut slopes = Vec::with_capacity(points.len() * points.len().saturating_sub(1) / 2);
    for (index, (x, y)) in points.iter().enumerate() {
        let later = points[index + 1..].iter().filter(|(later_x, _)| later_x > x);
        slopes.extend(later.map(|(later_x, later_y)| (later_y - y) / (later_x - x)));
    }
    slopes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> Option<Trend> {
        trend(&Series::new(values).unwrap(), Level::P95)
    }

    #[test]
    fn one_value_has_no_trend_and_two_have_one_without_interval() {
        assert_eq!((of(&[]), of(&[1.0])), (None, None));
        let two = of(&[1.0, 3.0]).unwrap();
        assert_eq!((two.slope.point, two.intercept, two.slope.interval), (2.0, 1.0, None));
        assert_eq!(two.p.value(), 1.0);
    }

    #[test]
    fn five_rising_values_are_two_orders_in_120() {
        let rising = of(&[1.0, 2.0, 4.0, 5.0, 9.0]).unwrap();
        assert_eq!(rising.p.value(), 2.0 / 120.0);
        assert!(rising.slope.interval.unwrap().lower() > 0.0);
    }

    #[test]
    fn equal_values_show_no_trend() {
        let flat = of(&[3.0; 12]).unwrap();
        assert_eq!((flat.slope.point, flat.p.value()), (0.0, 1.0));
    }

    #[test]
    fn stray_values_do_not_bend_the_line() {
        let mut values: Vec<f64> = (0..20).map(|index| 5.0 + 0.5 * f64::from(index)).collect();
        values[3] = 1e6;
        values[17] = -1e6;
        let found = of(&values).unwrap();
        assert!((found.slope.point - 0.5).abs() < 0.01 && found.p.value() < 0.01, "{found:?}");
    }

    #[test]
    fn points_of_one_x_make_no_pair() {
        assert_eq!(theil_sen(vec![(1.0, 2.0), (1.0, 5.0)], Level::P95), None);
        let found = theil_sen(vec![(1.0, 2.0), (2.0, 5.0), (1.0, 3.0)], Level::P95).unwrap();
        assert_eq!(found.slope.point, 2.5);
    }

    #[test]
    fn the_largest_accepted_values_overflow_nothing() {
        let found = of(&[-1e100, 1e100, -1e100, 1e100]).unwrap();
        assert!(found.slope.point.is_finite() && found.intercept.is_finite());
    }
}
