//! Why two sides cannot be compared at all.
//!
//! What stands in the way of one benchmark is its verdict, not an error.

use thiserror::Error;

use super::Material;
use crate::model::Extract;

/// Names of a side that are shown.
const SHOWN: usize = 3;

/// Two sides without a common question.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CompareError {
    /// No benchmark is on both sides.
    #[error(
        "{baseline} and {candidate} have no benchmark in common: the first has {}, the second has {}",
        listed(.baseline_ids, *.baseline_count),
        listed(.candidate_ids, *.candidate_count)
    )]
    NothingInCommon {
        /// What the baseline is called.
        baseline: String,
        /// What the candidate is called.
        candidate: String,
        /// The first benchmarks of the baseline.
        baseline_ids: Vec<String>,
        /// How many it has.
        baseline_count: usize,
        /// The first benchmarks of the candidate.
        candidate_ids: Vec<String>,
        /// How many it has.
        candidate_count: usize,
    },
}

impl CompareError {
    pub(super) fn nothing_in_common(material: &Material<'_>) -> Self {
        let first = |extract: &Extract| {
            extract.benchmarks.iter().take(SHOWN).map(|benchmark| benchmark.id.to_string()).collect()
        };
        let (baseline, candidate) = (material.baseline, material.candidate);
        Self::NothingInCommon {
            baseline: baseline.name.into(),
            candidate: candidate.name.into(),
            baseline_ids: first(baseline.extract),
            baseline_count: baseline.extract.benchmarks.len(),
            candidate_ids: first(candidate.extract),
            candidate_count: candidate.extract.benchmarks.len(),
        }
    }
}

fn listed(ids: &[String], count: usize) -> String {
    match count.saturating_sub(ids.len()) {
        0 if ids.is_empty() => "none".into(),
        0 => ids.join(", "),
        more => format!("{} and {more} more", ids.join(", ")),
    }
}
