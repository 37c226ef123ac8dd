//! Intervals of differences, and of logarithms carried back to ratios.
//!
//! It assumes the two parts of a difference to be measured apart from each other; it must not be used within a machine.

use lab_stats::{Estimate, Interval};

/// `one − two`, with an interval where both have one, at the lower of their levels.
///
/// The interval is recovered from those of the parts, each bound from the distances that bear on it, so that uneven
/// intervals stay uneven (Zou and Donner, Statistics in Medicine 27, 2008).
pub(super) fn difference(one: Estimate, two: Estimate) -> Estimate {
    let point = one.point - two.point;
    let interval = one.interval.zip(two.interval).and_then(|(of_one, of_two)| {
        let below = (one.point - of_one.lower()).hypot(of_two.upper() - two.point);
        let above = (of_one.upper() - one.point).hypot(two.point - of_two.lower());
        let level = if of_one.level() < of_two.level() { of_one.level() } else { of_two.level() };
        Interval::new(point - below, point + above, level).ok()
    });
    Estimate { point, interval }
}

/// A logarithm as the ratio it stands for.
pub(super) fn ratio(log: Estimate) -> Estimate {
    let carried = |interval: Interval| {
        Interval::new(interval.lower().exp(), interval.upper().exp(), interval.level()).ok()
    };
    Estimate { point: log.point.exp(), interval: log.interval.and_then(carried) }
}

#[cfg(test)]
mod tests {
    use lab_stats::Level;

    use super::*;

    fn estimate(point: f64, lower: f64, upper: f64) -> Estimate {
        Estimate { point, interval: Interval::new(lower, upper, Level::P95).ok() }
    }

    #[test]
    fn each_bound_comes_from_the_distances_that_bear_on_it() {
        let found = difference(estimate(5.0, 2.0, 6.0), estimate(1.0, 0.0, 5.0));
        let interval = found.interval.unwrap();
        assert_eq!((found.point, interval.lower()), (4.0, -1.0));
        assert!((interval.upper() - (4.0 + 2f64.sqrt())).abs() < 1e-12);
    }

    #[test]
    fn without_an_interval_on_either_side_there_is_none() {
        let bare = Estimate { point: 1.0, interval: None };
        assert_eq!(difference(estimate(5.0, 2.0, 6.0), bare).interval, None);
    }

    #[test]
    fn nothing_in_logarithms_is_a_ratio_of_one() {
        let found = ratio(estimate(0.0, -1.0, 1.0));
        assert_eq!(found.point, 1.0);
        assert!((found.interval.unwrap().upper() - 1f64.exp()).abs() < 1e-12);
    }
}
