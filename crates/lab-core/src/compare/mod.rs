//! The verdict: what changed between two sides, how sure that is, and whether the question could be asked at all.
//!
//! Pure: it reads extracts and launches, and a verdict is never better than the evidence behind it.

mod assess;
mod calibrated;
mod change;
mod comparison;
mod decisive;
mod engine;
mod error;
mod evidence;
mod gather;
mod layouts;
mod meaning;
mod of_match;
mod opinion;
mod pairing;
mod recheck;
mod spend;
mod verdict;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

pub use change::{Change, Columns, Layouts, Reading, Typical, Witness};
pub use comparison::{Comparison, Difference, Head, Lineage, Material, Subject, Summary};
pub use decisive::DECISIVE;
pub(crate) use decisive::{mixed, reason as decisive_reason};
pub use engine::compare;
pub(crate) use engine::head as head_of;
pub use error::CompareError;
pub use evidence::{Drift, Evidence, EvidenceKind};
pub(crate) use gather::BUSY_SHARE;
pub use layouts::is_suspect;
pub use of_match::{compare_executables, compare_match, policy_of_match};
pub use opinion::{live_design, stored_needed};
pub use pairing::pair_names;
pub use recheck::{recheck, to_recheck};
pub use spend::{look, look_counts};
pub use verdict::{Doubt, Equivalence, More, Obstacle, Verdict};
