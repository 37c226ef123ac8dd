//! Which version of control groups has the cpuset controller here, and where a group of ours would be made.
//!
//! It reads; nothing is changed to find out.

use lab_core::cpuset::Version;

use super::name::CONTROL_GROUPS;
use crate::host::cgroup;
use crate::host::sysfs::{Absence, SysRoot};

/// Where groups of processors are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hierarchy {
    /// Of the controller.
    pub version: Version,
    /// The folder that a group would be made in.
    pub home: String,
    /// The folder of the group that the runner is in.
    pub origin: String,
}

/// One line of mountinfo (proc_pid_mountinfo(5)).
struct Mount {
    /// What of the file system is mounted.
    root: String,
    point: String,
    kind: String,
    options: String,
}

/// Finds the controller for the process `runner`.
///
/// # Errors
/// There is none, it is mounted elsewhere than below `/sys/fs/cgroup`, or the runner's own group has limits that a group
/// of ours would not have.
pub fn find(root: &SysRoot, runner: Option<u32>) -> Result<Hierarchy, Absence> {
    let mounts = mounts(&root.read("/proc/self/mountinfo")?);
    let groups = groups_of(root, runner)?;
    let v1 = mounts.iter().filter(|mount| mount.kind == "cgroup");
    let v1 = v1.filter(|mount| mount.options.split(',').any(|option| option == "cpuset")).collect::<Vec<_>>();
    if let Some(mount) = v1.first() {
        let origin =
            own_folder(mount, own_path(&groups, |names| names.split(',').any(|name| name == "cpuset")))?;
        // Below our own group, since a group may have no CPU that the one above it lacks.
        return below(Hierarchy { version: Version::V1, home: origin.clone(), origin });
    }
    let has_controller = |mount: &&Mount| {
        let controllers = root.read(&format!("{}/cgroup.controllers", mount.point)).unwrap_or_default();
        mount.kind == "cgroup2" && controllers.split_whitespace().any(|name| name == "cpuset")
    };
    let Some(mount) = mounts.iter().find(has_controller) else {
        return Err("no cpuset controller: the kernel lacks it, or no mount shows it".into());
    };
    let origin = own_folder(mount, own_path(&groups, str::is_empty))?;
    refuse_limits(root, &mount.point, &origin)?;
    // At the top, since only a group in a partition can be one, and the top is the partition that every host has.
    below(Hierarchy { version: Version::V2, home: mount.point.clone(), origin })
}

/// The lines of `/proc/PID/cgroup` of the runner, which the guard shares unless systemd started it.
fn groups_of(root: &SysRoot, runner: Option<u32>) -> Result<String, Absence> {
    let of_runner = runner.and_then(|pid| root.read(&format!("/proc/{pid}/cgroup")).ok());
    of_runner.map_or_else(|| root.read("/proc/self/cgroup"), Ok)
}

fn below(hierarchy: Hierarchy) -> Result<Hierarchy, Absence> {
    match hierarchy.home.starts_with(CONTROL_GROUPS) {
        true => Ok(hierarchy),
        false => Err(format!("control groups are mounted at {}, not in {CONTROL_GROUPS}", hierarchy.home)),
    }
}

fn mounts(text: &str) -> Vec<Mount> {
    let mount = |line: &str| {
        let (before, after) = line.split_once(" - ")?;
        let mut fields = before.split(' ').skip(3);
        let (of, point) = (fields.next()?, fields.next()?);
        let mut rest = after.split(' ');
        let (kind, _, options) = (rest.next()?, rest.next()?, rest.next()?);
        Some(Mount { root: of.into(), point: point.into(), kind: kind.into(), options: options.into() })
    };
    text.lines().filter_map(mount).collect()
}

/// The path of the group whose list of controllers fits, from the lines of `/proc/PID/cgroup`.
fn own_path(groups: &str, fits: impl Fn(&str) -> bool) -> Option<&str> {
    groups.lines().find_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?);
        fits(controllers).then_some(path)
    })
}

/// The folder of our own group: what is mounted may be a part of the tree only, as in a container.
fn own_folder(mount: &Mount, path: Option<&str>) -> Result<String, Absence> {
    let path = path.ok_or("the runner's own control group is not told")?;
    let within = match mount.root.as_str() {
        "/" => Some(path),
        part => path.strip_prefix(part),
    };
    let within = within.filter(|within| !within.split('/').any(|part| part == ".."));
    let within = within
        .ok_or_else(|| format!("the runner's own control group {path} is outside of what is mounted"))?;
    Ok(format!("{}/{}", mount.point, within.trim_matches('/')).trim_end_matches('/').to_owned())
}

/// In version 2 a process has one group for everything, so whoever moves leaves the limits of its old group behind.
fn refuse_limits(root: &SysRoot, top: &str, origin: &str) -> Result<(), Absence> {
    for folder in cgroup::ancestors(top, origin.strip_prefix(top).unwrap_or("")) {
        for name in ["memory.max", "memory.high", "cpu.max"] {
            let limit = root.read(&format!("{folder}/{name}")).unwrap_or_default();
            if !limit.is_empty() && !limit.starts_with("max") {
                return Err(format!(
                    "{folder}/{name} is {limit}: benchmarks in a group of their own would escape it"
                ));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
