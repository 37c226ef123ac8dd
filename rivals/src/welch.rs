//! Welch's unequal-variances t-test, as the script that hyperfine's repository offers for its exported times.
//!
//! It judges nothing: the level is the rule's.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// Two-sided p of equal means (Welch, Biometrika 34, 1947); absent with fewer than two values on a side or no spread.
pub fn p(one: &[f64], two: &[f64]) -> Option<f64> {
    let (mean_one, error_one, count_one) = moments(one)?;
    let (mean_two, error_two, count_two) = moments(two)?;
    let error = error_one + error_two;
    let degrees =
        error.powi(2) / (error_one.powi(2) / (count_one - 1.0) + error_two.powi(2) / (count_two - 1.0));
    let t = (mean_one - mean_two) / error.sqrt();
    let student = StudentsT::new(0.0, 1.0, degrees).ok()?;
    t.is_finite().then(|| 2.0 * student.sf(t.abs()))
}

/// Mean, variance of the mean, count.
fn moments(values: &[f64]) -> Option<(f64, f64, f64)> {
    let count = values.len() as f64;
    if values.len() < 2 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    Some((mean, variance / count, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_gives_the_textbook_value() {
        let p = p(&[1.0, 2.0, 3.0, 4.0, 5.0], &[2.0, 3.0, 4.0, 5.0, 8.0, 9.0]).unwrap();
        // t = 1.61744 with 8.09832 degrees of freedom; its density integrated by Simpson's rule in 2 000 000 steps.
        assert!((p - 0.143_987_291_688).abs() < 1e-9, "{p}");
    }

    #[test]
    fn too_little_gives_nothing() {
        assert_eq!(p(&[1.0], &[1.0, 2.0]), None);
        assert_eq!(p(&[1.0, 1.0], &[1.0, 1.0]), None);
    }
}
