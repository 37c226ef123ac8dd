//! Sides made up for tests.

use std::collections::BTreeSet;

use crate::model::{
    BenchmarkExtract, BenchmarkId, Calibration, CanaryExtract, Environment, Extract, FactClass, FactValue,
    KernelExtract, MetricId, Origin, Revision, Series, TargetId, TargetRecord,
};

/// `package/target/path`.
pub(crate) fn id(text: &str) -> BenchmarkId {
    let mut parts = text.splitn(3, '/');
    let mut next = || parts.next().unwrap_or_default().to_owned();
    BenchmarkId::new(TargetId::new(next(), next()), next())
}

/// One side with these benchmarks and no values.
pub(crate) fn extract(ids: &[&str]) -> Extract {
    let benchmarks: Vec<BenchmarkExtract> =
        ids.iter().map(|text| BenchmarkExtract::empty(id(text), Calibration::default())).collect();
    let targets: BTreeSet<&TargetId> = benchmarks.iter().map(|benchmark| &benchmark.id.target).collect();
    Extract {
        origin: Origin::Run("20260801T101500Z-2e3b9d9".into()),
        lab_version: "0.1.0".into(),
        created_at: "2026-08-01T10:15:00Z".into(),
        revision: Revision::default(),
        plan: None,
        environment: environment(&[]),
        mixed: Vec::new(),
        targets: targets.into_iter().map(target).collect(),
        benchmarks,
        canary: CanaryExtract::default(),
    }
}

fn target(id: &TargetId) -> TargetRecord {
    TargetRecord {
        id: id.clone(),
        harness: Some("divan".into()),
        harness_version: None,
        executable: None,
        sha256: None,
        build_id: None,
        source: "benches/t.rs".into(),
        skip: None,
    }
}

/// A machine, with further facts about its configuration.
pub(crate) fn environment(facts: &[(&str, &str)]) -> Environment {
    let mut environment = Environment::default();
    environment.insert("cpu.model", FactClass::Machine, "", FactValue::Text("1".into()));
    for (name, value) in facts {
        environment.insert(name, FactClass::Configuration, "", FactValue::Text((*value).into()));
    }
    environment
}

/// One side with one benchmark `p/t/a`, and these values of a metric.
pub(crate) fn measured(metric: &str, unit: &str, values: &[f64]) -> Extract {
    let mut side = extract(&["p/t/a"]);
    add(&mut side.benchmarks[0], metric, unit, values);
    side
}

/// Adds a series to a benchmark.
pub(crate) fn add(benchmark: &mut BenchmarkExtract, metric: &str, unit: &str, values: &[f64]) {
    benchmark.busy_share = Some(0.98);
    benchmark.taints.resize(values.len(), BTreeSet::new());
    benchmark.series.push(Series {
        metric: MetricId(metric.into()),
        unit: unit.into(),
        values: values.to_vec(),
        throughput: Vec::new(),
    });
}

/// `count` values around `centre`, alternately above and below by up to `spread` of it, none tied.
pub(crate) fn around(centre: f64, spread: f64, count: usize) -> Vec<f64> {
    (0..count)
        .map(|index| {
            let side = if index % 2 == 0 { 1.0 } else { -1.0 };
            centre * (1.0 + side * spread * (index + 1) as f64 / count as f64)
        })
        .collect()
}

/// Gives a side canaries that the machine slowed by `drift` in ln units, on the CPU and at the disk.
pub(crate) fn drifted(mut side: Extract, drift: f64) -> Extract {
    let kernel = |id: &str| KernelExtract { id: id.into(), units: 1, values: vec![1000.0 * drift.exp(); 10] };
    side.canary.kernels = ["integer_v1", "fsync_v1"].map(kernel).into();
    side
}
