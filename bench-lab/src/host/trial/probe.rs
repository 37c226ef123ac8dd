//! One slice: the jitter probe, then a canary, on the bench CPU.
//!
//! It sets nothing; what is in force is the session's business.

use std::env;
use std::thread;
use std::time::{Duration, Instant};

use lab_core::trial::Slice;
use lab_stats::Observations;

use crate::canary::{CanaryError, Kernel, Primed};
use crate::host::doctor::watch_gaps;
use crate::host::sysfs::Absence;
use crate::runner::affinity;

/// Of a slice, for the jitter probe; the canary has the rest.
const JITTER_SHARE: f64 = 0.6;

/// What is done in a slice, and where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probe {
    pub(super) cpu: u32,
    pub(super) kernel: &'static Kernel,
}

impl Probe {
    /// Probes for so long.
    ///
    /// # Errors
    /// A thread cannot be started or be pinned, or the canary cannot run here.
    pub(super) fn take(self, length: Duration) -> Result<Slice, Absence> {
        let jitter = length.mul_f64(JITTER_SHARE);
        let gaps = watch_gaps(self.cpu, jitter)?;
        let passes = self.canary(length.saturating_sub(jitter))?;
        let passes = Observations::new(passes).map_err(|error| format!("times of the canary: {error}"))?;
        Ok(Slice::new(gaps, &passes))
    }

    /// Nanoseconds of each pass.
    fn canary(self, length: Duration) -> Result<Vec<f64>, Absence> {
        let thread = thread::Builder::new().name("canary".into()).spawn(move || {
            affinity::set(None, &[self.cpu])
                .map_err(|error| format!("a thread cannot be pinned to CPU {}: {error}", self.cpu))?;
            passes(self.kernel, length).map_err(|error| error.to_string())
        });
        let thread = thread.map_err(|error| format!("a thread for the canary: {error}"))?;
        thread.join().unwrap_or_else(|_| Err("the canary's thread panicked".into()))
    }
}

/// At least one, as many as fit; a first one that fills the caches is not counted.
fn passes(kernel: &'static Kernel, length: Duration) -> Result<Vec<f64>, CanaryError> {
    let mut primed = Primed::new(kernel, &env::temp_dir())?;
    let units = kernel.units();
    primed.pass(units)?;
    let begin = Instant::now();
    let mut passes = Vec::new();
    while passes.is_empty() || begin.elapsed() < length {
        passes.push(primed.pass(units)?.as_nanos() as f64);
    }
    Ok(passes)
}
