//! What can be wrong with a file that a person wrote, and in which line.
//!
//! It describes one mistake at a time; the path and the advice are added where it is shown.

use thiserror::Error;

use crate::nearest::nearest;
use crate::toml_tree::Entry;

/// A mistake in a file of settings.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {problem}")]
pub struct Mistake {
    /// From 1; 1 as well for what is missing altogether.
    pub line: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// The kinds of mistakes that every such file can have.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Problem {
    /// It is no TOML.
    #[error("{0}")]
    Syntax(String),
    /// A key that means nothing; most often a slip of the pen, which must not pass for a setting.
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
}

impl Mistake {
    /// A key that is none of `known`, with those that are spelt alike.
    pub(crate) fn unknown<'n>(
        entry: &Entry<'_>,
        table: &str,
        known: impl IntoIterator<Item = &'n str>,
    ) -> Self {
        let nearest = nearest(&entry.key, known).into_iter().map(str::to_owned).collect();
        Self {
            line: entry.line,
            problem: Problem::UnknownKey { key: entry.key.clone(), table: table.into(), nearest },
        }
    }

    /// A value that makes no sense.
    pub(crate) fn unfit(entry: &Entry<'_>, why: impl Into<String>) -> Self {
        Self { line: entry.line, problem: Problem::Unfit { key: entry.key.clone(), why: why.into() } }
    }

    /// Known keys like the unknown one; empty for other mistakes.
    pub fn nearest(&self) -> &[String] {
        self.problem.nearest()
    }
}

impl Problem {
    /// Known keys like the unknown one; empty for other mistakes.
    pub fn nearest(&self) -> &[String] {
        match self {
            Self::UnknownKey { nearest, .. } => nearest,
            _ => &[],
        }
    }
}

fn place(table: &str) -> String {
    if table.is_empty() { String::new() } else { format!(" in [{table}]") }
}
