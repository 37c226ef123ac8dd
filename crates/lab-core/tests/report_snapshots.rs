//! One fixed Run, rendered by every renderer.
//!
//! The snapshots are what people see; `INSTA_UPDATE=always cargo test` writes them anew after a wanted change.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::collections::BTreeMap;

use lab_core::model::{
    Aslr, BenchmarkId, BenchmarkRecord, Calibration, CanaryRecord, Environment, Exit, FactClass, FactValue,
    Invocation, Measurement, MetricId, Observation, Outcome, Plan, Printed, Revision, Run, Sample, Seal,
    SessionRecord, Signals, Skip, State, Summary, Taint, TaintRule, TargetId, TargetRecord, Throughput,
    Values, Warning,
};
use lab_core::report::format::{ALL, Format, Sheet};
use lab_core::report::place::Places;
use lab_core::report::view::RunView;
use lab_core::report::{json, text};

fn core_ops() -> TargetId {
    TargetId::new("reedbase", "core_ops")
}

fn id(path: &str) -> BenchmarkId {
    BenchmarkId::new(core_ops(), path)
}

fn target(name: &str, harness: Option<&str>, skip: Option<Skip>) -> TargetRecord {
    TargetRecord {
        id: TargetId::new("reedbase", name),
        harness: harness.map(Into::into),
        harness_version: harness.map(|_| "0.8.2".into()),
        executable: None,
        sha256: None,
        build_id: None,
        source: format!("benches/{name}.rs"),
        skip,
    }
}

fn samples(per_iteration_ns: f64) -> Measurement {
    Measurement {
        metric: MetricId::wall_ns(),
        unit: "ns".into(),
        values: Values::Samples(vec![Sample { iterations: 10.0, total: per_iteration_ns * 10.0 }; 3]),
        throughput: vec![Throughput { kind: "elements".into(), per_iteration: 1000.0 }],
        settings: BTreeMap::new(),
    }
}

fn allocations(count: f64) -> Measurement {
    let printed = |value: f64| Printed { text: value.to_string(), value, step: 0.001 };
    Measurement {
        metric: MetricId("alloc_count".into()),
        unit: "count".into(),
        values: Values::Summary(Summary {
            fastest: printed(count),
            slowest: printed(count),
            median: printed(count),
            mean: printed(count),
            sample_count: 100,
            iteration_count: 100,
        }),
        throughput: Vec::new(),
        settings: BTreeMap::new(),
    }
}

fn measured(index: u32, path: &str, measurements: Vec<Measurement>) -> Invocation {
    row(index, Observation { benchmark: id(path), outcome: Outcome::Ok, measurements })
}

fn row(index: u32, observation: Observation) -> Invocation {
    Invocation {
        index,
        session: 1,
        target: core_ops(),
        arguments: vec!["--bench".into()],
        cpus: vec![1],
        padding_bytes: 17,
        started_at: "2026-11-21T03:12:00Z".into(),
        wall_ns: 500_000_000,
        exit: Exit::Code(0),
        observations: vec![observation],
        signals: Signals::new(),
        taints: Vec::new(),
        warnings: Vec::new(),
    }
}

fn invocations() -> Vec<Invocation> {
    let mut rows: Vec<Invocation> = (0..8)
        .map(|n| measured(n, "read_bulk/1000", vec![samples(8.4e6 + f64::from(n) * 1e4), allocations(3.0)]))
        .collect();
    rows[3].taints = vec![Taint { rule: TaintRule::Steal, detail: "steal 3.1 % of wall".into() }];
    rows.push(measured(
        8,
        "a benchmark with a very long name that no terminal of eighty columns can hold",
        vec![samples(45.23)],
    ));
    let panicked = Outcome::Failed {
        reason: "panicked (exit code 101)".into(),
        tail: "thread 'main' panicked at benches/core_ops.rs:9:5:\nthe answer is wrong".into(),
    };
    rows.push(row(
        9,
        Observation { benchmark: id("write_single"), outcome: panicked, measurements: Vec::new() },
    ));
    rows
}

fn environment() -> Environment {
    let mut environment = Environment::default();
    for (name, value) in
        [("machine.name", "amd-epyc-2c-23g"), ("cpu.brand", "AMD EPYC"), ("kernel.release", "6.18.44")]
    {
        environment.insert(name, FactClass::Explanation, "fixture", FactValue::Text(value.into()));
    }
    environment
}

fn run(state: State) -> Run {
    let names = [
        "read_bulk/1000",
        "a benchmark with a very long name that no terminal of eighty columns can hold",
        "write_single",
    ];
    Run {
        id: "20261121T031200Z-3f2a91c".into(),
        lab_version: "0.1.0".into(),
        created_at: "2026-11-21T03:12:00Z".into(),
        workspace: "/home/ada/store".into(),
        revision: Revision {
            commit: Some("3f2a91c0ffee3f2a91c0ffee3f2a91c0ffee3f2a".into()),
            branch: Some("main".into()),
            is_dirty: Some(true),
        },
        plan: Plan {
            filters: Vec::new(),
            invocation_count: 8,
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
        },
        targets: vec![
            target("core_ops", Some("criterion"), None),
            target("broken", None, Some(Skip::BuildFailed("error[E0425]: cannot find value `x`".into()))),
        ],
        benchmarks: names
            .iter()
            .map(|path| BenchmarkRecord {
                id: id(path),
                is_ignored: false,
                calibration: Calibration::default(),
                thread_count_max: Some(1),
            })
            .collect(),
        canary: CanaryRecord::default(),
        schedule: Vec::new(),
        sessions: vec![SessionRecord {
            number: 1,
            started_at: "2026-11-21T03:12:00Z".into(),
            environment: environment(),
            tuning: Vec::new(),
        }],
        invocations: invocations(),
        warnings: vec![Warning::new("flags_ignored", "reedbase/core_ops", "its main ignores flags")],
        provenance: None,
        looks: Vec::new(),
        state,
    }
}

