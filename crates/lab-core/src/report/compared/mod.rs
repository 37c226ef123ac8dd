//! A comparison as people and scripts are shown it.
//!
//! Renderers choose words and digits; every decision is in the [`Comparison`] already.

pub mod csv;
pub mod github;
pub mod ids;
pub mod json;
pub mod junit;
pub mod md;
pub mod openmetrics;
pub(super) mod phrase;
pub mod text;

use crate::compare::{Change, Comparison, Doubt, EvidenceKind, Verdict};
use crate::gate::{Gate, Reason};
use crate::model::BenchmarkId;
use crate::report::shell::quoted;

/// A comparison, ready to be rendered.
#[derive(Clone, Copy, Debug)]
pub struct ComparedView<'a> {
    /// The comparison.
    pub comparison: &'a Comparison,
    /// The gate's answer; absent when nobody asked.
    pub gate: Option<&'a Gate>,
    /// Whether every benchmark is listed, the equivalent ones too.
    pub lists_all: bool,
}

/// The groups of a report, in its order.
const GROUPS: [&str; 5] = ["regressed", "improved", "inconclusive", "equivalent", "not_comparable"];

impl<'a> ComparedView<'a> {
    /// Changes by verdict, the ones worth reading first; empty groups are left out.
    fn groups(&self) -> Vec<(&'static str, Vec<&'a Change>)> {
        GROUPS
            .iter()
            .map(|id| {
                (*id, self.comparison.changes.iter().filter(|change| change.verdict.id() == *id).collect())
            })
            .filter(|(_, changes): &(_, Vec<_>)| !changes.is_empty())
            .collect()
    }

    /// What the gate says of one benchmark, the worst first.
    fn reasons_of<'b>(&self, id: &'b BenchmarkId) -> impl Iterator<Item = &'a Reason> + use<'a, 'b> {
        let reasons = self.gate.into_iter().flat_map(|gate| &gate.reasons);
        reasons.filter(move |reason| reason.benchmark.as_ref() == Some(id))
    }

    /// The command that would decide what two stored Runs cannot, or why there is none; absent when nothing is open.
    pub(in crate::report) fn offer(&self) -> Option<Result<String, &'static str>> {
        let is_open = |change: &&Change| {
            change.evidence == Some(EvidenceKind::Stored)
                && match &change.verdict {
                    Verdict::Inconclusive(doubt) => !matches!(doubt, Doubt::WitnessesDisagree(_)),
                    _ => false,
                }
        };
        let open: Vec<&Change> = self.comparison.changes.iter().filter(is_open).collect();
        self.live(&open)
    }

    /// The command that compares these live, all of them where they are several, or why there is none; absent without any
    /// and for two Runs of one source.
    pub(super) fn live(&self, wanted: &[&Change]) -> Option<Result<String, &'static str>> {
        let first = wanted.first()?;
        let (baseline, candidate) = (&self.comparison.baseline.revision, &self.comparison.candidate.revision);
        let Some(commit) = &baseline.commit else {
            return Some(Err("the baseline's commit is not known, so it cannot be built again"));
        };
        if baseline.is_dirty == Some(true) {
            return Some(Err("the baseline had uncommitted changes, so it cannot be built again"));
        }
        let is_dirty = candidate.is_dirty == Some(true);
        if candidate.commit.as_ref() == Some(commit) && !is_dirty {
            // Two Runs of one source: a live comparison would ask the machine and not the code.
            return None;
        }
        // Without a second name it takes the files as they are, uncommitted changes included.
        let candidate = match candidate.commit.as_deref() {
            _ if is_dirty => String::new(),
            Some(commit) => format!(" {}", short(commit)),
            None => " HEAD".to_owned(),
        };
        let filter =
            if wanted.len() == 1 { format!(" -- {}", quoted(&first.benchmark.path)) } else { String::new() };
        Some(Ok(format!("bench-lab ab {}{candidate}{filter}", short(commit))))
    }
}

/// The first ten places of a commit.
pub(in crate::report) fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}
