//! Verdicts on sides with known truth.

mod grown;
mod layouts;
mod simulated;
mod testified;

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::fixture::{add, around, drifted, environment, extract, id, measured};
use super::*;
use crate::model::{
    Calibration, Extract, FactClass, FactValue, Grain, Launch, MetricId, Outcome, Round, Side, Slice,
    TaintRule,
};
use crate::policy::Policy;

/// How far the canaries say that the machine moved; absent when none ran.
type Moved = Option<f64>;

const STEADY: Moved = Some(0.0);

fn judged(baseline: &Extract, candidate: &Extract, moved: Moved, policy: &Policy) -> Comparison {
    let (baseline, candidate) = match moved {
        Some(moved) => (&drifted(baseline.clone(), 0.0), &drifted(candidate.clone(), moved)),
        None => (baseline, candidate),
    };
    let material = Material {
        baseline: Subject { name: "before", extract: baseline },
        candidate: Subject { name: "after", extract: candidate },
        launches: &[],
        duels: &[],
    };
    compare(&material, policy).unwrap()
}

fn verdict_of(baseline: &[f64], candidate: &[f64], moved: Moved) -> Verdict {
    let (one, two) = (measured("wall_ns", "ns", baseline), measured("wall_ns", "ns", candidate));
    judged(&one, &two, moved, &Policy::default()).changes.remove(0).verdict
}

#[test]
fn a_plain_slowdown_between_runs_of_a_steady_machine_is_a_regression_with_its_size() {
    let (one, two) = (
        measured("wall_ns", "ns", &around(89.1e6, 0.01, 10)),
        measured("wall_ns", "ns", &around(103.4e6, 0.01, 10)),
    );
    let comparison = judged(&one, &two, STEADY, &Policy::default());
    let change = &comparison.changes[0];
    assert_eq!(change.verdict, Verdict::Regressed);
    let ratio = change.ratio.unwrap();
    assert!((ratio.point - 1.1605).abs() < 0.005, "{ratio:?}");
    assert!(ratio.interval.unwrap().contains(1.1605));
    assert_eq!(comparison.summary(), Summary { regressed: 1, ..Summary::default() });
    assert_eq!(verdict_of(&around(103.4e6, 0.01, 10), &around(89.1e6, 0.01, 10), STEADY), Verdict::Improved);
}

#[test]
fn equal_sides_are_equivalent_and_noisy_ones_say_how_much_more_would_decide() {
    let quiet = verdict_of(&around(100.0, 0.004, 12), &around(100.05, 0.004, 12), STEADY);
    assert_eq!(quiet, Verdict::Equivalent(Equivalence::Measured));
    let noisy = verdict_of(&around(100.0, 0.02, 12), &around(100.1, 0.02, 12), STEADY);
    let Verdict::Inconclusive(Doubt::Undecided { more: Some(more) }) = noisy else { panic!("{noisy:?}") };
    assert!((1..2000).contains(&more.count), "{more:?}");
}

#[test]
fn what_the_canaries_cannot_exclude_is_no_verdict() {
    let (one, two) = (around(100.0, 0.01, 10), around(108.0, 0.01, 10));
    assert_eq!(verdict_of(&one, &two, Some(0.02)), Verdict::Regressed);
    let lost = verdict_of(&one, &two, Some(0.1));
    let is_drift_of = |verdict: &Verdict, wanted: f64| match verdict {
        Verdict::Inconclusive(Doubt::Drift { envelope }) => (envelope - wanted).abs() < 1e-9,
        _ => false,
    };
    assert!(is_drift_of(&lost, 0.1), "{lost:?}");
    let unknown = verdict_of(&one, &two, None);
    assert_eq!(unknown, Verdict::Inconclusive(Doubt::NoCanaries("no canary ran in either".into())));
    let equal = around(100.0, 0.004, 12);
    let lost = verdict_of(&equal, &equal, Some(0.01));
    assert!(is_drift_of(&lost, 0.01), "{lost:?}");
}

