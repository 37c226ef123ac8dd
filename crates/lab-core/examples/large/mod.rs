//! Many benchmarks with a long history, made up: what the size of a report is measured on.
//!
//! Equal seeds make equal numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lab_core::history::{Moment, Source, Timeline, TimelinePoint};
use lab_core::model::{
    Aslr, BenchmarkExtract, BenchmarkId, BenchmarkRecord, Calibration, CanaryExtract, CanaryRecord,
    Environment, Exit, Extract, FactClass, FactValue, Invocation, KernelExtract, Measurement, MetricId,
    Observation, Origin, Outcome, Plan, Revision, Run, Sample, Seal, Series, Signals, State, TargetId,
    TargetRecord, Values,
};
use lab_stats::{Level, Observations, median_estimate};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Processes of each benchmark on either side.
pub(crate) const INVOCATIONS: usize = 10;

/// Processes of each benchmark in a Run of the history.
const INVOCATIONS_OF_OLD: usize = 6;

/// One Run; `level` says by which factor a benchmark is slower in it.
pub(crate) fn run(
    day: usize,
    count: usize,
    invocations: usize,
    random: &mut ChaCha8Rng,
    level: impl Fn(usize) -> f64,
) -> Extract {
    let mut values = |centre: f64| -> Vec<f64> {
        (0..invocations).map(|_| centre * (1.0 + 0.015 * random.random::<f64>())).collect()
    };
    let benchmark = |number: usize, values: Vec<f64>| {
        let (group, size) = (number / 4 % 60, 10_usize.pow((number % 4) as u32 + 1));
        let path = format!("group{group}/operation{}/{size}", number / 240);
        let mut benchmark = BenchmarkExtract::empty(
            BenchmarkId::new(TargetId::new("suite", "operations"), path),
            Calibration::default(),
        );
        benchmark.taints = vec![BTreeSet::new(); invocations];
        benchmark.busy_share = Some(0.98);
        benchmark.series =
            vec![Series { metric: MetricId::wall_ns(), unit: "ns".into(), values, throughput: Vec::new() }];
        benchmark
    };
    let typical =
        |number: usize| 50.0 * 10f64.powf((number % 4) as f64 * 1.05) * (1.0 + number as f64 / 700.0);
    let benchmarks: Vec<BenchmarkExtract> =
        (0..count).map(|number| benchmark(number, values(typical(number) * level(number)))).collect();
    let kernel = KernelExtract { id: "integer_v1".into(), units: 1, values: values(1000.0) };
    let mut environment = Environment::default();
    environment.insert("cpu.model", FactClass::Machine, "", FactValue::Text("1".into()));
    environment.insert(
        "lab.version",
        FactClass::Configuration,
        "",
        FactValue::Text(format!("0.1.{}", day / 100)),
    );
    Extract {
        origin: Origin::Run(format!("run-{day}")),
        lab_version: "0.1.0".into(),
        created_at: format!("2026-{:02}-{:02}T10:00:00Z", day / 28 % 12 + 1, day % 28 + 1),
        revision: Revision { commit: Some(format!("{day:040x}")), branch: None, is_dirty: Some(false) },
        plan: None,
        environment,
        mixed: Vec::new(),
        targets: Vec::new(),
        benchmarks,
        canary: CanaryExtract { sha256: None, is_optimised: true, kernels: vec![kernel] },
    }
}

/// One of them.
fn moment(day: usize) -> Moment {
    Moment {
        source: Source::Run(format!("run-{day}")),
        names: Vec::new(),
        measured_at: format!("2026-{:02}-{:02}T10:00:00Z", day / 28 % 12 + 1, day % 28 + 1),
        revision: Revision {
            commit: Some(format!("{:040x}", day * 7919)),
            branch: None,
            is_dirty: Some(false),
        },
        note: None,
        machine: "machine".into(),
        lab_version: "0.1.0".into(),
        settings: BTreeMap::new(),
        canaries: BTreeMap::new(),
    }
}

