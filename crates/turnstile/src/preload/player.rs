//! The process's part in a survey or a duel: what it does at a clock read and at an announcement.
//!
//! One thread only ever has a player in hand. It keeps the error number as it finds it.

use core::ffi::c_int;
use core::sync::atomic::Ordering;

use super::counter::{Counters, Counts};
use super::sys::{self, Timespec};
use super::table::Table;
use crate::listener::{Announcement, Listener, Reading, Then};
use crate::mapping::{ABSENT, Corner, Entry, Mapping, Mode, NO_TICKET, Progress};
use crate::turn::Move;

/// With more timed pairs in a slice, counters are not read: they would be most of what runs between the pairs.
const COUNTED_PAIRS_MAX: u32 = 64;

/// The real clock.
pub(super) type Clock = unsafe extern "C" fn(c_int, *mut Timespec) -> c_int;

/// All counts that belong to one moment.
#[derive(Clone, Copy)]
struct Moment {
    counts: Counts,
    task_clock_ns: u64,
    switch_count: u64,
}

/// What was summed up of the slice in progress.
#[derive(Clone, Copy)]
struct Slice {
    wall_ns: u64,
    cycles: u64,
    instructions: u64,
    task_clock_ns: u64,
    switch_count: u64,
    start_ns: u64,
    start: Option<Moment>,
}

impl Slice {
    const EMPTY: Self = Self {
        wall_ns: 0,
        cycles: 0,
        instructions: 0,
        task_clock_ns: 0,
        switch_count: 0,
        start_ns: 0,
        start: None,
    };
}

/// One process at the turnstile.
pub(super) struct Player {
    table: Table,
    clock: Clock,
    listener: Listener,
    counters: Counters,
    slice: Slice,
    /// When Criterion's warm-up began, on the true clock.
    warm_up_ns: u64,
    is_arrived: bool,
}

impl Player {
    pub(super) fn new(table: Table, clock: Clock) -> Self {
        Self {
            table,
            clock,
            listener: Listener::new(table.corner().pattern()),
            counters: Counters::NONE,
            slice: Slice::EMPTY,
            warm_up_ns: 0,
            is_arrived: false,
        }
    }

