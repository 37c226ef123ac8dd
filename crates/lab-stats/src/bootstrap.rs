//! Intervals for any statistic by resampling the list at hand.
//!
//! It must never stand in for an exact interval where there is one: from few values its level is a hope.

use crate::distribution::{normal_cumulative, normal_quantile};
use crate::draws::Draws;
use crate::interval::{Estimate, Interval};
use crate::observations::{Observations, ObservationsError};
use crate::probability::{Level, Probability};
use crate::summary::{mean, quantile, standard_deviation};

/// How often to resample, and from which stream of draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resampling {
    /// How many resamples.
    pub count: usize,
    /// The seed of the draws: the same seed gives the same interval.
    pub seed: u64,
}

/// A statistic of a list, and of resamples of that list.
#[derive(Clone, Debug, PartialEq)]
pub struct Replicates {
    point: f64,
    values: Observations,
}

impl Replicates {
    /// For a statistic whose resampling was done elsewhere.
    ///
    /// # Errors
    /// [`ObservationsError`] when there is no replicate, or one, or the point, is not finite.
    pub fn new(point: f64, values: impl Into<Vec<f64>>) -> Result<Self, ObservationsError> {
        let point = Observations::new([point])?.sorted()[0];
        Ok(Self { point, values: Observations::new(values)? })
    }

    /// The statistic of the list itself.
    pub fn point(&self) -> f64 {
        self.point
    }

    /// The standard deviation of the replicates; absent when there is one only.
    pub fn standard_error(&self) -> Option<f64> {
        standard_deviation(&self.values)
    }

    /// Between two quantiles of the replicates (Efron and Tibshirani, An Introduction to the Bootstrap, 1993,
    /// chapter 13): simple, sound for medians, and too narrow from few values.
    pub fn percentile_interval(&self, level: Level) -> Interval {
        let tail = level.alpha() / 2.0;
        self.between(tail, 1.0 - tail, level)
    }

    /// As the percentile interval, corrected for bias and for a standard error that changes with the value
    /// (BCa: Efron, JASA 82, 1987; the acceleration from the jackknife as in DiCiccio and Efron, Statistical
    /// Science 11, 1996). For smooth statistics such as means; a median has no useful jackknife.
    ///
    /// `leave_one_out` holds the statistic of each list that lacks one value. Absent when every replicate lies
    /// on one side of the point, or the correction leaves the numbers.
    pub fn bca_interval(&self, leave_one_out: &Observations, level: Level) -> Option<Interval> {
        let sorted = self.values.sorted();
        let below = sorted.partition_point(|value| *value < self.point);
        let not_above = sorted.partition_point(|value| *value <= self.point);
        // Replicates equal to the point count half to either side.
        let share = (below + not_above) as f64 / (2 * sorted.len()) as f64;
        if share <= 0.0 || share >= 1.0 {
            return None;
        }
        let bias = normal_quantile(share);
        let acceleration = acceleration(leave_one_out);
        let corrected = |tail: f64| {
            let shifted = bias + normal_quantile(tail);
            let stretch = 1.0 - acceleration * shifted;
            (stretch > 0.0).then(|| normal_cumulative(bias + shifted / stretch))
        };
        let tail = level.alpha() / 2.0;
        Some(self.between(corrected(tail)?, corrected(1.0 - tail)?, level))
    }

    fn between(&self, lower: f64, upper: f64, level: Level) -> Interval {
        let at = |fraction| quantile(&self.values, Probability::capped(fraction));
        Interval::between(at(lower), at(upper), level)
    }
}

/// A sixth of the skewness of the influence that single values have; zero when none has any.
fn acceleration(leave_one_out: &Observations) -> f64 {
    let centre = mean(leave_one_out);
    let moment = |power| leave_one_out.sorted().iter().map(|value| (centre - value).powi(power)).sum::<f64>();
    let acceleration = moment(3) / (6.0 * moment(2).powf(1.5));
    if acceleration.is_finite() { acceleration } else { 0.0 }
}

/// `statistic` of as many lists drawn with replacement from the values (Efron, Annals of Statistics 7, 1979).
///
/// # Errors
/// [`ObservationsError`] when the statistic is not finite for some resample, or no resample was asked for.
pub fn resample(
    observations: &Observations,
    statistic: impl Fn(&Observations) -> f64,
    resampling: Resampling,
) -> Result<Replicates, ObservationsError> {
    let mut draws = Draws::seeded(resampling.seed);
    let values: Vec<f64> =
        (0..resampling.count).map(|_| statistic(&redraw(observations, &mut draws))).collect();
    Replicates::new(statistic(observations), values)
}

