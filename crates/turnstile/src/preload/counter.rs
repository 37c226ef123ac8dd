//! Cycles and instructions of the timing thread, from a group of two hardware counters.
//!
//! What the host does not offer, or could not count all the time, is absent and never zero.

use core::ffi::c_int;

use super::sys;
use crate::mapping::ABSENT;

/// The beginning of the kernel's `perf_event_attr`, up to the size that Linux 2.6.33 knows (`PERF_ATTR_SIZE_VER0`).
#[repr(C)]
struct Attributes {
    kind: u32,
    size: u32,
    config: u64,
    sample_period: u64,
    sample_type: u64,
    read_format: u64,
    flags: u64,
    wakeup_events: u32,
    breakpoint_kind: u32,
    breakpoint_address: u64,
}

const CPU_CYCLES: u64 = 0;
const INSTRUCTIONS: u64 = 1;

/// `PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING | PERF_FORMAT_GROUP`.
const READ_FORMAT: u64 = 1 | 2 | 8;

const EXCLUDE_KERNEL: u64 = 1 << 5;
const EXCLUDE_HYPERVISOR: u64 = 1 << 6;

/// Two readings of one moment, or of the time between two.
#[derive(Clone, Copy)]
pub(super) struct Counts {
    pub(super) cycles: u64,
    pub(super) instructions: u64,
    /// Time in which the counters did not count.
    lost_ns: u64,
}

impl Counts {
    pub(super) const NONE: Self = Self { cycles: ABSENT, instructions: ABSENT, lost_ns: 0 };

    /// What was counted since an earlier reading; absent when a counter was taken away meanwhile.
    pub(super) fn since(self, earlier: Self) -> Self {
        if self.lost_ns != earlier.lost_ns {
            return Self::NONE;
        }
        let between = |now: u64, then: u64| {
            if now == ABSENT || then == ABSENT { ABSENT } else { now.wrapping_sub(then) }
        };
        Self {
            cycles: between(self.cycles, earlier.cycles),
            instructions: between(self.instructions, earlier.instructions),
            lost_ns: 0,
        }
    }
}

/// The group; what could not be opened is missing in it.
pub(super) struct Counters {
    leader: c_int,
    has_cycles: bool,
    has_instructions: bool,
}

impl Counters {
    /// None at all.
    pub(super) const NONE: Self = Self { leader: -1, has_cycles: false, has_instructions: false };

    /// Opens what the host offers.
    pub(super) fn open() -> Self {
        let cycles = open(CPU_CYCLES, EXCLUDE_HYPERVISOR, -1);
        let instructions = open(INSTRUCTIONS, EXCLUDE_HYPERVISOR | EXCLUDE_KERNEL, cycles);
        let counters = Self {
            leader: if cycles >= 0 { cycles } else { instructions },
            has_cycles: cycles >= 0,
            has_instructions: instructions >= 0,
        };
        // A group too large for the processor opens and never counts.
        let first = counters.read();
        if counters.leader >= 0 && first.cycles == ABSENT && first.instructions == ABSENT {
            sys::close_descriptor(counters.leader);
            return Self::NONE;
        }
        counters
    }

    /// Reads the group.
    pub(super) fn read(&self) -> Counts {
        if self.leader < 0 {
            return Counts::NONE;
        }
        // Number of events, time enabled, time running, then the events.
        let mut words = [0_u64; 5];
        let read = sys::read_words(self.leader, &mut words);
        let events = usize::from(self.has_cycles) + usize::from(self.has_instructions);
        let [_, enabled_ns, running_ns, first, second] = words;
        if read < 3 + events || running_ns == 0 {
            return Counts::NONE;
        }
        let lost_ns = enabled_ns.wrapping_sub(running_ns);
        match (self.has_cycles, self.has_instructions) {
            (true, true) => Counts { cycles: first, instructions: second, lost_ns },
            (true, false) => Counts { cycles: first, instructions: ABSENT, lost_ns },
            (false, _) => Counts { cycles: ABSENT, instructions: first, lost_ns },
        }
    }
}

fn open(config: u64, flags: u64, group: c_int) -> c_int {
    let attributes = Attributes {
        kind: 0,
        size: size_of::<Attributes>() as u32,
        config,
        sample_period: 0,
        sample_type: 0,
        read_format: READ_FORMAT,
        flags,
        wakeup_events: 0,
        breakpoint_kind: 0,
        breakpoint_address: 0,
    };
    // SAFETY: the attributes have the size they state and outlive the call.
    unsafe { sys::open_counter((&raw const attributes).cast(), group) }
}
