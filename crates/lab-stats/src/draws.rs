//! Reproducible random numbers for resampling and simulation.
//!
//! It must never draw from anything but its seed: one seed, one stream, on every machine and in every version.

use std::f64::consts::PI;

/// A stream of SplitMix64 (Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators, OOPSLA
/// 2014): far more than resampling needs, in three lines that no dependency's next version can change.
#[derive(Clone, Debug)]
pub struct Draws(u64);

impl Draws {
    /// The stream of that seed; streams of neighbouring seeds have nothing to do with each other.
    pub fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Uniform in (0, 1): the centre of one of 2^53 cells, so that neither end is ever drawn.
    pub fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) / 2f64.powi(53)
    }

    /// Heads or tails.
    pub fn coin(&mut self) -> bool {
        self.bits() >> 63 == 1
    }

    /// 1 or −1, equally likely.
    pub fn sign(&mut self) -> f64 {
        if self.coin() { 1.0 } else { -1.0 }
    }

    /// A whole number below `end`, which must not be zero. The bias of the multiplication is below `end` in
    /// 2^64.
    pub fn below(&mut self, end: usize) -> usize {
        assert!(end > 0, "there is no whole number below zero to draw");
        ((u128::from(self.bits()) * end as u128) >> 64) as usize
    }

    /// Standard normal (Box and Muller, Annals of Mathematical Statistics 29, 1958).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (2.0 * PI * self.uniform()).cos()
    }

    /// Exponential with mean one.
    pub fn exponential(&mut self) -> f64 {
        -self.uniform().ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_the_published_one() {
        // The first outputs for seed 1234567 of the authors' reference implementation (prng.di.unimi.it).
        let mut draws = Draws::seeded(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| draws.bits()).collect();
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        const COUNT: u32 = 200_000;
        let mut draws = Draws::seeded(1);
        let mut moments = |draw: fn(&mut Draws) -> f64| {
            let values: Vec<f64> = (0..COUNT).map(|_| draw(&mut draws)).collect();
            let mean = values.iter().sum::<f64>() / f64::from(COUNT);
            let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / f64::from(COUNT);
            (mean, variance)
        };
        // Five standard errors of a mean are about 0.011 times the standard deviation.
        for (draw, mean, variance) in [
            (Draws::normal as fn(&mut Draws) -> f64, 0.0, 1.0),
            (Draws::exponential, 1.0, 1.0),
            (Draws::sign, 0.0, 1.0),
            (Draws::uniform, 0.5, 1.0 / 12.0),
            (|draws| draws.below(3) as f64, 1.0, 2.0 / 3.0),
        ] {
            let (found_mean, found_variance) = moments(draw);
            assert!((found_mean - mean).abs() < 0.012, "{found_mean} is not {mean}");
            assert!((found_variance - variance).abs() < 0.04, "{found_variance} is not {variance}");
        }
    }

    #[test]
    fn whole_numbers_reach_both_ends_and_no_further() {
        let mut draws = Draws::seeded(2);
        let drawn: std::collections::BTreeSet<usize> = (0..200).map(|_| draws.below(5)).collect();
        assert_eq!(drawn.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        assert_eq!(draws.below(1), 0);
    }
}