#[test]
fn one_invocation_is_never_a_verdict() {
    let one = verdict_of(&[100.0], &[200.0], STEADY);
    assert_eq!(one, Verdict::Inconclusive(Doubt::TooFew { count: 1, needed: 8 }));
    let many = around(100.0, 0.01, 30);
    assert_eq!(verdict_of(&many, &[200.0], STEADY), one);
}

#[test]
fn values_of_which_no_ratio_can_be_formed_are_named() {
    let good = around(100.0, 0.01, 10);
    let mut bad = good.clone();
    bad[3] = 0.0;
    let Verdict::NotComparable(Obstacle::NoRatio { side, what }) = verdict_of(&bad, &good, STEADY) else {
        panic!()
    };
    assert_eq!((side, what.as_str()), (Side::Baseline, "1 of 10 values are zero or less"));
    let Verdict::NotComparable(Obstacle::NotMeasured { side, why }) =
        verdict_of(&good, &[f64::NAN; 10], STEADY)
    else {
        panic!()
    };
    assert_eq!((side, why.as_str()), (Side::Candidate, "none of its 10 values is a number"));
    let mut holes = good.clone();
    holes[0] = f64::INFINITY;
    let (one, two) = (measured("wall_ns", "ns", &holes), measured("wall_ns", "ns", &good));
    let change = judged(&one, &two, STEADY, &Policy::default()).changes.remove(0);
    assert_eq!(change.notes, ["1 of the baseline's 10 values are no numbers"]);
    assert_eq!(change.count, 9);
}

#[test]
fn counts_need_no_canary_and_no_equal_machine() {
    let policy = Policy { metric: Some(MetricId("alloc_count".into())), ..Policy::default() };
    let (one, mut two) =
        (measured("alloc_count", "count", &[1.0; 10]), measured("alloc_count", "count", &[3.0; 10]));
    two.environment.insert("cpu.model", FactClass::Machine, "", FactValue::Text("other".into()));
    assert_eq!(judged(&one, &two, None, &policy).changes[0].verdict, Verdict::Regressed);
    let none = measured("alloc_count", "count", &[0.0; 10]);
    let same = judged(&none, &none, None, &policy).changes.remove(0).verdict;
    assert_eq!(same, Verdict::Equivalent(Equivalence::Measured));
}

#[test]
fn times_of_two_machines_are_never_compared() {
    let (one, mut two) =
        (measured("wall_ns", "ns", &around(1.0, 0.1, 10)), measured("wall_ns", "ns", &around(2.0, 0.1, 10)));
    two.environment.insert("cpu.model", FactClass::Machine, "", FactValue::Text("other".into()));
    let verdict = judged(&one, &two, STEADY, &Policy::default()).changes.remove(0).verdict;
    assert_eq!(verdict, Verdict::NotComparable(Obstacle::OtherMachine));
}

#[test]
fn a_decisive_difference_forbids_and_any_other_is_named() {
    let side = |governor: &str, lab: &str| {
        let mut side = measured("wall_ns", "ns", &around(100.0, 0.004, 12));
        side.environment = environment(&[("frequency.governor", governor), ("lab.version", lab)]);
        side
    };
    let of = |one: &Extract, two: &Extract, policy: &Policy| judged(one, two, STEADY, policy);
    let plain = of(&side("performance", "1"), &side("performance", "2"), &Policy::default());
    assert_eq!(plain.changes[0].verdict, Verdict::Equivalent(Equivalence::Measured));
    assert_eq!(plain.differences[0].fact, "lab.version");
    let forbidden = of(&side("performance", "1"), &side("powersave", "1"), &Policy::default());
    let wanted = Verdict::NotComparable(Obstacle::OtherSettings(vec!["frequency.governor".into()]));
    assert_eq!(forbidden.changes[0].verdict, wanted);
    let policy =
        Policy { allowed_differences: BTreeSet::from(["frequency.governor".into()]), ..Policy::default() };
    let allowed = of(&side("performance", "1"), &side("powersave", "1"), &policy);
    assert_eq!(allowed.changes[0].verdict, Verdict::Equivalent(Equivalence::Measured));
    assert_eq!(allowed.differences[0].decisive, None);
}

