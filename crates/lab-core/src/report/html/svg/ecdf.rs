//! The distribution of one side as a staircase: its values by size, each as wide as its share of the processes.
//!
//! Nothing is smoothed and no bin is chosen: every process is one step.

use super::curve::Curve;
use super::scale::Scale;
use crate::report::html::card::Cloud;

/// From the lowest value on the left to the highest on the right, on the same scale of values as the marks beside it.
pub(super) fn stairs(cloud: &Cloud, up: &Scale, begin: i32, end: i32) -> String {
    let mut values: Vec<f64> = cloud.finite().collect();
    values.sort_by(f64::total_cmp);
    let mut curve = Curve::default();
    let x = |place: usize| begin + (place as i32 * (end - begin)) / values.len().max(1) as i32;
    for (place, value) in values.iter().enumerate() {
        let y = up.at(*value);
        curve.line(x(place), y);
        curve.line(x(place + 1), y);
    }
    curve.text()
}
