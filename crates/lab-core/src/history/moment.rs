//! One stored Run in a history: when, of which commit, under which settings.
//!
//! It holds what all benchmarks of the Run share, and no value of any.

use std::collections::BTreeMap;

use crate::model::Revision;

/// Where the values of a moment are kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A Run in the store, by its id.
    Run(String),
    /// A baseline that bench-lab saved, as `machine/name`; its Run is not in the store any more.
    Baseline(String),
    /// A baseline that was imported from another program's files, as `machine/name`.
    Import(String),
}

impl Source {
    /// What a person types to name it: a Run's id, or `machine/name`.
    pub fn reference(&self) -> &str {
        match self {
            Self::Run(name) | Self::Baseline(name) | Self::Import(name) => name,
        }
    }

    /// Stored name of its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Run(_) => "run",
            Self::Baseline(_) => "baseline",
            Self::Import(_) => "import",
        }
    }
}

/// One stored Run in its place in a history.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// Where its values are kept.
    pub source: Source,
    /// Baselines that were made of it, as `machine/name`.
    pub names: Vec<String>,
    /// When measuring began, RFC 3339 in UTC.
    pub measured_at: String,
    /// What was measured.
    pub revision: Revision,
    /// What git says of the commit; absent where there is no repository that has it.
    pub note: Option<CommitNote>,
    /// Name of the machine.
    pub machine: String,
    /// Version of the bench-lab that measured; empty when unknown.
    pub lab_version: String,
    /// The facts that move times by more than code changes do ([`crate::compare::DECISIVE`]), as text; what is not
    /// known is not in it.
    pub settings: BTreeMap<String, String>,
    /// Nanoseconds of one pass by canary kernel: the median over the processes. Empty where none ran.
    pub canaries: BTreeMap<String, f64>,
}

/// What git knows of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitNote {
    /// Place on the line of first parents, the oldest commit being 0.
    pub place: usize,
    /// When it was committed, RFC 3339.
    pub committed_at: String,
    /// First line of its message.
    pub subject: String,
}

impl Moment {
    /// The first seven digits of its commit; absent outside a repository.
    pub fn short_commit(&self) -> Option<&str> {
        self.revision.commit.as_deref().map(|commit| commit.get(..7).unwrap_or(commit))
    }

    /// The day it stands for in a history: its commit's where git knows it, else that of the measurement.
    pub fn day(&self) -> &str {
        let time = self.note.as_ref().map_or(self.measured_at.as_str(), |note| note.committed_at.as_str());
        time.get(..10).unwrap_or(time)
    }
}
