//! The memory that both processes and the runner share: who plays how, whose turn it is, and what was recorded.
//!
//! Every field is an atomic, so that nobody needs an exclusive reference to what others write. Nothing in it is a
//! pointer, and a reader never trusts a length that it did not check.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::listener::Pattern;
use crate::turn::{Side, Turn};

/// First eight bytes of a mapping that is whole.
pub const MAGIC: u64 = u64::from_le_bytes(*b"turnstil");

/// Raised whenever the layout changes: a library and a runner of different versions must not meet.
pub const VERSION: u32 = 1;

/// Most slices of one side.
pub const SLICES_MAX: usize = 512;

/// What a counter that could not be read says.
pub const ABSENT: u64 = u64::MAX;

/// The ticket of a slice that was played alone.
pub const NO_TICKET: u32 = u32::MAX;

/// What the library is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Write down every announcement and clock read of the one process there is.
    Survey,
    /// Take turns.
    Duel,
}

/// How far a process came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Progress {
    /// The library was never loaded: a static executable, or one that does not allow it.
    Absent,
    /// It was loaded and understood the mapping.
    Attached,
    /// It met the other process, or was ready to.
    Arrived,
    /// It played all its slices.
    Finished,
}

/// One slice as recorded.
#[repr(C)]
#[derive(Debug)]
pub struct Record {
    /// Its number among the slices of both sides; [`NO_TICKET`] when played alone.
    pub ticket: AtomicU32,
    /// Voluntary context switches of the process within the timed pairs.
    pub switch_count: AtomicU32,
    /// Sum of the timed pairs.
    pub wall_ns: AtomicU64,
    /// CPU cycles in user and kernel mode, or [`ABSENT`].
    pub cycles: AtomicU64,
    /// Instructions retired in user mode, or [`ABSENT`].
    pub instructions: AtomicU64,
    /// CPU time of the process, or [`ABSENT`].
    pub task_clock_ns: AtomicU64,
}

/// What belongs to one side.
#[repr(C)]
#[derive(Debug)]
pub struct Corner {
    output_count: AtomicU32,
    skip_reads: AtomicU32,
    lead_reads: AtomicU32,
    trail_reads: AtomicU32,
    slice_count: AtomicU32,
    solo_count: AtomicU32,
    warm_up_step_ns: AtomicU64,
    /// Whether the process ends itself after the last slice: 0 or 1.
    pub leaves: AtomicU32,
    /// Whether hardware counters are wanted: 0 or 1.
    pub counts: AtomicU32,
    /// How far it came, as a number of [`Progress`].
    progress: AtomicU32,
    /// Process id, 0 before it attached.
    pub pid: AtomicU32,
    /// Slices recorded.
    pub record_count: AtomicU32,
    /// Clock reads of the timing thread after the last slice.
    pub surplus_reads: AtomicU32,
    /// Clock reads of other threads while slices were played.
    pub foreign_reads: AtomicU32,
    gap_reads: AtomicU32,
    /// Timed pairs of each slice.
    pub pairs: [AtomicU32; SLICES_MAX],
    /// The slices in their order.
    pub records: [Record; SLICES_MAX],
}

/// The whole mapping. In a survey, the log follows it.
#[repr(C, align(64))]
#[derive(Debug)]
pub struct Mapping {
    magic: AtomicU64,
    version: AtomicU32,
    mode: AtomicU32,
    /// Entries that the log has room for.
    pub log_capacity: AtomicU64,
    /// Entries that were written or, beyond the capacity, would have been.
    pub log_length: AtomicU64,
    /// Keeps the word that both processes sleep on in a cache line of its own.
    padding: [AtomicU64; 4],
    /// Whose turn it is: a [`Turn`].
    pub turn: AtomicU32,
    after: [AtomicU32; 15],
    /// Baseline and candidate.
    pub corners: [Corner; 2],
}

/// Bytes of a mapping without a log.
pub const BYTES: usize = size_of::<Mapping>();

impl Mapping {
    /// Fills a mapping that is all zero; the magic number comes last.
    pub fn prepare(&self, mode: Mode, starter: Side, log_capacity: u64) {
        self.mode.store(mode as u32, Ordering::Relaxed);
        self.log_capacity.store(log_capacity, Ordering::Relaxed);
        self.turn.store(Turn::new(starter).0, Ordering::Relaxed);
        self.version.store(VERSION, Ordering::Relaxed);
        self.magic.store(MAGIC, Ordering::SeqCst);
    }

    /// Whether it is a mapping of this very layout.
    pub fn is_understood(&self) -> bool {
        self.magic.load(Ordering::SeqCst) == MAGIC && self.version.load(Ordering::Relaxed) == VERSION
    }

    /// What the library is to do.
    pub fn mode(&self) -> Mode {
        match self.mode.load(Ordering::Relaxed) {
            0 => Mode::Survey,
            _ => Mode::Duel,
        }
    }

    /// What belongs to a side.
    pub fn corner(&self, side: Side) -> &Corner {
        &self.corners[side.index()]
    }
}

