//! Hodges-Lehmann estimates of a centre and of a shift, with the intervals that invert the rank tests.
//!
//! It must never list the pairs: their number grows with the square of the count, so places among them are
//! found by bisection and counting (the estimates are those of Hodges and Lehmann, Annals of Mathematical
//! Statistics 34, 1963).

use super::TwoSamples;
use super::null::Null;
use crate::bisect::first_where;
use crate::interval::{Cutoff, Interval, NoInterval, count_needed};
use crate::observations::Observations;
use crate::probability::Level;

/// The median of the means of all pairs of values, each value paired with itself too (Walsh averages).
///
/// For symmetric distributions it estimates the centre nearly as well as the mean does for normal data, and
/// up to 29 % of the values may be arbitrarily wrong.
pub fn hodges_lehmann(observations: &Observations) -> f64 {
    WalshAverages(observations.sorted()).median()
}

/// The interval of the centre of symmetry that the signed-rank test does not reject.
///
/// Up to 200 values the level is exact for continuous distributions, at least as stated with ties, and is the
/// level achieved. Beyond, the place comes from the normal approximation, rounded outwards, and the level is
/// the one asked for.
///
/// # Errors
/// [`NoInterval::TooFew`] when even the full range does not reach `level`: below 6 values at 95 %.
pub fn hodges_lehmann_interval(observations: &Observations, level: Level) -> Result<Interval, NoInterval> {
    let count = observations.count();
    let averages = WalshAverages(observations.sorted());
    let cutoff = Null::signed_rank(count)
        .cutoff(level)
        .ok_or_else(|| NoInterval::TooFew { count, needed: count_needed(level) })?;
    Ok(averages.interval(cutoff))
}

/// How much larger `other` is than `reference`: the median of the differences of all pairs across the lists.
pub fn shift(samples: TwoSamples<'_>) -> f64 {
    Differences::of(samples).median()
}

/// The interval of the shift that the Mann-Whitney test does not reject.
///
/// With a product of counts up to 2500 the level is exact for continuous distributions, at least as stated
/// with ties, and is the level achieved. Beyond, it is approximate as in [`hodges_lehmann_interval`].
///
/// # Errors
/// [`NoInterval::TooFewPairs`] when even the range of all differences does not reach `level`.
pub fn shift_interval(samples: TwoSamples<'_>, level: Level) -> Result<Interval, NoInterval> {
    let (reference_count, other_count) = (samples.reference.count(), samples.other.count());
    let differences = Differences::of(samples);
    let cutoff = Null::rank_sum(reference_count, other_count)
        .cutoff(level)
        .ok_or(NoInterval::TooFewPairs { reference_count, other_count })?;
    Ok(differences.interval(cutoff))
}

/// A number made from each pair of values, ordered by size.
pub(crate) trait Pairwise {
    /// How many pairs there are.
    fn count(&self) -> usize;
    /// How many pairs give at most `bound`, in time linear in the lists.
    fn count_at_most(&self, bound: f64) -> usize;
    /// The smallest and the largest number of any pair.
    fn range(&self) -> (f64, f64);

    /// The number at `place`, counted from one.
    fn at(&self, place: usize) -> f64 {
        let (lower, upper) = self.range();
        first_where(lower, upper, |bound| self.count_at_most(bound) >= place)
    }

    fn median(&self) -> f64 {
        let count = self.count();
        (self.at(count.div_ceil(2)) + self.at(count / 2 + 1)) / 2.0
    }

    fn interval(&self, cutoff: Cutoff) -> Interval {
        Interval::between(self.at(cutoff.place), self.at(self.count() + 1 - cutoff.place), cutoff.level)
    }

    /// How many pairs speak against the direction that most of them show; a pair that gives zero speaks
    /// against both. Breaking ties by a fair coin would give a statistic at least this far from the nearer
    /// end, so a p value of it without ties is never too small with them.
    fn against_count(&self) -> usize {
        let not_above = self.count_at_most(0.0);
        let not_below = self.count() - self.count_at_most(-f64::from_bits(1));
        not_above.min(not_below)
    }
}

