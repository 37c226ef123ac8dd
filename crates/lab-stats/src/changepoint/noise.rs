//! How wide the noise of a series is, and its values with the stray ones pulled in.
//!
//! It must never let a few jumps widen the noise.

use super::window::running_medians;
use crate::observations::Observations;
use crate::summary::{NORMAL_CONSISTENCY, scaled_median_absolute_deviation};

/// Half the width, in points, of the window whose median a stray point is pulled towards.
const CLIP_REACH: usize = 5;
/// Half the width of the window whose median is taken off before autocorrelation is measured.
const DETREND_REACH: usize = 7;
/// Autocorrelation up to this much is taken for chance.
const CORRELATION_IGNORED: f64 = 0.2;
/// Keeps the widening below a factor of about four and a half.
const CORRELATION_MAX: f64 = 0.9;
/// What taking off a median of fifteen points does to the lag-one correlation of independent points, and of
/// points that wander: a straight line through simulated series, undone here.
const DETREND_SLOPE: f64 = 1.15;
const DETREND_OFFSET: f64 = 0.07;
/// Half the width, in neighbouring differences, of the window that the noise about one point is measured in.
const LOCAL_REACH: usize = 5;
/// How much of that noise counts: a median of so few differences is too large by chance now and then, and would hide jumps of
/// steady noise.
const LOCAL_SHARE: f64 = 0.85;
/// Relates the mean absolute deviation of normal data to their standard deviation: √(π/2).
const MEAN_DEVIATION_CONSISTENCY: f64 = 1.253_314_137_315_500_3;

/// The standard deviation of the points about their level, widened for autocorrelation.
pub(super) fn noise(values: &[f64]) -> f64 {
    let differences: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let Ok(differences) = Observations::new(differences) else { return 0.0 };
    let mut deviation = scaled_median_absolute_deviation(&differences);
    if deviation == 0.0 {
        // More than half of the differences are equal, as those of counted instructions are: the mean
        // deviation still sees the others.
        let total: f64 = differences.sorted().iter().map(|difference| difference.abs()).sum();
        deviation = MEAN_DEVIATION_CONSISTENCY * total / differences.count() as f64;
    }
    let deviation = deviation / std::f64::consts::SQRT_2;
    let correlation = correlation(values, deviation);
    if correlation > CORRELATION_IGNORED {
        deviation * ((1.0 + correlation) / (1.0 - correlation)).sqrt()
    } else {
        deviation
    }
}

/// The noise about each point from its neighbours alone: a machine has quiet spells and loud ones, and what is a jump in the
/// first is none in the second.
pub(super) fn local_noise(values: &[f64]) -> Vec<f64> {
    let differences: Vec<f64> = values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
    let deviation = |median: f64| LOCAL_SHARE * NORMAL_CONSISTENCY * median / std::f64::consts::SQRT_2;
    let near: Vec<f64> = running_medians(&differences, LOCAL_REACH).into_iter().map(deviation).collect();
    // A point has a difference on either side, but for the first and the last.
    let behind = std::iter::once(0.0).chain(near.iter().copied());
    let ahead = near.iter().copied().chain(std::iter::once(0.0));
    behind.zip(ahead).take(values.len()).map(|(behind, ahead)| behind.max(ahead)).collect()
}

/// The lag-one autocorrelation about a running median, stray points pulled in.
pub(super) fn correlation(values: &[f64], deviation: f64) -> f64 {
    let residuals: Vec<f64> = values
        .iter()
        .zip(running_medians(values, DETREND_REACH))
        .map(|(value, middle)| (value - middle).clamp(-3.0 * deviation, 3.0 * deviation))
        .collect();
    let squares: f64 = residuals.iter().map(|residual| residual * residual).sum();
    if squares == 0.0 {
        return 0.0;
    }
    let products: f64 = residuals.windows(2).map(|pair| pair[0] * pair[1]).sum();
    (DETREND_SLOPE * products / squares + DETREND_OFFSET).clamp(0.0, CORRELATION_MAX)
}

pub(super) fn clipped(values: &[f64], widths: &[f64], clip: f64) -> Vec<f64> {
    let middles = running_medians(values, CLIP_REACH);
    values
        .iter()
        .zip(middles)
        .zip(widths)
        .map(|((value, middle), width)| {
            let reach = (clip * width).max(0.0);
            value.max(middle - reach).min(middle + reach)
        })
        .collect()
}
