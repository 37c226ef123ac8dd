//! One fixed report across two machines, and what a change did on three, rendered by every renderer.
//!
//! The snapshots are what people see; `INSTA_UPDATE=always cargo test` writes them anew after a wanted change.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::collections::BTreeSet;

use lab_core::across::{Across, Witnessed, across, effects};
use lab_core::compare::Subject;
use lab_core::model::{
    BenchmarkExtract, BenchmarkId, Calibration, CanaryExtract, Environment, Extract, FactClass, FactValue,
    Grain, KernelExtract, Launch, MetricId, Origin, Outcome, Revision, Round, Series, Side, Slice, TargetId,
};
use lab_core::report::across::{AcrossView, json, md, text};

fn id(path: &str) -> BenchmarkId {
    BenchmarkId::new(TargetId::new("reedbase", "core_ops"), path)
}

/// `count` values around `centre`, alternately above and below by up to `spread` of it, none tied.
fn around(centre: f64, spread: f64, count: usize) -> Vec<f64> {
    (0..count)
        .map(|index| {
            let side = if index % 2 == 0 { 1.0 } else { -1.0 };
            centre * (1.0 + side * spread * (index + 1) as f64 / count as f64)
        })
        .collect()
}

fn benchmark(path: &str, busy_share: f64, wall_ns: f64) -> BenchmarkExtract {
    let mut benchmark = BenchmarkExtract::empty(id(path), Calibration::default());
    benchmark.busy_share = Some(busy_share);
    benchmark.taints = vec![BTreeSet::new(); 12];
    benchmark.series = vec![Series {
        metric: MetricId::wall_ns(),
        unit: "ns".into(),
        values: around(wall_ns, 0.008, 12),
        throughput: Vec::new(),
    }];
    benchmark
}

/// A machine: its name, its facts, how long its kernels take, and its benchmarks with their shares on the CPU.
fn machine(
    name: &str,
    facts: &[(&str, FactClass, &str)],
    kernels: [f64; 4],
    benchmarks: &[(&str, f64, f64)],
) -> Extract {
    let mut environment = Environment::default();
    environment.insert("machine.name", FactClass::Explanation, "fixture", FactValue::Text(name.into()));
    for (fact, class, value) in facts {
        environment.insert(fact, *class, "fixture", FactValue::Text((*value).into()));
    }
    let ids = ["integer_v1", "bandwidth_v1", "syscall_v1", "fsync_v1"];
    let kernel =
        |(id, time): (&str, f64)| KernelExtract { id: id.into(), units: 1, values: around(time, 0.003, 12) };
    Extract {
        origin: Origin::Run(format!("20261121T031200Z-{name}")),
        lab_version: "0.1.0".into(),
        created_at: "2026-11-21T03:12:00Z".into(),
        revision: Revision {
            commit: Some("3f2a91c0ffee3f2a91c0ffee3f2a91c0ffee3f2a".into()),
            branch: Some("main".into()),
            is_dirty: Some(false),
        },
        plan: None,
        environment,
        mixed: Vec::new(),
        targets: Vec::new(),
        benchmarks: benchmarks.iter().map(|(path, share, wall)| benchmark(path, *share, *wall)).collect(),
        canary: CanaryExtract {
            sha256: Some("5e".repeat(32)),
            is_optimised: true,
            kernels: ids.into_iter().zip(kernels).map(kernel).collect(),
        },
    }
}

fn report() -> Across {
    let epyc = machine(
        "epyc",
        &[
            ("cpu.model", FactClass::Machine, "1"),
            ("cache.l3_bytes", FactClass::Machine, "33554432"),
            ("machine.id", FactClass::Machine, "aa"),
            ("rustc.release", FactClass::Build, "1.95.0"),
        ],
        [1_000_000.0, 2_000_000.0, 300_000.0, 4_000_000.0],
        &[
            ("scan/100", 0.97, 900.0),
            ("scan/1000", 0.97, 9_100.0),
            ("scan/10000", 0.97, 92_000.0),
            ("get/btree", 0.97, 80.0),
            ("get/hash", 0.97, 60.0),
            ("commit", 0.2, 4_300_000.0),
            ("batch", 0.65, 700_000.0),
            ("only here", 0.97, 10.0),
        ],
    );
    let m3 = machine(
        "m3",
        &[
            ("cpu.model", FactClass::Machine, "m3"),
            ("cache.l3_bytes", FactClass::Machine, "50331648"),
            ("machine.id", FactClass::Machine, "bb"),
            ("rustc.release", FactClass::Build, "1.94.1"),
        ],
        [600_000.0, 1_000_000.0, 90_000.0, 12_000_000.0],
        &[
            ("scan/100", 0.97, 500.0),
            ("scan/1000", 0.97, 6_500.0),
            ("scan/10000", 0.97, 84_000.0),
            ("get/btree", 0.97, 36.0),
            ("get/hash", 0.97, 40.0),
            ("commit", 0.2, 12_500_000.0),
            ("batch", 0.65, 900_000.0),
        ],
    );
    let sides = [Subject { name: "epyc/main", extract: &epyc }, Subject { name: "m3/main", extract: &m3 }];
    across(&sides, None).unwrap()
}

fn view(across: &Across) -> AcrossView<'_> {
    AcrossView { across, lists_all: false }
}

#[test]
fn two_machines_as_text() {
    for width in [112, 80, 60] {
        let text = text::render(&view(&report()), width);
        let long: Vec<&str> = text.lines().filter(|line| line.chars().count() > width).collect();
        assert!(long.is_empty(), "wider than {width}: {long:#?}");
        insta::assert_snapshot!(format!("two_machines_as_text_at_{width}_columns"), text);
    }
}

#[test]
fn two_machines_as_markdown() {
    insta::assert_snapshot!(md::render(&view(&report())));
}

#[test]
fn two_machines_as_json() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&json::render(&view(&report()))).unwrap());
}

fn launches(path: &str, log: f64) -> Vec<Launch> {
    let slice = |factor: f64| Slice {
        wall_ns: (1e9 * factor) as u64,
        cycles: None,
        instructions: None,
        task_clock_ns: None,
    };
    let launch = |(index, log): (u32, f64)| Launch {
        index,
        benchmark: id(path),
        grain: Grain::Slices,
        starter: Side::Baseline,
        layout: 0,
        padding_bytes: [0, 0],
        started_at: String::new(),
        wall_ns: 50_000_000,
        outcome: Outcome::Ok,
        rounds: vec![Round {
            first: Side::Baseline,
            iterations: 1,
            baseline: slice(1.0),
            candidate: slice(log.exp()),
        }],
        warnings: Vec::new(),
    };
    let logs = around(1.0, 0.004, 14).into_iter().map(|value| value - 1.0 + log);
    (0..).zip(logs).map(launch).collect()
}

#[test]
fn a_change_on_three_machines_as_text() {
    let change = |one: f64, two: f64| [launches("get/btree", one), launches("commit", two)].concat();
    let machines = [change(0.150, 0.150), change(0.151, 0.149), change(0.149, 0.010)];
    let seen: Vec<Witnessed<'_>> =
        machines.iter().map(|launches| Witnessed { machine: None, launches }).collect();
    let across = Across {
        kernels: Vec::new(),
        rows: Vec::new(),
        geomeans: Vec::new(),
        swaps: Vec::new(),
        families: Vec::new(),
        unmatched: Vec::new(),
        effects: effects(&seen, |_| MetricId::wall_ns()),
        ..report()
    };
    insta::assert_snapshot!(text::render(&view(&across), 120));
}