#[test]
fn the_same_executable_is_equal_whatever_was_measured_and_another_calibration_is_told() {
    let side = |value: f64, sha256: &str, sample_size: &str| {
        let mut side = measured("wall_ns", "ns", &around(value, 0.01, 10));
        side.targets[0].sha256 = Some(sha256.repeat(32));
        side.benchmarks[0].calibration =
            Calibration([("sample_size".to_owned(), sample_size.to_owned())].into());
        side
    };
    let same = judged(&side(100.0, "ab", "64"), &side(120.0, "ab", "64"), STEADY, &Policy::default());
    assert_eq!(same.changes[0].verdict, Verdict::Equivalent(Equivalence::Identical));
    let other = judged(&side(100.0, "ab", "64"), &side(120.0, "cd", "128"), STEADY, &Policy::default());
    assert_eq!(other.changes[0].verdict, Verdict::Regressed);
    assert_eq!(
        other.changes[0].notes,
        ["the two sides were calibrated unlike each other: sample_size 64 and 128"]
    );
}

#[test]
fn sides_that_were_measured_in_two_ways_are_not_compared_and_two_sizes_of_samples_are() {
    let side = |settings: &[(&str, &str)]| {
        let mut side = measured("wall_ns", "ns", &around(100.0, 0.01, 10));
        let alive = around(if settings[0].1 == "1" { 1.0 } else { 5000.0 }, 0.01, 10);
        let series = measured("live_count_max", "count", &alive).benchmarks[0].series[0].clone();
        side.benchmarks[0].series.push(series);
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        side.benchmarks[0].calibration = Calibration(settings.collect());
        side
    };
    let verdict = |baseline: &[(&str, &str)], candidate: &[(&str, &str)]| {
        let comparison = judged(&side(baseline), &side(candidate), STEADY, &Policy::default());
        comparison.changes[0].clone()
    };
    let long = [("sample_size", "5000"), ("samples", "long")];
    let other_size = verdict(&long, &[("sample_size", "4800"), ("samples", "long")]);
    assert_eq!(other_size.verdict, Verdict::Equivalent(Equivalence::Measured));
    // What is alive at once grows with a sample, so it is no witness.
    assert!(other_size.witnesses.is_empty() && verdict(&long, &long).witnesses.len() == 1);
    let unlike = verdict(&long, &[("sample_size", "1"), ("samples", "short")]);
    let [setting, baseline, candidate] = ["samples", "long", "short"].map(str::to_owned);
    let wanted = Obstacle::OtherCalibration { setting, baseline, candidate };
    assert_eq!(unlike.verdict, Verdict::NotComparable(wanted));
    // What an older bench-lab stored does not say which way it was.
    assert_eq!(
        verdict(&[("sample_size", "5000")], &long).verdict,
        Verdict::Equivalent(Equivalence::Measured)
    );
}

#[test]
fn tainted_invocations_are_left_out_by_a_rule_on_both_sides_and_counted() {
    let side = |centre: f64| {
        let mut side = measured("wall_ns", "ns", &[around(centre, 0.01, 10), vec![centre * 9.0; 2]].concat());
        for column in 10..12 {
            side.benchmarks[0].taints[column] = BTreeSet::from([TaintRule::Swapping]);
        }
        side
    };
    let all = judged(&side(100.0), &side(100.0), STEADY, &Policy::default()).changes.remove(0);
    assert_eq!(all.columns[0], Columns { measured: 12, tainted: 2, left_out: 0, failed: 0 });
    assert_eq!(all.count, 12);
    let policy = Policy { leave_out: BTreeSet::from([TaintRule::Swapping]), ..Policy::default() };
    let fewer = judged(&side(100.0), &side(100.0), STEADY, &policy).changes.remove(0);
    assert_eq!((fewer.count, fewer.columns[1].left_out), (10, 2));
}

#[test]
fn sides_with_nothing_in_common_say_what_each_has() {
    let (one, two) = (extract(&["p/t/a", "p/t/b"]), extract(&["q/t/c"]));
    let material = Material {
        baseline: Subject { name: "main", extract: &one },
        candidate: Subject { name: "latest", extract: &two },
        launches: &[],
        duels: &[],
    };
    let error = compare(&material, &Policy::default()).unwrap_err().to_string();
    assert_eq!(
        error,
        "main and latest have no benchmark in common: the first has p/t/a, p/t/b, the second has q/t/c"
    );
}

