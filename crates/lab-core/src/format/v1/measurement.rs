//! The values of one metric in an invocation line.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::format::number::Number;
use crate::model;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Measurement {
    metric: String,
    unit: String,
    values: Values,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    throughput: Vec<Throughput>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    settings: BTreeMap<String, String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Values {
    Samples(Vec<Sample>),
    Summary(Box<Summary>),
    Center(Center),
}

/// Iterations and total of one batch, as `[iterations,total]`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Sample(Number, Number);

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Summary {
    fastest: Printed,
    slowest: Printed,
    median: Printed,
    mean: Printed,
    sample_count: u64,
    iteration_count: u64,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Center {
    median: Printed,
    deviation: Printed,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Printed {
    text: String,
    value: Number,
    step: Number,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Throughput {
    kind: String,
    per_iteration: Number,
}

impl From<&model::Measurement> for Measurement {
    fn from(measurement: &model::Measurement) -> Self {
        let model::Measurement { metric, unit, values, throughput, settings } = measurement;
        Self {
            metric: metric.0.clone(),
            unit: unit.clone(),
            values: Values::from(values),
            throughput: throughput.iter().map(Throughput::from).collect(),
            settings: settings.clone(),
        }
    }
}

impl From<Measurement> for model::Measurement {
    fn from(wire: Measurement) -> Self {
        let Measurement { metric, unit, values, throughput, settings } = wire;
        Self {
            metric: model::MetricId(metric),
            unit,
            values: values.into(),
            throughput: throughput.into_iter().map(model::Throughput::from).collect(),
            settings,
        }
    }
}

impl From<&model::Values> for Values {
    fn from(values: &model::Values) -> Self {
        match values {
            model::Values::Samples(samples) => Self::Samples(
                samples
                    .iter()
                    .map(|model::Sample { iterations, total }| Sample(Number(*iterations), Number(*total)))
                    .collect(),
            ),
            model::Values::Summary(summary) => Self::Summary(Box::new(summary.into())),
            model::Values::Center { median, deviation } => {
                Self::Center(Center { median: median.into(), deviation: deviation.into() })
            }
        }
    }
}

impl From<Values> for model::Values {
    fn from(wire: Values) -> Self {
        match wire {
            Values::Samples(samples) => Self::Samples(
                samples
                    .into_iter()
                    .map(|Sample(Number(iterations), Number(total))| model::Sample { iterations, total })
                    .collect(),
            ),
            Values::Summary(summary) => Self::Summary((*summary).into()),
            Values::Center(Center { median, deviation }) => {
                Self::Center { median: median.into(), deviation: deviation.into() }
            }
        }
    }
}

impl From<&model::Summary> for Summary {
    fn from(summary: &model::Summary) -> Self {
        let model::Summary { fastest, slowest, median, mean, sample_count, iteration_count } = summary;
        Self {
            fastest: fastest.into(),
            slowest: slowest.into(),
            median: median.into(),
            mean: mean.into(),
            sample_count: *sample_count,
            iteration_count: *iteration_count,
        }
    }
}

impl From<Summary> for model::Summary {
    fn from(wire: Summary) -> Self {
        let Summary { fastest, slowest, median, mean, sample_count, iteration_count } = wire;
        Self {
            fastest: fastest.into(),
            slowest: slowest.into(),
            median: median.into(),
            mean: mean.into(),
            sample_count,
            iteration_count,
        }
    }
}

impl From<&model::Printed> for Printed {
    fn from(printed: &model::Printed) -> Self {
        let model::Printed { text, value, step } = printed;
        Self { text: text.clone(), value: Number(*value), step: Number(*step) }
    }
}

impl From<Printed> for model::Printed {
    fn from(wire: Printed) -> Self {
        let Printed { text, value: Number(value), step: Number(step) } = wire;
        Self { text, value, step }
    }
}

impl From<&model::Throughput> for Throughput {
    fn from(throughput: &model::Throughput) -> Self {
        let model::Throughput { kind, per_iteration } = throughput;
        Self { kind: kind.clone(), per_iteration: Number(*per_iteration) }
    }
}

impl From<Throughput> for model::Throughput {
    fn from(wire: Throughput) -> Self {
        let Throughput { kind, per_iteration: Number(per_iteration) } = wire;
        Self { kind, per_iteration }
    }
}
