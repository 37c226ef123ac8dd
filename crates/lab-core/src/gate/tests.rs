//! What passes and what does not, with the reasons that people are given.

use lab_stats::Estimate;

use super::*;
use crate::compare::{Columns, Doubt, EvidenceKind, Head, Typical};
use crate::model::{Direction, MetricId, Origin, Revision, TargetId};

fn id(path: &str) -> BenchmarkId {
    BenchmarkId::new(TargetId::new("p", "t"), path)
}

fn change(path: &str, ratio: f64, verdict: Verdict) -> Change {
    Change {
        benchmark: id(path),
        renamed_from: None,
        metric: MetricId::wall_ns(),
        unit: "ns".into(),
        direction: Direction::LowerIsBetter,
        evidence: Some(EvidenceKind::Duel),
        count: 14,
        typical: Typical::default(),
        look: None,
        ratio: Some(Estimate { point: ratio, interval: None }),
        p: Some(1e-5),
        p_adjusted: Some(1e-5),
        margin: 0.0075,
        witnesses: Vec::new(),
        layouts: None,
        columns: [Columns::default(); 2],
        verdict,
        notes: Vec::new(),
    }
}

fn comparison(changes: Vec<Change>) -> Comparison {
    let head = |name: &str| Head {
        name: name.into(),
        origin: Origin::Run(name.into()),
        created_at: String::new(),
        revision: Revision::default(),
        machine: None,
    };
    Comparison {
        baseline: head("main"),
        candidate: head("latest"),
        changes,
        added: Vec::new(),
        removed: Vec::new(),
        unasked_count: 0,
        differences: Vec::new(),
        drift: None,
        geomean: None,
        warnings: Vec::new(),
        lineage: Default::default(),
    }
}

fn asked(comparison: &Comparison, policy: &Policy, waivers: &[Waiver]) -> Gate {
    let today = "2026-12-01".parse().unwrap();
    gate(Question { comparison: Some(comparison), budgets: &[], is_whole_run: true, policy, waivers, today })
}

fn of(ratio: f64, waivers: &[Waiver]) -> (Answer, Vec<String>) {
    let comparison = comparison(vec![change("a", ratio, Verdict::Regressed)]);
    let gate = asked(&comparison, &Policy::default(), waivers);
    (gate.answer, gate.reasons.into_iter().map(|reason| reason.text).collect())
}

fn waiver(until: &str, up_to: Option<f64>) -> Waiver {
    Waiver {
        benchmarks: "p/t/a".into(),
        reason: "checksums".into(),
        who: "Ada".into(),
        until: until.parse().unwrap(),
        up_to,
        line: 3,
    }
}

#[test]
fn regressions_weigh_by_their_size() {
    assert_eq!(of(1.04, &[]), (Answer::Pass, vec![]));
    assert_eq!(of(1.16, &[]), (Answer::Pass, vec!["16 % worse, above 5 % to be told".into()]));
    assert_eq!(of(1.21, &[]), (Answer::Fail, vec!["21 % worse, and the limit is 20 %".into()]));
    assert_eq!(of(1.31, &[]), (Answer::Fail, vec!["31 % worse, and the limit is 30 %".into()]));
}

#[test]
fn a_waiver_covers_a_failure_and_a_block_only_when_it_says_how_far() {
    let plain = [waiver("2026-12-01", None)];
    let accepted = "21 % worse, accepted until 2026-12-01 by Ada: checksums";
    assert_eq!(of(1.21, &plain), (Answer::Pass, vec![accepted.into()]));
    let short = "31 % worse, and the limit is 30 %; the waiver in line 3 does not reach so far";
    assert_eq!(of(1.31, &plain), (Answer::Fail, vec![short.into()]));
    assert_eq!(of(1.31, &[waiver("2027-01-01", Some(0.4))]).0, Answer::Pass);
    assert_eq!(of(1.41, &[waiver("2027-01-01", Some(0.4))]).0, Answer::Fail);
}

#[test]
fn a_waiver_that_has_ended_covers_nothing_and_is_named() {
    let (answer, reasons) = of(1.21, &[waiver("2026-11-30", None)]);
    assert_eq!(answer, Answer::Fail);
    assert_eq!(reasons[1], "the waiver for p/t/a ended on 2026-11-30 (Ada)");
}

#[test]
fn what_is_not_comparable_is_no_pass_and_a_regression_weighs_more() {
    let broken = || change("b", 1.0, Verdict::NotComparable(Obstacle::OtherMachine));
    let gate_of = |changes: Vec<Change>| asked(&comparison(changes), &Policy::default(), &[]);
    let alone = gate_of(vec![broken()]);
    assert_eq!(
        (alone.answer, alone.reasons[0].text.as_str()),
        (Answer::NotComparable, "not comparable: other machine")
    );
    let both = gate_of(vec![broken(), change("a", 1.5, Verdict::Regressed)]);
    assert_eq!((both.answer, both.reasons[0].weight), (Answer::Fail, Weight::Block));
}

#[test]
fn no_answer_and_no_benchmark_fail_only_where_the_policy_says_so() {
    let mut comparison =
        comparison(vec![change("a", 1.5, Verdict::Inconclusive(Doubt::Suspect { adjusted: 0.02 }))]);
    comparison.removed = vec![id("gone")];
    assert_eq!(asked(&comparison, &Policy::default(), &[]).answer, Answer::Pass);
    let strict = Policy { inconclusive: Fate::Fail, ..Policy::default() };
    assert_eq!(asked(&comparison, &strict, &[]).answer, Answer::Fail);
    let strict = Policy { removed: Fate::Fail, ..Policy::default() };
    let gate = asked(&comparison, &strict, &[]);
    assert_eq!((gate.answer, gate.reasons[0].text.as_str()), (Answer::Fail, "is in the baseline only"));
}

#[test]
fn a_metric_of_which_more_is_better_regresses_downwards() {
    let mut change = change("a", 0.5, Verdict::Regressed);
    change.direction = Direction::HigherIsBetter;
    let gate = asked(&comparison(vec![change]), &Policy::default(), &[]);
    assert_eq!(gate.reasons[0].text, "100 % worse, and the limit is 30 %");
}
