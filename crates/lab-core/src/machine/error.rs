//! What can be wrong with a definition file, and in which line.
//!
//! It describes one mistake at a time; what to do about it is said where it is shown.

use thiserror::Error;

use crate::cpulist::{CpuList, CpuListError};
use crate::mistake::{self, Mistake};

/// A mistake in a definition file.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("line {line}: {problem}")]
pub struct DefinitionError {
    /// From 1; 1 as well for what is missing altogether.
    pub line: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// The kinds of mistakes.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum Problem {
    /// One that every file of settings can have.
    #[error(transparent)]
    General(#[from] mistake::Problem),
    /// One fact that is expected twice.
    #[error("{key} is expected twice, the first time in line {first}")]
    Twice {
        /// Dotted.
        key: String,
        /// Line of the first time.
        first: usize,
    },
    /// No list of CPUs.
    #[error("{key} is no list of CPUs")]
    CpuList {
        /// Dotted.
        key: String,
        /// Why.
        source: CpuListError,
    },
    /// The lab would run where it measures.
    #[error(
        "cpus.housekeeping and cpus.bench both name {cpus}: the lab must stay off the CPUs it measures on"
    )]
    Overlap {
        /// The CPUs in both.
        cpus: CpuList,
    },
}

impl DefinitionError {
    /// Known keys like the unknown one; empty for other mistakes.
    pub fn nearest(&self) -> &[String] {
        match &self.problem {
            Problem::General(problem) => problem.nearest(),
            _ => &[],
        }
    }
}

impl From<Mistake> for DefinitionError {
    fn from(mistake: Mistake) -> Self {
        Self { line: mistake.line, problem: Problem::General(mistake.problem) }
    }
}
