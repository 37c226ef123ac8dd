//! From two sides to one answer: pairing, circumstances, each pair by itself, then all of them together.
//!
//! A change that is one among many must be surer than one alone; that is decided here and nowhere else.

use std::collections::HashMap;

use lab_stats::{Level, Observations, Probability, benjamini_hochberg, geometric_mean};

use super::assess::{Case, Circumstances, assess};
use super::decisive::{are_machines_apart, reason};
use super::opinion::Judge;
use super::pairing::{Pair, Pairing, pair};
use super::{
    Change, CompareError, Comparison, Difference, Doubt, Drift, EvidenceKind, Head, Lineage, Material,
    Obstacle, Subject, Verdict,
};
use crate::canary::drift_between;
use crate::filter::Filter;
use crate::machine_name::machine_name;
use crate::model::{
    BenchmarkExtract, BenchmarkId, Extract, FactClass, Launch, LookTaken, Side, Testimony, Warning,
};
use crate::policy::Policy;

/// Judges the candidate against the baseline.
///
/// # Errors
/// [`CompareError`] when the two sides have no benchmark in common.
pub fn compare(material: &Material<'_>, policy: &Policy) -> Result<Comparison, CompareError> {
    let (baseline, candidate) = (material.baseline.extract, material.candidate.extract);
    let Pairing { pairs, added, removed, mut warnings } = pair(baseline, candidate, &policy.renamed);
    if pairs.is_empty() {
        return Err(CompareError::nothing_in_common(material));
    }
    let (removed, unasked) = removed.into_iter().partition::<Vec<_>, _>(|id| was_asked_for(candidate, id));
    let differences = differences(baseline, candidate, policy);
    let drift = Drift::between(baseline, candidate);
    let circumstances = Circumstances {
        policy,
        obstacle: obstacle(baseline, candidate, &differences, policy),
        drift: &drift,
        invocation_seconds: candidate.plan.as_ref().map(|plan| plan.time_ms as f64 / 1e3),
    };
    let ids: Vec<BenchmarkId> = pairs.iter().map(|pair| pair.candidate.id.clone()).collect();
    let limits = policy.limits_of(&ids);
    let mut launches: HashMap<&BenchmarkId, Vec<&Launch>> = HashMap::new();
    for launch in material.launches {
        launches.entry(&launch.benchmark).or_default().push(launch);
    }
    let testimonies: HashMap<&BenchmarkId, &Testimony> = (material.duels.iter())
        .filter_map(|duel| Some((&duel.benchmark, duel.testimony.as_ref()?)))
        .collect();
    let mut judge = Judge::new(policy.alpha);
    let mut changes: Vec<Change> = pairs
        .iter()
        .zip(limits)
        .map(|(pair, limits)| {
            let case = Case {
                pair: *pair,
                testimony: testimonies.get(&pair.candidate.id).copied(),
                launches: launches.get(&pair.candidate.id).map_or(&[], Vec::as_slice),
                margin: limits.margin.ln_1p(),
                is_identical: is_identical(*pair, baseline, candidate),
                looks: [look_of(baseline, pair.baseline), look_of(candidate, pair.candidate)],
            };
            assess(case, &circumstances, &mut judge)
        })
        .collect();
    let has_stored = changes.iter().any(|change| change.evidence == Some(EvidenceKind::Stored));
    warnings.extend(other_canaries(baseline, candidate).filter(|_| has_stored));
    correct(&mut changes, policy.alpha);
    sort(&mut changes);
    Ok(Comparison {
        baseline: head(material.baseline),
        candidate: head(material.candidate),
        geomean: geomean(&changes),
        changes,
        added,
        removed,
        unasked_count: unasked.len(),
        differences,
        drift: has_stored.then_some(drift),
        warnings,
        lineage: Lineage::default(),
    })
}

/// Canaries of another bench-lab did the same work, perhaps by other machine code: a step in their times need not be the
/// machine's, and a step of the machine's may be hidden.
fn other_canaries(baseline: &Extract, candidate: &Extract) -> Option<Warning> {
    let (one, two) = (baseline.canary.sha256.as_ref()?, candidate.canary.sha256.as_ref()?);
    let drift = drift_between(&baseline.canary, &candidate.canary);
    (!drift.is_same_program && !drift.kernels.is_empty()).then(|| {
        let start = |sha256: &str| sha256.get(..10).unwrap_or(sha256).to_owned();
        let text = format!(
            "the canaries of the two Runs are of different bench-lab programs ({} and {}): a part of what they say the \
             machine did may be the compiler's",
            start(one),
            start(two)
        );
        Warning::new("other_canary_program", "", text)
    })
}

/// The look at which a benchmark ended in a Run that grew.
fn look_of(side: &Extract, benchmark: &BenchmarkExtract) -> Option<LookTaken> {
    let looks = side.plan.as_ref()?.looks.as_ref()?;
    Some(looks.look_of(benchmark.taints.len() + benchmark.failure_count as usize))
}