fn sealed() -> State {
    State::Sealed(Seal {
        sealed_at: "2026-11-21T03:20:00Z".into(),
        invocation_count: 10,
        canary_count: 0,
        invocations_sha256: "00".repeat(32),
        cut_short: None,
    })
}

/// What a program printed stands as it was printed; all else fits.
fn fits(text: &str, width: usize) {
    let printed = ["thread 'main'", "the answer"];
    let long = text.lines().filter(|line| line.chars().count() > width);
    let long: Vec<&str> = long.filter(|line| !printed.iter().any(|word| line.contains(word))).collect();
    assert!(long.is_empty(), "wider than {width}: {long:#?}");
}

#[test]
fn a_run_as_text_on_three_terminals() {
    let run = run(sealed());
    for width in [112, 80, 60] {
        let text = text::render(&RunView::new(&run), width);
        fits(&text, width);
        insta::assert_snapshot!(format!("a_run_as_text_at_{width}_columns"), text);
    }
}

#[test]
fn a_colour_is_all_that_a_terminal_gets_more() {
    let run = run(sealed());
    let lines = text::lines(&RunView::new(&run), 80);
    let coloured = lab_core::report::tone::coloured(&lines);
    let bare = ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[32m", "\u{1b}[33m", "\u{1b}[1;31m"]
        .iter()
        .fold(coloured.clone(), |text, code| text.replace(code, ""));
    assert_eq!(bare, text::render(&RunView::new(&run), 80));
    assert!(coloured.contains("\u{1b}[1;31m2 measured · 1 failed"), "{coloured}");
}

#[test]
fn an_interrupted_run_says_how_to_go_on() {
    let run = run(State::Open);
    let text = text::render(&RunView::new(&run), 100);
    assert!(
        text.lines().any(|line| line == "next     bench-lab run --resume 20261121T031200Z-3f2a91c"),
        "{text}"
    );
}

#[test]
fn a_run_as_json() {
    let run = run(sealed());
    insta::assert_snapshot!(serde_json::to_string_pretty(&json::render(&RunView::new(&run))).unwrap());
}

/// The bench's source, without the benchmark whose name no line of it has.
const SOURCE: &str = "\
fn benches(c: &mut Criterion) {
    c.benchmark_group(\"read_bulk\").bench_function(\"1000\", run);
    c.bench_function(\"write_single\", write);
}
";

fn places() -> Places {
    let mut places = Places::default();
    places.insert(core_ops(), "crates/store/benches/core_ops.rs".into(), Some(SOURCE.into()));
    places
}

#[test]
fn budgets_of_benchmarks_that_nobody_asked_for_are_counted_and_not_listed() {
    let read = |text: &str| lab_core::budget::read_budgets(text).unwrap();
    let budgets = read(
        "[[budget]]\nbenchmarks = \"nobody\"\ntarget = \"< 1 us\"\n\n\
         [[budget]]\nbenchmarks = \"read_bulk\"\ntarget = \"< 8 ms\"\n",
    );
    let mut run = run(sealed());
    let told = |run: &Run| {
        let view = RunView::new(run).with_budgets(&budgets);
        [
            text::render(&view, 100),
            Format::Md.run(&view, Sheet { width: 100, places: &places() }).unwrap_or_default(),
        ]
    };
    for said in told(&run) {
        assert!(said.contains("nobody") && !said.contains("not asked for"), "{said}");
    }
    run.plan.filters = vec!["read".into()];
    for said in told(&run) {
        assert!(
            !said.contains("nobody") && said.contains("1 of benchmarks that were not asked for"),
            "{said}"
        );
        assert!(said.contains("read_bulk"), "{said}");
    }
}

#[test]
fn a_run_in_every_other_format() {
    let mut run = run(sealed());
    run.benchmarks.push(BenchmarkRecord { id: id("say \"<b>\" & more, 100 %"), ..run.benchmarks[0].clone() });
    run.invocations.push(measured(10, "say \"<b>\" & more, 100 %", vec![samples(1.5e3)]));
    let (budgets, places) = (
        lab_core::budget::read_budgets(
            "[[budget]]\nbenchmarks = \"read_bulk\"\ntarget = \"< 8 ms\"\n\n\
             [[budget]]\nbenchmarks = \"nobody\"\ntarget = \"< 1 us\"\n",
        )
        .unwrap(),
        places(),
    );
    let view = RunView::new(&run).with_budgets(&budgets);
    for format in ALL.iter().filter(|format| !matches!(format, Format::Text | Format::Json)) {
        let Ok(said) = format.run(&view, Sheet { width: 100, places: &places }) else { continue };
        insta::assert_snapshot!(format!("a_run_in_{}", format.id()), said);
    }
}
