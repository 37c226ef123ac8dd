//! One benchmark as one process showed it: that it began, and what it measured.
//!
//! It decides whether values can be used; it does not know what was asked for.

use lab_core::model::{Measurement, MetricId, Sample, Throughput, Values};

use super::settings::Settings;

/// Unit of wall time in which Criterion speaks to machines.
const WALL_UNIT: &str = "ns";

/// What to look at when a sample took zero time.
pub(super) const ZERO_TIME_HINT: &str =
    "if the benchmark uses iter_custom, its routine must return the time it measured";

/// One run of one benchmark.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sighting {
    /// Full id.
    pub(super) path: String,
    /// Work of one iteration.
    pub(super) throughput: Vec<Throughput>,
    /// How far it came.
    pub(super) progress: Progress,
}

/// How far a benchmark came.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Progress {
    /// It began, and nothing was heard of it since.
    Begun,
    /// It gave its samples.
    Measured(Batches),
    /// Criterion threw its samples away, and printed that one of them took zero time.
    ZeroTime,
}

/// What a benchmark measured, unchecked.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Batches {
    /// Iterations of each sample.
    pub(super) iterations: Vec<f64>,
    /// Total of each sample in `unit`.
    pub(super) totals: Vec<f64>,
    /// Unit of the totals; absent when its measurement did not say it.
    pub(super) unit: Option<String>,
    /// `linear` or `flat`; absent when not said.
    pub(super) sampling: Option<String>,
    /// Settings in force; absent when only files tell.
    pub(super) in_force: Option<Settings>,
}

impl Batches {
    /// Checks the batches and makes a measurement of them.
    ///
    /// # Errors
    /// One sentence on why they cannot be used.
    pub(super) fn to_measurement(&self, throughput: &[Throughput]) -> Result<Measurement, String> {
        let unit = self.unit.clone().ok_or("its measurement did not say in which unit it counts")?;
        if self.iterations.is_empty() || self.iterations.len() != self.totals.len() {
            let (iterations, totals) = (self.iterations.len(), self.totals.len());
            return Err(format!("it sent {iterations} iteration counts and {totals} totals"));
        }
        if self.iterations.iter().any(|count| !(count.is_finite() && *count > 0.0)) {
            return Err("a sample had no iteration".into());
        }
        if self.totals.iter().any(|total| !total.is_finite()) {
            return Err("a sample's total is not a finite number".into());
        }
        // Criterion's own rule. A count of nothing, in another unit, may well be true.
        let zero_count = self.totals.iter().filter(|total| **total == 0.0).count();
        if unit == WALL_UNIT && zero_count > 0 {
            return Err(format!(
                "{zero_count} of {} samples took zero time; {ZERO_TIME_HINT}",
                self.totals.len()
            ));
        }
        let samples = self.iterations.iter().zip(&self.totals);
        let samples = samples.map(|(iterations, total)| Sample { iterations: *iterations, total: *total });
        let mut settings = self.in_force.as_ref().map(Settings::to_map).unwrap_or_default();
        settings.extend(self.sampling.iter().map(|sampling| ("sampling_mode".into(), sampling.clone())));
        Ok(Measurement {
            metric: metric(&unit),
            unit,
            values: Values::Samples(samples.collect()),
            throughput: throughput.to_vec(),
            settings,
        })
    }
}

/// `wall_ns`, or a name for what a measurement of the user's own counts.
fn metric(unit: &str) -> MetricId {
    if unit == WALL_UNIT {
        return MetricId::wall_ns();
    }
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    MetricId(format!("measured_{}", unit.chars().map(plain).collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batches(iterations: &[f64], totals: &[f64], unit: &str) -> Batches {
        Batches {
            iterations: iterations.to_vec(),
            totals: totals.to_vec(),
            unit: Some(unit.into()),
            sampling: None,
            in_force: None,
        }
    }

    #[test]
    fn batches_that_cannot_be_divided_are_refused() {
        let bad = [
            batches(&[], &[], "ns"),
            batches(&[1.0, 2.0], &[1.0], "ns"),
            batches(&[0.0], &[1.0], "ns"),
            batches(&[f64::NAN], &[1.0], "ns"),
            batches(&[1.0], &[f64::INFINITY], "ns"),
            Batches { unit: None, ..batches(&[1.0], &[1.0], "ns") },
        ];
        for batches in bad {
            assert!(batches.to_measurement(&[]).is_err(), "{batches:?}");
        }
    }

    #[test]
    fn zero_is_no_time_but_it_is_a_count() {
        assert!(batches(&[1.0, 2.0], &[3.0, 0.0], "ns").to_measurement(&[]).is_err());
        let counted = batches(&[1.0, 2.0], &[0.0, 0.0], "page faults").to_measurement(&[]).unwrap();
        assert_eq!(counted.metric.0, "measured_page_faults");
        assert_eq!(counted.unit, "page faults");
    }
}
