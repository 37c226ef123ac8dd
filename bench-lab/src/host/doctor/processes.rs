//! The programs that run, by name, with the CPU time they used so far.
//!
//! It reads names and times only: command lines and environments of others are not its business.

use crate::host::sysfs::{Absence, SysRoot};

/// One program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Process {
    /// Its id.
    pub pid: u32,
    /// What the kernel calls it: 15 bytes at most.
    pub name: String,
    /// Start in clock ticks since boot: with the id it names one process for good.
    pub start_ticks: u64,
    /// CPU time in clock ticks, user and system, children left out.
    pub used_ticks: u64,
}

/// Every program but this one.
///
/// # Errors
/// There is none: `/proc` is not mounted or shows nobody else.
pub(super) fn read(root: &SysRoot) -> Result<Vec<Process>, Absence> {
    let own = std::process::id();
    let ids = root.names("/proc").into_iter().filter_map(|name| name.parse().ok());
    let found: Vec<Process> = ids
        .filter(|pid| *pid != own)
        .filter_map(|pid| {
            // A program that ended meanwhile is none that runs.
            parse(pid, &root.read(&format!("/proc/{pid}/stat")).ok()?)
        })
        .collect();
    if found.is_empty() { Err("no program is shown in /proc".into()) } else { Ok(found) }
}

/// `812 (name (with) brackets) S 1 …` (proc_pid_stat(5)).
fn parse(pid: u32, stat: &str) -> Option<Process> {
    /// Places behind the name: utime, stime and starttime are fields 14, 15 and 22, the state is the third.
    const PLACES: [usize; 3] = [11, 12, 19];
    let (before, rest) = stat.rsplit_once(')')?;
    let (_, name) = before.split_once('(')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let [user, system, start] = PLACES.map(|place| fields.get(place)?.parse::<u64>().ok());
    Some(Process { pid, name: name.to_owned(), start_ticks: start?, used_ticks: user? + system? })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_name_may_hold_brackets_and_blanks() {
        let stat = "812 (a) (b c) R 1 812 812 0 -1 4194560 1 2 3 4 70 30 5 6 20 0 1 0 9000 1 2";
        let process = parse(812, stat).unwrap();
        assert_eq!((process.name.as_str(), process.used_ticks, process.start_ticks), ("a) (b c", 100, 9000));
        assert_eq!(parse(1, "1 (x) S 1"), None);
    }
}
