//! One counter of the kernel's performance events, opened on a process that is about to `exec`.
//!
//! It never scales a count that was not taken all the time.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use perf_event_open_sys as sys;
use sys::bindings as kernel;

/// What to count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    /// Row of the signal catalogue.
    pub(super) signal: &'static str,
    /// `PERF_TYPE_*`.
    pub(super) kind: u32,
    /// Number within the kind.
    pub(super) config: u32,
    /// Where.
    pub(super) mode: Mode,
}

/// Which part of a process's time counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// User and kernel: refused to ordinary users where `kernel.perf_event_paranoid` is 2 or more.
    All,
    /// User only.
    User,
}

/// An open counter. Threads and processes that the counted process starts are counted with it.
pub(super) struct Counter(File);

/// What a counter says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Count {
    /// Events.
    pub(super) value: u64,
    /// Time for which it was to count.
    pub(super) enabled_ns: u64,
    /// Time for which it did: less when more events than counters wanted the processor.
    pub(super) running_ns: u64,
}

impl Count {
    /// Whether it counted all the time. The two clocks of many threads are added up apart, so 0.1 % may be missing.
    pub(super) fn is_whole(self) -> bool {
        self.running_ns > 0 && u128::from(self.running_ns) * 1000 >= u128::from(self.enabled_ns) * 999
    }
}

impl Counter {
    /// Opens a counter that starts at the next `exec` of `pid`. With a leader it starts, stops and gets its hardware
    /// together with the leader, so that their counts are of the same time.
    ///
    /// # Errors
    /// As perf_event_open(2): `EACCES`, `ENOENT`, `ENOSYS`, `EINVAL` when the group is full.
    #[expect(unsafe_code, reason = "neither std nor rustix has perf_event_open(2)")]
    pub(super) fn open(event: Event, pid: u32, leader: Option<&Self>) -> io::Result<Self> {
        let mut attributes = attributes(event, leader.is_none());
        let pid = i32::try_from(pid).map_err(io::Error::other)?;
        let group = leader.map_or(-1, |leader| leader.0.as_raw_fd());
        let flags = libc::c_ulong::from(kernel::PERF_FLAG_FD_CLOEXEC);
        // SAFETY: the attributes are initialised, their size is set, and they outlive the call. Counting changes
        // nothing in the counted process.
        let descriptor = unsafe { sys::perf_event_open(&raw mut attributes, pid, -1, group, flags) };
        if descriptor < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the call returned a descriptor that nobody else owns.
        let descriptor = unsafe { OwnedFd::from_raw_fd(descriptor) };
        Ok(Self(File::from(descriptor)))
    }

    /// Reads it, children that ended included; works also after the end of the process.
    ///
    /// # Errors
    /// The kernel's.
    pub(super) fn read(&mut self) -> io::Result<Count> {
        let mut bytes = [0; 24];
        self.0.read_exact(&mut bytes)?;
        let [value, enabled_ns, running_ns] = [0, 8, 16].map(|at| {
            let mut word = [0; 8];
            word.copy_from_slice(&bytes[at..at + 8]);
            u64::from_ne_bytes(word)
        });
        Ok(Count { value, enabled_ns, running_ns })
    }
}

fn attributes(event: Event, is_leader: bool) -> kernel::perf_event_attr {
    let mut attributes = kernel::perf_event_attr::default();
    attributes.size = u32::try_from(size_of::<kernel::perf_event_attr>()).unwrap_or(0);
    attributes.type_ = event.kind;
    attributes.config = event.config.into();
    // `PERF_FORMAT_GROUP` would read a group in one call, but older kernels refuse it together with `inherit`.
    attributes.read_format =
        u64::from(kernel::PERF_FORMAT_TOTAL_TIME_ENABLED) | u64::from(kernel::PERF_FORMAT_TOTAL_TIME_RUNNING);
    attributes.set_inherit(1);
    // A member that is not disabled itself counts whenever its leader does.
    attributes.set_disabled(u64::from(is_leader));
    attributes.set_enable_on_exec(u64::from(is_leader));
    attributes.set_exclude_kernel(u64::from(event.mode == Mode::User));
    attributes.set_exclude_hv(u64::from(event.mode == Mode::User));
    attributes
}

#[cfg(test)]
mod tests {
    use super::Count;

    #[test]
    fn a_count_that_shared_its_counter_or_never_ran_is_not_whole() {
        let count = |enabled_ns, running_ns| Count { value: 1, enabled_ns, running_ns }.is_whole();
        assert!(count(1000, 1000) && count(1000, 999));
        assert!(!count(1000, 998) && !count(1000, 0) && !count(0, 0));
    }
}
