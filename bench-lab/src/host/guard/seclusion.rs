//! Who may be moved into the group of a session: its own children, and nobody else.
//!
//! The guard may have root's rights and the session not, so that a number from the session is checked before it is used.

use std::os::fd::AsFd;

use crate::host::cpuset::Group;
use crate::host::process;
use crate::host::session::KernelFiles;
use crate::host::sysfs::SysRoot;

/// The process that made the line (unix(7), `SO_PEERCRED`): the kernel tells, so that a session cannot give itself out
/// for another.
pub(super) fn peer(line: &impl AsFd) -> Option<u32> {
    let credentials = rustix::net::sockopt::socket_peercred(line).ok()?;
    u32::try_from(credentials.pid.as_raw_nonzero().get()).ok()
}

/// Moves a child of the runner into the group. The runner waits for the answer before it reaps the child, so that its
/// number cannot become another process's meanwhile.
///
/// # Errors
/// Why it stays where it is.
pub(super) fn admit(
    root: &SysRoot,
    group: Option<&Group>,
    runner: Option<u32>,
    pid: u32,
) -> Result<(), String> {
    let group = group.ok_or("this session has no group")?;
    let runner = runner.ok_or("the line does not tell who speaks")?;
    if process::parent(&SysRoot::live(), pid) != Some(runner) {
        return Err(format!("process {pid} is no child of process {runner}, which asks for it"));
    }
    group.admit(&KernelFiles, root, pid).map_err(|error| format!("{}: {error}", group.path()))
}
