//! What has gone by in a Run so far: running estimates, failures, the usual clock.
//!
//! It only looks back; it never decides what is measured next except to give up what keeps failing.

use std::collections::HashMap;

use lab_core::model::{BenchmarkId, Invocation, Measurement, Outcome, Scheduled};

use super::event::RunningEstimate;

/// Failed processes of a benchmark after which it is given up: the second shows that the first was no accident.
const FAILURES_MAX: u32 = 2;

/// Clocks needed before there is a usual one.
const CLOCKS_MIN: usize = 5;

/// Sums over the invocations so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Representative values and their unit, by benchmark.
    values: HashMap<BenchmarkId, (Vec<f64>, String)>,
    /// Weighted failures, by benchmark.
    failures: HashMap<BenchmarkId, u32>,
    /// Measured clocks in GHz.
    clocks: Vec<f64>,
}

impl Tally {
    /// Sums up what earlier sessions measured.
    pub(super) fn of(invocations: &[Invocation]) -> Self {
        let mut tally = Self::default();
        for invocation in invocations {
            tally.note(invocation);
        }
        tally
    }

    /// Adds one invocation.
    pub(super) fn note(&mut self, invocation: &Invocation) {
        for observation in &invocation.observations {
            let failures = self.failures.entry(observation.benchmark.clone()).or_default();
            *failures += match observation.outcome {
                Outcome::Ok => 0,
                Outcome::Failed { .. } | Outcome::Missing { .. } => 1,
                // A hang costs its whole limit each time, and rarely passes the second time.
                Outcome::TimedOut { .. } => FAILURES_MAX,
            };
            let Some(first) = observation.measurements.first() else { continue };
            let Some(value) = first.representative() else { continue };
            let entry = self.values.entry(observation.benchmark.clone()).or_default();
            entry.0.push(value);
            entry.1.clone_from(&first.unit);
        }
        if invocation.target.is_canary() {
            // Its clock is that of some milliseconds with calls to the system in between.
            return;
        }
        self.clocks.extend(invocation.signals.get("clock_ghz").and_then(|reading| reading.value()));
    }

    /// Whether every benchmark of a process has failed too often to be tried again.
    pub(super) fn has_given_up(&self, scheduled: &Scheduled) -> bool {
        scheduled
            .benchmarks
            .iter()
            .all(|id| self.failures.get(id).is_some_and(|count| *count >= FAILURES_MAX))
    }

    /// The state of the benchmarks that an invocation measured.
    pub(super) fn estimates(&self, invocation: &Invocation) -> Vec<RunningEstimate> {
        invocation
            .observations
            .iter()
            .filter(|observation| {
                observation.measurements.first().and_then(Measurement::representative).is_some()
            })
            .filter_map(|observation| {
                let (values, unit) = self.values.get(&observation.benchmark)?;
                Some(RunningEstimate {
                    benchmark: observation.benchmark.clone(),
                    median: median(values)?,
                    unit: unit.clone(),
                    invocation_count: values.len(),
                })
            })
            .collect()
    }

    /// Median of the measured clocks in GHz; absent while there are too few for a usual one.
    pub(super) fn usual_clock_ghz(&self) -> Option<f64> {
        (self.clocks.len() >= CLOCKS_MIN).then(|| median(&self.clocks)).flatten()
    }
}

fn median(values: &[f64]) -> Option<f64> {
    lab_stats::Observations::new(values).ok().map(|observations| lab_stats::median(&observations))
}
