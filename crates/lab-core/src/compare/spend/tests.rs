//! What a look decides, and that what it adds to the order is balanced whatever the verdicts were.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::canary::sample;
use crate::compare::fixture::{add, around, extract, id};
use crate::compare::{Equivalence, Material, Subject, compare};
use crate::model::{BenchmarkRecord, Calibration, LookPlan, Scheduled};
use crate::policy::Policy;
use crate::schedule::{Unit, lay_out, with_canary};

const NAMES: [&str; 5] = ["p/t/a", "p/t/b", "p/t/c", "p/u/d", "p/u/e"];

/// A Run of five benchmarks with canaries, before anything was measured.
fn planned(counts: Vec<u32>, seed: u64) -> Run {
    let mut run = sample::run(&[("integer_v1", &[]), ("fsync_v1", &[])]);
    run.benchmarks = NAMES
        .iter()
        .map(|name| BenchmarkRecord {
            id: id(name),
            is_ignored: false,
            calibration: Calibration::default(),
            thread_count_max: None,
        })
        .collect();
    let units: Vec<Unit> = NAMES.iter().map(|name| Unit { benchmarks: vec![id(name)] }).collect();
    run.plan.seed = seed;
    run.plan.invocation_count = counts[0];
    let kernels = Unit { benchmarks: run.canary.benchmark_ids() };
    run.schedule = with_canary(lay_out(&units, counts[0], seed), &kernels, seed);
    run.plan.looks = Some(LookPlan { baseline: "m/main".into(), baseline_run: None, counts });
    run
}

/// A comparison with these verdicts, benchmark by benchmark.
fn comparison(verdicts: &[Verdict]) -> Comparison {
    let mut sides = [(); 2].map(|()| extract(&NAMES));
    for benchmark in sides.iter_mut().flat_map(|side| &mut side.benchmarks) {
        add(benchmark, "wall_ns", "ns", &around(100.0, 0.2, 10));
    }
    let [baseline, candidate] = &sides;
    let material = Material {
        baseline: Subject { name: "b", extract: baseline },
        candidate: Subject { name: "c", extract: candidate },
        launches: &[],
        duels: &[],
    };
    let mut comparison = compare(&material, &Policy::default()).unwrap();
    for (name, verdict) in NAMES.iter().zip(verdicts) {
        let change = comparison.changes.iter_mut().find(|change| change.benchmark == id(name)).unwrap();
        change.verdict = verdict.clone();
    }
    comparison
}

fn open() -> Verdict {
    Verdict::Inconclusive(Doubt::Undecided { more: None })
}

fn times(schedule: &[Scheduled], name: &str) -> usize {
    schedule.iter().filter(|scheduled| scheduled.benchmarks.contains(&id(name))).count()
}

fn taken(run: &Run, verdicts: &[Verdict]) -> LookRecord {
    look(run, &comparison(verdicts), 0.01, "2026-08-01T10:15:00Z".into()).unwrap()
}

#[test]
fn looks_begin_with_the_plan_and_end_with_the_most() {
    assert_eq!(look_counts(10, 40), [10, 14, 20, 28, 40]);
    assert_eq!(look_counts(10, 41), [10, 14, 20, 28, 41]);
    assert_eq!(look_counts(6, 24), [6, 8, 12, 17, 24]);
    assert_eq!(look_counts(10, 11), [10, 11]);
    assert_eq!(look_counts(10, 10), [10]);
    assert_eq!(look_counts(1, 3), [1, 2, 3]);
}

#[test]
fn only_what_more_invocations_may_decide_goes_on_and_the_rest_says_why() {
    let run = planned(vec![10, 14, 20], 1);
    let verdicts = [
        Verdict::Regressed,
        Verdict::Inconclusive(Doubt::NoCanaries("no canary ran in either".into())),
        open(),
        Verdict::NotComparable(Obstacle::OtherSettings(vec!["frequency.governor".into()])),
        Verdict::Equivalent(Equivalence::Measured),
    ];
    let look = taken(&run, &verdicts);
    let ended: Vec<(String, &Spent)> =
        look.ended.iter().map(|end| (end.benchmark.path.clone(), &end.spent)).collect();
    let hopeless = |why: &str| Spent::Hopeless(why.into());
    assert_eq!(
        ended,
        [
            ("a".into(), &Spent::Decided("regressed".into())),
            (
                "b".into(),
                &hopeless("what the machine did between the Runs is not known: no canary ran in either")
            ),
            ("d".into(), &hopeless("not set up alike: frequency.governor")),
            ("e".into(), &Spent::Decided("equivalent".into())),
        ]
    );
    assert_eq!(NAMES.map(|name| times(&look.schedule, name)), [0, 0, 4, 0, 0]);
}

