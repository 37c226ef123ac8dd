//! Budgets against Runs of known times.

use std::collections::BTreeMap;

use super::*;
use crate::budget::read_budgets;
use crate::canary;
use crate::model::{
    Aslr, BenchmarkRecord, Calibration, CanaryRecord, Exit, Invocation, Measurement, Observation, Plan,
    Revision, Sample, Signals, State, TargetId,
};

/// One process; it fails where the time is no number.
fn invocation(index: u32, benchmark: BenchmarkId, time: f64) -> Invocation {
    let throughput = |kind: &str, per_iteration: f64| Throughput { kind: kind.into(), per_iteration };
    let sample = |n: i32| Sample { iterations: 1.0, total: time * (0.5 + f64::from(n) / 100.0) };
    let measurement = Measurement {
        metric: MetricId::wall_ns(),
        unit: "ns".into(),
        values: Values::Samples((1..=100).map(sample).collect()),
        throughput: vec![throughput("elements", 1000.0), throughput("bytes", 2000.0)],
        settings: BTreeMap::new(),
    };
    let (outcome, measurements) = if time.is_finite() {
        (Outcome::Ok, vec![measurement])
    } else {
        (Outcome::Missing { reason: "x".into() }, Vec::new())
    };
    Invocation {
        index,
        session: 1,
        target: TargetId::new("p", "t"),
        arguments: Vec::new(),
        cpus: Vec::new(),
        padding_bytes: 0,
        started_at: String::new(),
        wall_ns: 1,
        exit: Exit::Code(0),
        observations: vec![Observation { benchmark, outcome, measurements }],
        signals: Signals::new(),
        taints: Vec::new(),
        warnings: Vec::new(),
    }
}

/// A Run of `p/t/…` with these wall times per invocation, each declaring 1000 elements and 2000 bytes.
fn run(benchmarks: &[(&str, &[f64])]) -> Run {
    let id = |path: &str| BenchmarkId::new(TargetId::new("p", "t"), path);
    let each = benchmarks.iter().flat_map(|(path, times)| times.iter().map(|time| (id(path), *time)));
    let invocations =
        each.zip(0..).map(|((benchmark, time), index)| invocation(index, benchmark, time)).collect();
    Run {
        id: String::new(),
        lab_version: String::new(),
        created_at: String::new(),
        workspace: String::new(),
        revision: Revision::default(),
        plan: Plan {
            filters: Vec::new(),
            invocation_count: 8,
            time_ms: 1,
            budget_ms: None,
            timeout_ms: 1,
            seed: 1,
            cpus: Vec::new(),
            threaded_cpus: Vec::new(),
            aslr: Aslr::Random,
            includes_ignored: false,
            build_arguments: Vec::new(),
            looks: None,
        },
        targets: Vec::new(),
        benchmarks: benchmarks
            .iter()
            .map(|(path, _)| BenchmarkRecord {
                id: id(path),
                is_ignored: false,
                calibration: Calibration::default(),
                thread_count_max: None,
            })
            .collect(),
        canary: CanaryRecord::default(),
        schedule: Vec::new(),
        sessions: Vec::new(),
        invocations,
        warnings: Vec::new(),
        provenance: None,
        looks: Vec::new(),
        state: State::Open,
    }
}

fn kept(run: &Run, budget: &str) -> Judged {
    let budgets = read_budgets(&format!("[[budget]]\n{budget}\n")).unwrap();
    let mut judged = judge(run, &budgets);
    assert_eq!(judged.len(), 1, "{judged:?}");
    judged.remove(0)
}

const STEADY: &[f64] = &[1000.0; 8];

#[test]
fn a_time_is_met_tolerated_or_missed() {
    let run = run(&[("read", STEADY)]);
    // The middle of each process is 1005 ns.
    let of = |target: &str| kept(&run, &format!("benchmarks = \"read\"\ntarget = {target:?}")).kept;
    assert_eq!(of("< 1.1 us"), Kept::Met);
    assert_eq!(of("< 900 ns ±20 %"), Kept::Tolerated);
    assert_eq!(of("< 900 ns"), Kept::Missed { is_sure: true });
    assert_eq!(of("> 1 us"), Kept::Met);
}

#[test]
fn a_miss_that_the_interval_does_not_exclude_is_not_sure() {
    let times: Vec<f64> = (0..8).map(|n| 960.0 + 10.0 * f64::from(n)).collect();
    let run = run(&[("read", &times)]);
    let judged = kept(&run, "benchmarks = \"read\"\ntarget = \"< 990 ns\"");
    assert_eq!(judged.kept, Kept::Missed { is_sure: false });
    assert!(judged.excess().unwrap() > 0.0);
}

