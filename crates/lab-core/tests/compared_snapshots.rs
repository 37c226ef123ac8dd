//! One fixed comparison with every kind of verdict, rendered by every renderer.
//!
//! The snapshots are what people see; `INSTA_UPDATE=always cargo test` writes them anew after a wanted change.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::collections::BTreeSet;

use lab_core::compare::{Comparison, Material, Subject, compare};
use lab_core::gate::{Gate, Question, gate};
use lab_core::model::{
    BenchmarkExtract, BenchmarkId, Calibration, CanaryExtract, Environment, Extract, FactClass, FactValue,
    Grain, KernelExtract, Launch, MetricId, Origin, Outcome, Revision, Round, Series, Side, Slice, TaintRule,
    TargetId, TargetRecord,
};
use lab_core::policy::{Policy, read_waivers};
use lab_core::report::comment::LENGTH_MAX;
use lab_core::report::compared::{ComparedView, json, md, text};
use lab_core::report::format::{ALL, Format, Sheet};
use lab_core::report::place::Places;

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

fn benchmark(path: &str, series: &[(&str, &str, Vec<f64>)]) -> BenchmarkExtract {
    let mut benchmark = BenchmarkExtract::empty(id(path), Calibration::default());
    benchmark.busy_share = Some(0.97);
    benchmark.taints = vec![BTreeSet::new(); series.first().map_or(0, |(.., values)| values.len())];
    benchmark.series = series
        .iter()
        .map(|(metric, unit, values)| Series {
            metric: MetricId((*metric).into()),
            unit: (*unit).into(),
            values: values.clone(),
            throughput: Vec::new(),
        })
        .collect();
    benchmark
}

fn wall(path: &str, values: Vec<f64>) -> BenchmarkExtract {
    benchmark(path, &[("wall_ns", "ns", values)])
}

fn environment(lab: &str) -> Environment {
    let mut environment = Environment::default();
    let facts = [
        ("cpu.model", FactClass::Machine, "1"),
        ("machine.name", FactClass::Explanation, "amd-epyc-2c-24g"),
        ("lab.version", FactClass::Configuration, lab),
        ("frequency.governor", FactClass::Configuration, "performance"),
    ];
    for (name, class, value) in facts {
        environment.insert(name, class, "fixture", FactValue::Text(value.into()));
    }
    environment
}

fn side(run: &str, commit: &str, lab: &str, benchmarks: Vec<BenchmarkExtract>) -> Extract {
    let kernel =
        |id: &str, time: f64| KernelExtract { id: id.into(), units: 1, values: around(time, 0.002, 10) };
    Extract {
        origin: Origin::Run(run.into()),
        lab_version: lab.into(),
        created_at: "2026-11-21T03:12:00Z".into(),
        revision: Revision {
            commit: Some(commit.into()),
            branch: Some("main".into()),
            is_dirty: Some(false),
        },
        plan: None,
        environment: environment(lab),
        mixed: Vec::new(),
        targets: vec![TargetRecord {
            id: TargetId::new("reedbase", "core_ops"),
            harness: Some("divan".into()),
            harness_version: Some("0.1.21".into()),
            executable: None,
            sha256: Some(commit.repeat(2)),
            build_id: None,
            source: "benches/core_ops.rs".into(),
            skip: None,
        }],
        benchmarks,
        canary: CanaryExtract {
            sha256: Some("5e".repeat(32)),
            is_optimised: true,
            kernels: vec![kernel("integer_v1", 1000.0), kernel("fsync_v1", 1e6)],
        },
    }
}

fn sides() -> (Extract, Extract) {
    let noisy = |centre: f64| around(centre, 0.09, 12);
    let baseline = vec![
        benchmark(
            "write_bulk_1000",
            &[
                ("wall_ns", "ns", around(89.1e6, 0.01, 12)),
                ("instructions", "count", around(301e6, 1e-5, 12)),
            ],
        ),
        wall("read_single_row", around(67_800.0, 0.01, 12)),
        wall("read_bulk_1000", around(8.46e6, 0.003, 12)),
        wall("write_single_row", noisy(641_000.0)),
        wall("delete_single_row", around(678_000.0, 0.01, 1)),
        wall("scan/old name", around(1000.0, 0.002, 12)),
        wall("aggregate", around(5e6, 0.01, 12)),
        wall("gone", around(1.0, 0.01, 12)),
    ];
    let mut candidate = vec![
        benchmark(
            "write_bulk_1000",
            &[
                ("wall_ns", "ns", around(103.4e6, 0.01, 12)),
                ("instructions", "count", around(348.9e6, 1e-5, 12)),
            ],
        ),
        wall("read_single_row", around(45_200.0, 0.01, 12)),
        wall("read_bulk_1000", around(8.461e6, 0.003, 12)),
        wall("write_single_row", noisy(654_000.0)),
        wall("delete_single_row", around(690_000.0, 0.01, 1)),
        wall("scan/new name", around(1000.5, 0.002, 12)),
        wall("aggregate", Vec::new()),
        wall("conflicts", around(1.0, 0.01, 12)),
    ];
    candidate[1].taints[3] = BTreeSet::from([TaintRule::Steal]);
    candidate[6].series.clear();
    candidate[6].failure_count = 12;
    (
        side("20261118T081500Z-a91c3d0", "a91c3d0ffea91c3d0ffea91c3d0ffea91c3d0ffe", "0.1.0", baseline),
        side("20261121T031200Z-3f2a91c", "3f2a91c0ffee3f2a91c0ffee3f2a91c0ffee3f2a", "0.2.0", candidate),
    )
}

