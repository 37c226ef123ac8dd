//! Prints how long an HTML report of many benchmarks with a long history takes, and how large it becomes.
//!
//! It must never be run by a test: what it prints depends on the machine.
//!
//! `cargo run --release --package lab-core --example html_report_size -- [BENCHMARKS] [RUNS] [FILE]`

#![expect(clippy::print_stdout, reason = "its output is what it is for")]
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "the law is for the crate; this measures it"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use lab_core::compare::{Material as Compared, Subject as Side, compare};
use lab_core::history::{Accepted, Moment, Source, Timeline, TimelinePoint, Trend, TrendRules};
use lab_core::model::{
    BenchmarkExtract, BenchmarkId, Calibration, CanaryExtract, Environment, Extract, FactClass, FactValue,
    KernelExtract, MetricId, Origin, Revision, Series, TargetId,
};
use lab_core::policy::Policy;
use lab_core::report::compared::ComparedView;
use lab_core::report::html::{History, Material, Profiler, Subject, render};
use lab_stats::{Level, Observations, median_estimate};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Processes of each benchmark on either side.
const INVOCATIONS: usize = 10;

/// Processes of each benchmark in a Run of the history.
const INVOCATIONS_OF_OLD: usize = 6;

/// One Run; `level` says by which factor a benchmark is slower in it.
fn run(
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
fn past<F: Fn(usize) -> f64>(
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

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number =
        |place: usize, usual: usize| words.get(place).and_then(|word| word.parse().ok()).unwrap_or(usual);
    let (count, runs) = (number(0, 1000), number(1, 300));
    let mut random = ChaCha8Rng::seed_from_u64(1);
    // Every tenth benchmark jumps once in the history, every twentieth is slower in the candidate.
    let stepped = |day: usize| {
        move |number: usize| if number.is_multiple_of(10) && day > runs / 2 { 1.12 } else { 1.0 }
    };
    let (moments, timelines) = past(runs, count, &mut random, stepped);
    let baseline = run(runs, count, INVOCATIONS, &mut random, stepped(runs));
    let slower = |number: usize| stepped(runs)(number) * if number.is_multiple_of(20) { 1.08 } else { 1.0 };
    let candidate = run(runs + 1, count, INVOCATIONS, &mut random, slower);
    let begin = Instant::now();
    let read = |timeline: Timeline| {
        let trend = Trend::of(&timeline, TrendRules::default(), &Accepted::default()).ok()?;
        Some((timeline, trend))
    };
    let courses: Vec<(Timeline, Trend)> = timelines.into_values().filter_map(read).collect();
    let finding = begin.elapsed().as_secs_f64();
    let compared = Compared {
        baseline: Side { name: "main", extract: &baseline },
        candidate: Side { name: "latest", extract: &candidate },
        launches: &[],
        duels: &[],
    };
    let Ok(comparison) = compare(&compared, &Policy::default()) else {
        return println!("nothing to compare");
    };
    let view = ComparedView { comparison: &comparison, gate: None, lists_all: true };
    let begin = Instant::now();
    let history = History::new(&moments, &courses);
    let material = Material {
        subject: Subject::Sides { view, baseline: &baseline, candidate: &candidate },
        run: None,
        history: &history,
        across: None,
        flames: &[],
        warnings: &[],
        profiler: Profiler::Here,
    };
    let page = render(&material);
    let rendering = begin.elapsed().as_secs_f64();
    let steps: usize = history.traces.values().map(|trace| trace.steps.len()).sum();
    println!(
        "{count} benchmarks × 2 sides × {INVOCATIONS} invocations, {runs} Runs of history with {steps} steps: \
         {:.2} MB, {:.2} s to render, {finding:.2} s to find the steps; {:?}",
        page.len() as f64 / 1e6,
        rendering,
        comparison.summary()
    );
    if let Some(file) = words.get(2)
        && let Err(error) = std::fs::write(file, page)
    {
        println!("{file} could not be written: {error}");
    }
}