#[test]
fn one_weak_change_among_many_is_suspect_and_a_strong_one_stands() {
    let side = |shifts: &[f64]| {
        let ids: Vec<String> = (0..shifts.len()).map(|number| format!("p/t/{number:03}")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let mut side = extract(&ids);
        for (benchmark, shift) in side.benchmarks.iter_mut().zip(shifts) {
            add(benchmark, "wall_ns", "ns", &around(100.0 * (1.0 + shift), 0.02, 9));
        }
        side
    };
    let mut shifts = vec![0.0; 100];
    (shifts[0], shifts[1]) = (0.1, 0.022);
    let alone = judged(&side(&[0.0]), &side(&[0.022]), STEADY, &Policy::default()).changes.remove(0);
    assert_eq!(alone.verdict, Verdict::Regressed, "{alone:?}");
    let comparison = judged(&side(&[0.0; 100]), &side(&shifts), STEADY, &Policy::default());
    let of = |name: &str| comparison.changes.iter().find(|change| change.benchmark == id(name)).unwrap();
    assert_eq!(of("p/t/000").verdict, Verdict::Regressed);
    let Verdict::Inconclusive(Doubt::Suspect { adjusted }) = of("p/t/001").verdict else {
        panic!("{:?}", of("p/t/001"))
    };
    assert!(adjusted > 0.01);
}

fn launch(index: u32, log: f64, cycles_log: f64, instructions_log: f64) -> Launch {
    let slice = |factor: f64, cycles: f64, instructions: f64| Slice {
        wall_ns: (1e6 * factor) as u64,
        cycles: Some((3e6 * cycles) as u64),
        instructions: Some((5e6 * instructions) as u64),
        task_clock_ns: Some((0.99e6 * factor) as u64),
    };
    let round = Round {
        first: Side::Baseline,
        iterations: 1,
        baseline: slice(1.0, 1.0, 1.0),
        candidate: slice(log.exp(), cycles_log.exp(), instructions_log.exp()),
    };
    Launch {
        index,
        benchmark: id("p/t/a"),
        grain: Grain::Slices,
        starter: Side::Baseline,
        layout: 0,
        padding_bytes: [0, 0],
        started_at: String::new(),
        wall_ns: 50_000_000,
        outcome: Outcome::Ok,
        rounds: vec![round; 3],
        warnings: Vec::new(),
    }
}

fn dueled(launches: &[Launch]) -> Change {
    let (one, two) = (extract(&["p/t/a"]), extract(&["p/t/a"]));
    let material = Material {
        baseline: Subject { name: "main", extract: &one },
        candidate: Subject { name: "HEAD", extract: &two },
        launches,
        duels: &[],
    };
    compare(&material, &Policy::default()).unwrap().changes.remove(0)
}

#[test]
fn a_duel_of_code_that_keeps_its_cpu_busy_is_judged_by_cycles_without_any_canary() {
    let launches: Vec<Launch> =
        around(0.02, 0.1, 14).iter().zip(0..).map(|(log, n)| launch(n, *log, *log, 0.02)).collect();
    let change = dueled(&launches);
    assert_eq!((change.metric.0.as_str(), &change.verdict), ("cycles", &Verdict::Regressed));
    assert_eq!((change.evidence, change.count), (Some(EvidenceKind::Duel), 14));
    let readings: Vec<(&str, Reading)> =
        change.witnesses.iter().map(|witness| (witness.metric.0.as_str(), witness.reading)).collect();
    assert_eq!(readings[0], ("wall_ns", Reading::Agrees));
    assert_eq!(readings[1], ("instructions", Reading::Agrees));
}

#[test]
fn a_slowdown_with_equal_instructions_says_so() {
    let launches: Vec<Launch> =
        around(0.02, 0.1, 14).iter().zip(0..).map(|(log, n)| launch(n, *log, *log, 0.0)).collect();
    let change = dueled(&launches);
    assert_eq!(change.verdict, Verdict::Regressed);
    assert_eq!(change.notes, ["same instructions: layout, cache, branches or memory"]);
}

#[test]
fn wall_time_that_leaves_out_what_cycles_say_makes_it_inconclusive() {
    let launches: Vec<Launch> =
        around(0.02, 0.1, 14).iter().zip(0..).map(|(log, n)| launch(n, -log, *log, 0.0)).collect();
    let verdict = dueled(&launches).verdict;
    let Verdict::Inconclusive(Doubt::WitnessesDisagree(why)) = verdict else { panic!("{verdict:?}") };
    assert!(why.starts_with("cycles say +2.0"), "{why}");
}

#[test]
fn an_identical_executable_in_a_duel_is_judged_by_what_was_measured() {
    let mut side = extract(&["p/t/a"]);
    side.targets[0].sha256 = Some("ab".repeat(32));
    let launches: Vec<Launch> = (0..14).map(|n| launch(n, 0.02 + f64::from(n) * 1e-4, 0.02, 0.02)).collect();
    let material = Material {
        baseline: Subject { name: "a", extract: &side },
        candidate: Subject { name: "b", extract: &side },
        launches: &launches,
        duels: &[],
    };
    assert_eq!(compare(&material, &Policy::default()).unwrap().changes[0].verdict, Verdict::Regressed);
}

#[test]
fn nine_launches_are_too_few_and_failed_ones_are_counted() {
    let mut launches: Vec<Launch> = (0..12).map(|n| launch(n, 0.05, 0.05, 0.0)).collect();
    for failed in &mut launches[..3] {
        failed.outcome = Outcome::Missing { reason: "candidate: not run".into() };
    }
    let change = dueled(&launches);
    assert_eq!(change.verdict, Verdict::Inconclusive(Doubt::TooFew { count: 9, needed: 10 }));
    assert_eq!(change.notes[0], "3 of 12 launches failed: candidate: not run");
}

fn values() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(50.0..200.0_f64, 1..24)
}