/// (xᵢ + xⱼ) / 2 over i ≤ j, from ascending values.
pub(crate) struct WalshAverages<'a>(pub(crate) &'a [f64]);

impl Pairwise for WalshAverages<'_> {
    fn count(&self) -> usize {
        self.0.len() * (self.0.len() + 1) / 2
    }

    fn count_at_most(&self, bound: f64) -> usize {
        let mut end = self.0.len();
        let mut count = 0;
        for (first, low) in self.0.iter().enumerate() {
            while end > first && (low + self.0[end - 1]) / 2.0 > bound {
                end -= 1;
            }
            if end <= first {
                break;
            }
            count += end - first;
        }
        count
    }

    fn range(&self) -> (f64, f64) {
        (self.0[0], self.0[self.0.len() - 1])
    }
}

/// yⱼ − xᵢ over all i and j, from two ascending lists.
pub(crate) struct Differences<'a> {
    reference: &'a [f64],
    other: &'a [f64],
}

impl<'a> Differences<'a> {
    pub(crate) fn of(samples: TwoSamples<'a>) -> Self {
        Self { reference: samples.reference.sorted(), other: samples.other.sorted() }
    }
}

impl Pairwise for Differences<'_> {
    fn count(&self) -> usize {
        self.reference.len() * self.other.len()
    }

    fn count_at_most(&self, bound: f64) -> usize {
        let mut end = 0;
        let mut count = 0;
        for low in self.reference {
            while end < self.other.len() && self.other[end] - low <= bound {
                end += 1;
            }
            count += end;
        }
        count
    }

    fn range(&self) -> (f64, f64) {
        let last = |values: &[f64]| values[values.len() - 1];
        (self.other[0] - last(self.reference), last(self.other) - self.reference[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_agrees_with_the_sorted_list_of_pairs() {
        let values = [-3.5, -1.0, -1.0, 0.0, 0.25, 2.0, 7.0];
        let mut averages = Vec::new();
        let mut differences = Vec::new();
        for (first, low) in values.iter().enumerate() {
            averages.extend(values[first..].iter().map(|high| (low + high) / 2.0));
            differences.extend(values[..5].iter().map(|reference| low - reference));
        }
        averages.sort_by(f64::total_cmp);
        differences.sort_by(f64::total_cmp);
        let walsh = WalshAverages(&values);
        let across = Differences { reference: &values[..5], other: &values };
        assert_eq!((walsh.count(), across.count()), (averages.len(), differences.len()));
        assert_eq!((1..=walsh.count()).map(|place| walsh.at(place)).collect::<Vec<_>>(), averages);
        assert_eq!((1..=across.count()).map(|place| across.at(place)).collect::<Vec<_>>(), differences);
    }

    #[test]
    fn five_values_have_a_centre_but_no_interval_at_95_percent() {
        let five = Observations::new([1.0, 2.0, 3.0, 4.0, 50.0]).unwrap();
        // The fifteen averages in order: 1, 1.5, 2, 2, 2.5, 2.5, 3, 3 and so on; the eighth is the middle.
        assert_eq!(hodges_lehmann(&five), 3.0);
        let refusal = hodges_lehmann_interval(&five, Level::P95).unwrap_err();
        assert_eq!(refusal, NoInterval::TooFew { count: 5, needed: 6 });
    }

    #[test]
    fn three_and_three_values_have_a_shift_but_no_interval_at_95_percent() {
        let reference = Observations::new([1.0, 2.0, 3.0]).unwrap();
        let other = Observations::new([11.0, 12.0, 13.0]).unwrap();
        let samples = TwoSamples { reference: &reference, other: &other };
        assert_eq!(shift(samples), 10.0);
        let refusal = shift_interval(samples, Level::P95).unwrap_err();
        assert_eq!(refusal, NoInterval::TooFewPairs { reference_count: 3, other_count: 3 });
    }
}
