//! The sign-flip test: how surprising a mean or median is when every sign could as well be the other.
//!
//! It must never assume a distribution; all it uses is that the labels were dealt by coin.

use crate::bootstrap::Resampling;
use crate::draws::Draws;
use crate::observations::Observations;
use crate::probability::Probability;

/// All assignments of signs are tried up to this many values: 2^15 of them, the other half being mirrored.
pub const SIGN_FLIP_ALL_MAX: usize = 16;

/// Sums in another order differ in their last bits; within this fraction they count as equal.
const EQUAL_WITHIN: f64 = 1e-12;

/// Which centre is tested against zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Centre {
    /// The arithmetic mean: sensitive, and moved by a single stray value.
    Mean,
    /// The median.
    Median,
}

/// The result of a sign-flip test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignFlip {
    /// The centre of the values as they are.
    pub centre: f64,
    /// How probable a centre at least this far from zero is when signs are fair coins.
    pub p: Probability,
    /// Which assignments were tried.
    pub flips: Flips,
}

/// Which assignments of signs a test tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flips {
    /// Every one: p is exact.
    All,
    /// So many at random. The assignment at hand counts as one more, so p is never zero and the test keeps
    /// its error rate (Phipson and Smyth, Statistical Applications in Genetics and Molecular Biology 9, 2010).
    Sampled(usize),
}

/// Two-sided sign-flip test of symmetry around zero (Fisher, The Design of Experiments, 1935, section 21;
/// Pitman, Supplement to the JRSS 4, 1937). The resampling is used beyond [`SIGN_FLIP_ALL_MAX`] values only.
pub fn sign_flip(observations: &Observations, centre: Centre, resampling: Resampling) -> SignFlip {
    let observed = centre.of(&mut observations.sorted().to_vec());
    let mut flipper = Flipper::of(observations, centre, observed);
    let count = observations.count();
    let (share, flips) = if count <= SIGN_FLIP_ALL_MAX {
        // The mirror image of an assignment is as far from zero, so the last sign may stay as it is.
        let all = 1_u32 << (count - 1);
        let far = (0..all)
            .filter(|assignment| {
                let mut bits = *assignment;
                flipper.is_as_far(|| {
                    let is_negative = bits & 1 == 1;
                    bits >>= 1;
                    is_negative
                })
            })
            .count();
        (far as f64 / f64::from(all), Flips::All)
    } else {
        let mut draws = Draws::seeded(resampling.seed);
        let far = (0..resampling.count).filter(|_| flipper.is_as_far(|| draws.coin())).count();
        ((far + 1) as f64 / (resampling.count + 1) as f64, Flips::Sampled(resampling.count))
    };
    SignFlip { centre: observed, p: Probability::capped(share), flips }
}

/// Gives the magnitudes other signs and looks how far their centre then lies from zero.
struct Flipper {
    magnitudes: Vec<f64>,
    flipped: Vec<f64>,
    centre: Centre,
    distance_min: f64,
}

impl Flipper {
    fn of(observations: &Observations, centre: Centre, observed: f64) -> Self {
        let magnitudes: Vec<f64> = observations.sorted().iter().map(|value| value.abs()).collect();
        let distance_min = observed.abs() * (1.0 - EQUAL_WITHIN);
        Self { flipped: magnitudes.clone(), magnitudes, centre, distance_min }
    }

    fn is_as_far(&mut self, mut is_negative: impl FnMut() -> bool) -> bool {
        self.flipped.clear();
        let flip = |magnitude: &f64| if is_negative() { -magnitude } else { *magnitude };
        self.flipped.extend(self.magnitudes.iter().map(flip));
        self.centre.of(&mut self.flipped).abs() >= self.distance_min
    }
}

impl Centre {
    /// Of values in any order, which is changed.
    fn of(self, values: &mut [f64]) -> f64 {
        let count = values.len();
        match self {
            Self::Mean => values.iter().sum::<f64>() / count as f64,
            Self::Median => {
                let (below, middle, _) = values.select_nth_unstable_by(count / 2, f64::total_cmp);
                if count % 2 == 1 {
                    return *middle;
                }
                let lower = below.iter().copied().max_by(f64::total_cmp);
                (lower.expect("an even count has a lower half") + *middle) / 2.0
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESAMPLING: Resampling = Resampling { count: 20_000, seed: 3 };

    fn test_of(values: &[f64], centre: Centre) -> SignFlip {
        sign_flip(&Observations::new(values).unwrap(), centre, RESAMPLING)
    }

    #[test]
    fn ten_positive_values_have_two_chances_in_1024() {
        let ten: Vec<f64> = (1..=10).map(f64::from).collect();
        let test = test_of(&ten, Centre::Mean);
        assert_eq!((test.centre, test.p.value(), test.flips), (5.5, 2.0 / 1024.0, Flips::All));
    }

    #[test]
    fn zeros_alone_and_a_single_value_are_no_evidence() {
        for centre in [Centre::Mean, Centre::Median] {
            assert_eq!(test_of(&[0.0; 5], centre).p.value(), 1.0);
            assert_eq!(test_of(&[7.0], centre).p.value(), 1.0);
        }
    }

    #[test]
    fn sampling_agrees_with_trying_all_where_both_can() {
        let sixteen: Vec<f64> = (0..16).map(|index| f64::from(index * 7 % 16) - 5.2).collect();
        for centre in [Centre::Mean, Centre::Median] {
            let exact = test_of(&sixteen, centre).p.value();
            // A zero as the seventeenth value leaves the mean's test as it was.
            let seventeen: Vec<f64> = sixteen.iter().copied().chain([0.0]).collect();
            let sampled = test_of(&seventeen, centre);
            assert_eq!(sampled.flips, Flips::Sampled(20_000));
            if centre == Centre::Mean {
                assert!((sampled.p.value() - exact).abs() < 0.01, "{sampled:?} against {exact}");
            }
        }
    }

    #[test]
    fn a_sampled_p_is_never_zero() {
        let many: Vec<f64> = (1..=40).map(f64::from).collect();
        assert_eq!(test_of(&many, Centre::Mean).p.value(), 1.0 / 20_001.0);
        let none =
            sign_flip(&Observations::new(many).unwrap(), Centre::Mean, Resampling { count: 0, seed: 1 });
        assert_eq!(none.p.value(), 1.0);
    }
}
