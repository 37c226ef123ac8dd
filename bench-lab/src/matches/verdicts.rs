//! The verdicts of a match as it stands: what is stored of it, and the policy it is judged by.
//!
//! A verdict is formed from launches each time it is asked for, and never kept.

use lab_core::compare::{CompareError, Comparison, DECISIVE, Material, Subject, compare};
use lab_core::model::{Match, MatchPlan, MetricId, Side};
use lab_core::policy::{Override, Policy};

/// Facts about how something was built begin so; in a match they belong to the revision that is compared.
const OF_THE_BUILD: [&str; 2] = ["rustc.", "build."];

/// The policy of a project with what was asked for on the command line. A toolchain or a flag that a revision changes
/// is part of what is compared, so it stands in the way of nothing.
pub fn policy_for(policy: &Policy, plan: &MatchPlan) -> Policy {
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

/// All changes of a match as far as its launches show them.
///
/// # Errors
/// [`CompareError`] when the two sides have no benchmark in common.
pub fn compared(one: &Match, policy: &Policy) -> Result<Comparison, CompareError> {
    let [baseline, candidate] = Side::BOTH.map(|side| one.extract(side));
    let name = |side| one.side(side).name.as_str();
    let material = Material {
        baseline: Subject { name: name(Side::Baseline), extract: &baseline },
        candidate: Subject { name: name(Side::Candidate), extract: &candidate },
        launches: &one.launches,
    };
    let mut comparison = compare(&material, policy)?;
    comparison.warnings.extend(one.warnings.iter().cloned());
    Ok(comparison)
}
