//! The verdict: what changed between two sides, how sure that is, and whether the question could be asked at all.
//!
//! Pure: it reads extracts and launches, and a verdict is never better than the evidence behind it.

mod change;
mod comparison;
mod evidence;
mod verdict;

pub use change::{Change, Columns, Reading, Typical, Witness};
pub use comparison::{Comparison, Difference, Head, Material, Subject, Summary};
pub use evidence::{Drift, Evidence, EvidenceKind};
pub use verdict::{Doubt, Equivalence, More, Obstacle, Verdict};
