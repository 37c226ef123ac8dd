//! The answer for a machine that decides: may this go on, and if not, why not.
//!
//! It weighs verdicts and budgets against a policy; it forms no verdict of its own.

use crate::budget::{Judged, Kept};
use crate::compare::{Change, Comparison, Obstacle, Verdict};
use crate::day::Day;
use crate::model::BenchmarkId;
use crate::policy::{Fate, Limits, Policy, Waiver};

/// What the gate is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The changes; absent when nothing was compared.
    pub comparison: Option<&'a Comparison>,
    /// The budgets.
    pub budgets: &'a [Judged],
    /// Whether the Run left out no benchmark, so that a budget without a benchmark is a mistake.
    pub is_whole_run: bool,
    /// The rules.
    pub policy: &'a Policy,
    /// What was accepted.
    pub waivers: &'a [Waiver],
    /// Waivers end by it.
    pub today: Day,
}

/// The answer with its reasons.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// May it go on.
    pub answer: Answer,
    /// Everything that was weighed and is not plain, failures first.
    pub reasons: Vec<Reason>,
}

/// May it go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Yes.
    Pass,
    /// No: a regression, or a budget that is missed.
    Fail,
    /// It could not be asked: something that was to be compared is not comparable.
    NotComparable,
}

/// How much a reason weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// The gate fails, and only a waiver that says up to what size lets it pass.
    Block,
    /// The gate fails.
    Fail,
    /// The question could not be asked.
    Unasked,
    /// It is told.
    Warn,
    /// It would fail, and a waiver covers it.
    Waived,
}

/// One thing that was weighed.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// How much it weighs.
    pub weight: Weight,
    /// The benchmark; absent where it is about none or many.
    pub benchmark: Option<BenchmarkId>,
    /// A sentence without the benchmark's name.
    pub text: String,
}

/// Weighs everything.
pub fn gate(question: Question<'_>) -> Gate {
    let mut reasons = Vec::new();
    if let Some(comparison) = question.comparison {
        of_changes(comparison, &question, &mut reasons);
        of_removed(comparison, question.policy, &mut reasons);
    }
    reasons.extend(question.budgets.iter().filter_map(|judged| of_budget(judged, question.is_whole_run)));
    reasons.extend(ended(question.waivers, question.today));
    reasons.sort_by_key(|reason| reason.weight);
    let answer = match reasons.first().map(|reason| reason.weight) {
        Some(Weight::Block | Weight::Fail) => Answer::Fail,
        Some(Weight::Unasked) => Answer::NotComparable,
        Some(Weight::Warn | Weight::Waived) | None => Answer::Pass,
    };
    Gate { answer, reasons }
}

fn of_changes(comparison: &Comparison, question: &Question<'_>, reasons: &mut Vec<Reason>) {
    let ids: Vec<BenchmarkId> = comparison.changes.iter().map(|change| change.benchmark.clone()).collect();
    let limits = question.policy.limits_of(&ids);
    for (change, limits) in comparison.changes.iter().zip(limits) {
        let benchmark = Some(change.benchmark.clone());
        let reason = |weight, text| Reason { weight, benchmark: benchmark.clone(), text };
        match &change.verdict {
            Verdict::Regressed => {
                if let Some((weight, text)) = of_regression(change, limits, &ids, question) {
                    reasons.push(reason(weight, text));
                }
            }
            Verdict::Inconclusive(_) if question.policy.inconclusive == Fate::Fail => {
                reasons.push(reason(Weight::Fail, "inconclusive, and the policy wants an answer".into()));
            }
            Verdict::NotComparable(Obstacle::NotMeasured { side, why }) => {
                let side = format!("{side:?}").to_lowercase();
                reasons.push(reason(Weight::Unasked, format!("no value in the {side}: {why}")));
            }
            Verdict::NotComparable(obstacle) => {
                reasons.push(reason(
                    Weight::Unasked,
                    format!("not comparable: {}", obstacle.id().replace('_', " ")),
                ));
            }
            Verdict::Improved | Verdict::Equivalent(_) | Verdict::Inconclusive(_) => {}
        }
    }
}

