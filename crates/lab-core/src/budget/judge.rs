//! Whether a Run keeps its budgets.
//!
//! A budget that nothing answers is told as such: what was not measured was not kept.

use std::collections::BTreeMap;

use lab_stats::{Estimate, Interval, Level, Observations, Probability, median_estimate, quantile};

use super::{Budget, Measure, Target};
use crate::filter::Filter;
use crate::model::{BenchmarkId, MetricId, Outcome, Run, Throughput, Values};
use crate::nearest::nearest;
use crate::report::view::{Figure, LEVEL};

/// What became of one budget for one benchmark.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The benchmark; absent when the budget's pattern names none.
    pub benchmark: Option<BenchmarkId>,
    /// The budget's own words for it.
    pub pattern: String,
    /// The bound.
    pub target: Target,
    /// The metric it is about.
    pub metric: MetricId,
    /// What is counted, where it is not the metric's median as it stands (`p99`, `relative to …`); empty otherwise.
    pub what: String,
    /// What was reached, in the target's measure.
    pub reached: Option<Estimate>,
    /// What follows.
    pub kept: Kept,
}

/// Whether a budget is kept.
#[derive(Clone, Debug, PartialEq)]
pub enum Kept {
    /// Within the target.
    Met,
    /// Beyond the target and within its tolerance.
    Tolerated,
    /// Beyond the tolerance.
    Missed {
        /// The interval lies beyond it as a whole.
        is_sure: bool,
    },
    /// Nothing is known: why, as a clause.
    Unmeasured(String),
}

/// Judges every budget for every benchmark that it names, in the order of the budgets.
pub fn judge(run: &Run, budgets: &[Budget]) -> Vec<Judged> {
    let ids: Vec<BenchmarkId> = run.benchmarks.iter().map(|record| record.id.clone()).collect();
    let measured = Measured::of(run);
    budgets.iter().flat_map(|budget| of_budget(budget, &ids, &measured)).collect()
}

/// What is wrong with budgets whose names are nobody's among all benchmarks there are, a sentence each.
///
/// Unlike [`judge`], it needs nothing measured.
pub fn without_benchmark(budgets: &[Budget], ids: &[BenchmarkId]) -> Vec<String> {
    budgets.iter().flat_map(|budget| unmet_names(budget, ids)).collect()
}

fn unmet_names(budget: &Budget, ids: &[BenchmarkId]) -> Vec<String> {
    let ids = of_package(budget, ids);
    let named = |name: &String| Filter::new(std::slice::from_ref(name)).select(&ids).len();
    let meant = || budget.package.as_ref().map_or_else(String::new, |package| format!(" of {package}"));
    let mut told = Vec::new();
    if named(&budget.benchmarks) == 0 {
        told.push(format!(
            "the budget for {:?} (line {}) names no benchmark{}{}",
            budget.benchmarks,
            budget.line,
            meant(),
            did_you_mean(&budget.benchmarks, &ids)
        ));
    }
    if let Some(base) = &budget.relative_to
        && named(base) != 1
    {
        told.push(format!(
            "relative_to of the budget for {:?} (line {}) names {} benchmarks{}, and a multiple is of one",
            budget.benchmarks,
            budget.line,
            named(base),
            meant(),
        ));
    }
    told
}

fn of_package(budget: &Budget, ids: &[BenchmarkId]) -> Vec<BenchmarkId> {
    let belongs = |id: &&BenchmarkId| budget.package.as_ref().is_none_or(|name| id.target.package == *name);
    ids.iter().filter(belongs).cloned().collect()
}

fn did_you_mean(name: &str, ids: &[BenchmarkId]) -> String {
    let names: Vec<&str> = ids.iter().map(|id| id.path.as_str()).collect();
    let near = nearest(name, names);
    near.first().map_or_else(String::new, |name| format!("; did you mean {name}?"))
}

