//! What can be wrong with a definition file, and in which line.
//!
//! It describes one mistake at a time; what to do about it is said where it is shown.

use thiserror::Error;

use crate::cpulist::{CpuList, CpuListError};

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
    /// It is no TOML.
    #[error("{0}")]
    Syntax(String),
    /// A key that means nothing; most often a slip of the pen, which must not pass for an expectation.
    #[error("unknown key {key:?}{}", place(.table))]
    UnknownKey {
        /// As typed, dotted.
        key: String,
        /// The table it stands in; empty for the top.
        table: String,
        /// Known keys that are spelt alike, best first.
        nearest: Vec<String>,
    },
    /// A value of another type than the key takes.
    #[error("{key} takes {wanted}, and this is {found}")]
    WrongType {
        /// Dotted.
        key: String,
        /// In words.
        wanted: &'static str,
        /// In words.
        found: &'static str,
    },
    /// A value of the right type that makes no sense.
    #[error("{key}: {why}")]
    Unfit {
        /// Dotted.
        key: String,
        /// In words.
        why: String,
    },
    /// A key without which the file says nothing.
    #[error("{key} is missing: {why}")]
    Missing {
        /// Dotted.
        key: &'static str,
        /// What it is needed for.
        why: &'static str,
    },
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
            Problem::UnknownKey { nearest, .. } => nearest,
            _ => &[],
        }
    }
}

fn place(table: &str) -> String {
    if table.is_empty() { String::new() } else { format!(" in [{table}]") }
}
