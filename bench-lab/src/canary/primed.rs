//! A kernel made ready: passes of it, timed and checked.
//!
//! A time is given out only with a right result.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::kernel::{Kernel, Work};

/// A kernel whose memory and files are in place.
pub struct Primed {
    kernel: &'static Kernel,
    work: Work,
}

/// Why a kernel gave no time.
#[derive(Debug, thiserror::Error)]
pub enum CanaryError {
    /// It cannot run here; that is no fault of the machine.
    #[error("{kernel} cannot run: {reason}")]
    Absent {
        /// The kernel's id.
        kernel: &'static str,
        /// As a clause.
        reason: String,
    },
    /// A call to the system failed in the middle of a pass.
    #[error("{kernel} failed")]
    Io {
        /// The kernel's id.
        kernel: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The machine miscalculated, or this program was miscompiled: no figure of either is worth anything.
    #[error(
        "{kernel} gave {found:#018x} for {units} units, and {expected:#018x} is right: this machine or this build of bench-lab miscalculates"
    )]
    WrongResult {
        /// The kernel's id.
        kernel: &'static str,
        /// Units of the pass.
        units: u64,
        /// What they give.
        expected: u64,
        /// What they gave.
        found: u64,
    },
}

impl Primed {
    /// Makes a kernel ready; what it needs of files is made in `place`, without a name.
    ///
    /// # Errors
    /// [`CanaryError::Absent`] where it cannot run.
    pub fn new(kernel: &'static Kernel, place: &Path) -> Result<Self, CanaryError> {
        match kernel.prime(place) {
            Ok(work) => Ok(Self { kernel, work }),
            Err(reason) => Err(CanaryError::Absent { kernel: kernel.id, reason }),
        }
    }

    /// One pass of so many units: how long it took, once its result was checked. The time is proportional to the units
    /// but for the caches that a first pass fills, so k % more units are k % more work.
    ///
    /// # Errors
    /// [`CanaryError::Io`] and [`CanaryError::WrongResult`].
    pub fn pass(&mut self, units: u64) -> Result<Duration, CanaryError> {
        let expected = self.kernel.expected(units);
        self.checked_pass(units, expected)
    }

    /// So many passes, in nanoseconds each, in their order; every result is checked.
    ///
    /// # Errors
    /// Those of [`Self::pass`].
    pub fn time(&mut self, units: u64, pass_count: usize) -> Result<Vec<f64>, CanaryError> {
        // Worked out once: between two passes it would cool the caches.
        let expected = self.kernel.expected(units);
        let nanoseconds = |took: Duration| took.as_nanos() as f64;
        (0..pass_count).map(|_| self.checked_pass(units, expected).map(nanoseconds)).collect()
    }

    fn checked_pass(&mut self, units: u64, expected: u64) -> Result<Duration, CanaryError> {
        let kernel = self.kernel.id;
        let begin = Instant::now();
        let result = (self.work)(units);
        let took = begin.elapsed();
        match result.map_err(|source| CanaryError::Io { kernel, source })? {
            found if found == expected => Ok(took),
            found => Err(CanaryError::WrongResult { kernel, units, expected, found }),
        }
    }
}
