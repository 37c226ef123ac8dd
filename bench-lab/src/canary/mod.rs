//! Canaries: small fixed pieces of work that measure the machine, in the same Run as the user's code.
//!
//! They are no benchmarks: nothing here is listed, filtered or counted among those, and nothing of a workspace runs
//! here. Which kernel stands for what is in [`lab_core::canary::CANARIES`].

pub mod child;
mod harness;
mod kernel;
mod line;
mod primed;
mod survey;

use std::path::Path;

pub use harness::{PASSES_PER_INVOCATION, USUAL_WALL, kernel_records, prepared, sha256_of_this_program};
pub use kernel::{ALL, IS_OPTIMISED, Kernel, Work, find};
pub use primed::{CanaryError, Primed};
pub use survey::survey;

/// Times a kernel `pass_count` times, in nanoseconds per pass of its usual work; a first pass is made and not counted.
/// Files that a kernel needs are made in `place` and vanish.
///
/// The caller pins and places this thread; nothing here does.
///
/// # Errors
/// [`CanaryError`].
pub fn time(kernel: &'static Kernel, place: &Path, pass_count: usize) -> Result<Vec<f64>, CanaryError> {
    let mut primed = Primed::new(kernel, place)?;
    primed.pass(kernel.units())?;
    primed.time(kernel.units(), pass_count)
}
