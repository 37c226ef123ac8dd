//! Tries which performance counters open, by opening them.
//!
//! It counts nothing that is kept; measuring belongs to the meters.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

use perf_event_open_sys as sys;
use sys::bindings::{
    PERF_COUNT_HW_BRANCH_MISSES, PERF_COUNT_HW_CACHE_MISSES, PERF_COUNT_HW_CPU_CYCLES,
    PERF_COUNT_HW_INSTRUCTIONS, PERF_COUNT_SW_CONTEXT_SWITCHES, PERF_COUNT_SW_CPU_MIGRATIONS,
    PERF_COUNT_SW_TASK_CLOCK, PERF_FLAG_FD_CLOEXEC, PERF_FORMAT_TOTAL_TIME_ENABLED,
    PERF_FORMAT_TOTAL_TIME_RUNNING, PERF_TYPE_HARDWARE, PERF_TYPE_SOFTWARE, perf_event_attr,
};

use super::super::sysfs::Absence;

/// A counter that an invocation could be watched with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    /// Core cycles in user mode.
    Cycles,
    /// Core cycles in user and kernel mode, as the measured clock needs them.
    CyclesWithKernel,
    /// Instructions in user mode.
    Instructions,
    /// Mispredicted branches in user mode.
    BranchMisses,
    /// Last-level cache misses in user mode.
    CacheMisses,
    /// CPU time as the kernel counts it.
    TaskClock,
    /// Context switches.
    ContextSwitches,
    /// Moves between CPUs.
    Migrations,
}

impl Counter {
    /// Every counter.
    pub const ALL: &[Counter] = &[
        Self::Cycles,
        Self::CyclesWithKernel,
        Self::Instructions,
        Self::BranchMisses,
        Self::CacheMisses,
        Self::TaskClock,
        Self::ContextSwitches,
        Self::Migrations,
    ];

    /// The hardware counters that one invocation needs at the same time.
    const TOGETHER: [Counter; 4] = [Self::Cycles, Self::Instructions, Self::BranchMisses, Self::CacheMisses];

    /// Name of the fact behind `perf.`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Cycles => "cycles",
            Self::CyclesWithKernel => "cycles_with_kernel",
            Self::Instructions => "instructions",
            Self::BranchMisses => "branch_misses",
            Self::CacheMisses => "cache_misses",
            Self::TaskClock => "task_clock",
            Self::ContextSwitches => "context_switches",
            Self::Migrations => "migrations",
        }
    }

    /// Type and number of the kernel's generic event.
    fn event(self) -> (u32, u32) {
        match self {
            Self::Cycles | Self::CyclesWithKernel => (PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES),
            Self::Instructions => (PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS),
            Self::BranchMisses => (PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES),
            Self::CacheMisses => (PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES),
            Self::TaskClock => (PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK),
            Self::ContextSwitches => (PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES),
            Self::Migrations => (PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS),
        }
    }

    /// Events that happen inside the kernel count nothing when the kernel is left out.
    fn counts_kernel(self) -> bool {
        matches!(self, Self::CyclesWithKernel | Self::ContextSwitches | Self::Migrations)
    }
}

/// Opens one counter on this thread and closes it again.
pub(super) fn open(counter: Counter) -> Result<(), Absence> {
    event(counter, None).map(drop).map_err(|error| reason(&error))
}

/// Opens one counter on this thread; it counts from then on.
///
/// # Errors
/// As perf_event_open(2).
pub(in super::super) fn open_counter(counter: Counter) -> io::Result<OwnedFd> {
    event(counter, None)
}

/// Opens the counters of an invocation as one group, lets them run, and asks the kernel whether they ran all the time.
pub(super) fn count_together() -> Result<(), Absence> {
    let describe = |error: io::Error| reason(&error);
    let mut group: Vec<OwnedFd> = Vec::new();
    for counter in Counter::TOGETHER {
        let leader = group.first().map(AsRawFd::as_raw_fd);
        group.push(event(counter, leader).map_err(describe)?);
    }
    let spun = (0..200_000_u64).fold(0, |sum, number| std::hint::black_box(sum ^ number));
    std::hint::black_box(spun);
    let mut reading = [0_u8; 24];
    let length = rustix::io::read(&group[0], &mut reading).map_err(|error| describe(error.into()))?;
    if length != reading.len() {
        return Err("the kernel gave no reading: the group found no room on the processor".into());
    }
    let field = |index: usize| u64::from_ne_bytes(std::array::from_fn(|byte| reading[index * 8 + byte]));
    match (field(0), field(1), field(2)) {
        (_, enabled, running) if running < enabled => {
            Err(format!("counted {running} of {enabled} ns: too few counters are free"))
        }
        (0, ..) => Err("counted no cycle".into()),
        _ => Ok(()),
    }
}

#[expect(unsafe_code, reason = "the system call has no safe wrapper")]
fn event(counter: Counter, leader: Option<RawFd>) -> io::Result<OwnedFd> {
    let (kind, config) = counter.event();
    let mut attributes = perf_event_attr::default();
    attributes.type_ = kind;
    attributes.size = u32::try_from(size_of::<perf_event_attr>()).map_err(io::Error::other)?;
    attributes.config = u64::from(config);
    attributes.read_format = u64::from(PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING);
    attributes.set_exclude_kernel(u64::from(!counter.counts_kernel()));
    attributes.set_exclude_hv(1);
    // SAFETY: the attributes are initialised, their size is set, and ask for counting on this thread only.
    let descriptor = unsafe {
        sys::perf_event_open(&mut attributes, 0, -1, leader.unwrap_or(-1), PERF_FLAG_FD_CLOEXEC.into())
    };
    if descriptor < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just made this descriptor for us, and nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

/// What the errors of perf_event_open(2) mean for somebody who wants the counter.
pub(in super::super) fn reason(error: &io::Error) -> Absence {
    let Some(code) = error.raw_os_error() else { return error.to_string() };
    match code {
        libc::EACCES | libc::EPERM => {
            "permission denied: lower kernel.perf_event_paranoid, or grant CAP_PERFMON".into()
        }
        libc::ENOENT | libc::EOPNOTSUPP | libc::ENODEV => {
            "the processor or its hypervisor offers no such counter".into()
        }
        libc::ENOSYS => "this kernel, or a filter of system calls, has no perf_event_open".into(),
        _ => format!("perf_event_open: {error}"),
    }
}