/// The weight of a regression by its size; nothing for one that is too small to be told.
fn of_regression(
    change: &Change,
    limits: Limits,
    ids: &[BenchmarkId],
    question: &Question<'_>,
) -> Option<(Weight, String)> {
    // As a growth of what one pays, whichever way the metric goes.
    let size = change.worsening().exp_m1();
    let percent = |share: f64| format!("{} %", (share * 1e4).round() / 1e2);
    let weight = match size {
        _ if size > limits.block => Weight::Block,
        _ if size > limits.fail => Weight::Fail,
        _ if size > limits.warn => {
            return Some((
                Weight::Warn,
                format!("{} worse, above {} to be told", percent(size), percent(limits.warn)),
            ));
        }
        _ => return None,
    };
    let limit = if weight == Weight::Block { limits.block } else { limits.fail };
    let text = format!("{} worse, and the limit is {}", percent(size), percent(limit));
    let standing = question.waivers.iter().filter(|waiver| !waiver.has_ended(question.today));
    let mut named = standing.filter(|waiver| waiver.names(&change.benchmark, ids));
    let covers = |waiver: &&Waiver| match (weight, waiver.up_to) {
        (_, Some(up_to)) => size <= up_to,
        (Weight::Block, None) => false,
        (_, None) => true,
    };
    match named.clone().find(covers) {
        Some(waiver) => Some((
            Weight::Waived,
            format!(
                "{} worse, accepted until {} by {}: {}",
                percent(size),
                waiver.until,
                waiver.who,
                waiver.reason
            ),
        )),
        None => Some((
            weight,
            match named.next() {
                Some(waiver) => format!("{text}; the waiver in line {} does not reach so far", waiver.line),
                None => text,
            },
        )),
    }
}

fn of_removed(comparison: &Comparison, policy: &Policy, reasons: &mut Vec<Reason>) {
    let weight = match policy.removed {
        Fate::Fail => Weight::Fail,
        Fate::Pass => Weight::Warn,
    };
    reasons.extend(comparison.removed.iter().map(|id| Reason {
        weight,
        benchmark: Some(id.clone()),
        text: "is in the baseline only".into(),
    }));
}

fn of_budget(judged: &Judged, is_whole_run: bool) -> Option<Reason> {
    let weight = match judged.kept {
        Kept::Met => return None,
        _ if judged.fails(is_whole_run) => Weight::Fail,
        Kept::Tolerated | Kept::Missed { .. } | Kept::Unmeasured(_) => Weight::Warn,
    };
    let target = &judged.target;
    let text = match (&judged.kept, judged.reached) {
        (Kept::Unmeasured(why), _) => format!("budget {target} of {}: {why}", judged.pattern),
        (_, Some(reached)) => format!(
            "budget {target}: {}{}",
            target.measure.show(reached.point),
            if judged.kept == Kept::Tolerated { ", within the tolerance" } else { "" }
        ),
        (_, None) => format!("budget {target}"),
    };
    Some(Reason { weight, benchmark: judged.benchmark.clone(), text })
}

fn ended(waivers: &[Waiver], today: Day) -> impl Iterator<Item = Reason> {
    waivers.iter().filter(move |waiver| waiver.has_ended(today)).map(|waiver| Reason {
        weight: Weight::Warn,
        benchmark: None,
        text: format!("the waiver for {} ended on {} ({})", waiver.benchmarks, waiver.until, waiver.who),
    })
}

impl Answer {
    /// Stored name.
    pub fn id(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NotComparable => "not_comparable",
        }
    }
}

impl Weight {
    /// Stored name.
    pub fn id(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Fail => "fail",
            Self::Unasked => "unasked",
            Self::Warn => "warn",
            Self::Waived => "waived",
        }
    }
}

#[cfg(test)]
mod tests;
