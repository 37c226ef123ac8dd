//! Which benchmarks of a Run that is being measured are measured on, after a look at how it compares with its baseline.
//!
//! It goes by verdicts and counts, never by the size of a change; when a Run may be looked at is fixed before it begins.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, Comparison, Doubt, Obstacle, Verdict, stored_needed};
use crate::model::{BenchmarkId, LookEnd, LookRecord, Run, Side, Spent};
use crate::schedule;

/// Looks lie a square root of two apart, so that stopping at one of them never costs much more than the best place.
const APART: f64 = std::f64::consts::SQRT_2;

/// A look that lies nearer than this below the last one would add nothing.
const NEAREST: f64 = 1.2;

/// Failures of a benchmark after which the runner gives it up.
const FAILURES_MAX: usize = 2;

/// The invocations at which a Run may be looked at: `first`, then some 1.4 times as many each, up to `max`.
pub fn look_counts(first: u32, max: u32) -> Vec<u32> {
    let mut counts = vec![first];
    if max <= first {
        return counts;
    }
    let between = (1..).map(|step| (f64::from(first) * APART.powi(step)).round() as u32);
    counts.extend(between.take_while(|count| f64::from(*count) * NEAREST <= f64::from(max)));
    counts.dedup();
    counts.push(max);
    counts
}

/// What the next look at a Run decides, given how it compares as it is: who is measured no more and why, and what is
/// measured next. `alpha` is the level of the policy. Absent when there is no look to take: the Run's size is fixed, or its last look added nothing.
///
/// A benchmark that ended at an earlier look never begins again.
pub fn look(run: &Run, comparison: &Comparison, alpha: f64, looked_at: String) -> Option<LookRecord> {
    let baseline_needed = stored_needed(alpha);
    let counts = &run.plan.looks.as_ref()?.counts;
    let has_ended = run.looks.last().is_some_and(|look| look.schedule.is_empty());
    let taken = run.looks.len();
    let (count, next) = (*counts.get(taken)?, counts.get(taken + 1));
    if counts.len() < 2 || has_ended {
        return None;
    }
    let number = u32::try_from(taken + 1).ok()?;
    let gone: BTreeSet<&BenchmarkId> =
        run.looks.iter().flat_map(|look| &look.ended).map(|end| &end.benchmark).collect();
    let changes: BTreeMap<&BenchmarkId, &Change> =
        comparison.changes.iter().map(|change| (&change.benchmark, change)).collect();
    let mut going_on = BTreeSet::new();
    let mut ended = Vec::new();
    for id in run.benchmarks.iter().map(|record| &record.id).filter(|id| !gone.contains(id)) {
        match (spent(changes.get(id).copied(), baseline_needed), next) {
            (None, Some(_)) => {
                going_on.insert(id);
            }
            (None, None) => ended.push(LookEnd { benchmark: id.clone(), spent: Spent::Exhausted }),
            (Some(spent), _) => ended.push(LookEnd { benchmark: id.clone(), spent }),
        }
    }
    let schedule = match next {
        Some(next) if !going_on.is_empty() => schedule::extend(run, &going_on, next - count, number),
        _ => Vec::new(),
    };
    Some(LookRecord { number, looked_at, invocation_count: count, ended, schedule })
}

/// Why a benchmark needs no more invocations; absent when more of them may decide.
fn spent(change: Option<&Change>, baseline_needed: usize) -> Option<Spent> {
    let Some(change) = change else { return Some(Spent::Hopeless("the baseline does not have it".into())) };
    let doubt = match &change.verdict {
        verdict @ (Verdict::Regressed | Verdict::Improved | Verdict::Equivalent(_)) => {
            return Some(Spent::Decided(verdict.id().into()));
        }
        Verdict::NotComparable(obstacle) => return Some(Spent::Hopeless(in_the_way(obstacle))),
        Verdict::Inconclusive(doubt) => doubt,
    };
    if change.columns[1].failed >= FAILURES_MAX {
        return Some(Spent::Hopeless(format!("it failed {} times", change.columns[1].failed)));
    }
    hopeless(doubt, change, baseline_needed).map(Spent::Hopeless)
}

/// What no number of invocations on this side overcomes, as a clause.
fn hopeless(doubt: &Doubt, change: &Change, baseline_needed: usize) -> Option<String> {
    match doubt {
        // What this look may spend can take more; a later one spends more, and against more values.
        Doubt::TooFew { .. } => {
            let columns = change.columns[0];
            let kept = columns.measured.saturating_sub(columns.left_out);
            (kept < baseline_needed).then(|| {
                format!("the baseline has {kept} invocations, and a verdict takes {baseline_needed}")
            })
        }
        Doubt::NoCanaries(why) => Some(format!("what the machine did between the Runs is not known: {why}")),
        Doubt::WitnessesDisagree(why) => Some(format!("witnesses disagree: {why}")),
        Doubt::Drift { envelope } => {
            let distance = change.ratio.map_or(0.0, |ratio| ratio.point.ln().abs());
            let is_open = distance > *envelope || distance + envelope < change.margin;
            (!is_open).then(|| {
                let moved = envelope.exp_m1() * 100.0;
                format!("the machine may have moved by {moved:.2} % between the Runs")
            })
        }
        Doubt::Undecided { .. } | Doubt::Suspect { .. } => None,
        // Only live comparisons have link orders.
        Doubt::LayoutOpen { .. } | Doubt::LayoutNotExcluded => {
            Some("its code may lie elsewhere, and other link orders would have to tell".into())
        }
        Doubt::NotConfirmed => Some("two live comparisons gave two answers".into()),
    }
}

fn in_the_way(obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::OtherMachine => "times of two machines".into(),
        Obstacle::OtherSettings(facts) => format!("not set up alike: {}", facts.join(", ")),
        Obstacle::MixedSettings { facts, .. } => {
            format!("not set up alike in all sessions: {}", facts.join(", "))
        }
        Obstacle::OtherUnit { .. } => "other units".into(),
        Obstacle::OtherCalibration { setting, baseline, candidate } => {
            format!("calibrated unlike the baseline: {setting} {baseline} and {candidate}")
        }
        Obstacle::NotMeasured { side: Side::Baseline, why } => format!("no value in the baseline: {why}"),
        Obstacle::NotMeasured { side: Side::Candidate, why } => format!("no value: {why}"),
        Obstacle::NoRatio { what, .. } => what.clone(),
    }
}

#[cfg(test)]
mod tests;
