//! A baseline's head in `baseline.json`, and a line of `benchmarks.jsonl`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::VERSION;
use super::measurement::Throughput;
use super::plan::Plan;
use super::run::Revision;
use super::target::Target;
use crate::format::decode::Versioned;
use crate::format::number::Number;
use crate::model;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Baseline {
    format: u32,
    saved_at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    run: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    imported_from: Option<Import>,
    lab_version: String,
    created_at: String,
    revision: Revision,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    plan: Option<Plan>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    mixed: Vec<String>,
    targets: Vec<Target>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    canary_sha256: Option<String>,
    #[serde(default, skip_serializing_if = "super::is_false")]
    canary_is_optimised: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    canaries: Vec<KeptKernel>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Import {
    program: String,
    path: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KeptKernel {
    id: String,
    units: u64,
    values: Vec<Number>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KeptBenchmark {
    format: u32,
    package: String,
    target: String,
    path: String,
    #[serde(default = "first", skip_serializing_if = "is_first")]
    occurrence: u32,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    calibration: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    busy_share: Option<Number>,
    #[serde(default, skip_serializing_if = "is_zero")]
    failure_count: u32,
    column_count: usize,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    taints: BTreeMap<String, Vec<usize>>,
    series: Vec<KeptSeries>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KeptSeries {
    metric: String,
    unit: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    throughput: Vec<Throughput>,
    values: Vec<Number>,
}

fn first() -> u32 {
    1
}

fn is_first(occurrence: &u32) -> bool {
    *occurrence == 1
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Versioned for Baseline {
    const VERSION: u32 = VERSION;

    fn format(&self) -> u32 {
        self.format
    }
}

impl Versioned for KeptBenchmark {
    const VERSION: u32 = VERSION;

    fn format(&self) -> u32 {
        self.format
    }
}

impl From<&model::Baseline> for Baseline {
    fn from(baseline: &model::Baseline) -> Self {
        let model::Baseline { saved_at, note, extract } = baseline.clone();
        let model::Extract {
            origin, lab_version, created_at, revision, plan, mixed, targets, canary, ..
        } = extract;
        let (run, imported_from) = match origin {
            model::Origin::Run(id) => (Some(id), None),
            model::Origin::Import { program, path } => (None, Some(Import { program, path })),
        };
        Self {
            format: VERSION,
            saved_at,
            note,
            run,
            imported_from,
            lab_version,
            created_at,
            revision: Revision::from(revision),
            plan: plan.as_ref().map(Plan::from),
            mixed,
            targets: targets.iter().map(Target::from).collect(),
            canary_sha256: canary.sha256,
            canary_is_optimised: canary.is_optimised,
            canaries: canary.kernels.into_iter().map(KeptKernel::from).collect(),
        }
    }
}

impl Baseline {
    /// The baseline without its benchmarks and its environment, or why it contradicts itself.
    pub(crate) fn into_model(self) -> Result<model::Baseline, String> {
        let origin = match (self.run, self.imported_from) {
            (Some(id), None) => model::Origin::Run(id),
            (None, Some(Import { program, path })) => model::Origin::Import { program, path },
            _ => return Err("it is neither of one Run nor imported".into()),
        };
        let extract = model::Extract {
            origin,
            lab_version: self.lab_version,
            created_at: self.created_at,
            revision: self.revision.into(),
            plan: self.plan.map(model::Plan::from),
            environment: model::Environment::default(),
            mixed: self.mixed,
            targets: self.targets.into_iter().map(model::TargetRecord::from).collect(),
            benchmarks: Vec::new(),
            canary: model::CanaryExtract {
                sha256: self.canary_sha256,
                is_optimised: self.canary_is_optimised,
                kernels: self.canaries.into_iter().map(model::KernelExtract::from).collect(),
            },
        };
        Ok(model::Baseline { saved_at: self.saved_at, note: self.note, extract })
    }
}

impl From<model::KernelExtract> for KeptKernel {
    fn from(kernel: model::KernelExtract) -> Self {
        let model::KernelExtract { id, units, values } = kernel;
        Self { id, units, values: values.into_iter().map(Number).collect() }
    }
}

impl From<KeptKernel> for model::KernelExtract {
    fn from(wire: KeptKernel) -> Self {
        let KeptKernel { id, units, values } = wire;
        Self { id, units, values: values.into_iter().map(|Number(value)| value).collect() }
    }
}

impl From<&model::BenchmarkExtract> for KeptBenchmark {
    fn from(benchmark: &model::BenchmarkExtract) -> Self {
        let model::BenchmarkExtract { id, calibration, taints, failure_count, busy_share, series } =
            benchmark.clone();
        let mut by_rule: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (column, rules) in taints.iter().enumerate() {
            for rule in rules {
                by_rule.entry(rule.id().into()).or_default().push(column);
            }
        }
        Self {
            format: VERSION,
            package: id.target.package,
            target: id.target.name,
            path: id.path,
            occurrence: id.occurrence,
            calibration: calibration.0,
            busy_share: busy_share.map(Number),
            failure_count,
            column_count: taints.len(),
            taints: by_rule,
            series: series.into_iter().map(KeptSeries::from).collect(),
        }
    }
}

impl KeptBenchmark {
    /// The benchmark, or why it contradicts itself. A taint rule that is not known is passed over, as a Run does.
    pub(crate) fn into_model(self) -> Result<model::BenchmarkExtract, String> {
        let mut taints = vec![BTreeSet::new(); self.column_count];
        for (name, columns) in self.taints {
            let rule = model::TaintRule::ALL.iter().copied().find(|rule| rule.id() == name);
            for column in columns {
                let rules: &mut BTreeSet<_> = taints.get_mut(column).ok_or_else(|| {
                    format!("{name} is of column {column}, and there are {}", self.column_count)
                })?;
                rules.extend(rule);
            }
        }
        if let Some(series) = self.series.iter().find(|series| series.values.len() != self.column_count) {
            let count = series.values.len();
            return Err(format!("{} has {count} values in {} columns", series.metric, self.column_count));
        }
        let target = model::TargetId { package: self.package, name: self.target };
        Ok(model::BenchmarkExtract {
            id: model::BenchmarkId { target, path: self.path, occurrence: self.occurrence },
            calibration: model::Calibration(self.calibration),
            taints,
            failure_count: self.failure_count,
            busy_share: self.busy_share.map(|Number(share)| share),
            series: self.series.into_iter().map(model::Series::from).collect(),
        })
    }
}

impl From<model::Series> for KeptSeries {
    fn from(series: model::Series) -> Self {
        let model::Series { metric, unit, values, throughput } = series;
        Self {
            metric: metric.0,
            unit,
            throughput: throughput.iter().map(Throughput::from).collect(),
            values: values.into_iter().map(Number).collect(),
        }
    }
}

impl From<KeptSeries> for model::Series {
    fn from(wire: KeptSeries) -> Self {
        let KeptSeries { metric, unit, throughput, values } = wire;
        Self {
            metric: model::MetricId(metric),
            unit,
            values: values.into_iter().map(|Number(value)| value).collect(),
            throughput: throughput.into_iter().map(model::Throughput::from).collect(),
        }
    }
}
