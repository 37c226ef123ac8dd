//! A thread that does nothing but read the clock, and notices when it was away.
//!
//! It sees every cause alike: interrupts, other programs, a hypervisor, the firmware.

use std::thread;
use std::time::{Duration, Instant};

use lab_core::doctor::Gaps;

use crate::host::sysfs::Absence;
use crate::runner::affinity;

/// From here on a step between two readings is a gap. Reading the clock takes some ten nanoseconds, entering the kernel
/// for an interrupt a microsecond or more.
const GAP_NS: u64 = 1_000;

/// Lower ends of the histogram's bins in nanoseconds.
const BINS_NS: [u64; 5] = [GAP_NS, 10_000, 100_000, 1_000_000, 10_000_000];

/// Spins on a CPU.
///
/// # Errors
/// The thread cannot be started or not be pinned there.
pub(in crate::host) fn probe(cpu: u32, length: Duration) -> Result<Gaps, Absence> {
    let spin = move || {
        affinity::set(None, &[cpu])
            .map_err(|error| format!("a thread cannot be pinned to CPU {cpu}: {error}"))?;
        Ok(watch(length))
    };
    let thread = thread::Builder::new().name("jitter".into()).spawn(spin);
    let thread = thread.map_err(|error| format!("a thread for the probe: {error}"))?;
    thread.join().unwrap_or_else(|_| Err("the spinning thread panicked".into()))
}

fn watch(length: Duration) -> Gaps {
    let limit = u64::try_from(length.as_nanos()).unwrap_or(u64::MAX);
    let begin = Instant::now();
    let now = || u64::try_from(begin.elapsed().as_nanos()).unwrap_or(u64::MAX);
    let mut tally = Tally::default();
    let mut last = now();
    while last < limit {
        let this = now();
        tally.step(this - last);
        last = this;
    }
    tally.finish(last)
}

/// Gaps so far.
#[derive(Default)]
struct Tally {
    lost_ns: u64,
    longest_ns: u64,
    counts: [u64; BINS_NS.len()],
}

impl Tally {
    fn step(&mut self, step_ns: u64) {
        if step_ns < GAP_NS {
            return;
        }
        self.lost_ns += step_ns;
        self.longest_ns = self.longest_ns.max(step_ns);
        let bin = BINS_NS.iter().rposition(|from| step_ns >= *from).unwrap_or(0);
        self.counts[bin] += 1;
    }

    fn finish(self, watched_ns: u64) -> Gaps {
        let histogram = BINS_NS.into_iter().zip(self.counts).collect();
        Gaps { watched_ns, lost_ns: self.lost_ns, longest_ns: self.longest_ns, histogram }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_below_a_microsecond_are_the_clock_itself() {
        let mut tally = Tally::default();
        [20, 999, 1_000, 9_999, 100_000, 55_000_000].into_iter().for_each(|step| tally.step(step));
        let gaps = tally.finish(1_000_000_000);
        assert_eq!((gaps.lost_ns, gaps.longest_ns), (55_110_999, 55_000_000));
        let counts: Vec<u64> = gaps.histogram.iter().map(|(_, count)| *count).collect();
        assert_eq!(counts, [2, 0, 1, 0, 1]);
    }

    #[test]
    fn a_cpu_that_is_not_there_is_refused_with_its_number() {
        let error = probe(60_000, Duration::from_millis(1)).unwrap_err();
        assert!(error.starts_with("a thread cannot be pinned to CPU 60000"), "{error}");
    }
}
