//! Error rates on simulated lists with a known truth: what an interval or a test promises, it keeps.
//!
//! Every list is seeded, so a result here is a fact about the code and not about the day.

#![expect(clippy::unwrap_used, reason = "a test stops at the first value that is not as expected")]

use std::f64::consts::PI;

use lab_stats::{
    Draws, Level, Observations, TwoSamples, hodges_lehmann_interval, mann_whitney, median_interval,
    shift_interval, signed_rank,
};

const TRIALS: u32 = 1000;

/// Distributions that break methods built on the mean, all with median zero.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// Cauchy: no mean and no variance exist.
    Cauchy,
    /// Two narrow modes at ±6, equally likely.
    Bimodal,
    /// A fast mode and a slow tail: log-normal less its median.
    Skewed,
    /// Whole numbers from -2 to 2: nearly every value is tied.
    Tied,
}

impl Shape {
    const SYMMETRIC: [Self; 3] = [Self::Cauchy, Self::Bimodal, Self::Tied];
    const ALL: [Self; 4] = [Self::Cauchy, Self::Bimodal, Self::Skewed, Self::Tied];

    fn list(self, count: usize, draws: &mut Draws) -> Observations {
        Observations::new((0..count).map(|_| self.draw(draws)).collect::<Vec<_>>()).unwrap()
    }

    fn draw(self, draws: &mut Draws) -> f64 {
        let one = draws.uniform();
        match self {
            Self::Cauchy => (PI * (one - 0.5)).tan(),
            Self::Bimodal => {
                let side = if draws.uniform() < 0.5 { -6.0 } else { 6.0 };
                side + one - 0.5
            }
            Self::Skewed => {
                let normal = (-2.0 * one.ln()).sqrt() * (2.0 * PI * draws.uniform()).cos();
                (1.5 * normal).exp() - 1.0
            }
            Self::Tied => (5.0 * one).floor() - 2.0,
        }
    }
}

/// How many standard errors a rate lies above the one promised; below 3.3 in all but one of 2000 honest runs.
fn excess(happened: u32, promised: f64) -> f64 {
    let trials = f64::from(TRIALS);
    (f64::from(happened) - promised * trials) / (promised * (1.0 - promised) * trials).sqrt()
}

fn count(trial: impl FnMut(u32) -> bool) -> u32 {
    (0..TRIALS).map(trial).filter(|happened| *happened).count() as u32
}

#[test]
fn median_intervals_miss_the_median_no_more_often_than_they_say() {
    for shape in Shape::ALL {
        for size in [6, 11, 20, 41] {
            for level in [Level::new(0.8).unwrap(), Level::P95] {
                let mut draws = Draws::seeded(7 + size as u64);
                let Ok(first) = median_interval(&shape.list(size, &mut draws), level) else {
                    panic!("{size}")
                };
                let missed =
                    count(|_| !median_interval(&shape.list(size, &mut draws), level).unwrap().contains(0.0));
                let alpha = first.level().alpha();
                assert!(excess(missed, alpha) < 3.3, "{shape:?} {size} {level:?}: {missed} missed");
                if !matches!(shape, Shape::Tied) {
                    // The level achieved is exact for continuous shapes, so far too few misses is a bug too.
                    assert!(excess(missed, alpha) > -3.3, "{shape:?} {size} {level:?}: {missed} missed");
                }
            }
        }
    }
}

#[test]
fn signed_rank_tests_raise_no_more_alarms_than_alpha_where_nothing_differs() {
    for shape in Shape::SYMMETRIC {
        for (size, alpha) in [(6, 0.05), (10, 0.01), (20, 0.05), (40, 0.01)] {
            let mut draws = Draws::seeded(11 + size as u64);
            let alarms = count(|_| signed_rank(&shape.list(size, &mut draws)).p.value() <= alpha);
            assert!(excess(alarms, alpha) < 3.3, "{shape:?} {size} {alpha}: {alarms} alarms");
        }
    }
}

#[test]
fn centre_intervals_cover_the_centre_as_often_as_they_say() {
    for shape in Shape::SYMMETRIC {
        for size in [6, 20] {
            let mut draws = Draws::seeded(13 + size as u64);
            let achieved =
                hodges_lehmann_interval(&shape.list(size, &mut draws), Level::P95).unwrap().level();
            let missed = count(|_| {
                !hodges_lehmann_interval(&shape.list(size, &mut draws), Level::P95).unwrap().contains(0.0)
            });
            assert!(excess(missed, achieved.alpha()) < 3.3, "{shape:?} {size}: {missed} missed");
        }
    }
}

#[test]
fn rank_sum_tests_and_shift_intervals_keep_alpha_where_nothing_differs() {
    for shape in Shape::ALL {
        let mut draws = Draws::seeded(17);
        let mut missed = 0;
        let alarms = count(|_| {
            let (reference, other) = (shape.list(8, &mut draws), shape.list(11, &mut draws));
            let samples = TwoSamples { reference: &reference, other: &other };
            missed += u32::from(!shift_interval(samples, Level::P95).unwrap().contains(0.0));
            mann_whitney(samples).p.value() <= 0.05
        });
        assert!(excess(alarms, 0.05) < 3.3, "{shape:?}: {alarms} alarms");
        assert!(excess(missed, 0.05) < 3.3, "{shape:?}: {missed} missed");
    }
}

#[test]
fn a_real_shift_is_found_through_heavy_tails() {
    // The negative control of this file: the same machinery does raise alarms when there is something.
    let mut draws = Draws::seeded(19);
    let alarms = count(|_| {
        let list = Shape::Cauchy.list(40, &mut draws);
        let moved: Vec<f64> = list.sorted().iter().map(|value| value + 1.5).collect();
        signed_rank(&Observations::new(moved).unwrap()).p.value() <= 0.01
    });
    assert!(alarms > TRIALS * 8 / 10, "only {alarms} of {TRIALS} were found");
}
