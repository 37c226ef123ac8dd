//! The continuous distributions that the approximations here lean on: normal, Student's t and chi-square.
//!
//! It must never be the first choice where counting is possible.

use std::cell::RefCell;
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, PI};

use crate::bisect::first_where;
use crate::probability::Level;

/// Where the two ways to compute erfc meet: below it the series loses under three digits to cancellation,
/// above it the fraction has converged.
const SERIES_END: f64 = 2.0;
/// Enough levels of the continued fraction for full precision from [`SERIES_END`] up.
const FRACTION_DEPTH: u32 = 120;
/// Beyond any quantile of a level that f64 can tell from one.
const NORMAL_QUANTILE_MAX: f64 = 40.0;
/// As far as a t quantile can be squared without overflow.
const STUDENT_QUANTILE_MAX: f64 = 1e150;

/// P(|Z| ≥ z) for a standard normal Z and z not negative.
pub(crate) fn normal_two_sided_tail(z: f64) -> f64 {
    erfc(z * FRAC_1_SQRT_2)
}

/// How many quantiles a thread remembers: a history asks for those of the same few levels for every point.
const REMEMBERED_MAX: usize = 16;

thread_local! {
    static REMEMBERED: RefCell<Vec<(Level, f64)>> = const { RefCell::new(Vec::new()) };
}

/// The z for which P(|Z| ≤ z) is `level`.
pub(crate) fn normal_two_sided_quantile(level: Level) -> f64 {
    REMEMBERED.with_borrow_mut(|remembered| {
        if let Some((_, z)) = remembered.iter().find(|(known, _)| *known == level) {
            return *z;
        }
        let z = first_where(0.0, NORMAL_QUANTILE_MAX, |z| normal_two_sided_tail(z) <= level.alpha());
        if remembered.len() == REMEMBERED_MAX {
            remembered.clear();
        }
        remembered.push((level, z));
        z
    })
}

/// The t for which P(|T| ≤ t) is `level`, T having Student's distribution with `degrees` ≥ 1 of freedom.
pub(crate) fn student_two_sided_quantile(level: Level, degrees: usize) -> f64 {
    first_where(0.0, STUDENT_QUANTILE_MAX, |t| student_two_sided_coverage(t, degrees) >= level.value())
}

/// P(Z ≤ z) for a standard normal Z.
pub(crate) fn normal_cumulative(z: f64) -> f64 {
    let tail = normal_two_sided_tail(z.abs()) / 2.0;
    if z < 0.0 { tail } else { 1.0 - tail }
}

/// The z for which P(Z ≤ z) is `p`; ±40 where p is too close to an end.
pub(crate) fn normal_quantile(p: f64) -> f64 {
    first_where(-NORMAL_QUANTILE_MAX, NORMAL_QUANTILE_MAX, |z| normal_cumulative(z) >= p)
}

/// P(X ≥ x) for X chi-square with `degrees` ≥ 1 of freedom and x not negative, by the finite sums for whole
/// degrees (Abramowitz and Stegun 26.4.4 and 26.4.5).
pub(crate) fn chi_square_tail(x: f64, degrees: usize) -> f64 {
    let half = x / 2.0;
    let odd = degrees % 2 == 1;
    // Even degrees: e^(-h) (1 + h + h²/2! + …). Odd ones: the normal tail, then terms h^(i+1/2) / Γ(i + 3/2).
    let mut term = if odd { (-half).exp() * half.sqrt() * FRAC_2_SQRT_PI } else { (-half).exp() };
    let mut sum = if odd { normal_two_sided_tail(x.sqrt()) } else { 0.0 };
    for step in 0..degrees / 2 {
        sum += term;
        term *= half / if odd { step as f64 + 1.5 } else { step as f64 + 1.0 };
    }
    sum.min(1.0)
}

/// P(|T| ≤ t) by the finite sums for whole degrees of freedom (Abramowitz and Stegun 26.7.3 and 26.7.4).
fn student_two_sided_coverage(t: f64, degrees: usize) -> f64 {
    let angle = t.atan2((degrees as f64).sqrt());
    let (sine, cosine) = angle.sin_cos();
    let odd = degrees % 2 == 1;
    // Terms 1, (1/2)c², (1·3)/(2·4)c⁴, … for even degrees; c, (2/3)c³, (2·4)/(3·5)c⁵, … for odd ones.
    let mut term = if odd { cosine } else { 1.0 };
    let mut sum = 0.0;
    for step in 1..=degrees / 2 {
        sum += term;
        let lead = (2 * step) as f64;
        let factor = if odd { lead / (lead + 1.0) } else { (lead - 1.0) / lead };
        term *= factor * cosine * cosine;
        if term < sum * f64::EPSILON / 1024.0 {
            break;
        }
    }
    if odd { (angle + sine * sum) * 2.0 / PI } else { sine * sum }
}

