//! Runs that grew, were resumed, or met canaries of another program: what they may still be called.

use std::collections::BTreeSet;

use super::super::fixture::{around, drifted, environment, measured};
use super::super::*;
use super::{STEADY, judged};
use crate::model::{Extract, FactClass, FactValue, LookPlan, SessionRecord, Side};
use crate::policy::Policy;

/// A side whose Run could have grown to `counts`.
fn grown(mut side: Extract, counts: &[u32]) -> Extract {
    let mut plan = crate::canary::sample::run(&[]).plan;
    plan.looks = Some(LookPlan { baseline: "m/main".into(), baseline_run: None, counts: counts.to_vec() });
    side.plan = Some(plan);
    side
}

#[test]
fn a_count_that_was_chosen_by_looking_is_judged_by_what_its_look_may_spend() {
    let side = |centre: f64| measured("wall_ns", "ns", &around(centre, 0.01, 10));
    let p_of = |one: &Extract, two: &Extract| {
        let change = judged(one, two, STEADY, &Policy::default()).changes.remove(0);
        (change.p.unwrap(), change.look.map(|look| (look.number, look.of)))
    };
    let (fixed, _) = p_of(&side(100.0), &side(101.5));
    assert!(fixed < 0.01);
    let counts = [10, 14, 20];
    // A quarter of all could be spent at the first of these looks.
    let (first, look) = p_of(&side(100.0), &grown(side(101.5), &counts));
    assert!((first - 4.0 * fixed).abs() < 1e-12 && look == Some((1, 3)), "{first} {fixed}");
    let (both, _) = p_of(&grown(side(100.0), &counts), &grown(side(101.5), &counts));
    assert!((both - 16.0 * fixed).abs() < 1e-12, "{both} {fixed}");
    let (alone, _) = p_of(&side(100.0), &grown(side(101.5), &[10]));
    assert_eq!(alone, fixed);
}

#[test]
fn a_run_cut_off_between_two_looks_is_judged_by_the_one_it_was_on_the_way_to() {
    let plan = LookPlan { baseline: String::new(), baseline_run: None, counts: vec![10, 14, 20] };
    let at = |count| plan.look_of(count).number;
    assert_eq!([3, 10, 11, 14, 15, 20, 21].map(at), [1, 1, 2, 2, 3, 3, 3]);
    let sum: f64 = [10, 14, 20].map(|count| plan.look_of(count).share).iter().sum();
    assert!((sum - 1.0).abs() < 1e-12);
}

#[test]
fn an_interval_is_wider_and_a_weak_change_is_open_where_less_may_be_spent() {
    let side = |centre: f64| measured("wall_ns", "ns", &around(centre, 0.02, 10));
    let of = |two: &Extract| judged(&side(100.0), two, STEADY, &Policy::default()).changes.remove(0);
    let (fixed, first) = (of(&side(102.2)), of(&grown(side(102.2), &[10, 14, 20, 28, 40])));
    let width = |change: &Change| change.ratio.unwrap().interval.unwrap().half_width();
    assert!(width(&first) > width(&fixed));
    assert_eq!(fixed.verdict, Verdict::Regressed);
    assert!(matches!(first.verdict, Verdict::Inconclusive(Doubt::Undecided { .. })), "{:?}", first.verdict);
}

#[test]
fn canaries_of_another_program_are_told() {
    let side = |sha256: &str| {
        let mut side = drifted(measured("wall_ns", "ns", &around(100.0, 0.004, 12)), 0.0);
        side.canary.sha256 = Some(sha256.repeat(32));
        side
    };
    let kinds = |one: &Extract, two: &Extract| -> Vec<String> {
        let material = Material {
            baseline: Subject { name: "before", extract: one },
            candidate: Subject { name: "after", extract: two },
            launches: &[],
            duels: &[],
        };
        let comparison = compare(&material, &Policy::default()).unwrap();
        comparison.warnings.into_iter().map(|warning| warning.kind).collect()
    };
    assert_eq!(kinds(&side("aa"), &side("bb")), ["other_canary_program"]);
    assert_eq!(kinds(&side("aa"), &side("aa")), [""; 0]);
}

#[test]
fn a_run_whose_sessions_differ_in_a_decisive_fact_is_not_comparable_and_the_fact_is_named() {
    let session = |number: u32, governor: &str, lab: &str| SessionRecord {
        number,
        started_at: String::new(),
        environment: environment(&[("frequency.governor", governor), ("lab.version", lab)]),
        tuning: Vec::new(),
    };
    let mixed_of = |second: SessionRecord| {
        let mut run = crate::canary::sample::run(&[]);
        run.sessions = vec![session(1, "performance", "1"), second];
        Extract::of_run(&run).mixed
    };
    assert_eq!(mixed_of(session(2, "performance", "2")), [""; 0]);
    let mixed = mixed_of(session(2, "powersave", "1"));
    assert_eq!(mixed, ["frequency.governor"]);
    let mut other = session(2, "performance", "1");
    other.environment.insert("cpu.model", FactClass::Machine, "", FactValue::Text("2".into()));
    assert_eq!(mixed_of(other), ["cpu.model"]);

    let one = measured("wall_ns", "ns", &around(100.0, 0.004, 12));
    let two = Extract { mixed: mixed.clone(), ..one.clone() };
    let verdict = judged(&one, &two, STEADY, &Policy::default()).changes.remove(0).verdict;
    let wanted = Obstacle::MixedSettings { side: Side::Candidate, facts: mixed };
    assert_eq!(verdict, Verdict::NotComparable(wanted));
    let policy =
        Policy { allowed_differences: BTreeSet::from(["frequency.governor".into()]), ..Policy::default() };
    let allowed = judged(&two, &one, STEADY, &policy).changes.remove(0).verdict;
    assert_eq!(allowed, Verdict::Equivalent(Equivalence::Measured));
}