fn policy() -> Policy {
    Policy {
        renamed: [(
            "reedbase/core_ops/scan/new name".to_owned(),
            "reedbase/core_ops/scan/old name".to_owned(),
        )]
        .into(),
        ..Policy::default()
    }
}

fn stored() -> Comparison {
    let (baseline, candidate) = sides();
    let material = Material {
        baseline: Subject { name: "main", extract: &baseline },
        candidate: Subject { name: "20261121T031200Z-3f2a91c", extract: &candidate },
        launches: &[],
        duels: &[],
    };
    compare(&material, &policy()).unwrap()
}

fn weighed(comparison: &Comparison) -> Gate {
    let waivers = read_waivers(
        "[[waiver]]\nbenchmarks = \"old\"\nreason = \"new format\"\nwho = \"Ada\"\nuntil = 2026-11-20\n",
    )
    .unwrap();
    gate(Question {
        comparison: Some(comparison),
        budgets: &[],
        is_whole_run: true,
        policy: &policy(),
        waivers: &waivers,
        today: "2026-11-21".parse().unwrap(),
    })
}

fn view<'a>(comparison: &'a Comparison, gate: Option<&'a Gate>, lists_all: bool) -> ComparedView<'a> {
    ComparedView { comparison, gate, lists_all }
}

/// A command stays one line, since it is there to be pasted; all else fits.
fn fits(text: &str, width: usize) {
    let long = text.lines().filter(|line| line.chars().count() > width && !line.contains("bench-lab "));
    let long: Vec<&str> = long.collect();
    assert!(long.is_empty(), "wider than {width}: {long:#?}");
}

#[test]
fn two_stored_runs_as_text_on_three_terminals() {
    let comparison = stored();
    for width in [112, 80, 60] {
        let text = text::render(&view(&comparison, None, false), width);
        fits(&text, width);
        insta::assert_snapshot!(format!("two_stored_runs_as_text_at_{width}_columns"), text);
    }
}

#[test]
fn the_command_that_would_decide_takes_the_files_as_they_are_where_they_were_not_committed() {
    let offer = |change: &dyn Fn(&mut Comparison)| {
        let mut comparison = stored();
        change(&mut comparison);
        json::render(&view(&comparison, None, false))["offer"].clone()
    };
    assert_eq!(offer(&|_| {}), "bench-lab ab a91c3d0ffe 3f2a91c0ff");
    assert_eq!(offer(&|one| one.candidate.revision.is_dirty = Some(true)), "bench-lab ab a91c3d0ffe");
    let same = |one: &mut Comparison| one.candidate.revision.commit = one.baseline.revision.commit.clone();
    assert!(offer(&same).is_null());
    assert!(offer(&|one| one.baseline.revision.is_dirty = Some(true)).is_null());
}

#[test]
fn two_stored_runs_as_text_with_everything_and_a_gate() {
    let comparison = stored();
    let gate = weighed(&comparison);
    insta::assert_snapshot!(text::render(&view(&comparison, Some(&gate), true), 140));
}

#[test]
fn two_stored_runs_as_markdown() {
    let comparison = stored();
    let gate = weighed(&comparison);
    insta::assert_snapshot!(md::render(&view(&comparison, Some(&gate), false)));
}

#[test]
fn two_stored_runs_as_json() {
    let comparison = stored();
    let gate = weighed(&comparison);
    let value = json::render(&view(&comparison, Some(&gate), false));
    insta::assert_snapshot!(serde_json::to_string_pretty(&value).unwrap());
}

fn launch(index: u32, log: f64) -> Launch {
    let slice = |factor: f64| Slice {
        wall_ns: (1e6 * factor) as u64,
        cycles: Some((3e6 * factor) as u64),
        instructions: Some(5_000_000),
        task_clock_ns: Some((0.99e6 * factor) as u64),
    };
    Launch {
        index,
        benchmark: id("write_bulk_1000"),
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
    }
}

