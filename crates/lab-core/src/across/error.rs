//! Why several machines cannot be set side by side at all.
//!
//! What is missing of one benchmark is said in its row, not here.

use thiserror::Error;

/// Machines without a common question.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AcrossError {
    /// There is nothing to set beside.
    #[error("a report across machines takes two sides or more, and here is {count}")]
    TooFew {
        /// Sides that were given.
        count: usize,
    },
    /// No benchmark was measured on two of them.
    #[error("{} have no benchmark in common", .names.join(", "))]
    NothingInCommon {
        /// The sides as they were called.
        names: Vec<String>,
    },
    /// The benchmark that was to measure all others is not there.
    #[error("the reference {reference} was not measured on {side}")]
    NoReference {
        /// The id that was asked for.
        reference: String,
        /// The first side without it.
        side: String,
    },
    /// Two matches did not compare the same two sources.
    #[error("{one} and {two} are matches of other revisions: one change is looked at on several machines")]
    OtherRevisions {
        /// The first match.
        one: String,
        /// One that differs from it.
        two: String,
    },
}
