//! One process for good: its id with the time it started, as ids come back.
//!
//! It asks `/proc` and signals nobody.

use serde::{Deserialize, Serialize};

use super::sysfs::SysRoot;

/// A process of this boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Process id.
    pub pid: u32,
    /// Start in clock ticks since boot (`/proc/PID/stat` field 22); absent when `/proc` did not say.
    pub start_ticks: Option<u64>,
}

impl Process {
    /// This process.
    pub fn this() -> Self {
        let pid = std::process::id();
        Self { pid, start_ticks: start_ticks(&SysRoot::live(), pid) }
    }

    /// Whether it still runs; one whose start is not known counts as running while its id is in use. One that was
    /// killed and that nobody has reaped yet (in a container perhaps never) is dead.
    pub fn is_alive(self) -> bool {
        self.is_alive_in(&SysRoot::live())
    }

    /// The same for a machine whose files were captured.
    pub fn is_alive_in(self, root: &SysRoot) -> bool {
        let state = fields(root, self.pid).and_then(|fields| fields.first().cloned());
        let is_running = state.is_some_and(|state| !matches!(state.as_str(), "Z" | "X" | "x"));
        let now = start_ticks(root, self.pid);
        is_running && (self.start_ticks.is_none() || now == self.start_ticks)
    }
}

/// The process that started a process, while both live.
pub(super) fn parent(root: &SysRoot, pid: u32) -> Option<u32> {
    fields(root, pid)?.get(1)?.parse().ok()
}

/// Field 22 of `/proc/PID/stat`.
pub(super) fn start_ticks(root: &SysRoot, pid: u32) -> Option<u64> {
    /// Fields between the name and the start time (proc_pid_stat(5)).
    const BETWEEN: usize = 19;
    fields(root, pid)?.get(BETWEEN)?.parse().ok()
}

/// The fields behind the name, which is in brackets and may hold blanks and brackets; the state is the first.
fn fields(root: &SysRoot, pid: u32) -> Option<Vec<String>> {
    let text = root.read(&format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_lives_until_another_has_its_id() {
        let this = Process::this();
        assert!(this.is_alive());
        assert!(!Process { start_ticks: this.start_ticks.map(|ticks| ticks + 1), ..this }.is_alive());
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = child.id();
        let killed = Process { pid, start_ticks: start_ticks(&SysRoot::live(), pid) };
        // Waits for the end and leaves the process unreaped.
        let end = rustix::process::WaitIdOptions::EXITED | rustix::process::WaitIdOptions::NOWAIT;
        let id = rustix::process::WaitId::Pid(rustix::process::Pid::from_child(&child));
        rustix::process::waitid(id, end).unwrap();
        assert!(!killed.is_alive(), "nobody has reaped it, and it is dead");
        child.wait().unwrap();
        assert!(!Process { pid, start_ticks: None }.is_alive());
    }
}
