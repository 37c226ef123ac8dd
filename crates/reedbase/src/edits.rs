//! Decides when a reader looks whether `current.csv` was edited.
//!
//! It must never cost a reader more than a few nanoseconds as a rule: asking the file system costs a
//! microsecond.

use std::sync::atomic::{AtomicU64, Ordering};

use rustix::time::{ClockId, clock_gettime};

/// How long an edit may go unnoticed by readers. Writers look each time.
const EVERY_NS: u64 = 100_000_000;

/// When the next look is due.
#[derive(Debug, Default)]
pub(crate) struct Looks(AtomicU64);

impl Looks {
    /// Whether this is the first call since a look became due.
    pub(crate) fn is_due(&self) -> bool {
        // Of a tick's resolution, and read without a system call.
        let now = clock_gettime(ClockId::MonotonicCoarse);
        let now_ns = now.tv_sec.unsigned_abs() * 1_000_000_000 + now.tv_nsec.unsigned_abs();
        let due = self.0.load(Ordering::Relaxed);
        now_ns >= due
            && self.0.compare_exchange(due, now_ns + EVERY_NS, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}
