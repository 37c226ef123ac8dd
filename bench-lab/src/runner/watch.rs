//! Waits for a child to end, or for a reason to end it, and looks at it now and then meanwhile.
//!
//! It never reaps: the dead child stays readable under `/proc` until the meters have read it.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};

use crate::host::sysfs::SysRoot;

/// How often a child is looked at when the runner has a CPU of its own; one look costs it about 20 µs.
const LOOK_APART: Duration = Duration::from_millis(40);

/// The same when it shares the bench's CPU, where every look interrupts the benchmark.
const LOOK_SHARED: Duration = Duration::from_millis(250);

/// The same in lists and pilots, below 1 % of their time: threads that live for some milliseconds are seen.
const LOOK_UNTIMED: Duration = Duration::from_millis(3);

/// How long a killed child may take to die; one that hangs longer sits in an uninterruptible system call.
const DEATH: Duration = Duration::from_secs(10);

/// Where the runner is while it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seat {
    /// On CPUs that the child may not use.
    Apart,
    /// Perhaps on the child's own.
    Shared,
    /// Anywhere, and no time that is kept: what is seen of the child counts for more than what a look costs it.
    Untimed,
}

/// Why the wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The child ended by itself.
    Ended,
    /// It outlived its limit and was killed.
    TimedOut,
    /// Somebody asked for an end, and it was killed.
    Asked,
}

/// What was seen of a child while it ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Most threads at one look; absent when it ended before the first.
    pub thread_count_max: Option<u32>,
    /// Greatest resident set (`VmHWM`) at the last look, which is at most one interval before the end.
    pub rss_high_water_bytes: Option<u64>,
}

/// A process that is a child of this one and not yet reaped, which is why its id cannot be another's.
pub(super) struct Watched {
    pid: Pid,
    pidfd: OwnedFd,
}

impl Watched {
    /// # Errors
    /// When the kernel has no pidfd (before Linux 5.3).
    pub(super) fn open(pid: Pid) -> io::Result<Self> {
        Ok(Self { pid, pidfd: pidfd_open(pid, PidfdFlags::empty())? })
    }

    /// Waits up to `limit`; `is_asked` is looked at several times a second. After anything but [`Stop::Ended`] the
    /// whole process group has been killed, and the child is dead.
    ///
    /// # Errors
    /// When the kernel refuses to wait, or the child does not die.
    pub(super) fn wait(
        &self,
        sys: &SysRoot,
        seat: Seat,
        limit: Duration,
        is_asked: impl Fn() -> bool,
    ) -> io::Result<(Stop, Seen)> {
        let deadline = Instant::now().checked_add(limit);
        let interval = match seat {
            Seat::Apart => LOOK_APART,
            Seat::Shared => LOOK_SHARED,
            Seat::Untimed => LOOK_UNTIMED,
        };
        // The first look comes soon, for the sake of processes of a few milliseconds.
        let mut pause = interval / 8;
        let mut seen = Seen::default();
        loop {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if self.is_dead_within(left.map_or(pause, |left| left.min(pause)))? {
                return Ok((Stop::Ended, seen));
            }
            let stop = match left {
                _ if is_asked() => Stop::Asked,
                Some(Duration::ZERO) => Stop::TimedOut,
                _ => {
                    self.look(sys, &mut seen);
                    pause = (pause * 2).min(interval);
                    continue;
                }
            };
            self.kill_group();
            return match self.is_dead_within(DEATH)? {
                true => Ok((stop, seen)),
                false => Err(io::Error::new(io::ErrorKind::TimedOut, "the killed process does not die")),
            };
        }
    }

    /// The child.
    pub(super) fn pid(&self) -> Pid {
        self.pid
    }

    /// Kills every process of the child's group; nothing happens when there is none left.
    pub(super) fn kill_group(&self) {
        let _ = kill_process_group(self.pid, Signal::KILL);
    }

    fn is_dead_within(&self, time: Duration) -> io::Result<bool> {
        let until = Instant::now() + time;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let timeout =
                Timespec { tv_sec: left.as_secs().cast_signed(), tv_nsec: left.subsec_nanos().into() };
            let mut waits = [PollFd::new(&self.pidfd, PollFlags::IN)];
            match poll(&mut waits, Some(&timeout)) {
                Ok(count) => return Ok(count > 0),
                // A signal of the runner's own, perhaps the one that asks for an end: see what is left.
                Err(rustix::io::Errno::INTR) if !left.is_zero() => {}
                Err(rustix::io::Errno::INTR) => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn look(&self, sys: &SysRoot, seen: &mut Seen) {
        let Ok(status) = sys.read(&format!("/proc/{}/status", self.pid.as_raw_nonzero())) else { return };
        let field = |name| status.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next());
        let threads = field("Threads:").and_then(|count| count.parse().ok());
        seen.thread_count_max = seen.thread_count_max.max(threads);
        // The field is in kB and missing in a process that has just given its memory back.
        let high_water = field("VmHWM:").and_then(|size| size.parse::<u64>().ok()).map(|size| size * 1024);
        seen.rss_high_water_bytes = seen.rss_high_water_bytes.max(high_water);
    }
}