proptest! {
    #[test]
    fn changing_the_sides_over_mirrors_the_verdict(one in values(), two in values(), envelope in prop::sample::select(vec![0.0, 0.02])) {
        let of = |baseline: &[f64], candidate: &[f64]| {
            let (one, two) = (measured("wall_ns", "ns", baseline), measured("wall_ns", "ns", candidate));
            judged(&one, &two, Some(envelope), &Policy::default()).changes.remove(0)
        };
        let (there, back) = (of(&one, &two), of(&two, &one));
        prop_assert_eq!(std::mem::discriminant(&there.verdict), std::mem::discriminant(&back.verdict.clone().mirrored()));
        let product = there.ratio.unwrap().point * back.ratio.unwrap().point;
        prop_assert!((product - 1.0).abs() < 1e-12, "{product}");
        match (there.p, back.p) {
            (Some(there), Some(back)) => prop_assert!((there - back).abs() < 1e-12),
            (there, back) => prop_assert_eq!(there, back),
        }
    }

    #[test]
    fn a_common_factor_changes_nothing(one in values(), two in values(), factor in 1e-3..1e6_f64) {
        let scaled = |values: &[f64]| values.iter().map(|value| value * factor).collect::<Vec<_>>();
        let of = |baseline: &[f64], candidate: &[f64]| {
            let (one, two) = (measured("wall_ns", "ns", baseline), measured("wall_ns", "ns", candidate));
            judged(&one, &two, STEADY, &Policy::default()).changes.remove(0)
        };
        let (plain, large) = (of(&one, &two), of(&scaled(&one), &scaled(&two)));
        prop_assert_eq!(std::mem::discriminant(&plain.verdict), std::mem::discriminant(&large.verdict));
        prop_assert!((plain.ratio.unwrap().point / large.ratio.unwrap().point - 1.0).abs() < 1e-9);
    }

    #[test]
    fn more_drift_never_makes_a_verdict(one in values(), two in values(), envelope in 0.0..0.2_f64) {
        let decided = |moved: Moved| matches!(verdict_of(&one, &two, moved), Verdict::Regressed | Verdict::Improved | Verdict::Equivalent(_));
        let (steady, drifting) = (decided(STEADY), decided(Some(envelope)));
        prop_assert!(steady || !drifting);
    }
}
