//! How y grows with x when it grows as a power of it: y = c · xᵏ, a straight line between logarithms.
//!
//! It must never be given points whose logarithm does not exist; it names the first that has none.

use std::error::Error;
use std::fmt;

use crate::distribution::student_two_sided_quantile;
use crate::interval::{Estimate, Interval};
use crate::probability::Level;
use crate::trend::theil_sen;

/// A power law through points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PowerLaw {
    /// The exponent k by least squares between logarithms, with Student's interval, which assumes points that
    /// scatter about the line independently and normally. Absent from two points.
    pub exponent: Estimate,
    /// The factor c of the same line.
    pub factor: f64,
    /// The exponent as the median slope of all pairs, which a few stray points do not move, with the interval
    /// that Kendall's test does not reject.
    pub robust_exponent: Estimate,
    /// How far a point lies from the line at most, as a factor from one up: 1.1 is ten percent. Large values
    /// mean that no single power describes the points, as for n log n over a wide range or a cache that ends.
    pub misfit_max: f64,
}

/// Fits the points (x, y).
///
/// # Errors
/// [`PowerLawError`] when a coordinate is not above zero and finite, or fewer than two xs differ.
pub fn power_law(points: &[(f64, f64)], level: Level) -> Result<PowerLaw, PowerLawError> {
    let is_positive = |value: f64| value > 0.0 && value.is_finite();
    if let Some(index) = points.iter().position(|(x, y)| !(is_positive(*x) && is_positive(*y))) {
        return Err(PowerLawError::NotPositive { index });
    }
    let logarithms: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let robust = theil_sen(logarithms.clone(), level).ok_or(PowerLawError::OneX)?;
    let line = Line::through(&logarithms);
    let misfit_max = logarithms.iter().map(|point| line.residual(*point).abs()).fold(0.0, f64::max).exp();
    Ok(PowerLaw {
        exponent: Estimate { point: line.slope, interval: line.slope_interval(&logarithms, level) },
        factor: line.intercept.exp(),
        robust_exponent: robust.slope,
        misfit_max,
    })
}

/// The least-squares line.
struct Line {
    slope: f64,
    intercept: f64,
    /// Σ (x − mean x)².
    x_squares: f64,
}

impl Line {
    fn through(points: &[(f64, f64)]) -> Self {
        let count = points.len() as f64;
        let x_mean = points.iter().map(|(x, _)| x).sum::<f64>() / count;
        let y_mean = points.iter().map(|(_, y)| y).sum::<f64>() / count;
        let x_squares: f64 = points.iter().map(|(x, _)| (x - x_mean).powi(2)).sum();
        let products: f64 = points.iter().map(|(x, y)| (x - x_mean) * (y - y_mean)).sum();
        let slope = products / x_squares;
        Self { slope, intercept: y_mean - slope * x_mean, x_squares }
    }

    fn residual(&self, (x, y): (f64, f64)) -> f64 {
        y - self.intercept - self.slope * x
    }

    fn slope_interval(&self, points: &[(f64, f64)], level: Level) -> Option<Interval> {
        let degrees = points.len().checked_sub(2).filter(|degrees| *degrees > 0)?;
        let squares: f64 = points.iter().map(|point| self.residual(*point).powi(2)).sum();
        let error = (squares / degrees as f64 / self.x_squares).sqrt();
        let half_width = student_two_sided_quantile(level, degrees) * error;
        Interval::new(self.slope - half_width, self.slope + half_width, level).ok()
    }
}

/// Why points make no power law.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerLawError {
    /// A coordinate is not a finite number above zero.
    NotPositive {
        /// Which point.
        index: usize,
    },
    /// No two points differ in x.
    OneX,
}

impl fmt::Display for PowerLawError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPositive { index } => {
                write!(f, "the point at index {index} has no logarithm: both coordinates must be above zero")
            }
            Self::OneX => write!(f, "a power law needs points of at least two different xs"),
        }
    }
}

impl Error for PowerLawError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_square_law_is_found_exactly() {
        let points: Vec<(f64, f64)> = (0..8).map(|k| 2f64.powi(k)).map(|x| (x, 3.0 * x * x)).collect();
        let law = power_law(&points, Level::P95).unwrap();
        for exponent in [law.exponent, law.robust_exponent] {
            assert!((exponent.point - 2.0).abs() < 1e-12);
            assert!(exponent.interval.unwrap().half_width() < 1e-9);
        }
        assert!((law.factor - 3.0).abs() < 1e-9 && law.misfit_max < 1.0 + 1e-9);
    }

    #[test]
    fn what_is_no_power_shows_as_misfit() {
        let bent: Vec<(f64, f64)> =
            (0..12).map(|k| 2f64.powi(k)).map(|x| (x, if x < 64.0 { x } else { x * x / 64.0 })).collect();
        assert!(power_law(&bent, Level::P95).unwrap().misfit_max > 2.0);
    }

    #[test]
    fn two_points_have_an_exponent_without_interval() {
        let law = power_law(&[(1.0, 1.0), (4.0, 2.0)], Level::P95).unwrap();
        assert!((law.exponent.point - 0.5).abs() < 1e-12);
        assert_eq!((law.exponent.interval, law.robust_exponent.interval), (None, None));
    }

    #[test]
    fn points_without_a_logarithm_are_named_and_one_x_is_no_law() {
        for bad in [(0.0, 1.0), (1.0, -1.0), (f64::NAN, 1.0), (1.0, f64::INFINITY)] {
            let refused = power_law(&[(1.0, 1.0), bad], Level::P95);
            assert_eq!(refused, Err(PowerLawError::NotPositive { index: 1 }));
        }
        assert_eq!(power_law(&[(2.0, 1.0), (2.0, 3.0)], Level::P95), Err(PowerLawError::OneX));
        assert_eq!(power_law(&[], Level::P95), Err(PowerLawError::OneX));
    }
}
