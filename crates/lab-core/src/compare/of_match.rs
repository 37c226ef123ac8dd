//! The verdicts of a match as it stands: from what is stored of it, and the policy it is judged by.
//!
//! A verdict is formed from launches each time it is asked for, and never kept.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::engine::sort;
use super::{
    Change, CompareError, Comparison, DECISIVE, Doubt, EvidenceKind, Material, Obstacle, Subject, Verdict,
    compare, is_suspect, layouts, live_design,
};
use crate::model::{BenchmarkId, Launch, Match, MatchPlan, MetricId, Side, WitnessSource};
use crate::policy::{Override, Policy};

/// Facts about how something was built begin so; in a match they belong to the revision that is compared.
const OF_THE_BUILD: [&str; 2] = ["rustc.", "build."];

/// The policy of a project with what was asked for on the command line. A toolchain or a flag that a revision changes
/// is part of what is compared, so it stands in the way of nothing.
pub fn policy_of_match(policy: &Policy, plan: &MatchPlan) -> Policy {
    let mut policy = policy.clone();
    let of_build = DECISIVE.iter().map(|(name, _)| *name);
    let of_build = of_build.filter(|name| OF_THE_BUILD.iter().any(|prefix| name.starts_with(prefix)));
    policy.allowed_differences.extend(of_build.map(str::to_owned));
    if let Some(metric) = &plan.metric {
        policy.metric = Some(MetricId(metric.clone()));
    }
    if let Some(margin) = plan.margin {
        policy.limits.margin = margin;
        // What is typed holds for every benchmark.
        for own in &mut policy.overrides {
            *own = Override { margin: None, ..own.clone() };
        }
    }
    policy
}

/// All changes of a match as far as its launches show them. Where other link orders were asked for, a change that they may
/// explain is none.
///
/// # Errors
/// [`CompareError`] when the two sides have no benchmark in common.
pub fn compare_match(one: &Match, policy: &Policy) -> Result<Comparison, CompareError> {
    let mut comparison = compare_executables(one, policy)?;
    if let Some(planned) = one.plan.layouts {
        let suspects = comparison.changes.iter_mut().filter(|change| is_suspect(change));
        let mut suspects: Vec<&mut Change> = suspects.collect();
        layouts::weigh(&mut suspects, &one.launches, planned as usize, policy.alpha);
        sort(&mut comparison.changes);
    }
    Ok(comparison)
}

/// The same for the executables as the linker made them, whatever other link orders say.
///
/// # Errors
/// [`CompareError`] when the two sides have no benchmark in common.
pub fn compare_executables(one: &Match, policy: &Policy) -> Result<Comparison, CompareError> {
    let [baseline, candidate] = Side::BOTH.map(|side| one.extract(side));
    let name = |side| one.side(side).name.as_str();
    let mut own = Cow::Borrowed(one.launches.as_slice());
    if own.iter().any(|launch| launch.layout > 0) {
        own.to_mut().retain(|launch| launch.layout == 0);
    }
    if one.plan.witness == WitnessSource::None {
        leave_out_instructions(own.to_mut());
    }
    let material = Material {
        baseline: Subject { name: name(Side::Baseline), extract: &baseline },
        candidate: Subject { name: name(Side::Candidate), extract: &candidate },
        launches: &own,
        duels: &one.duels,
    };
    let mut comparison = compare(&material, policy)?;
    let launched: BTreeSet<&BenchmarkId> = one.launches.iter().map(|launch| &launch.benchmark).collect();
    for change in comparison.changes.iter_mut().filter(|change| !launched.contains(&change.benchmark)) {
        not_yet(change, policy);
    }
    comparison.warnings.extend(one.warnings.iter().cloned());
    Ok(comparison)
}

/// For a match that asked for no witness.
fn leave_out_instructions(launches: &mut [Launch]) {
    for round in launches.iter_mut().flat_map(|launch| &mut launch.rounds) {
        round.baseline.instructions = None;
        round.candidate.instructions = None;
    }
}

/// A benchmark whose turn has not come is no benchmark that cannot be compared.
fn not_yet(change: &mut Change, policy: &Policy) {
    if matches!(change.verdict, Verdict::NotComparable(Obstacle::NotMeasured { .. })) {
        let needed = live_design(policy.alpha, change.margin).and_then(|design| design.next_count(0));
        let needed = needed.unwrap_or(usize::MAX);
        change.verdict = Verdict::Inconclusive(Doubt::TooFew { count: 0, needed });
        change.evidence = Some(EvidenceKind::Duel);
    }
}
