//! From several sides to one report: heads, yardsticks, one row per benchmark, then what only all rows show.
//!
//! Benchmarks are matched by their ids alone: across machines nothing is guessed about names.

use std::collections::{BTreeMap, BTreeSet};

use lab_stats::{Estimate, Level, Observations, geometric_mean};

use super::differences::differences;
use super::rank::swaps;
use super::row::row;
use super::scaling::families;
use super::span::ratio;
use super::yardstick::Measures;
use super::{AcrossError, Effect, FactAcross, Family, Row, Swap, Witnessed, effects};
use crate::canary::drift_between;
use crate::compare::{Head, Subject, head_of};
use crate::model::{
    BenchmarkExtract, BenchmarkId, Calibration, Entrant, Extract, Footing, Match, MetricId, PRIMARY_KEY,
    Side, Warning,
};

/// The whole report.
#[derive(Clone, Debug, PartialEq)]
pub struct Across {
    /// The sides, in the order in which they were named; the first is what the others stand beside.
    pub machines: Vec<Head>,
    /// The canaries, in the first machine's order.
    pub kernels: Vec<KernelRow>,
    /// Kernels behind the yardstick of busy benchmarks; empty where it could not be formed or a reference was chosen.
    pub processor_kernels: Vec<String>,
    /// One per benchmark that two sides have at least, in the order of the first that has it.
    pub rows: Vec<Row>,
    /// Benchmarks that one side alone has.
    pub unmatched: Vec<Unmatched>,
    /// Per machine the geometric mean of [`Cell::against_first`](super::Cell::against_first), at 95 %: how far benchmarks
    /// like these scale unlike their yardstick. Absent for the first and without any.
    pub geomeans: Vec<Option<Estimate>>,
    /// Pairs that change places.
    pub swaps: Vec<Swap>,
    /// Benchmarks over a size.
    pub families: Vec<Family>,
    /// What a change did on each machine; empty without live comparisons.
    pub effects: Vec<Effect>,
    /// What is not the same about the machines.
    pub differences: Vec<FactAcross>,
    /// What else a reader must know.
    pub warnings: Vec<Warning>,
}

/// One canary on every machine.
#[derive(Clone, Debug, PartialEq)]
pub struct KernelRow {
    /// Its stored name.
    pub id: String,
    /// Its time on each machine over that on the first, for equal work; absent for the first and where it cannot be
    /// compared.
    pub against_first: Vec<Option<Estimate>>,
}

/// A benchmark of one side alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmatched {
    /// Which one.
    pub benchmark: BenchmarkId,
    /// The side's place.
    pub machine: usize,
}

