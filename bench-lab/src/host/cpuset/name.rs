//! What a group is called, and what the journal keeps of it.
//!
//! The name says whose it is: a group whose session is gone can be told from one in use.

use lab_core::cpuset::Version;
use serde::{Deserialize, Serialize};

use crate::host::process::Process;

/// Beginning of every name.
const PREFIX: &str = "bench-lab-";

/// The only place where control groups are looked for: a journal is replayed with root's rights, so that it may name
/// nothing else.
pub(super) const CONTROL_GROUPS: &str = "/sys/fs/cgroup";

/// A group that may be made; in the journal before it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupIntent {
    /// The folder.
    pub path: String,
    /// The folder that it is made in.
    pub home: String,
    /// Where the processes come from that will be moved in, and go back to when they outlive it.
    pub origin: String,
    /// Version of control groups.
    #[serde(with = "VersionName")]
    pub version: Version,
    /// Its CPUs, as the kernel writes lists.
    pub cpus: String,
    /// Whether the cpuset controller is handed down to the groups in `home` for it, which it was not before.
    pub enables_controller: bool,
}

/// The stored names of [`Version`].
#[derive(Serialize, Deserialize)]
#[serde(remote = "Version", rename_all = "snake_case")]
enum VersionName {
    V1,
    V2,
}

impl GroupIntent {
    /// A file of the group.
    pub(super) fn file(&self, name: &str) -> String {
        format!("{}/{name}", self.path)
    }

    /// Whether it can be one that a session made: below the control groups, named as ours.
    pub(in crate::host) fn is_plausible(&self) -> bool {
        let name = self.path.strip_prefix(&self.home).and_then(|rest| rest.strip_prefix('/'));
        let is_below = |path: &str| {
            path.strip_prefix(CONTROL_GROUPS).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                && !path.split('/').any(|part| part == "..")
        };
        name.is_some_and(is_ours) && is_below(&self.home) && is_below(&self.origin)
    }
}

/// The name of the group of a guard.
pub(super) fn of(guard: Process) -> String {
    format!("{PREFIX}{}-{}", guard.pid, guard.start_ticks.unwrap_or(0))
}

/// The guard that a group belongs to; nothing for a name that no session gives.
pub(super) fn owner(name: &str) -> Option<Process> {
    let (pid, start) = name.strip_prefix(PREFIX)?.split_once('-')?;
    let number =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u64>().ok())?;
    let start_ticks = Some(number(start)?).filter(|ticks| *ticks > 0);
    Some(Process { pid: u32::try_from(number(pid)?).ok()?, start_ticks })
}

/// Whether a folder of that name is a session's group.
pub fn is_ours(name: &str) -> bool {
    owner(name).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_whose_group_it_is() {
        let guard = Process { pid: 42, start_ticks: Some(7) };
        assert_eq!(owner(&of(guard)), Some(guard));
        let unknown = Process { pid: 42, start_ticks: None };
        assert_eq!(owner(&of(unknown)), Some(unknown));
        for name in [
            "bench-lab-",
            "bench-lab-1",
            "bench-lab-1-",
            "bench-lab-x-1",
            "bench-lab-+1-1",
            "other-1-1",
            "bench-lab-1-2/..",
        ] {
            assert_eq!(owner(name), None, "{name}");
        }
    }

    #[test]
    fn a_journal_names_groups_of_ours_only() {
        let good = GroupIntent {
            path: "/sys/fs/cgroup/cpuset/bench-lab-1-2".into(),
            home: "/sys/fs/cgroup/cpuset".into(),
            origin: "/sys/fs/cgroup/cpuset/jobs".into(),
            version: Version::V1,
            cpus: "1".into(),
            enables_controller: false,
        };
        assert!(good.is_plausible());
        let changed = |change: fn(&mut GroupIntent)| {
            let mut intent = good.clone();
            change(&mut intent);
            intent
        };
        for bad in [
            changed(|intent| intent.path = "/sys/fs/cgroup/cpuset/jobs".into()),
            changed(|intent| intent.path = "/sys/fs/cgroup/other/bench-lab-1-2".into()),
            changed(|intent| intent.path = "/sys/fs/cgroup/cpuset/deep/bench-lab-1-2".into()),
            changed(|intent| (intent.home, intent.path) = ("/etc".into(), "/etc/bench-lab-1-2".into())),
            changed(|intent| intent.origin = "/sys/fs/cgroup/../../etc".into()),
            changed(|intent| intent.origin = "/sys/fs/cgroupx".into()),
        ] {
            assert!(!bad.is_plausible(), "{bad:?}");
        }
    }
}