/// The statistic with its percentile interval.
///
/// # Errors
/// As [`resample`].
pub fn percentile_bootstrap(
    observations: &Observations,
    statistic: impl Fn(&Observations) -> f64,
    level: Level,
    resampling: Resampling,
) -> Result<Estimate, ObservationsError> {
    let replicates = resample(observations, statistic, resampling)?;
    Ok(Estimate { point: replicates.point, interval: Some(replicates.percentile_interval(level)) })
}

/// The statistic with its BCa interval, which is absent for a single value and where
/// [`Replicates::bca_interval`] is.
///
/// # Errors
/// As [`resample`].
pub fn bca_bootstrap(
    observations: &Observations,
    statistic: impl Fn(&Observations) -> f64,
    level: Level,
    resampling: Resampling,
) -> Result<Estimate, ObservationsError> {
    let replicates = resample(observations, &statistic, resampling)?;
    let interval = match leave_one_out(observations, statistic) {
        Some(left) => replicates.bca_interval(&left?, level),
        None => None,
    };
    Ok(Estimate { point: replicates.point, interval })
}

/// The statistic of each list that lacks one of the values; absent for a single value.
fn leave_one_out(
    observations: &Observations,
    statistic: impl Fn(&Observations) -> f64,
) -> Option<Result<Observations, ObservationsError>> {
    let values = observations.sorted();
    (values.len() > 1).then(|| {
        let lacking = |index: usize| {
            let kept = [&values[..index], &values[index + 1..]].concat();
            statistic(&Observations::new(kept).expect("what is left is one value at least, and checked"))
        };
        Observations::new((0..values.len()).map(lacking).collect::<Vec<_>>())
    })
}

/// Whether the values inside a resampled group are resampled too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    /// Groups are drawn and kept whole: the cluster bootstrap, right for the variance between groups (Davison
    /// and Hinkley, Bootstrap Methods and their Application, 1997, section 3.8).
    Kept,
    /// Values are drawn anew inside each drawn group: the hierarchical bootstrap, which counts the variance
    /// inside groups twice and so is somewhat too wide; for few large groups that is the safer side.
    Resampled,
}

/// Two statistics, one inside the other: of each group, and of what that gave for all groups.
#[derive(Clone, Copy, Debug)]
pub struct Nested<Inner, Outer> {
    /// Of one group, such as the median of its values.
    pub inner: Inner,
    /// Of what that gave for all groups, such as the mean of those medians.
    pub outer: Outer,
}

/// Resamples groups, since values inside a group are not independent of each other.
///
/// # Errors
/// [`ObservationsError::Empty`] without groups, and otherwise as [`resample`].
pub fn resample_groups<Inner, Outer>(
    groups: &[Observations],
    statistic: Nested<Inner, Outer>,
    within: Within,
    resampling: Resampling,
) -> Result<Replicates, ObservationsError>
where
    Inner: Fn(&Observations) -> f64,
    Outer: Fn(&Observations) -> f64,
{
    let Nested { inner, outer } = statistic;
    let of_groups = Observations::new(groups.iter().map(&inner).collect::<Vec<_>>())?;
    if within == Within::Kept {
        return resample(&of_groups, outer, resampling);
    }
    let mut draws = Draws::seeded(resampling.seed);
    let mut replicate = || -> Result<f64, ObservationsError> {
        let drawn: Vec<f64> = (0..groups.len())
            .map(|_| {
                let group = &groups[draws.below(groups.len())];
                inner(&redraw(group, &mut draws))
            })
            .collect();
        Ok(outer(&Observations::new(drawn)?))
    };
    let values = (0..resampling.count).map(|_| replicate()).collect::<Result<Vec<_>, _>>()?;
    Replicates::new(outer(&of_groups), values)
}

