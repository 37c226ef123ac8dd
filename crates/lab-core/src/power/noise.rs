//! How much the replicates of a benchmark scatter, and what one of them costs, for either road to a verdict.
//!
//! It takes what was measured as it is: nothing is left out for being far off.

use std::collections::BTreeMap;

use lab_stats::{Observations, scaled_median_absolute_deviation, standard_deviation};

use crate::model::{BenchmarkId, Calibration, Footing, Launch, Match, MetricId, Outcome, PRIMARY_KEY, Run};

/// Replicates below which a scatter is not worth telling.
const COUNT_MIN: usize = 6;

/// How a verdict is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Road {
    /// `bench-lab ab`: both sides alive; a replicate is a launch.
    Live,
    /// `bench-lab run --compare`: processes against stored ones; a replicate is a process of either side.
    Stored,
}

impl Road {
    /// Name in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Stored => "stored",
        }
    }
}

/// The noise of one benchmark.
#[derive(Clone, Debug, PartialEq)]
pub struct Noise {
    /// Which benchmark.
    pub benchmark: BenchmarkId,
    /// For which road.
    pub road: Road,
    /// What was measured.
    pub metric: MetricId,
    /// Log ratios of launches, or logarithms of processes' values.
    pub logs: Vec<f64>,
    /// Median wall time of a replicate in seconds; processes that several benchmarks share count by their part.
    pub seconds: f64,
}

impl Noise {
    /// Spread of one replicate in ln units: the scaled median absolute deviation, or the standard deviation where most
    /// values are equal. A few stray values hardly move it, as they hardly move the rank tests that judge. Absent with
    /// fewer than six replicates.
    pub fn spread(&self) -> Option<f64> {
        let logs = Observations::new(self.logs.as_slice()).ok()?;
        if logs.count() < COUNT_MIN {
            return None;
        }
        match scaled_median_absolute_deviation(&logs) {
            0.0 => standard_deviation(&logs),
            spread => Some(spread),
        }
    }
}

/// The noise of every benchmark of a Run that was measured.
pub fn stored_noise(run: &Run) -> Vec<Noise> {
    let mut found: BTreeMap<&BenchmarkId, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
    for invocation in &run.invocations {
        let share = invocation.wall_ns as f64 / 1e9 / invocation.observations.len().max(1) as f64;
        for observation in invocation.observations.iter().filter(|one| one.outcome == Outcome::Ok) {
            let measured = observation.measurements.iter().find(|one| one.metric == MetricId::wall_ns());
            let value = measured.and_then(|one| one.representative()).filter(|value| *value > 0.0);
            let (logs, seconds) = found.entry(&observation.benchmark).or_default();
            if let Some(value) = value {
                logs.push(value.ln());
                seconds.push(share);
            }
        }
    }
    let noise = |(benchmark, (logs, seconds)): (&BenchmarkId, (Vec<f64>, Vec<f64>))| Noise {
        benchmark: benchmark.clone(),
        road: Road::Stored,
        metric: MetricId::wall_ns(),
        logs,
        seconds: middle(&seconds),
    };
    found.into_iter().map(noise).collect()
}

/// The noise of every benchmark that was launched, in the metric that carried its verdict.
pub fn live_noise(one: &Match) -> Vec<Noise> {
    let primary = |benchmark: &BenchmarkId| {
        let duel = one.duels.iter().find(|duel| duel.benchmark == *benchmark)?;
        match &duel.footing {
            Footing::Ready(Calibration(terms)) => terms.get(PRIMARY_KEY).cloned().map(MetricId),
            Footing::Identical | Footing::Broken => None,
        }
    };
    let mut launches: BTreeMap<&BenchmarkId, Vec<&Launch>> = BTreeMap::new();
    for launch in &one.launches {
        launches.entry(&launch.benchmark).or_default().push(launch);
    }
    let noise = |(benchmark, launches): (&BenchmarkId, Vec<&Launch>)| {
        let asked = one.plan.metric.clone().map(MetricId);
        let metric = asked.or_else(|| primary(benchmark)).unwrap_or_else(MetricId::wall_ns);
        let seconds: Vec<f64> = launches.iter().map(|launch| launch.wall_ns as f64 / 1e9).collect();
        Noise {
            benchmark: benchmark.clone(),
            road: Road::Live,
            logs: launches.iter().filter_map(|launch| launch.log_ratio(&metric)).collect(),
            metric,
            seconds: middle(&seconds),
        }
    };
    launches.into_iter().map(noise).filter(|noise| !noise.logs.is_empty()).collect()
}

/// The median; zero of nothing.
fn middle(values: &[f64]) -> f64 {
    Observations::new(values).map_or(0.0, |values| lab_stats::median(&values))
}
