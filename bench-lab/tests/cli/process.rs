//! Processes below a runner: finding them all, and waiting until they are gone.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Child, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// Nothing here takes this long unless it never ends.
const PATIENCE: Duration = Duration::from_secs(60);

/// A process that cannot be taken for a later one of the same number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Process {
    pid: u32,
    started: u64,
}

/// Stops a runner where it stands, so that it starts nothing more, and names all that it has started.
pub(crate) fn freeze(runner: &Child) -> BTreeSet<Process> {
    signal(runner, Signal::STOP);
    wait_until(|| state_of(runner.id()).is_none_or(|state| state == 'T' || state == 'Z'), "the runner stops");
    let all: Vec<(Process, u32)> = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(stat)
        .collect();
    let mut below = BTreeSet::from([runner.id()]);
    // A parent's number may be greater than its child's, so one pass is not enough.
    while let Some(pid) = all
        .iter()
        .map(|(process, parent)| (process.pid, *parent))
        .find_map(|(pid, parent)| (below.contains(&parent) && !below.contains(&pid)).then_some(pid))
    {
        below.insert(pid);
    }
    all.into_iter()
        .map(|(process, _)| process)
        .filter(|process| below.contains(&process.pid) && process.pid != runner.id())
        .collect()
}

/// Waits until none of the processes is left.
pub(crate) fn wait_gone(processes: &BTreeSet<Process>) {
    let is_left = |process: &Process| stat(process.pid).is_some_and(|(now, _)| now == *process);
    wait_until(|| !processes.iter().any(is_left), "what the runner had started ends");
}

/// Sends a signal to the runner alone.
pub(crate) fn signal(runner: &Child, signal: Signal) {
    let pid = Pid::from_raw(runner.id().cast_signed()).unwrap();
    kill_process(pid, signal).unwrap();
}

/// Whether a process has a handler for SIGINT, signal 2 (`SigCgt` in proc_pid_status(5)).
pub(crate) fn catches_signals(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    mask.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok()).is_some_and(|mask| mask & 0b10 != 0)
}

/// Waits for the end of a process.
pub(crate) fn wait_end(runner: &mut Child) -> ExitStatus {
    let mut status = None;
    wait_until(
        || {
            status = runner.try_wait().unwrap();
            status.is_some()
        },
        "the runner ends",
    );
    status.unwrap()
}

/// Waits for something that comes.
#[track_caller]
pub(crate) fn wait_until(mut is_so: impl FnMut() -> bool, what: &str) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < PATIENCE, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// A process that lives, and its parent; one that is dead and not yet reaped counts as gone.
fn stat(pid: u32) -> Option<(Process, u32)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let process = Process { pid, started: fields[19].parse().ok()? };
    (fields[0] != "Z" && fields[0] != "X").then_some((process, fields[1].parse().ok()?))
}

fn state_of(pid: u32) -> Option<char> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    text.rsplit_once(')')?.1.trim_start().chars().next()
}