/// The Runs of the past with one timeline per benchmark.
pub(crate) fn past<F: Fn(usize) -> f64>(
    runs: usize,
    count: usize,
    random: &mut ChaCha8Rng,
    level: impl Fn(usize) -> F,
) -> (Vec<Arc<Moment>>, BTreeMap<String, Timeline>) {
    let moments: Vec<Arc<Moment>> = (0..runs).map(|day| Arc::new(moment(day))).collect();
    let mut timelines: BTreeMap<String, Timeline> = BTreeMap::new();
    for (day, moment) in moments.iter().enumerate() {
        for benchmark in run(day, count, INVOCATIONS_OF_OLD, random, level(day)).benchmarks {
            let Ok(values) = Observations::new(benchmark.series[0].values.clone()) else { continue };
            let timeline = timelines.entry(benchmark.id.to_string()).or_insert_with(|| Timeline {
                benchmark: benchmark.id.to_string(),
                metric: MetricId::wall_ns(),
                unit: "ns".into(),
                machine: "machine".into(),
                points: Vec::new(),
            });
            timeline.points.push(TimelinePoint {
                moment: Arc::clone(moment),
                centre: median_estimate(&values, Level::P95),
                invocation_count: INVOCATIONS_OF_OLD as u32,
                tainted_count: 0,
            });
        }
    }
    (moments, timelines)
}

/// The stored Run that an extract stands for, with nothing but its times.
pub(crate) fn stored(extract: &Extract) -> Run {
    let target = TargetId::new("suite", "operations");
    let record = |benchmark: &BenchmarkExtract| BenchmarkRecord {
        id: benchmark.id.clone(),
        is_ignored: false,
        calibration: Calibration::default(),
        thread_count_max: Some(1),
    };
    let pairs = extract
        .benchmarks
        .iter()
        .flat_map(|benchmark| benchmark.series[0].values.iter().map(move |value| (&benchmark.id, *value)));
    let invocations =
        pairs.zip(0..).map(|((id, value), index)| invocation(index, &target, id, value)).collect();
    Run {
        id: "run".into(),
        lab_version: "0.1.0".into(),
        created_at: extract.created_at.clone(),
        workspace: "/home/ada/suite".into(),
        revision: extract.revision.clone(),
        plan: plan(),
        targets: vec![TargetRecord {
            id: target.clone(),
            harness: Some("divan".into()),
            harness_version: Some("0.1.21".into()),
            executable: None,
            sha256: None,
            build_id: None,
            source: "benches/operations.rs".into(),
            skip: None,
        }],
        benchmarks: extract.benchmarks.iter().map(record).collect(),
        canary: CanaryRecord::default(),
        schedule: Vec::new(),
        sessions: Vec::new(),
        invocations,
        warnings: Vec::new(),
        provenance: None,
        looks: Vec::new(),
        state: State::Sealed(Seal {
            sealed_at: extract.created_at.clone(),
            invocation_count: (extract.benchmarks.len() * INVOCATIONS) as u32,
            canary_count: 0,
            invocations_sha256: "00".repeat(32),
            cut_short: None,
        }),
    }
}

fn plan() -> Plan {
    Plan {
        filters: Vec::new(),
        invocation_count: INVOCATIONS as u32,
        time_ms: 300,
        budget_ms: None,
        timeout_ms: 60_000,
        seed: 42,
        cpus: vec![1],
        threaded_cpus: vec![0, 1],
        aslr: Aslr::Random,
        includes_ignored: false,
        build_arguments: Vec::new(),
        looks: None,
    }
}

fn invocation(index: u32, target: &TargetId, id: &BenchmarkId, value: f64) -> Invocation {
    let sample = Sample { iterations: 1.0, total: value };
    let measurement = Measurement {
        metric: MetricId::wall_ns(),
        unit: "ns".into(),
        values: Values::Samples(vec![sample]),
        throughput: Vec::new(),
        settings: BTreeMap::new(),
    };
    Invocation {
        index,
        session: 1,
        target: target.clone(),
        arguments: Vec::new(),
        cpus: vec![1],
        padding_bytes: 0,
        started_at: "2026-11-21T03:12:00Z".into(),
        wall_ns: 500_000_000,
        exit: Exit::Code(0),
        observations: vec![Observation {
            benchmark: id.clone(),
            outcome: Outcome::Ok,
            measurements: vec![measurement],
        }],
        signals: Signals::new(),
        taints: Vec::new(),
        warnings: Vec::new(),
    }
}
