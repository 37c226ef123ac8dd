//! All changes between two sides, with what else differs between them.
//!
//! Nothing is dropped: a benchmark that only one side has is named.

use std::collections::BTreeMap;

use lab_stats::Estimate;

use super::{Change, Drift, Verdict};
use crate::model::{
    BenchmarkId, DuelRecord, Extract, FactClass, FactValue, Launch, Origin, Revision, Warning,
};

/// One side: what a person called it, and what was measured.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// As typed, or the Run's id.
    pub name: &'a str,
    /// What was measured. Its series may be empty where launches bring the values.
    pub extract: &'a Extract,
}

/// Everything a comparison is made from.
#[derive(Clone, Copy, Debug)]
pub struct Material<'a> {
    /// What is compared against.
    pub baseline: Subject<'a>,
    /// What is judged.
    pub candidate: Subject<'a>,
    /// Launches of a live comparison in any order, by the candidate's names; empty where there was none. A benchmark
    /// that has any is judged by them alone.
    pub launches: &'a [Launch],
    /// What was found out about the pairs of a live comparison, of which what was counted is a witness; empty where there
    /// was none.
    pub duels: &'a [DuelRecord],
}

/// The whole answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// What it was compared against.
    pub baseline: Head,
    /// What was judged.
    pub candidate: Head,
    /// One per benchmark that both sides have, the worst first, then by verdict.
    pub changes: Vec<Change>,
    /// Benchmarks that only the candidate has.
    pub added: Vec<BenchmarkId>,
    /// Benchmarks that only the baseline has, although the candidate's Run was asked for them.
    pub removed: Vec<BenchmarkId>,
    /// Benchmarks of the baseline that the candidate's Run was not asked for.
    pub unasked_count: usize,
    /// Facts about machine, settings and build that differ, sorted by name.
    pub differences: Vec<Difference>,
    /// How far the machine moved between two Runs; absent where every verdict rests on launches.
    pub drift: Option<Drift>,
    /// Geometric mean of the ratios of all changes that have one, at 95 %; absent without any.
    pub geomean: Option<Estimate>,
    /// What else a reader must know.
    pub warnings: Vec<Warning>,
    /// What repository and history know of the two sides; empty until whoever has them says it.
    pub lineage: Lineage,
}

/// What is known of two sides beyond their values. It decides no verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lineage {
    /// Commits after the baseline's up to the candidate's; absent where one does not come from the other, or nobody knows.
    pub commit_count: Option<usize>,
    /// Benchmarks in whose history a step that nobody accepted lies between the two, with the step's commit.
    pub steps: BTreeMap<BenchmarkId, String>,
}

/// One side as a report names it.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// As typed, or the Run's id.
    pub name: String,
    /// Where the values come from.
    pub origin: Origin,
    /// When it was measured, RFC 3339 in UTC.
    pub created_at: String,
    /// The source that was measured.
    pub revision: Revision,
    /// Name of the machine; absent when unknown.
    pub machine: Option<String>,
}

/// A fact that is not the same on both sides.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Dotted name.
    pub fact: String,
    /// Which question it answers.
    pub class: FactClass,
    /// The baseline's value; absent where the fact is not recorded at all.
    pub baseline: Option<FactValue>,
    /// The candidate's.
    pub candidate: Option<FactValue>,
    /// Why such a difference makes times incomparable; absent when it does not, or the policy allows it.
    pub decisive: Option<&'static str>,
}

/// How many changes have which verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Worse.
    pub regressed: usize,
    /// Better.
    pub improved: usize,
    /// Equal within the margin.
    pub equivalent: usize,
    /// No answer.
    pub inconclusive: usize,
    /// No question.
    pub not_comparable: usize,
}

impl Comparison {
    /// Counts the verdicts.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for change in &self.changes {
            match change.verdict {
                Verdict::Regressed => summary.regressed += 1,
                Verdict::Improved => summary.improved += 1,
                Verdict::Equivalent(_) => summary.equivalent += 1,
                Verdict::Inconclusive(_) => summary.inconclusive += 1,
                Verdict::NotComparable(_) => summary.not_comparable += 1,
            }
        }
        summary
    }
}