impl Corner {
    /// Writes how the process reads the clock; more slices than [`SLICES_MAX`] are cut.
    pub fn set_pattern(&self, pattern: &Pattern) {
        let slice_count = pattern.slice_count.min(SLICES_MAX as u32);
        self.output_count.store(pattern.output_count, Ordering::Relaxed);
        self.skip_reads.store(pattern.skip_reads, Ordering::Relaxed);
        self.lead_reads.store(pattern.lead_reads, Ordering::Relaxed);
        self.gap_reads.store(pattern.gap_reads, Ordering::Relaxed);
        self.trail_reads.store(pattern.trail_reads, Ordering::Relaxed);
        self.slice_count.store(slice_count, Ordering::Relaxed);
        self.solo_count.store(pattern.solo_count, Ordering::Relaxed);
        self.warm_up_step_ns.store(pattern.warm_up_step_ns, Ordering::Relaxed);
    }

    /// How the process reads the clock.
    pub fn pattern(&self) -> Pattern {
        Pattern {
            output_count: self.output_count.load(Ordering::Relaxed),
            skip_reads: self.skip_reads.load(Ordering::Relaxed),
            lead_reads: self.lead_reads.load(Ordering::Relaxed),
            gap_reads: self.gap_reads.load(Ordering::Relaxed),
            trail_reads: self.trail_reads.load(Ordering::Relaxed),
            slice_count: self.slice_count.load(Ordering::Relaxed).min(SLICES_MAX as u32),
            solo_count: self.solo_count.load(Ordering::Relaxed),
            warm_up_step_ns: self.warm_up_step_ns.load(Ordering::Relaxed),
        }
    }

    /// Timed pairs of a slice, at least one.
    pub fn pairs_of(&self, slice: u32) -> u32 {
        self.pairs.get(slice as usize).map_or(1, |pairs| pairs.load(Ordering::Relaxed)).max(1)
    }

    /// Notes how far it came.
    pub fn advance(&self, progress: Progress) {
        self.progress.store(progress as u32, Ordering::Relaxed);
    }

    /// How far it came.
    pub fn progress(&self) -> Progress {
        match self.progress.load(Ordering::Relaxed) {
            0 => Progress::Absent,
            1 => Progress::Attached,
            2 => Progress::Arrived,
            _ => Progress::Finished,
        }
    }
}

/// One entry of the log of a survey: a kind in the three highest bits, nanoseconds below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The clock was read, and this was told.
    Read {
        /// Monotonic clock.
        at_ns: u64,
    },
    /// Standard output was written to.
    Output,
    /// Criterion begins a benchmark and warms up.
    WarmUp,
    /// Criterion begins to measure.
    Measuring,
}

const KIND_SHIFT: u32 = 61;

impl Entry {
    /// As written to the log; a time wraps after 73 years.
    pub const fn encode(self) -> u64 {
        match self {
            Self::Read { at_ns } => at_ns & ((1 << KIND_SHIFT) - 1),
            Self::Output => 1 << KIND_SHIFT,
            Self::WarmUp => 2 << KIND_SHIFT,
            Self::Measuring => 3 << KIND_SHIFT,
        }
    }

    /// From the log; `None` for what no library writes.
    pub const fn decode(word: u64) -> Option<Self> {
        match word >> KIND_SHIFT {
            0 => Some(Self::Read { at_ns: word }),
            1 => Some(Self::Output),
            2 => Some(Self::WarmUp),
            3 => Some(Self::Measuring),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(unsafe_code, reason = "atomics have no safe way from zeroed memory")]
    fn zeroed() -> Box<Mapping> {
        // SAFETY: every field is an atomic number, for which zero is a value: what fresh memory of the kernel holds.
        unsafe { Box::<Mapping>::new_zeroed().assume_init() }
    }

    #[test]
    fn a_mapping_is_understood_only_when_it_was_prepared_by_this_version() {
        let mapping = zeroed();
        assert!(!mapping.is_understood());
        mapping.prepare(Mode::Duel, Side::Candidate, 0);
        assert!(mapping.is_understood());
        assert_eq!(Turn(mapping.turn.load(Ordering::Relaxed)).owner(), Side::Candidate);
        mapping.version.store(VERSION + 1, Ordering::Relaxed);
        assert!(!mapping.is_understood());
    }

    #[test]
    fn a_pattern_comes_back_as_it_was_written_and_never_longer_than_the_room() {
        let mapping = zeroed();
        let pattern = Pattern {
            output_count: 1,
            skip_reads: 2,
            lead_reads: 3,
            gap_reads: 8,
            trail_reads: 4,
            slice_count: 5,
            solo_count: 6,
            warm_up_step_ns: 7,
        };
        let corner = mapping.corner(Side::Candidate);
        corner.set_pattern(&pattern);
        assert_eq!(corner.pattern(), pattern);
        assert_eq!(corner.pairs_of(0), 1);
        assert_eq!(corner.pairs_of(u32::MAX), 1);
        corner.set_pattern(&Pattern { slice_count: u32::MAX, ..pattern });
        assert_eq!(corner.pattern().slice_count as usize, SLICES_MAX);
    }

    #[test]
    fn entries_come_back_as_they_were_written() {
        for entry in [Entry::Read { at_ns: 123 }, Entry::Output, Entry::WarmUp, Entry::Measuring] {
            assert_eq!(Entry::decode(entry.encode()), Some(entry));
        }
        assert_eq!(Entry::decode(u64::MAX), None);
    }

    #[test]
    fn the_word_to_sleep_on_has_a_cache_line_of_its_own() {
        assert_eq!(core::mem::offset_of!(Mapping, turn) % 64, 0);
        assert_eq!(core::mem::offset_of!(Mapping, corners) % 64, 0);
    }
}