#[test]
fn a_live_comparison_as_text() {
    let (mut baseline, mut candidate) = sides();
    baseline.benchmarks.retain(|benchmark| benchmark.id == id("write_bulk_1000"));
    candidate.benchmarks.retain(|benchmark| benchmark.id == id("write_bulk_1000"));
    let launches: Vec<Launch> =
        around(0.149, 0.05, 14).iter().zip(0..).map(|(log, n)| launch(n, *log)).collect();
    let material = Material {
        baseline: Subject { name: "main", extract: &baseline },
        candidate: Subject { name: "HEAD", extract: &candidate },
        launches: &launches,
        duels: &[],
    };
    let comparison = compare(&material, &Policy::default()).unwrap();
    insta::assert_snapshot!(text::render(&view(&comparison, None, false), 100));
}

#[test]
fn another_machine_is_said_once() {
    let (baseline, mut candidate) = sides();
    candidate.environment.insert("cpu.model", FactClass::Machine, "fixture", FactValue::Text("2".into()));
    let material = Material {
        baseline: Subject { name: "main", extract: &baseline },
        candidate: Subject { name: "latest", extract: &candidate },
        launches: &[],
        duels: &[],
    };
    let comparison = compare(&material, &policy()).unwrap();
    insta::assert_snapshot!(text::render(&view(&comparison, None, false), 100));
}

fn places() -> Places {
    let source = "#[divan::bench]\nfn write_bulk_1000() {}\n\n#[divan::bench]\nfn aggregate() {}\n";
    let mut places = Places::default();
    let target = TargetId::new("reedbase", "core_ops");
    places.insert(target, "crates/reedbase/benches/core_ops.rs".into(), Some(source.into()));
    places
}

#[test]
fn two_stored_runs_in_every_other_format() {
    let comparison = stored();
    let gate = weighed(&comparison);
    let places = places();
    for format in ALL.iter().filter(|format| !matches!(format, Format::Text | Format::Json | Format::Md)) {
        let view = view(&comparison, Some(&gate), false);
        let Ok(said) = format.comparison(&view, Sheet { width: 100, places: &places }) else { continue };
        insta::assert_snapshot!(format!("two_stored_runs_in_{}", format.id()), said);
    }
}

/// Two thousand regressions, and as many equivalents, with long names.
fn crowd() -> Comparison {
    let mut comparison = stored();
    let pattern = comparison.changes[0].clone();
    comparison.changes.extend((0..2000).map(|number| {
        let path = format!("a group with a long name/a function with a long name/{number}");
        lab_core::compare::Change { benchmark: id(&path), ..pattern.clone() }
    }));
    comparison
}

#[test]
fn a_comment_stays_below_the_limit_and_counts_what_it_leaves_out() {
    let comparison = crowd();
    let gate = weighed(&comparison);
    let places = Places::default();
    let sheet = Sheet { width: 100, places: &places };
    let said = Format::Comment.comparison(&view(&comparison, Some(&gate), true), sheet).unwrap();
    assert!(said.len() <= LENGTH_MAX && said.len() > LENGTH_MAX - 1000, "{}", said.len());
    assert!(said.starts_with("<!-- bench-lab comment amd-epyc-2c-24g -->\n### bench-lab: 2001 regressed"));
    let shown = said.lines().filter(|line| line.starts_with("| regressed |")).count();
    assert!(said.contains(&format!("| | and {} more | | | | | |", 2001 - shown)), "{shown} shown");
    // The answer is never cut off.
    assert!(said.contains("The gate cannot answer"), "{said}");
    let whole = Format::Md.comparison(&view(&comparison, Some(&gate), true), sheet).unwrap();
    assert_eq!(whole.lines().filter(|line| line.starts_with("| regressed |")).count(), 2001);
}

#[test]
fn ten_annotations_are_printed_and_the_rest_is_counted() {
    let comparison = crowd();
    let places = places();
    let sheet = Sheet { width: 100, places: &places };
    let said = Format::Github.comparison(&view(&comparison, None, false), sheet).unwrap();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 11);
    assert!(
        lines[0].starts_with("::warning file=crates/reedbase/benches/core_ops.rs,line=2,title=regressed")
    );
    // Nothing in the source names it, so nothing is claimed of its line.
    assert!(
        lines[1].starts_with("::warning file=crates/reedbase/benches/core_ops.rs,title="),
        "{}",
        lines[1]
    );
    assert!(lines[10].ends_with("1991 more not annotated"), "{}", lines[10]);
}

#[test]
fn without_a_gate_every_regression_is_a_failure_of_junit_and_with_one_its_answer_is() {
    let comparison = stored();
    let places = Places::default();
    let sheet = Sheet { width: 100, places: &places };
    let failures = |gate: Option<&Gate>| {
        let said = Format::Junit.comparison(&view(&comparison, gate, false), sheet).unwrap();
        said.matches("<failure ").count()
    };
    // 16 % is told by the policy and fails nothing.
    assert_eq!((failures(None), failures(Some(&weighed(&comparison)))), (1, 0));
}
