//! The clock a CPU really runs at: cycles over CPU time of a spinning thread.
//!
//! It needs a hardware counter of cycles, and says so where there is none.

use std::fs::File;
use std::io::Read;
use std::thread;
use std::time::{Duration, Instant};

use lab_core::cpulist::CpuList;

use crate::host::probe::Counter;
use crate::host::probe::{open_counter, refusal};
use crate::host::sysfs::Absence;
use crate::runner::affinity;

/// How often each CPU is measured: the spread needs several.
const SPIN_COUNT: usize = 3;

/// Long enough for the governor to settle and for the counts to be exact to far below 1 %.
const SPIN: Duration = Duration::from_millis(200);

/// Not more CPUs than this are measured, so that the probe ends in seconds.
const CPU_COUNT_MAX: usize = 4;

/// Measures the CPUs one after another.
///
/// # Errors
/// No counter of cycles opens, or a thread cannot be pinned.
pub(super) fn measure(cpus: &CpuList) -> Result<Vec<(u32, Vec<f64>)>, Absence> {
    let measured = cpus.iter().take(CPU_COUNT_MAX).map(|cpu| {
        let thread = thread::Builder::new().name("clock".into()).spawn(move || spins(cpu));
        let thread = thread.map_err(|error| format!("a thread for the probe: {error}"))?;
        Ok((cpu, thread.join().unwrap_or_else(|_| Err("the spinning thread panicked".into()))?))
    });
    measured.collect()
}

fn spins(cpu: u32) -> Result<Vec<f64>, Absence> {
    affinity::set(None, &[cpu])
        .map_err(|error| format!("a thread cannot be pinned to CPU {cpu}: {error}"))?;
    let describe = |error: std::io::Error| refusal(&error);
    // Whoever may not count in the kernel counts in user mode: a spinning thread is nowhere else.
    let cycles = open_counter(Counter::CyclesWithKernel).or_else(|_| open_counter(Counter::Cycles));
    let mut cycles = cycles.map(File::from).map_err(describe)?;
    let mut clock = open_counter(Counter::TaskClock).map(File::from).map_err(describe)?;
    (0..SPIN_COUNT).map(|_| spin(&mut cycles, &mut clock)).collect()
}

/// Cycles per nanosecond of one spin.
fn spin(cycles: &mut File, clock: &mut File) -> Result<f64, Absence> {
    let mut read = || Ok::<_, Absence>((count(cycles)?, count(clock)?));
    let before = read()?;
    let begin = Instant::now();
    while begin.elapsed() < SPIN {
        std::hint::spin_loop();
    }
    let after = read()?;
    match (after.0.saturating_sub(before.0), after.1.saturating_sub(before.1)) {
        (0, _) | (_, 0) => Err("the counter of cycles stood still".into()),
        (cycles, time_ns) => Ok(cycles as f64 / time_ns as f64),
    }
}

/// The value of a counter; the two times behind it say whether it counted all the time.
fn count(file: &mut File) -> Result<u64, Absence> {
    let mut reading = [0; 24];
    file.read_exact(&mut reading).map_err(|error| format!("read of a counter: {error}"))?;
    let [value, enabled, running] = [0, 8, 16].map(|at| {
        let mut word = [0; 8];
        word.copy_from_slice(&reading[at..at + 8]);
        u64::from_ne_bytes(word)
    });
    if running < enabled { Err("the counter of cycles is shared with somebody".into()) } else { Ok(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_against_itself_runs_at_one() {
        let open = || open_counter(Counter::TaskClock).map(File::from);
        match (open(), open()) {
            // Two task clocks stand for cycles and time, as this machine need not have cycles.
            (Ok(mut one), Ok(mut two)) => {
                let ratio = spin(&mut one, &mut two).unwrap();
                assert!((ratio - 1.0).abs() < 0.01, "{ratio}");
            }
            (one, _) => assert!(!refusal(&one.unwrap_err()).is_empty()),
        }
    }

    #[test]
    fn every_cpu_has_all_its_spins_or_the_reason_is_told() {
        match measure(&"0-7000".parse().unwrap()) {
            Ok(clocks) => assert!(clocks.iter().all(|(_, spins)| spins.len() == SPIN_COUNT)),
            Err(why) => assert!(why.contains("counter") || why.contains("pinned"), "{why}"),
        }
    }
}