fn of_budget(budget: &Budget, ids: &[BenchmarkId], measured: &Measured<'_>) -> Vec<Judged> {
    let ids = of_package(budget, ids);
    let named = Filter::new(std::slice::from_ref(&budget.benchmarks)).select(&ids);
    if named.is_empty() {
        let meant = did_you_mean(&budget.benchmarks, &ids);
        return vec![judged(budget, None, Err(format!("this Run has no such benchmark{meant}")))];
    }
    named.into_iter().map(|id| judged(budget, Some(id), measured.value(budget, id, &ids))).collect()
}

fn judged(budget: &Budget, benchmark: Option<&BenchmarkId>, reached: Result<Estimate, String>) -> Judged {
    let target = &budget.target;
    let kept = match &reached {
        Err(why) => Kept::Unmeasured(why.clone()),
        Ok(value) if target.admits(value.point, target.value) => Kept::Met,
        Ok(value) if target.admits(value.point, target.limit()) => Kept::Tolerated,
        Ok(value) => {
            let reaches = |bound: f64| target.admits(bound, target.limit());
            let is_sure = value.interval.is_some_and(|i| !reaches(i.lower()) && !reaches(i.upper()));
            Kept::Missed { is_sure }
        }
    };
    let percentile = budget.percentile.map(|percentile| format!("p{percentile}"));
    let relative = budget.relative_to.as_ref().map(|base| format!("relative to {base}"));
    let what: Vec<String> = percentile.into_iter().chain(relative).collect();
    Judged {
        benchmark: benchmark.cloned(),
        pattern: budget.benchmarks.clone(),
        target: target.clone(),
        metric: budget.metric.clone(),
        what: what.join(", "),
        reached: reached.ok(),
        kept,
    }
}

/// The processes of a Run by benchmark.
struct Measured<'a> {
    outcomes: BTreeMap<&'a BenchmarkId, Vec<&'a crate::model::Observation>>,
}

impl<'a> Measured<'a> {
    fn of(run: &'a Run) -> Self {
        let mut outcomes: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for observation in run.invocations.iter().flat_map(|invocation| &invocation.observations) {
            outcomes.entry(&observation.benchmark).or_default().push(observation);
        }
        Self { outcomes }
    }

    /// What a benchmark reached, in the measure of the budget's target.
    fn value(&self, budget: &Budget, id: &BenchmarkId, ids: &[BenchmarkId]) -> Result<Estimate, String> {
        let figure = self.figure(budget, id)?;
        match budget.target.measure {
            Measure::Time | Measure::Bytes | Measure::Count => Ok(figure.estimate),
            Measure::PerSecond | Measure::BytesPerSecond => rate(budget, &figure),
            Measure::Multiple => {
                let wanted = budget.relative_to.clone().unwrap_or_default();
                let bases = Filter::new(std::slice::from_ref(&wanted)).select(ids);
                let [base] = bases[..] else {
                    return Err(format!(
                        "{wanted:?} names {} benchmarks, and a multiple is of one",
                        bases.len()
                    ));
                };
                let base = self.figure(budget, base)?;
                let (value, one) = match budget.throughput {
                    Some(_) => (rate(budget, &figure)?, rate(budget, &base)?),
                    None => (figure.estimate, base.estimate),
                };
                divided(value, one).ok_or_else(|| "a value of zero has no multiple".to_owned())
            }
        }
    }

    fn figure(&self, budget: &Budget, id: &BenchmarkId) -> Result<Figure, String> {
        let observations = self.outcomes.get(id).map_or(&[][..], Vec::as_slice);
        let measured: Vec<_> = observations
            .iter()
            .filter(|observation| observation.outcome == Outcome::Ok)
            .filter_map(|observation| observation.measurements.iter().find(|m| m.metric == budget.metric))
            .collect();
        let Some(first) = measured.first() else {
            return Err(if observations.is_empty() {
                "it was not run".into()
            } else if observations.iter().all(|observation| observation.outcome != Outcome::Ok) {
                "it failed".into()
            } else {
                format!("it has no {}", budget.metric)
            });
        };
        let each = |measurement: &&crate::model::Measurement| match budget.percentile {
            None => Ok(measurement.representative()),
            Some(percentile) => percentile_of(&measurement.values, percentile).map(Some),
        };
        let values: Vec<f64> =
            measured.iter().map(each).collect::<Result<Vec<_>, String>>()?.into_iter().flatten().collect();
        let count = values.len();
        let observations =
            Observations::new(values).map_err(|_| "none of its values is a number".to_owned())?;
        let level = Level::new(LEVEL).expect("0.95 lies between 0 and 1");
        Ok(Figure {
            metric: first.metric.clone(),
            unit: first.unit.clone(),
            estimate: median_estimate(&observations, level),
            invocation_count: count,
            throughput: first.throughput.clone(),
        })
    }
}