    /// What belongs to this process.
    pub(super) fn corner(&self) -> &'static Corner {
        self.table.corner()
    }

    /// Whether slices are being played: clock reads of other threads are counted then.
    pub(super) fn is_playing(&self) -> bool {
        self.is_arrived && !self.listener.is_over()
    }

    /// Reads the monotonic clock for the program, and does what is due then.
    ///
    /// # Safety
    /// `time` must be writable.
    pub(super) unsafe fn read(&mut self, time: *mut Timespec) -> c_int {
        let corner = self.corner();
        if self.listener.is_over() && self.table.mapping.mode() == Mode::Duel {
            corner.surplus_reads.fetch_add(1, Ordering::Relaxed);
        }
        let (reading, then) = self.listener.read(|slice| corner.pairs_of(slice));
        // A start reads the counters before the clock and an end after it, so that the time holds neither.
        let before = match reading {
            Reading::Start(slice) => self.moment(slice),
            _ => None,
        };
        // SAFETY: the caller vouches for the place.
        let result = unsafe { (self.clock)(sys::CLOCK_MONOTONIC, time) };
        if result == 0 {
            let errno = sys::errno();
            // SAFETY: the clock has just been written there.
            let now_ns = unsafe { (*time).to_ns() };
            let told_ns = self.note(reading, now_ns, before);
            // SAFETY: as above.
            unsafe { *time = Timespec::from_ns(told_ns) };
            self.write_down(Entry::Read { at_ns: told_ns });
            self.act(then);
            sys::set_errno(errno);
        }
        result
    }

    /// Hears what the program announces.
    pub(super) fn hear(&mut self, announcement: Announcement) {
        let errno = sys::errno();
        self.write_down(match announcement {
            Announcement::Output => Entry::Output,
            Announcement::WarmUp => Entry::WarmUp,
            Announcement::Measuring => Entry::Measuring,
        });
        if announcement == Announcement::WarmUp {
            self.warm_up_ns = self.now_ns();
        }
        let corner = self.corner();
        let then = self.listener.hear(announcement, |slice| corner.pairs_of(slice));
        self.act(then);
        sys::set_errno(errno);
    }

    /// Sums up a timed pair; gives the time that the program is told.
    fn note(&mut self, reading: Reading, now_ns: u64, before: Option<Moment>) -> u64 {
        match reading {
            Reading::Plain => now_ns,
            Reading::Told { since_ns } => self.warm_up_ns.saturating_add(since_ns),
            Reading::Start(_) => {
                self.slice.start = before;
                self.slice.start_ns = now_ns;
                now_ns
            }
            Reading::End(slice) => {
                self.slice.wall_ns =
                    self.slice.wall_ns.saturating_add(now_ns.saturating_sub(self.slice.start_ns));
                let after = self.moment(slice);
                self.add(self.slice.start, after);
                now_ns
            }
        }
    }

    fn add(&mut self, start: Option<Moment>, end: Option<Moment>) {
        let slice = &mut self.slice;
        let (Some(start), Some(end)) = (start, end) else {
            (slice.cycles, slice.instructions, slice.task_clock_ns) = (ABSENT, ABSENT, ABSENT);
            return;
        };
        let sum = |sum: u64, amount: u64| {
            if sum == ABSENT || amount == ABSENT { ABSENT } else { sum.saturating_add(amount) }
        };
        let counts = end.counts.since(start.counts);
        slice.cycles = sum(slice.cycles, counts.cycles);
        slice.instructions = sum(slice.instructions, counts.instructions);
        let task_clock_ns = end.task_clock_ns.saturating_sub(start.task_clock_ns);
        slice.task_clock_ns = sum(slice.task_clock_ns, task_clock_ns);
        slice.switch_count += end.switch_count.saturating_sub(start.switch_count);
    }

    fn moment(&self, slice: u32) -> Option<Moment> {
        if self.corner().pairs_of(slice) > COUNTED_PAIRS_MAX {
            return None;
        }
        let mut time = Timespec::default();
        // SAFETY: the place is ours.
        unsafe { (self.clock)(sys::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
        let (task_clock_ns, switch_count) = (time.to_ns(), sys::voluntary_switches());
        Some(Moment { counts: self.counters.read(), task_clock_ns, switch_count })
    }

    fn act(&mut self, then: Then) {
        match then {
            Then::GoOn => {}
            Then::Keep(slice) => self.keep(slice, NO_TICKET),
            Then::Arrive(slice) => {
                if let Some(slice) = slice {
                    self.keep(slice, NO_TICKET);
                }
                // Opened by the thread that is counted, which is the one that reads the clock.
                if self.corner().counts.load(Ordering::Relaxed) != 0 {
                    self.counters = Counters::open();
                }
                self.corner().advance(Progress::Arrived);
                self.is_arrived = true;
                self.table.go(Move::Arrive);
            }
            Then::Pass(slice) => {
                self.keep(slice, self.table.ticket());
                self.table.go(Move::Pass);
            }
            Then::Finish(slice) => {
                self.keep(slice, if self.is_arrived { self.table.ticket() } else { NO_TICKET });
                self.corner().advance(Progress::Finished);
                self.table.go(Move::Finish);
                if self.corner().leaves.load(Ordering::Relaxed) != 0 {
                    sys::leave(0);
                }
            }
        }
    }

    /// Writes the slice down and begins an empty one.
    fn keep(&mut self, slice: u32, ticket: u32) {
        let corner = self.corner();
        if let Some(record) = corner.records.get(slice as usize) {
            record.ticket.store(ticket, Ordering::Relaxed);
            let switch_count = u32::try_from(self.slice.switch_count).unwrap_or(u32::MAX);
            record.switch_count.store(switch_count, Ordering::Relaxed);
            record.wall_ns.store(self.slice.wall_ns, Ordering::Relaxed);
            record.cycles.store(self.slice.cycles, Ordering::Relaxed);
            record.instructions.store(self.slice.instructions, Ordering::Relaxed);
            record.task_clock_ns.store(self.slice.task_clock_ns, Ordering::Relaxed);
            corner.record_count.store(slice + 1, Ordering::Release);
        }
        self.slice = Slice::EMPTY;
    }

    fn now_ns(&self) -> u64 {
        let mut time = Timespec::default();
        // SAFETY: the place is ours.
        unsafe { (self.clock)(sys::CLOCK_MONOTONIC, &raw mut time) };
        time.to_ns()
    }

    /// Appends to the log of a survey; what finds no room is only counted.
    fn write_down(&self, entry: Entry) {
        if self.table.mapping.mode() != Mode::Survey {
            return;
        }
        let place = self.table.mapping.log_length.fetch_add(1, Ordering::Relaxed);
        let room = (self.table.bytes - size_of::<Mapping>()) / size_of::<u64>();
        let capacity = self.table.mapping.log_capacity.load(Ordering::Relaxed).min(room as u64);
        if place < capacity {
            let start = core::ptr::from_ref(self.table.mapping).wrapping_add(1).cast::<u64>().cast_mut();
            // SAFETY: the log follows the mapping, which is aligned for it, and the place lies within what is mapped.
            // Only this thread writes to it, and nobody reads before the process has ended.
            unsafe { start.add(place as usize).write(entry.encode()) };
        }
    }
}
