//! Everything a reader of a Run must know that is not a number.
//!
//! Nothing is skipped silently: what was not done becomes one of these.

use std::fmt;

/// One thing to know, with the place it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Warning {
    /// Stable machine-readable kind in `snake_case` (`zero_time`, `flags_ignored`, `pinning_refused`).
    pub kind: String,
    /// What it is about: a target, a benchmark, a path; empty when it is about the whole Run.
    pub subject: String,
    /// What happened and what it means, one sentence.
    pub text: String,
}

impl Warning {
    /// Joins kind, subject and text.
    pub fn new(kind: &str, subject: impl fmt::Display, text: impl Into<String>) -> Self {
        Self { kind: kind.into(), subject: subject.to_string(), text: text.into() }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.subject.is_empty() {
            f.write_str(&self.text)
        } else {
            write!(f, "{}: {}", self.subject, self.text)
        }
    }
}
