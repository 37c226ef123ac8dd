//! One side of a comparison, inside the bench executables: which work, and how much of it.
//!
//! The amount is read when the process starts, so that k % more work is done by the same bytes of code.

use std::env;
use std::path::Path;

use bench_lab::exercise::work::{Ground, NEAR_BYTES, UNITS, Work, find};

/// The workloads, by the names of bench-lab's exercises: those that only compute, since every tool can time them.
pub const WORKLOADS: [&str; 6] = ["hash", "sort", "map", "alloc", "memcpy", "parse"];

/// Variable with the units of an iteration.
pub const UNITS_VARIABLE: &str = "YARDSTICK_UNITS";

/// A workload made ready, and its units as the environment says.
///
/// # Panics
/// When there is no such workload.
pub fn ready(name: &str) -> (Work, u64) {
    let units = env::var(UNITS_VARIABLE).ok().and_then(|text| text.parse().ok());
    (work(name), units.unwrap_or(UNITS))
}

/// A workload made ready.
///
/// # Panics
/// When there is no such workload: only a mistake in a bench target can ask for one.
pub fn work(name: &str) -> Work {
    let exercise = find(name).unwrap_or_else(|| panic!("there is no workload {name}"));
    exercise.prime(&Ground { place: Path::new("."), far_bytes: NEAR_BYTES }).expect("it makes no file")
}

/// The units that the name of this executable ends in, as in `tango_side-0000000101`.
pub fn units_of_name() -> u64 {
    let executable = env::current_exe().unwrap_or_default();
    let name = executable.file_name().unwrap_or_default().to_string_lossy();
    let units = name.rsplit_once('-').and_then(|(_, units)| units.parse().ok());
    units.unwrap_or(UNITS)
}

/// The units that stand for so many per cent more work.
pub fn units(planted_percent: u32) -> u64 {
    UNITS + u64::from(planted_percent)
}

/// Units as every side is told: numbers of equal width, so that the amount of work moves no stack.
pub fn units_text(planted_percent: u32) -> String {
    format!("{:010}", units(planted_percent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_workload_exists_and_a_unit_is_a_hundredth() {
        for name in WORKLOADS {
            assert_eq!(work(name)(UNITS).expect("it works"), work(name)(UNITS).expect("it works"));
        }
        assert_eq!(units(5), 105);
        assert_eq!(units_text(0).len(), units_text(5).len());
    }
}