/// The complementary error function for x not negative: a series of positive terms (Abramowitz and Stegun
/// 7.1.6) for small x, Laplace's continued fraction (7.1.14) for large.
fn erfc(x: f64) -> f64 {
    let gauss = (-x * x).exp() / PI.sqrt();
    if x < SERIES_END {
        let mut term = x;
        let mut sum = x;
        let mut odd = 1.0;
        while term > sum * f64::EPSILON / 16.0 {
            odd += 2.0;
            term *= 2.0 * x * x / odd;
            sum += term;
        }
        return (1.0 - 2.0 * gauss * sum).max(0.0);
    }
    let fraction = (1..=FRACTION_DEPTH).rev().fold(x, |below, depth| x + f64::from(depth) / 2.0 / below);
    gauss / fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(actual: f64, expected: f64) {
        assert!((actual / expected - 1.0).abs() < 1e-11, "{actual} is not {expected}");
    }

    #[test]
    fn a_quantile_is_the_same_when_it_is_remembered_and_after_many_others() {
        let of = |index: usize| normal_two_sided_quantile(Level::new(0.5 + 0.01 * index as f64).unwrap());
        let first: Vec<f64> = (0..40).map(of).collect();
        assert_eq!((0..40).map(of).collect::<Vec<_>>(), first);
        assert!((normal_two_sided_quantile(Level::P95) - 1.959_963_984_540_054).abs() < 1e-12);
    }

    #[test]
    fn erfc_agrees_with_scipy_on_both_branches() {
        // scipy.special.erfc, SciPy 1.17.1.
        for (x, expected) in [
            (0.5, 0.4795001221869535),
            (1.0, 0.15729920705028516),
            (1.999999, 0.004677755648073952),
            (2.0, 0.004677734981047266),
            (3.0, 2.2090496998585445e-05),
            (10.0, 2.0884875837625446e-45),
        ] {
            assert_close(erfc(x), expected);
        }
        assert_eq!(erfc(0.0), 1.0);
        assert_eq!(erfc(1e10), 0.0);
    }

    #[test]
    fn the_branches_of_erfc_meet() {
        let below = f64::from_bits(SERIES_END.to_bits() - 1);
        assert_close(erfc(below), erfc(SERIES_END));
    }

    #[test]
    fn one_degree_of_freedom_is_the_cauchy_distribution() {
        assert_close(student_two_sided_quantile(Level::new(0.5).unwrap(), 1), 1.0);
    }

    #[test]
    fn student_quantiles_agree_with_scipy_for_odd_and_even_degrees() {
        // scipy.stats.t.ppf at 0.975 and 0.9995, SciPy 1.17.1.
        for (degrees, at_95, at_999) in [
            (1, 12.706204736174694, 636.6192487687897),
            (2, 4.302652729749462, 31.599054576445365),
            (3, 3.1824463052837078, 12.923978636687961),
            (4, 2.7764451051977934, 8.610301581379522),
            (7, 2.364624251592784, 5.407882520861828),
            (10, 2.228138851986274, 4.586893858702708),
            (39, 2.022690920036761, 3.5581200813327714),
            (200, 1.9718962236339088, 3.3398354062757107),
        ] {
            assert_close(student_two_sided_quantile(Level::P95, degrees), at_95);
            assert_close(student_two_sided_quantile(Level::new(0.999).unwrap(), degrees), at_999);
        }
    }

    #[test]
    fn many_degrees_of_freedom_approach_the_normal() {
        let normal = normal_two_sided_quantile(Level::P95);
        assert_close(normal, 1.959_963_984_540_054);
        let student = student_two_sided_quantile(Level::P95, 10_000_000);
        assert!(student > normal && student < normal + 1e-6);
    }

    #[test]
    fn chi_square_tails_agree_with_scipy_for_odd_and_even_degrees() {
        // scipy.stats.chi2.sf, SciPy 1.17.1.
        for (x, degrees, expected) in CHI_SQUARE {
            assert_close(chi_square_tail(x, degrees), expected);
        }
        assert_eq!(chi_square_tail(0.0, 1), 1.0);
        assert_eq!(chi_square_tail(0.0, 2), 1.0);
    }

    #[test]
    fn normal_quantiles_invert_the_cumulative_distribution_on_either_side() {
        for p in [1e-12, 0.001, 0.025, 0.5, 0.8, 0.999] {
            assert_close(normal_cumulative(normal_quantile(p)), p);
        }
        assert!(normal_quantile(0.5).abs() < 1e-15);
        assert_close(normal_quantile(0.975), 1.959_963_984_540_054);
        assert_eq!(normal_quantile(0.0), -NORMAL_QUANTILE_MAX);
    }

    const CHI_SQUARE: [(f64, usize, f64); 7] = [
        (0.5, 1, 0.47950012218695337),
        (3.841458820694124, 1, 0.04999999999999989),
        (2.0, 2, 0.36787944117144245),
        (5.5, 3, 0.1386386173824151),
        (11.0, 4, 0.026564014350016436),
        (30.0, 9, 0.00043872177097947936),
        (80.0, 40, 0.0001763028977385677),
    ];
}