/// Sets the sides beside each other; `reference` measures every benchmark in place of the canaries.
///
/// # Errors
/// [`AcrossError`] for fewer than two sides, for none in common, and for a reference that a side lacks.
pub fn across(sides: &[Subject<'_>], reference: Option<&BenchmarkId>) -> Result<Across, AcrossError> {
    if sides.len() < 2 {
        return Err(AcrossError::TooFew { count: sides.len() });
    }
    if let Some(id) = reference {
        refuse_missing(id, sides)?;
    }
    let (found, unmatched) = matched(sides);
    if found.is_empty() {
        let names = sides.iter().map(|side| side.name.to_owned()).collect();
        return Err(AcrossError::NothingInCommon { names });
    }
    let measures = Measures::of(sides);
    let compared = found
        .iter()
        .filter(|machines| reference.is_none_or(|id| machines.iter().flatten().all(|found| found.id != *id)));
    let rows: Vec<Row> = compared.map(|machines| row(machines, reference, &measures, sides)).collect();
    let mut processor_kernels = measures.processor_kernels;
    if reference.is_some() {
        processor_kernels.clear();
    }
    Ok(Across {
        machines: sides.iter().map(|side| head_of(*side)).collect(),
        kernels: kernels(sides),
        processor_kernels,
        geomeans: (0..sides.len()).map(|machine| geomean(&rows, machine)).collect(),
        swaps: swaps(&found, sides),
        families: families(&found, sides),
        effects: Vec::new(),
        differences: differences(sides),
        warnings: warnings(sides),
        rows,
        unmatched,
    })
}

/// What one change did on several machines: matches of the same two revisions, one per machine.
///
/// # Errors
/// [`AcrossError`] for fewer than two, and for matches of other revisions.
pub fn across_matches(matches: &[(&str, &Match)]) -> Result<Across, AcrossError> {
    let ((first_name, first), others) = match matches {
        [first, others @ ..] if !others.is_empty() => (*first, others),
        few => return Err(AcrossError::TooFew { count: few.len() }),
    };
    if let Some((name, _)) = others.iter().find(|(_, other)| !is_of_the_same(first, other)) {
        return Err(AcrossError::OtherRevisions { one: first_name.into(), two: (*name).into() });
    }
    let extracts: Vec<Extract> =
        matches.iter().map(|(_, content)| content.extract(Side::Candidate)).collect();
    let sides: Vec<Subject<'_>> =
        matches.iter().zip(&extracts).map(|((name, _), extract)| Subject { name, extract }).collect();
    let digests: Vec<Option<String>> = sides.iter().map(digest).collect();
    let seen: Vec<Witnessed<'_>> = matches
        .iter()
        .zip(&digests)
        .map(|((_, content), digest)| Witnessed { machine: digest.as_deref(), launches: &content.launches })
        .collect();
    Ok(Across {
        machines: sides.iter().map(|side| head_of(*side)).collect(),
        kernels: Vec::new(),
        processor_kernels: Vec::new(),
        rows: Vec::new(),
        unmatched: Vec::new(),
        geomeans: Vec::new(),
        swaps: Vec::new(),
        families: Vec::new(),
        effects: effects(&seen, |benchmark| primary(benchmark, matches)),
        differences: differences(&sides),
        warnings: warnings(&sides),
    })
}

/// Whether two matches asked the same question: two commits, or files that are equal byte by byte.
fn is_of_the_same(one: &Match, two: &Match) -> bool {
    one.sides.iter().zip(&two.sides).all(|(one, two)| {
        let is_commit =
            |side: &Entrant| side.revision.is_dirty == Some(false) && side.revision.commit.is_some();
        let is_one_commit = is_commit(one) && is_commit(two) && one.revision.commit == two.revision.commit;
        is_one_commit || one.files_sha256 == two.files_sha256
    })
}

/// The metric that carried the verdict on every machine, else wall time, which all have.
fn primary(benchmark: &BenchmarkId, matches: &[(&str, &Match)]) -> MetricId {
    let of = |content: &Match| {
        let duel = content.duels.iter().find(|duel| duel.benchmark == *benchmark)?;
        match &duel.footing {
            Footing::Ready(Calibration(terms)) => terms.get(PRIMARY_KEY).cloned(),
            Footing::Identical | Footing::Broken => None,
        }
    };
    let chosen: BTreeSet<String> = matches.iter().filter_map(|(_, content)| of(content)).collect();
    match chosen.first() {
        Some(only) if chosen.len() == 1 => MetricId(only.clone()),
        _ => MetricId::wall_ns(),
    }
}

fn refuse_missing(id: &BenchmarkId, sides: &[Subject<'_>]) -> Result<(), AcrossError> {
    let lacks = |side: &&Subject<'_>| !side.extract.benchmarks.iter().any(|benchmark| benchmark.id == *id);
    match sides.iter().find(lacks) {
        Some(side) => Err(AcrossError::NoReference { reference: id.to_string(), side: side.name.into() }),
        None => Ok(()),
    }
}

type Found<'a> = Vec<Vec<Option<&'a BenchmarkExtract>>>;

/// Per benchmark of two sides or more what each side has of it, and what stands alone.
fn matched<'a>(sides: &[Subject<'a>]) -> (Found<'a>, Vec<Unmatched>) {
    let maps: Vec<BTreeMap<&BenchmarkId, &BenchmarkExtract>> =
        sides.iter().map(|side| side.extract.by_id()).collect();
    let mut seen: BTreeSet<&BenchmarkId> = BTreeSet::new();
    let (mut found, mut unmatched) = (Vec::new(), Vec::new());
    for (machine, side) in sides.iter().enumerate() {
        for id in side.extract.benchmarks.iter().map(|benchmark| &benchmark.id) {
            if !seen.insert(id) {
                continue;
            }
            let there: Vec<Option<&BenchmarkExtract>> = maps.iter().map(|map| map.get(id).copied()).collect();
            match there.iter().flatten().count() {
                1 => unmatched.push(Unmatched { benchmark: id.clone(), machine }),
                _ => found.push(there),
            }
        }
    }
    (found, unmatched)
}

fn kernels(sides: &[Subject<'_>]) -> Vec<KernelRow> {
    let Some((first, others)) = sides.split_first() else { return Vec::new() };
    let drifts: Vec<_> =
        others.iter().map(|other| drift_between(&first.extract.canary, &other.extract.canary)).collect();
    let of = |id: &str| {
        let other = drifts.iter().map(|drift| {
            let kernel = drift.kernels.iter().find(|kernel| kernel.id == id)?;
            Some(ratio(kernel.log_ratio))
        });
        std::iter::once(None).chain(other).collect()
    };
    first
        .extract
        .canary
        .kernels
        .iter()
        .map(|kernel| KernelRow { id: kernel.id.clone(), against_first: of(&kernel.id) })
        .collect()
}

fn geomean(rows: &[Row], machine: usize) -> Option<Estimate> {
    let ratios: Vec<f64> =
        rows.iter().filter_map(|row| row.cells[machine].against_first).map(|ratio| ratio.point).collect();
    geometric_mean(&Observations::new(ratios).ok()?, Level::P95).ok()
}

/// Which machine a side was measured on; absent for an import, which does not know.
fn digest(side: &Subject<'_>) -> Option<String> {
    let environment = &side.extract.environment;
    (!environment.facts.is_empty()).then(|| environment.digests().machine)
}

fn warnings(sides: &[Subject<'_>]) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let machine = digest;
    for (place, one) in sides.iter().enumerate() {
        for two in &sides[place + 1..] {
            if machine(one).is_some() && machine(one) == machine(two) {
                let text = "are one machine: what differs between them is its settings and builds, and they count as one machine only";
                warnings.push(Warning::new("one_machine", format!("{} and {}", one.name, two.name), text));
            }
        }
    }
    let commits: BTreeSet<Option<&String>> =
        sides.iter().map(|side| side.extract.revision.commit.as_ref()).collect();
    if commits.len() > 1 {
        let text = "the sides were not measured at one commit: a ratio holds what the code did as well";
        warnings.push(Warning::new("other_commits", "", text));
    }
    let programs: BTreeSet<_> = sides.iter().map(|side| &side.extract.canary.sha256).collect();
    if programs.len() > 1 && sides.iter().all(|side| !side.extract.canary.kernels.is_empty()) {
        let text = "the canaries are of another build: they did equal work, perhaps by other machine code";
        warnings.push(Warning::new("other_canaries", "", text));
    }
    warnings
}
