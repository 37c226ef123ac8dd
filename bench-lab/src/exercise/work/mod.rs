//! The exercises, one file each, one line in [`ALL`] each.
//!
//! The amount of work is a number of units, read when the process runs: k % more units are k % more work of the same
//! mix, done by the same bytes of code.

mod alloc;
mod fsync;
mod hash;
mod map;
mod memcpy;
mod memory;
mod mutex;
mod parse;
mod sort;

use std::io;
use std::path::Path;

/// Every exercise, in the order of reports.
pub const ALL: &[Exercise] = &[
    hash::EXERCISE,
    sort::EXERCISE,
    map::EXERCISE,
    alloc::EXERCISE,
    memcpy::EXERCISE,
    parse::EXERCISE,
    mutex::EXERCISE,
    fsync::EXERCISE,
    memory::EXERCISE,
];

/// Units of an iteration in which nothing is planted: one per cent is one unit.
pub const UNITS: u64 = 100;

/// Distance of the far memory in which nothing is planted, in bytes: it fits the second cache.
pub const NEAR_BYTES: usize = 128 * 1024;

/// The same with memory planted: it fits no cache of a core of its own, and is still made in milliseconds.
pub(super) const FAR_BYTES: usize = 8 * 1024 * 1024;

/// One kind of work.
#[derive(Debug)]
pub struct Exercise {
    /// Stored name.
    pub id: &'static str,
    /// Whether it keeps its CPU busy, and more units are as much more time.
    pub(super) is_busy: bool,
    /// Whether it is for planted memory; all others are for planted work.
    pub(super) is_memory: bool,
    /// Makes the work ready, outside of any timing.
    prime: fn(&Ground<'_>) -> io::Result<Work>,
}

/// What an exercise stands on.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// Where it may make files.
    pub place: &'a Path,
    /// How far memory reaches, for the exercise that is about it.
    pub far_bytes: usize,
}

/// Does so many units and gives something that depends on all of them.
pub type Work = Box<dyn FnMut(u64) -> io::Result<u64>>;

impl Exercise {
    /// Makes it ready.
    ///
    /// # Errors
    /// The kernel's, where the work needs a file.
    pub fn prime(&self, ground: &Ground<'_>) -> io::Result<Work> {
        (self.prime)(ground)
    }
}

/// The exercise of this id.
pub fn find(id: &str) -> Option<&'static Exercise> {
    ALL.iter().find(|exercise| exercise.id == id)
}

/// Numbers that look random and are always the same (xorshift64: Marsaglia, Journal of Statistical Software 8, 2003).
fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exercise_works_and_gives_the_same_twice() {
        let place = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let ground = Ground { place: place.path(), far_bytes: NEAR_BYTES };
        for exercise in ALL {
            let result = |units| exercise.prime(&ground).unwrap()(units).unwrap();
            assert_eq!(result(UNITS), result(UNITS), "{}", exercise.id);
            assert_ne!(result(UNITS), result(UNITS + 1), "{}: one unit more is more work", exercise.id);
        }
        assert!(std::fs::read_dir(place.path()).unwrap().next().is_none(), "no file is left");
    }

    #[test]
    fn ids_are_unique() {
        for exercise in ALL {
            let alike = ALL.iter().filter(|other| other.id == exercise.id).count();
            assert!(alike == 1 && find(exercise.id).is_some(), "{}", exercise.id);
        }
    }
}
