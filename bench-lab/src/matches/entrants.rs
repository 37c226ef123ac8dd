//! The two sides of a match: which benchmarks they have in common, and which of those need no launch.
//!
//! It starts no process; both sides were built and listed before.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use lab_core::compare::pair_names;
use lab_core::filter::Filter;
use lab_core::model::{
    BenchmarkExtract, BenchmarkId, BenchmarkRecord, Calibration, CanaryExtract, DuelRecord, Environment,
    Extract, Footing, Origin, Revision, Side,
};

use crate::duel::{Contender, Pair};
use crate::revisions::Built;
use crate::runner::prepare::{Preparation, Prepared};

/// Both sides, built and listed.
pub struct Entrants {
    /// Baseline, then candidate.
    pub built: [Built; 2],
    /// Their targets and benchmarks.
    pub prepared: [Preparation; 2],
    /// Whether files that a benchmark may read differ between the revisions.
    pub has_differing_inputs: bool,
}

/// What was found on both sides.
#[derive(Debug)]
pub struct Pairing {
    /// Benchmarks that both have, in the candidate's order.
    pub duels: Vec<DuelRecord>,
    /// The places in `duels` of those that are one and the same executable with the same inputs.
    pub identical: BTreeSet<usize>,
}

/// Puts the benchmarks of both sides together and leaves those that a filter means, by either name. What no filter
/// means is left out of both sides.
pub fn pair_up(entrants: &mut Entrants, filter: &Filter, renamed: &BTreeMap<String, String>) -> Pairing {
    let extracts = entrants.prepared.each_ref().map(names_only);
    let pairs = pair_names(&extracts[0], &extracts[1], renamed);
    let listed: Vec<BenchmarkId> = extracts.iter().flat_map(ids).collect();
    let mut meant: BTreeSet<BenchmarkId> = filter.select(&listed).into_iter().cloned().collect();
    // A renamed benchmark is meant by either of its names.
    for [baseline, candidate] in &pairs {
        if meant.contains(baseline) || meant.contains(candidate) {
            meant.extend([baseline.clone(), candidate.clone()]);
        }
    }
    for preparation in &mut entrants.prepared {
        for prepared in &mut preparation.prepared {
            prepared.benchmarks.retain(|record| meant.contains(&record.id));
        }
        preparation.prepared.retain(|prepared| !prepared.benchmarks.is_empty());
    }
    let chosen = pairs.into_iter().filter(|[_, candidate]| meant.contains(candidate));
    let (mut duels, mut identical) = (Vec::new(), BTreeSet::new());
    for [baseline, candidate] in chosen {
        if entrants.is_identical(&baseline, &candidate) {
            identical.insert(duels.len());
        }
        let renamed_from = (baseline != candidate).then_some(baseline);
        // What it stands on is known when it was prepared.
        duels.push(DuelRecord {
            benchmark: candidate,
            renamed_from,
            footing: Footing::Broken,
            testimony: None,
        });
    }
    Pairing { duels, identical }
}

impl Entrants {
    /// The pair of a duel.
    pub fn pair(&self, duel: &DuelRecord) -> Option<Pair<'_>> {
        Some(Pair {
            baseline: self.contender(Side::Baseline, duel.name(Side::Baseline))?,
            candidate: self.contender(Side::Candidate, duel.name(Side::Candidate))?,
        })
    }

    /// The benchmarks of one side that were chosen.
    pub fn benchmarks(&self, side: Side) -> Vec<BenchmarkRecord> {
        self.side(side).prepared.iter().flat_map(|prepared| prepared.benchmarks.clone()).collect()
    }

    fn contender(&self, side: Side, id: &BenchmarkId) -> Option<Contender<'_>> {
        let (prepared, record) = self.find(side, id)?;
        Some(Contender {
            target: &prepared.target,
            harness: prepared.harness,
            selection: prepared.selection,
            record,
            is_threaded: prepared.is_threaded,
        })
    }

    /// Whether both sides start the same file under the same circumstances. Kept executables lie below the digest of
    /// their bytes, so equal paths are equal bytes.
    fn is_identical(&self, baseline: &BenchmarkId, candidate: &BenchmarkId) -> bool {
        let sides = (self.find(Side::Baseline, baseline), self.find(Side::Candidate, candidate));
        let (Some((one, _)), Some((two, _))) = sides else { return false };
        !self.has_differing_inputs
            && one.target.executable == two.target.executable
            && (&baseline.path, baseline.occurrence) == (&candidate.path, candidate.occurrence)
            && self.environment(Side::Baseline, one) == self.environment(Side::Candidate, two)
    }

    /// The variables of a target, with the folder of the side's files taken out.
    fn environment(&self, side: Side, prepared: &Prepared) -> Vec<(String, String)> {
        let files = &self.built[place(side)].files;
        let value = |value: &std::ffi::OsStr| {
            let path = Path::new(value);
            path.strip_prefix(files).unwrap_or(path).to_string_lossy().into_owned()
        };
        prepared.target.environment.iter().map(|(name, text)| (name.clone(), value(text))).collect()
    }

    fn find(&self, side: Side, id: &BenchmarkId) -> Option<(&Prepared, &BenchmarkRecord)> {
        let mut targets = self.side(side).prepared.iter().filter(|prepared| prepared.target.id == id.target);
        targets.find_map(|prepared| {
            Some((prepared, prepared.benchmarks.iter().find(|record| record.id == *id)?))
        })
    }

    fn side(&self, side: Side) -> &Preparation {
        &self.prepared[place(side)]
    }
}

/// Where a side stands in a pair.
pub(super) fn place(side: Side) -> usize {
    match side {
        Side::Baseline => 0,
        Side::Candidate => 1,
    }
}

fn ids(extract: &Extract) -> impl Iterator<Item = BenchmarkId> + '_ {
    extract.benchmarks.iter().map(|benchmark| benchmark.id.clone())
}

/// An extract that holds names and nothing else, since pairing goes by those.
fn names_only(preparation: &Preparation) -> Extract {
    let records = preparation.prepared.iter().flat_map(|prepared| &prepared.benchmarks);
    Extract {
        origin: Origin::Run(String::new()),
        lab_version: String::new(),
        created_at: String::new(),
        revision: Revision::default(),
        plan: None,
        environment: Environment::default(),
        mixed: Vec::new(),
        targets: Vec::new(),
        benchmarks: records
            .map(|record| BenchmarkExtract::empty(record.id.clone(), Calibration::default()))
            .collect(),
        canary: CanaryExtract::default(),
    }
}