/// Whether a Run would have measured a benchmark if it were there. A choice of packages or targets is known by what it
/// left.
fn was_asked_for(candidate: &Extract, id: &BenchmarkId) -> bool {
    let Some(plan) = &candidate.plan else { return true };
    let chooses = ["--package", "-p", "--bench"];
    let is_chosen = plan.build_arguments.iter().any(|word| chooses.contains(&word.as_str()));
    let ids = std::slice::from_ref(id);
    (!is_chosen || candidate.targets.iter().any(|target| target.id == id.target))
        && !Filter::new(&plan.filters).select(ids).is_empty()
}

/// Among many benchmarks only what survives the correction of Benjamini and Hochberg is a change; the rest is suspect.
fn correct(changes: &mut [Change], alpha: f64) {
    let tested: Vec<usize> = (0..changes.len()).filter(|place| changes[*place].p.is_some()).collect();
    let p_values: Vec<Probability> =
        tested.iter().filter_map(|place| Probability::new(changes[*place].p?.clamp(0.0, 1.0)).ok()).collect();
    for (place, adjusted) in tested.into_iter().zip(benjamini_hochberg(&p_values)) {
        let (change, adjusted) = (&mut changes[place], adjusted.value());
        change.p_adjusted = Some(adjusted);
        if matches!(change.verdict, Verdict::Regressed | Verdict::Improved) && adjusted > alpha {
            change.verdict = Verdict::Inconclusive(Doubt::Suspect { adjusted });
        }
    }
}

/// Regressions first, the worst of them on top; then improvements, the rest by name.
pub(super) fn sort(changes: &mut [Change]) {
    let rank = |change: &Change| match change.verdict {
        Verdict::Regressed => 0,
        Verdict::Improved => 1,
        Verdict::Inconclusive(_) => 2,
        Verdict::Equivalent(_) => 3,
        Verdict::NotComparable(_) => 4,
    };
    // Within a verdict the largest change is the most worth reading, whichever way it points.
    changes.sort_by(|one, two| {
        (rank(one).cmp(&rank(two)))
            .then_with(|| two.worsening().abs().total_cmp(&one.worsening().abs()))
            .then_with(|| one.benchmark.cmp(&two.benchmark))
    });
}

fn differences(baseline: &Extract, candidate: &Extract, policy: &Policy) -> Vec<Difference> {
    let (ours, theirs) = (&baseline.environment, &candidate.environment);
    let difference = |fact: String| {
        let (one, two) = (ours.facts.get(&fact), theirs.facts.get(&fact));
        let class = two.or(one).map_or(FactClass::Explanation, |fact| fact.class);
        let (one, two) = (one.map(|fact| &fact.value), two.map(|fact| &fact.value));
        let decisive = reason(&fact, one, two).filter(|_| !policy.allowed_differences.contains(&fact));
        Difference { class, baseline: one.cloned(), candidate: two.cloned(), decisive, fact }
    };
    if ours.facts.is_empty() || theirs.facts.is_empty() {
        return Vec::new();
    }
    ours.differences(theirs).into_iter().map(difference).collect()
}

fn obstacle(
    baseline: &Extract,
    candidate: &Extract,
    differences: &[Difference],
    policy: &Policy,
) -> Option<Obstacle> {
    if are_machines_apart(&baseline.environment, &candidate.environment) {
        return Some(Obstacle::OtherMachine);
    }
    for (side, extract) in [(Side::Baseline, baseline), (Side::Candidate, candidate)] {
        let facts: Vec<String> = extract
            .mixed
            .iter()
            .filter(|fact| !policy.allowed_differences.contains(*fact))
            .cloned()
            .collect();
        if !facts.is_empty() {
            return Some(Obstacle::MixedSettings { side, facts });
        }
    }
    let decisive: Vec<String> = differences
        .iter()
        .filter(|difference| difference.decisive.is_some())
        .map(|difference| difference.fact.clone())
        .collect();
    (!decisive.is_empty()).then_some(Obstacle::OtherSettings(decisive))
}

/// The same bytes for the same case. How many iterations a sample had is no difference between two sources.
fn is_identical(pair: Pair<'_>, baseline: &Extract, candidate: &Extract) -> bool {
    let hash = |extract: &Extract, id: &BenchmarkId| {
        extract.target_of(id).and_then(|target| target.sha256.clone()).filter(|hash| !hash.is_empty())
    };
    let (one, two) = (hash(baseline, &pair.baseline.id), hash(candidate, &pair.candidate.id));
    one.is_some()
        && one == two
        && pair.baseline.id.path == pair.candidate.id.path
        && pair.baseline.id.occurrence == pair.candidate.id.occurrence
}

pub(super) fn geomean(changes: &[Change]) -> Option<lab_stats::Estimate> {
    let ratios: Vec<f64> = changes
        .iter()
        .filter(|change| !matches!(change.verdict, Verdict::NotComparable(_)))
        .filter_map(|change| change.ratio.map(|ratio| ratio.point))
        .collect();
    geometric_mean(&Observations::new(ratios).ok()?, Level::P95).ok()
}

pub(crate) fn head(subject: Subject<'_>) -> Head {
    let Extract { origin, created_at, revision, environment, .. } = subject.extract;
    let named = environment.text("machine.name").map(str::to_owned);
    let derived = || Some(machine_name(environment)).filter(|_| !environment.facts.is_empty());
    Head {
        name: subject.name.into(),
        origin: origin.clone(),
        created_at: created_at.clone(),
        revision: revision.clone(),
        machine: named.or_else(derived),
    }
}
