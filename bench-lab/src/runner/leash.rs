//! Holds a child so that it cannot get lost: whichever way the runner leaves, the child is killed and reaped.
//!
//! It never kills by a number that could be another process's by now.

use std::io;
use std::process::{Child, ExitStatus};
use std::time::Duration;

use rustix::process::Pid;

use super::watch::{Seat, Seen, Stop, Watched};
use crate::host::sysfs::SysRoot;

/// A child that is killed with its group and reaped whichever way the runner leaves.
pub(super) struct Leashed {
    child: Option<Child>,
    watched: Watched,
}

impl Leashed {
    /// Takes a child in charge.
    ///
    /// # Errors
    /// When the kernel has no pidfd (before Linux 5.3); the child is dead then.
    pub(super) fn new(mut child: Child) -> io::Result<Self> {
        match Watched::open(Pid::from_child(&child)) {
            Ok(watched) => Ok(Self { child: Some(child), watched }),
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(error)
            }
        }
    }

    /// The child.
    pub(super) fn pid(&self) -> Pid {
        self.watched.pid()
    }

    /// Waits for its end, as [`Watched::wait`].
    ///
    /// # Errors
    /// As [`Watched::wait`].
    pub(super) fn wait(
        &self,
        sys: &SysRoot,
        seat: Seat,
        limit: Duration,
        is_asked: impl Fn() -> bool,
    ) -> io::Result<(Stop, Seen)> {
        self.watched.wait(sys, seat, limit, is_asked)
    }

    /// Kills what is left of the group, then reaps: as long as the child is not reaped its group id is its own.
    ///
    /// # Errors
    /// The kernel's refusal to wait.
    pub(super) fn reap(mut self) -> io::Result<ExitStatus> {
        self.watched.kill_group();
        match self.child.take() {
            Some(mut child) => child.wait(),
            None => Err(io::Error::from_raw_os_error(libc::ECHILD)),
        }
    }
}

impl Drop for Leashed {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            self.watched.kill_group();
            let _ = child.wait();
        }
    }
}