#[test]
fn rates_come_from_declared_work() {
    let run = run(&[("read", STEADY)]);
    let of = |lines: &str| kept(&run, &format!("benchmarks = \"read\"\n{lines}"));
    assert_eq!(of("target = \"> 1 GB/s\"").kept, Kept::Met);
    assert_eq!(of("target = \"> 2.1 GB/s\"").kept, Kept::Missed { is_sure: true });
    let elements = of("target = \"> 900_000_000 /s\"");
    assert_eq!(elements.kept, Kept::Met);
    assert!((elements.reached.unwrap().point - 1000.0 / 1005e-9).abs() < 1.0);
    assert_eq!(
        of("target = \"> 1 /s\"\nthroughput = \"bits\"").kept,
        Kept::Unmeasured("it declares no throughput in bits".into())
    );
}

#[test]
fn scaling_is_a_multiple_of_another_benchmark() {
    let run = run(&[("reads t=1", STEADY), ("reads t=8", &[160.0; 8])]);
    let of = |lines: &str| {
        kept(&run, &format!("benchmarks = \"reads t=8\"\nrelative_to = \"reads t=1\"\n{lines}")).kept
    };
    assert_eq!(of("throughput = \"elements\"\ntarget = \"> 6 x\""), Kept::Met);
    assert_eq!(of("throughput = \"elements\"\ntarget = \"> 7 x\""), Kept::Missed { is_sure: true });
    assert_eq!(of("target = \"< 0.17 x\""), Kept::Met);
}

#[test]
fn a_percentile_is_of_single_iterations() {
    let run = run(&[("read", STEADY)]);
    let of =
        |target: &str| kept(&run, &format!("benchmarks = \"read\"\npercentile = 99\ntarget = {target:?}"));
    assert_eq!(of("< 1.5 us").kept, Kept::Met);
    assert_eq!(of("< 1.4 us").kept, Kept::Missed { is_sure: true });
    let mut batches = run.clone();
    for observation in batches.invocations.iter_mut().flat_map(|i| &mut i.observations) {
        observation.measurements[0].values = Values::Samples(vec![Sample { iterations: 64.0, total: 64.0 }]);
    }
    let Kept::Unmeasured(why) =
        kept(&batches, "benchmarks = \"read\"\npercentile = 99\ntarget = \"< 1 s\"").kept
    else {
        panic!()
    };
    assert!(why.contains("batches, as of 64 iterations"), "{why}");
}

#[test]
fn a_budget_that_nothing_answers_says_why_and_what_was_meant() {
    let run = run(&[("read_single", STEADY), ("broken", &[f64::NAN])]);
    let of = |name: &str, lines: &str| kept(&run, &format!("benchmarks = {name:?}\n{lines}"));
    let slip = of("raed_single", "target = \"< 1 s\"");
    assert_eq!(
        slip.kept,
        Kept::Unmeasured("this Run has no such benchmark; did you mean read_single?".into())
    );
    assert!(slip.fails(true) && !slip.fails(false));
    let broken = of("broken", "target = \"< 1 s\"");
    assert_eq!(broken.kept, Kept::Unmeasured("it failed".into()));
    assert!(broken.fails(false));
    let other = of("read_single", "metric = \"alloc_count\"\ntarget = \"< 10\"");
    assert_eq!(other.kept, Kept::Unmeasured("it has no alloc_count".into()));
}

#[test]
fn canaries_have_no_budgets() {
    let judged = kept(&run(&[("read", STEADY)]), "benchmarks = \"integer_v1\"\ntarget = \"< 1 s\"");
    assert!(canary::canary("integer_v1").is_some() && judged.benchmark.is_none());
}

#[test]
fn budgets_whose_names_are_nobodys_are_told_with_their_line() {
    let ids: Vec<BenchmarkId> =
        ["read/100", "read/1000", "write"].map(|path| BenchmarkId::new(TargetId::new("p", "t"), path)).into();
    let text = r#"
[[budget]]
benchmarks = "read/100"
target = "< 1 ms"

[[budget]]
benchmarks = "raed/100"
target = "< 1 ms"

[[budget]]
benchmarks = "write"
relative_to = "read"
target = "< 2 x"
"#;
    let budgets = read_budgets(text).unwrap();
    let told = without_benchmark(&budgets, &ids);
    assert_eq!(
        told,
        [
            "the budget for \"raed/100\" (line 6) names no benchmark; did you mean read/100?",
            "relative_to of the budget for \"write\" (line 10) names 2 benchmarks, and a multiple is of one",
        ]
    );
    let of_another = budgets[..1].iter().map(|budget| Budget { package: Some("q".into()), ..budget.clone() });
    let told = without_benchmark(&of_another.collect::<Vec<_>>(), &ids);
    assert_eq!(told, ["the budget for \"read/100\" (line 2) names no benchmark of q"]);
}
