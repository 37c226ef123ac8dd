//! A reading with the place it comes from, or the reason why there is none.
//!
//! A missing reading is never replaced by a value.

use super::catalogue::Check;
use super::finding::Finding;

/// Why there is no reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gap {
    /// A hypervisor keeps it to itself.
    Virtual(String),
    /// The machine or its kernel has no such thing.
    Absent(String),
    /// It is there, or may be, and could not be read.
    Unreadable(String),
}

/// A reading and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sourced<T> {
    /// A path, a command, a probe.
    pub source: String,
    /// The reading.
    pub value: Result<T, Gap>,
}

impl<T> Sourced<T> {
    /// Joins both.
    pub fn new(source: impl Into<String>, value: Result<T, Gap>) -> Self {
        Self { source: source.into(), value }
    }

    /// The finding of a check on this reading: judged where there is a value, else the gap.
    pub(super) fn judge(&self, check: Check, judge: impl FnOnce(&T, Finding) -> Finding) -> Finding {
        match &self.value {
            Ok(value) => judge(value, Finding::new(check, &self.source)),
            Err(gap) => Finding::of_gap(check, gap, &self.source),
        }
    }
}
