//! The memory that a pair of processes and the runner share: the runner's end of it.
//!
//! It is a file, since a process that was started clean inherits no descriptor. What others wrote is read through
//! atomics and never trusted for a length.

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::ptr::{self, NonNull};
use std::sync::atomic::Ordering;

use lab_core::model::{Side, Slice};
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};
use rustix::thread::futex;
use tempfile::NamedTempFile;
use turnstile::mapping::{ABSENT, BYTES, Entry, Mapping, Mode};
use turnstile::turn::Turn;

use super::side;
use crate::harness::duelist::Score;

/// Entries of a survey's log. A process that reads the clock more often cannot be told apart anyway.
const LOG_ENTRIES: usize = 1 << 19;

/// A file in memory where there is one: a file on disk is written back while both sides run.
const MEMORY: &str = "/dev/shm";

/// A mapping with the file behind it; both go with the value.
pub(super) struct Shared {
    file: NamedTempFile,
    start: NonNull<Mapping>,
    bytes: usize,
}

// SAFETY: all that is behind the pointer is atomic, and it stays mapped as long as the value lives.
#[expect(unsafe_code, reason = "the two threads that wait for the sides both mark their end")]
unsafe impl Sync for Shared {}

/// What one side recorded of one slice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Taken {
    /// Its number among the slices of both sides; absent when it was played alone.
    pub(super) ticket: Option<u32>,
    /// Voluntary context switches within it.
    pub(super) switch_count: u32,
    /// What was measured.
    pub(super) slice: Slice,
}

impl Shared {
    /// For one process that is surveyed.
    ///
    /// # Errors
    /// When no file or mapping can be had.
    pub(super) fn for_survey(folder: &Path) -> io::Result<Self> {
        Self::new(folder, Mode::Survey, Side::Baseline, LOG_ENTRIES)
    }

    /// For two that take turns.
    ///
    /// # Errors
    /// When no file or mapping can be had.
    pub(super) fn for_duel(folder: &Path, starter: Side) -> io::Result<Self> {
        Self::new(folder, Mode::Duel, starter, 0)
    }

    fn new(folder: &Path, mode: Mode, starter: Side, log_entries: usize) -> io::Result<Self> {
        let builder = || {
            let mut builder = tempfile::Builder::new();
            builder.prefix("bench-lab-turns-");
            builder
        };
        let file = builder().tempfile_in(MEMORY).or_else(|_| builder().tempfile_in(folder))?;
        let bytes = BYTES + log_entries * size_of::<u64>();
        file.as_file().set_len(bytes as u64)?;
        let start = map(file.as_file(), bytes)?;
        let shared = Self { file, start, bytes };
        shared.prepare(mode, side::at_turnstile(starter), log_entries as u64);
        Ok(shared)
    }

    /// Where a process finds it.
    pub(super) fn path(&self) -> PathBuf {
        self.file.path().to_owned()
    }

    /// Writes how a side reads the clock.
    pub(super) fn set_score(&self, which: Side, score: &Score) {
        let corner = self.corner(side::at_turnstile(which));
        corner.set_pattern(&score.pattern);
        for (place, pairs) in corner.pairs.iter().zip(&score.pairs) {
            place.store(*pairs, Ordering::Relaxed);
        }
    }

    /// Says that a side takes no more turns, and wakes the other.
    pub(super) fn leave(&self, which: Side) {
        self.turn.fetch_or(Turn::departure(side::at_turnstile(which)), Ordering::SeqCst);
        // A failure would mean that nobody can be asleep there.
        let _ = futex::wake(&self.turn, futex::Flags::empty(), u32::MAX >> 1);
    }

    /// What a side recorded.
    pub(super) fn taken(&self, which: Side) -> Vec<Taken> {
        let corner = self.corner(side::at_turnstile(which));
        let count = corner.record_count.load(Ordering::Acquire) as usize;
        let present = |value: u64| (value != ABSENT).then_some(value);
        let records = corner.records.iter().take(count);
        let read = records.map(|record| Taken {
            ticket: Some(record.ticket.load(Ordering::Relaxed))
                .filter(|ticket| *ticket != turnstile::mapping::NO_TICKET),
            switch_count: record.switch_count.load(Ordering::Relaxed),
            slice: Slice {
                wall_ns: record.wall_ns.load(Ordering::Relaxed),
                cycles: present(record.cycles.load(Ordering::Relaxed)),
                instructions: present(record.instructions.load(Ordering::Relaxed)),
                task_clock_ns: present(record.task_clock_ns.load(Ordering::Relaxed)),
            },
        });
        read.collect()
    }

    /// The log of a survey whose process is dead; `None` when it did not fit.
    pub(super) fn log(&self) -> Option<Vec<Entry>> {
        let length = usize::try_from(self.log_length.load(Ordering::Acquire)).ok()?;
        let room = (self.bytes - BYTES) / size_of::<u64>();
        if length > room {
            return None;
        }
        let first = self.start.as_ptr().wrapping_add(1).cast::<u64>();
        // SAFETY: the entries lie within the mapping, behind the fixed part, and their writer is dead.
        #[expect(unsafe_code, reason = "the log has no fixed length")]
        let words = unsafe { std::slice::from_raw_parts(first, length) };
        words.iter().map(|word| Entry::decode(*word)).collect()
    }
}

#[expect(unsafe_code, reason = "std has no shared mappings")]
fn map(file: &File, bytes: usize) -> io::Result<NonNull<Mapping>> {
    // SAFETY: a new mapping, placed by the kernel, of a file that is as long.
    let start = unsafe {
        mmap(ptr::null_mut(), bytes, ProtFlags::READ | ProtFlags::WRITE, MapFlags::SHARED, file, 0)?
    };
    NonNull::new(start.cast()).ok_or_else(|| io::Error::other("mapped at address zero"))
}

impl Deref for Shared {
    type Target = Mapping;

    fn deref(&self) -> &Mapping {
        // SAFETY: mapped as long as the value lives, page-aligned, as long as the type, and all of it atomic numbers.
        #[expect(unsafe_code, reason = "shared memory has no safe reference")]
        unsafe {
            self.start.as_ref()
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: mapped by `new`, and every reference into it is bound to this value.
        #[expect(unsafe_code, reason = "what was mapped is unmapped by the same numbers")]
        // A failure leaves some pages mapped until the program ends.
        let _ = unsafe { munmap(self.start.as_ptr().cast(), self.bytes) };
    }
}
