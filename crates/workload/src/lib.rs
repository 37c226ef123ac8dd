//! Makes the seeded keys, values and rows that the bundled suites work on, finds a disk for them, and lets threads work
//! on them at once.
//!
//! It must never give two answers for one seed: every draw comes from a ChaCha stream that the seed alone
//! starts, so a benchmark measures the same work on every machine and in every process.

mod changes;
mod crew;
mod disk;
mod picks;
mod rows;

pub use changes::changed;
pub use crew::{Placement, together};
pub use disk::folder_on_disk;
pub use picks::{Distribution, Picks, shuffled};
pub use rows::{TableRows, key, table};
