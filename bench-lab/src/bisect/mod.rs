//! Which commit made a benchmark slower or faster: where to look next, and how sure each look has to be.
//!
//! It starts nothing; the commits are built and measured by the command.

mod alpha;
mod search;

pub use alpha::{comparisons_max, with_alpha};
pub use search::{Found, Outcome, Search, Shown};
