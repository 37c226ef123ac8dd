//! What a history keeps of a Run: its moment, and one value per benchmark and metric.
//!
//! It keeps no process's own value; whoever needs those reads the Run.

use std::collections::BTreeMap;

use lab_stats::{Estimate, Level, Observations, median, median_estimate};

use super::{Moment, Source, decisive_settings};
use crate::machine_name::machine_name;
use crate::model::{Extract, MetricId};

/// What a history keeps of a Run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunDigest {
    /// When, of what, where.
    pub moment: Moment,
    /// One per benchmark and metric that has a value, in the order of the Run.
    pub values: Vec<DigestValue>,
}

/// One value of a Run.
#[derive(Clone, Debug, PartialEq)]
pub struct DigestValue {
    /// The benchmark's id, as it is typed.
    pub benchmark: String,
    /// What was measured.
    pub metric: MetricId,
    /// Its unit.
    pub unit: String,
    /// The median over the processes, with its interval (95 %) where there are enough of them.
    pub centre: Estimate,
    /// Processes that gave a value.
    pub invocation_count: u32,
    /// How many of them broke a rule of trust.
    pub tainted_count: u32,
}

impl RunDigest {
    /// Reduces an extract. `folder` is the machine's name where the environment knows none.
    pub fn of(extract: &Extract, source: Source, folder: Option<&str>) -> Self {
        let environment = &extract.environment;
        let named = environment.text("machine.name").map(str::to_owned);
        let known = || (!environment.facts.is_empty()).then(|| machine_name(environment));
        let machine = named.or_else(known).or_else(|| folder.map(str::to_owned));
        let kernels = extract.canary.kernels.iter();
        let canaries: BTreeMap<String, f64> = kernels
            .filter_map(|kernel| {
                let values = Observations::new(finite(&kernel.values)).ok()?;
                Some((kernel.id.clone(), median(&values)))
            })
            .collect();
        let moment = Moment {
            source,
            names: Vec::new(),
            measured_at: extract.created_at.clone(),
            revision: extract.revision.clone(),
            note: None,
            machine: machine.unwrap_or_else(|| "unknown".into()),
            lab_version: extract.lab_version.clone(),
            settings: decisive_settings(environment),
            canaries,
        };
        Self { moment, values: values(extract) }
    }
}

fn values(extract: &Extract) -> Vec<DigestValue> {
    let mut digested = Vec::new();
    for benchmark in &extract.benchmarks {
        let id = benchmark.id.to_string();
        for series in &benchmark.series {
            let Ok(values) = Observations::new(finite(&series.values)) else { continue };
            let measured = series.values.iter().zip(&benchmark.taints).filter(|(value, _)| value.is_finite());
            let tainted = measured.filter(|(_, taints)| !taints.is_empty()).count();
            digested.push(DigestValue {
                benchmark: id.clone(),
                metric: series.metric.clone(),
                unit: series.unit.clone(),
                centre: median_estimate(&values, Level::P95),
                invocation_count: u32::try_from(values.count()).unwrap_or(u32::MAX),
                tainted_count: u32::try_from(tainted).unwrap_or(u32::MAX),
            });
        }
    }
    digested
}

fn finite(values: &[f64]) -> Vec<f64> {
    values.iter().copied().filter(|value| value.is_finite()).collect()
}