#[test]
fn a_drift_as_large_as_the_change_ends_it_and_a_smaller_one_does_not() {
    let mut compared = comparison(&[]);
    let change = &mut compared.changes[0];
    change.verdict = Verdict::Inconclusive(Doubt::Drift { envelope: 0.02 });
    change.margin = 0.0075;
    let of = |change: &Change, point: f64| {
        let ratio = lab_stats::Estimate { point, interval: None };
        spent(Some(&Change { ratio: Some(ratio), ..change.clone() }), 8)
    };
    assert!(matches!(of(change, 1.015), Some(Spent::Hopeless(why)) if why.contains("2.02 %")));
    assert_eq!(of(change, 1.05), None);
}

#[test]
fn a_baseline_with_too_few_invocations_ends_it_and_a_short_candidate_does_not() {
    let mut compared = comparison(&[]);
    let change = &mut compared.changes[0];
    change.verdict = Verdict::Inconclusive(Doubt::TooFew { count: 6, needed: 8 });
    change.columns[0].measured = 6;
    let said = spent(Some(change), 8);
    assert_eq!(said, Some(Spent::Hopeless("the baseline has 6 invocations, and a verdict takes 8".into())));
    // The share of the first look may take nine on either side; a later one does not.
    change.verdict = Verdict::Inconclusive(Doubt::TooFew { count: 8, needed: 9 });
    change.columns[0].measured = 8;
    assert_eq!(spent(Some(change), 8), None);
}

#[test]
fn a_run_of_a_fixed_size_has_no_look() {
    let run = planned(vec![10], 1);
    assert_eq!(look(&run, &comparison(&[open()]), 0.01, String::new()), None);
    let mut run = planned(vec![10, 14], 1);
    run.plan.looks = None;
    assert_eq!(look(&run, &comparison(&[open()]), 0.01, String::new()), None);
}

proptest! {
    #[test]
    fn what_looks_add_is_balanced_and_no_benchmark_that_ended_gets_more(
        verdicts in vec(vec(any::<bool>(), NAMES.len()), 5),
        max in 10_u32..60,
        seed: u64,
    ) {
        let counts = look_counts(10, max);
        let mut run = planned(counts.clone(), seed);
        let (mut gone, mut index, mut block) = (BTreeSet::new(), run.schedule.len() as u32, 10);
        for (number, is_open) in verdicts.iter().enumerate() {
            let of = |is_open: &bool| if *is_open { open() } else { Verdict::Improved };
            let verdicts: Vec<Verdict> = is_open.iter().map(of).collect();
            let Some(record) = look(&run, &comparison(&verdicts), 0.01, String::new()) else {
                prop_assert!(counts.len() < 2 || run.looks.last().is_some_and(|look| look.schedule.is_empty()));
                return Ok(());
            };
            prop_assert_eq!(record.number as usize, number + 1);
            prop_assert_eq!(record.invocation_count, counts[number]);
            for end in &record.ended {
                prop_assert!(gone.insert(end.benchmark.clone()), "{} ended twice", end.benchmark);
            }
            for one in record.schedule.chunk_by(|one, next| one.block == next.block) {
                prop_assert_eq!(one[0].block, block);
                block += 1;
                prop_assert_eq!(one.iter().filter(|scheduled| scheduled.is_canary()).count(), 1);
                for name in NAMES {
                    prop_assert_eq!(times(one, name), usize::from(!gone.contains(&id(name))), "{}", name);
                }
            }
            for scheduled in &record.schedule {
                prop_assert_eq!(scheduled.index, index);
                index += 1;
            }
            let is_over = record.schedule.is_empty();
            prop_assert_eq!(is_over, gone.len() == NAMES.len());
            run.looks.push(record);
            if !is_over {
                for name in NAMES.iter().filter(|name| !gone.contains(&id(name))) {
                    let all: Vec<Scheduled> = run.whole_schedule().cloned().collect();
                    prop_assert_eq!(times(&all, name), counts[number + 1] as usize);
                }
            }
        }
    }

    #[test]
    fn one_seed_gives_one_extension(seed: u64) {
        let run = planned(vec![10, 14, 20], seed);
        let verdicts = [open(), Verdict::Improved, open(), open(), open()];
        prop_assert_eq!(taken(&run, &verdicts), taken(&run, &verdicts));
    }
}