fn redraw(observations: &Observations, draws: &mut Draws) -> Observations {
    let values = observations.sorted();
    let drawn: Vec<f64> = values.iter().map(|_| values[draws.below(values.len())]).collect();
    Observations::new(drawn).expect("as many values as before, each of them checked")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::median;

    const RESAMPLING: Resampling = Resampling { count: 4000, seed: 12 };

    fn of(values: &[f64]) -> Observations {
        Observations::new(values).unwrap()
    }

    #[test]
    fn one_seed_gives_one_interval() {
        let list = of(&[1.0, 2.0, 4.0, 8.0, 16.0]);
        let interval =
            |seed| percentile_bootstrap(&list, mean, Level::P95, Resampling { seed, ..RESAMPLING }).unwrap();
        assert_eq!(interval(1), interval(1));
        assert_ne!(interval(1), interval(2));
    }

    #[test]
    fn the_standard_error_of_a_mean_is_the_plug_in_one() {
        let list = of(&[1.0, 2.0, 4.0, 8.0, 16.0, 3.0, 5.0]);
        // Drawn from the list itself, a mean has the variance of the list (divisor n) over n.
        let exact = standard_deviation(&list).unwrap() * (6.0_f64 / 7.0).sqrt() / 7.0_f64.sqrt();
        let found = resample(&list, mean, RESAMPLING).unwrap().standard_error().unwrap();
        assert!((found / exact - 1.0).abs() < 0.04, "{found} is not {exact}");
    }

    #[test]
    fn equal_values_have_an_interval_of_no_width_and_no_correction() {
        let list = of(&[3.0; 9]);
        let estimate = percentile_bootstrap(&list, median, Level::P95, RESAMPLING).unwrap();
        assert_eq!(estimate.interval.unwrap().half_width(), 0.0);
        let corrected = bca_bootstrap(&list, mean, Level::P95, RESAMPLING).unwrap();
        assert_eq!(corrected.interval.unwrap().half_width(), 0.0);
        assert_eq!(bca_bootstrap(&of(&[3.0]), mean, Level::P95, RESAMPLING).unwrap().interval, None);
    }

    #[test]
    fn a_point_beyond_all_replicates_has_no_corrected_interval() {
        let replicates = Replicates::new(10.0, [1.0, 2.0, 3.0]).unwrap();
        assert_eq!(replicates.bca_interval(&of(&[1.0, 2.0]), Level::P95), None);
    }

    #[test]
    fn a_statistic_that_is_no_number_is_refused() {
        let list = of(&[1.0, 2.0]);
        assert!(resample(&list, |_| f64::NAN, RESAMPLING).is_err());
        assert_eq!(resample(&list, mean, Resampling { count: 0, seed: 1 }), Err(ObservationsError::Empty));
    }

    #[test]
    fn values_that_agree_within_groups_do_not_make_the_interval_narrower() {
        // Five groups of forty values that barely differ inside: there are five independent values, not 200.
        let groups: Vec<Observations> = [1.0, 2.0, 4.0, 7.0, 11.0]
            .map(|level| of(&(0..40).map(|index| level + f64::from(index) * 1e-3).collect::<Vec<_>>()))
            .to_vec();
        let pooled = of(&groups.iter().flat_map(|group| group.sorted().to_vec()).collect::<Vec<_>>());
        let statistic = Nested { inner: median, outer: mean };
        let error_of = |replicates: Replicates| replicates.standard_error().unwrap();
        let kept = error_of(resample_groups(&groups, statistic, Within::Kept, RESAMPLING).unwrap());
        let redrawn = error_of(resample_groups(&groups, statistic, Within::Resampled, RESAMPLING).unwrap());
        let naive = error_of(resample(&pooled, mean, RESAMPLING).unwrap());
        assert!(kept > 5.0 * naive && redrawn > 5.0 * naive, "{kept} {redrawn} {naive}");
    }

    #[test]
    fn redrawing_inside_groups_adds_the_variance_inside_them() {
        let groups: Vec<Observations> =
            (0..6).map(|level| of(&[f64::from(level) - 9.0, f64::from(level) + 9.0])).collect();
        let statistic = Nested { inner: mean, outer: mean };
        let variance = |within| {
            resample_groups(&groups, statistic, within, RESAMPLING).unwrap().standard_error().unwrap().powi(2)
        };
        // Between: 35/12 over six groups. Inside: 81/2 per group mean, over six.
        let (between, inside) = (35.0 / 12.0 / 6.0, 81.0 / 2.0 / 6.0);
        assert!((variance(Within::Kept) / between - 1.0).abs() < 0.1);
        assert!((variance(Within::Resampled) / (between + inside) - 1.0).abs() < 0.1);
    }

    #[test]
    fn no_groups_are_refused() {
        let statistic = Nested { inner: mean, outer: mean };
        let refused = resample_groups(&[], statistic, Within::Resampled, RESAMPLING);
        assert_eq!(refused, Err(ObservationsError::Empty));
    }
}
