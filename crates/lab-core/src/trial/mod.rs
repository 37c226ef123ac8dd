//! What a knob buys on a host: slices with it in force and without, in turns, and what may be said of the difference.
//!
//! It never says that a knob has no effect: only that none was seen, and how large one could still be.

mod figure;
pub mod json;
mod order;
pub mod text;
mod verdict;

pub use figure::{Figure, Slice, Visit};
pub use order::{Arm, Stop, lay_out};
pub use verdict::{Effect, Judged, Word, judge};

/// The fewest repetitions from which an interval at 95 % can be had at all (signed ranks: 2 / 2^6 is below 0.05).
pub const REPETITIONS_MIN: u32 = 6;
