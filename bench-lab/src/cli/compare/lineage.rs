//! What repository and history know of the two sides of a comparison, so that the next commands are ones that work.
//!
//! It decides nothing, and what cannot be had is left out: the comparison is about something else.

use std::path::Path;

use lab_core::compare::{Comparison, Lineage, Verdict};
use lab_core::history::{StepRange, Uncommitted};
use lab_core::model::BenchmarkId;

use super::PlaceArguments;
use crate::cli::history::{Past, Request, Whereabouts};
use crate::cli::trend;
use crate::revisions::Repository;

/// The commits between the sides, and the step of the worst regression, where there is one.
pub(super) fn lineage(comparison: &Comparison, store: Option<&Path>, places: &PlaceArguments) -> Lineage {
    let Some(worst) = comparison.changes.iter().find(|change| change.verdict == Verdict::Regressed) else {
        return Lineage::default();
    };
    let commits = between(comparison).unwrap_or_default();
    let steps = step(&worst.benchmark, &commits, store, places)
        .map(|commit| (worst.benchmark.clone(), commit))
        .into_iter()
        .collect();
    Lineage { commit_count: (!commits.is_empty()).then_some(commits.len()), steps }
}

/// The commits after the baseline's up to the candidate's; absent where one does not come from the other.
fn between(comparison: &Comparison) -> Option<Vec<String>> {
    let sides = [&comparison.baseline, &comparison.candidate];
    let [good, bad] = sides.map(|side| side.revision.commit.as_deref());
    let (good, bad) = (good?, bad?);
    let repository = Repository::around(&std::env::current_dir().ok()?).ok()?;
    if !repository.comes_from(bad, good).ok()? {
        return None;
    }
    let commits = repository.between(good, bad).ok()?;
    Some(commits.into_iter().map(|commit| commit.commit).collect())
}

/// The commit of the newest open step of a benchmark among these.
fn step(
    benchmark: &BenchmarkId,
    commits: &[String],
    store: Option<&Path>,
    places: &PlaceArguments,
) -> Option<String> {
    if commits.is_empty() {
        return None;
    }
    let (policy, baselines) = (places.policy.as_deref(), places.baselines.as_deref());
    let mut past = Past::open(Whereabouts { store, policy, baselines, line: None }).ok()?;
    let metric = past.metric(None);
    let ids = [benchmark.to_string()];
    let request =
        Request { metric: &metric, benchmarks: Some(&ids), machine: None, uncommitted: Uncommitted::LeftOut };
    let told = past.told(&request).ok()?;
    let found = trend::read(&past, told).ok()?;
    let steps = found.courses.iter().flat_map(|course| course.trend.open_steps());
    let of_commits = steps.filter_map(|step| match &step.range {
        StepRange::Commits { bad, .. } => Some(bad.clone()),
        StepRange::SameCommit(_) | StepRange::Unknown => None,
    });
    of_commits.filter(|commit| commits.contains(commit)).last()
}
