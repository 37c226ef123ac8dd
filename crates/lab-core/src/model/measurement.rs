//! What one invocation measured of one benchmark in one metric.
//!
//! Values are kept as the harness gave them; nothing here is averaged away.

use std::collections::BTreeMap;

use lab_stats::{Observations, median};

use super::MetricId;

/// One timed batch of iterations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Iterations in the batch; more than zero.
    pub iterations: f64,
    /// Total of the batch in the metric's unit.
    pub total: f64,
}

/// A number that a harness printed, with what printing cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Printed {
    /// The text as printed, unit included.
    pub text: String,
    /// The text as a number in the metric's unit.
    pub value: f64,
    /// Size of one step of the last printed digit, in the metric's unit: the true value lies in
    /// `[value, value + step)` for a harness that truncates.
    pub step: f64,
}

/// What a harness prints when it keeps the samples to itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Least value of an iteration over the samples.
    pub fastest: Printed,
    /// Greatest value of an iteration over the samples.
    pub slowest: Printed,
    /// Median over the samples.
    pub median: Printed,
    /// Total over all iterations, divided by their count.
    pub mean: Printed,
    /// How many samples were taken.
    pub sample_count: u64,
    /// How many iterations in all.
    pub iteration_count: u64,
}

/// The values of a measurement, in the metric's unit.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Raw batches in the order they were taken.
    Samples(Vec<Sample>),
    /// The harness's own summary.
    Summary(Summary),
    /// All that libtest's `#[bench]` prints.
    Center {
        /// Median over its samples.
        median: Printed,
        /// Greatest less least sample, after libtest pulled in the outer twentieth at either end.
        deviation: Printed,
    },
}

/// Work done by one iteration, so that a rate can be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Throughput {
    /// What is counted: `bytes`, `bytes_decimal`, `bits`, `elements`, `chars`, `cycles`.
    pub kind: String,
    /// How many of them in one iteration.
    pub per_iteration: f64,
}

/// Values of one metric for one benchmark in one invocation.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// Which metric.
    pub metric: MetricId,
    /// Unit of the values.
    pub unit: String,
    /// The values themselves.
    pub values: Values,
    /// Work per iteration as the benchmark declares it; may hold several kinds.
    pub throughput: Vec<Throughput>,
    /// The harness's settings that were in force, as it reported them (`sample_size`, `warm_up_ms`).
    pub settings: BTreeMap<String, String>,
}

impl Measurement {
    /// The one number this process contributes: the median over its samples, in the metric's unit per iteration.
    ///
    /// Samples of a process share layout and machine state, so they refine this number and never count as
    /// replicates. `None` when there is no usable sample (zero iterations, not finite).
    pub fn representative(&self) -> Option<f64> {
        match &self.values {
            Values::Summary(Summary { median, .. }) | Values::Center { median, .. } => {
                Some(median.value).filter(|v| v.is_finite())
            }
            Values::Samples(samples) => {
                let each: Vec<f64> = samples
                    .iter()
                    .filter(|s| s.iterations > 0.0)
                    .map(|s| s.total / s.iterations)
                    .filter(|v| v.is_finite())
                    .collect();
                Observations::new(each).ok().map(|each| median(&each))
            }
        }
    }
}
