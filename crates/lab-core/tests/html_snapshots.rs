//! One fixed comparison and one fixed Run as HTML, style and script left out, a line per element.
//!
//! The snapshots are the markup; what it looks like and how it works is tested in a browser. `INSTA_UPDATE=always cargo
//! test` writes them anew after a wanted change.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::collections::{BTreeMap, BTreeSet};

use lab_core::compare::{Comparison, Material as Compared, Subject as Side, compare};
use lab_core::gate::{Gate, Question, gate};
use lab_core::model::{
    BenchmarkExtract, BenchmarkId, Calibration, CanaryExtract, Environment, Extract, FactClass, FactValue,
    KernelExtract, MetricId, Origin, Revision, Series, TaintRule, TargetId, TargetRecord,
};
use lab_core::policy::Policy;
use lab_core::report::compared::ComparedView;
use lab_core::report::html::{
    Flame, History, Material, Past, Profiler, Step, Stretch, Subject, Trace, render,
};

/// `count` values around `centre`, alternately above and below by up to `spread` of it, none tied.
fn around(centre: f64, spread: f64, count: usize) -> Vec<f64> {
    (0..count)
        .map(|index| {
            let side = if index % 2 == 0 { 1.0 } else { -1.0 };
            centre * (1.0 + side * spread * (index + 1) as f64 / count as f64)
        })
        .collect()
}

fn benchmark(path: &str, series: &[(&str, &str, f64, f64)]) -> BenchmarkExtract {
    let id = BenchmarkId::new(TargetId::new("store", "core"), path);
    let mut benchmark = BenchmarkExtract::empty(id, Calibration::default());
    benchmark.busy_share = Some(0.97);
    benchmark.taints = vec![BTreeSet::new(); 12];
    benchmark.taints[3].insert(TaintRule::Steal);
    benchmark.series = series
        .iter()
        .map(|(metric, unit, centre, spread)| Series {
            metric: MetricId((*metric).into()),
            unit: (*unit).into(),
            values: around(*centre, *spread, 12),
            throughput: Vec::new(),
        })
        .collect();
    benchmark
}

fn side(run: &str, slower: f64, governor: &str, extra: &str) -> Extract {
    let mut environment = Environment::default();
    for (name, class, value) in [
        ("cpu.model", FactClass::Machine, "1"),
        ("machine.name", FactClass::Explanation, "amd-epyc-2c-24g"),
        ("lab.version", FactClass::Configuration, governor),
    ] {
        environment.insert(name, class, "fixture", FactValue::Text(value.into()));
    }
    let target = TargetRecord {
        id: TargetId::new("store", "core"),
        harness: Some("divan".into()),
        harness_version: Some("0.1.21".into()),
        executable: None,
        sha256: None,
        build_id: None,
        source: "benches/core.rs".into(),
        skip: None,
    };
    Extract {
        origin: Origin::Run(run.into()),
        lab_version: "0.1.0".into(),
        created_at: "2026-11-21T03:12:00.5Z".into(),
        revision: Revision {
            commit: Some("3f2a91c0ffee3f2a91c0ffee3f2a91c0ffee3f2a".into()),
            branch: Some("<b>main".into()),
            is_dirty: Some(false),
        },
        plan: None,
        environment,
        mixed: Vec::new(),
        targets: vec![target],
        benchmarks: vec![
            benchmark(
                "write",
                &[("wall_ns", "ns", 89.1e6 * slower, 0.004), ("instructions", "count", 301e6 * slower, 1e-5)],
            ),
            benchmark("<script>alert('x')</script>/10", &[("wall_ns", "ns", 1000.0, 0.002)]),
            benchmark("insert/10", &[("wall_ns", "ns", 100.0, 0.002)]),
            benchmark("insert/100", &[("wall_ns", "ns", 1050.0, 0.002)]),
            benchmark("insert/1000", &[("wall_ns", "ns", 11_000.0, 0.002)]),
            benchmark(extra, &[("wall_ns", "ns", 1.0, 0.002)]),
        ],
        canary: CanaryExtract {
            sha256: Some("5e".repeat(32)),
            is_optimised: true,
            kernels: vec![KernelExtract {
                id: "integer_v1".into(),
                units: 1,
                values: around(1000.0, 0.0001, 12),
            }],
        },
    }
}

