//! One slice: the jitter probe, then the canary, on the bench CPU.
//!
//! It sets nothing; what is in force is the session's business.

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use lab_core::trial::Slice;
use lab_stats::Observations;

use crate::host::doctor::watch_gaps;
use crate::host::sysfs::Absence;
use crate::runner::affinity;

/// Of a slice, for the jitter probe; the canary has the rest.
const JITTER_SHARE: f64 = 0.6;

/// Steps of the canary in one pass: a few ten microseconds, so that a slice has hundreds.
const STEPS: u32 = 20_000;

/// Probes a CPU for so long.
///
/// # Errors
/// A thread cannot be started or be pinned there.
pub(super) fn take(cpu: u32, length: Duration) -> Result<Slice, Absence> {
    let jitter = length.mul_f64(JITTER_SHARE);
    let gaps = watch_gaps(cpu, jitter)?;
    let passes = canary(cpu, length.saturating_sub(jitter))?;
    let passes = Observations::new(passes).map_err(|error| format!("times of the canary: {error}"))?;
    Ok(Slice::new(gaps, &passes))
}

/// Nanoseconds of each pass, at least one.
fn canary(cpu: u32, length: Duration) -> Result<Vec<f64>, Absence> {
    let spin = move || {
        affinity::set(None, &[cpu])
            .map_err(|error| format!("a thread cannot be pinned to CPU {cpu}: {error}"))?;
        // The first pass warms up.
        pass();
        let begin = Instant::now();
        let mut passes = Vec::new();
        while passes.is_empty() || begin.elapsed() < length {
            let start = Instant::now();
            pass();
            passes.push(start.elapsed().as_nanos() as f64);
        }
        Ok(passes)
    };
    let thread = thread::Builder::new().name("canary".into()).spawn(spin);
    let thread = thread.map_err(|error| format!("a thread for the canary: {error}"))?;
    thread.join().unwrap_or_else(|_| Err("the canary's thread panicked".into()))
}

/// A chain in which each step waits for the last, so that only the clock and what interrupts it decide its time
/// (constants of a full-period generator: Knuth, The Art of Computer Programming 2, 3.3.4).
fn pass() {
    let mut value = black_box(1_u64);
    for _ in 0..STEPS {
        value = value.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    }
    black_box(value);
}