/// A percentile of single iterations; a batch of several has lost its slow ones in the mean.
fn percentile_of(values: &Values, percentile: f64) -> Result<f64, String> {
    let Values::Samples(samples) = values else {
        return Err("its harness keeps the samples to itself, so there is no percentile".into());
    };
    if let Some(batch) = samples.iter().find(|sample| sample.iterations > 1.0) {
        return Err(format!(
            "its samples are batches, as of {} iterations, and have no percentile",
            batch.iterations
        ));
    }
    let each: Vec<f64> = samples.iter().map(|sample| sample.total / sample.iterations).collect();
    let each = Observations::new(each).map_err(|_| "its samples are no numbers".to_owned())?;
    let fraction = Probability::new(percentile / 100.0).map_err(|error| error.to_string())?;
    Ok(quantile(&each, fraction))
}

/// Work per second; the interval turns over with the time.
fn rate(budget: &Budget, figure: &Figure) -> Result<Estimate, String> {
    let work = work_of(budget, &figure.throughput)?;
    if figure.estimate.point <= 0.0 {
        return Err("a time of zero has no rate".into());
    }
    let of = |wall_ns: f64| work / wall_ns * 1e9;
    let turned =
        |interval: Interval| Interval::new(of(interval.upper()), of(interval.lower()), interval.level()).ok();
    Ok(Estimate { point: of(figure.estimate.point), interval: figure.estimate.interval.and_then(turned) })
}

fn work_of(budget: &Budget, declared: &[Throughput]) -> Result<f64, String> {
    let is_wanted = |throughput: &&Throughput| match (&budget.throughput, budget.target.measure) {
        (Some(kind), _) => throughput.kind == *kind,
        (None, Measure::BytesPerSecond) => throughput.kind.starts_with("bytes"),
        (None, _) => throughput.kind == "elements",
    };
    match (declared.iter().find(is_wanted), &budget.throughput, budget.target.measure) {
        (Some(throughput), ..) => Ok(throughput.per_iteration),
        // Without declared work an iteration is the work.
        (None, None, Measure::PerSecond) => Ok(1.0),
        (None, kind, _) => {
            Err(format!("it declares no throughput in {}", kind.as_deref().unwrap_or("bytes")))
        }
    }
}

/// A ratio with the widest interval that the two allow.
fn divided(value: Estimate, one: Estimate) -> Option<Estimate> {
    if one.point <= 0.0 {
        return None;
    }
    let interval = value.interval.zip(one.interval).and_then(|(value, one)| {
        (one.lower() > 0.0)
            .then(|| {
                Interval::new(value.lower() / one.upper(), value.upper() / one.lower(), value.level()).ok()
            })
            .flatten()
    });
    Some(Estimate { point: value.point / one.point, interval })
}

impl Judged {
    /// Whether the gate must fail: missed, or not measured although the Run left nothing out.
    pub fn fails(&self, is_whole_run: bool) -> bool {
        match self.kept {
            Kept::Met | Kept::Tolerated => false,
            Kept::Missed { .. } => true,
            Kept::Unmeasured(_) => is_whole_run || self.benchmark.is_some(),
        }
    }

    /// How far the value lies beyond the target, as a share of it; below zero inside it.
    pub fn excess(&self) -> Option<f64> {
        let share = self.reached?.point / self.target.value - 1.0;
        Some(match self.target.bound {
            super::Bound::AtMost => share,
            super::Bound::AtLeast => -share,
        })
    }
}

#[cfg(test)]
mod tests;