fn history() -> History {
    let past = |number: usize| Past {
        reference: format!("run-{number}"),
        day: format!("2026-11-{number:02}"),
        commit: Some(format!("{number:040x}")),
        subject: (number == 4).then(|| "fsync per batch & <i>more</i>".to_owned()),
    };
    let trace = Trace {
        metric: MetricId::wall_ns(),
        unit: "ns".into(),
        values: [89.1, 89.3, 89.0, 103.2, 103.4]
            .iter()
            .map(|value| Some(value * 1e6))
            .chain([None])
            .collect(),
        stretches: vec![
            Stretch { start: 0, last_index: 2, first: 89.1e6, last: 89.1e6 },
            Stretch { start: 3, last_index: 4, first: 103.3e6, last: 103.3e6 },
        ],
        steps: vec![Step {
            at: 3,
            before: 89.1e6,
            after: 103.3e6,
            is_worse: true,
            is_accepted: true,
            notes: vec!["p 0.0004".into(), "accepted by Ada on 2026-11-05: durability".into()],
        }],
        remarks: vec!["creeps by +3.0 % from 2026-11-01 to 2026-11-03, and no single Run made it".into()],
    };
    History {
        runs: (1..=6).map(past).collect(),
        traces: BTreeMap::from([("store/core/write".to_owned(), trace)]),
    }
}

const FLAME: &str = r#"<svg><g><title>all (10 samples, 100%)</title><rect x="0%" y="20" width="100%" fill="rgb(227,0,7)"/></g>
<g><title>&lt;Vec as Push&gt;::push (6 samples, 60%)</title><rect x="10%" y="4" width="60%" fill="rgb(205,180,30)"/></g></svg>"#;

fn compared(baseline: &Extract, candidate: &Extract) -> (Comparison, Gate) {
    let sides = Compared {
        baseline: Side { name: "main", extract: baseline },
        candidate: Side { name: "latest", extract: candidate },
        launches: &[],
        duels: &[],
    };
    let comparison = compare(&sides, &Policy::default()).unwrap();
    let gate = gate(Question {
        comparison: Some(&comparison),
        budgets: &[],
        is_whole_run: true,
        policy: &Policy::default(),
        waivers: &[],
        today: "2026-11-21".parse().unwrap(),
    });
    (comparison, gate)
}

/// The page without its style and its script, whose digests change with every edit of them, and a line per element.
fn markup(html: &str) -> String {
    let mut text = html.to_owned();
    for (open, close) in
        [("<style>", "</style>"), ("<script>\"use strict\"", "</script>"), ("content=\"default-src", "\">")]
    {
        let begin = text.find(open).unwrap_or_else(|| panic!("no {open}"));
        let end = begin + text[begin..].find(close).unwrap();
        text.replace_range(begin..end, "");
    }
    text.replace("><", ">\n<")
}

#[test]
fn a_comparison_with_everything_in_it() {
    let (baseline, candidate) = (side("run-1", 1.0, "0.1.0", "gone"), side("run-2", 1.16, "0.2.0", "new"));
    let (comparison, gate) = compared(&baseline, &candidate);
    let flame = Flame::read("write <1>.svg", FLAME).unwrap();
    let history = history();
    let material = Material {
        subject: Subject::Sides {
            view: ComparedView { comparison: &comparison, gate: Some(&gate), lists_all: true },
            baseline: &baseline,
            candidate: &candidate,
        },
        run: None,
        filtered: None,
        history: &history,
        across: None,
        flames: &[flame],
        warnings: &[],
        profiler: Profiler::Here,
    };
    insta::assert_snapshot!(markup(&render(&material)));
}

#[test]
fn a_run_by_itself() {
    let extract = side("run-2", 1.0, "0.2.0", "other");
    let material = Material {
        subject: Subject::Alone { name: "latest", extract: &extract, gate: None },
        run: None,
        filtered: None,
        history: &History::default(),
        across: None,
        flames: &[],
        warnings: &[],
        profiler: Profiler::Here,
    };
    insta::assert_snapshot!(markup(&render(&material)));
}
