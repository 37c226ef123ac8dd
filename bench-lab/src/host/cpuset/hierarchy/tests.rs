//! Captured mounts and the groups that are found in them; nothing of this host.

use std::fs;

use super::*;

/// `/proc/self/mountinfo` of a Debian 12 guest whose cpuset controller is in version 1, other mounts left out.
const HYBRID: &str = "\
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
";
/// The same of a Debian 12 guest with systemd.
const UNIFIED: &str = "\
22 1 0:20 / /sys rw,nosuid,nodev,noexec,relatime shared:2 - sysfs sys rw
26 22 0:24 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:5 - cgroup2 cgroup2 rw,nsdelegate
";

fn planted(mountinfo: &str, groups: &str, files: &[(&str, &str)]) -> (tempfile::TempDir, SysRoot) {
    let directory = tempfile::tempdir().unwrap();
    let fixed = [("proc/self/mountinfo", mountinfo), ("proc/self/cgroup", groups)];
    for (path, text) in fixed.iter().chain(files) {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let root = SysRoot::at(directory.path());
    (directory, root)
}

#[test]
fn in_version_1_a_group_is_made_below_the_own_one() {
    let (_directory, root) = planted(HYBRID, "3:cpuset:/\n0::/\n", &[]);
    let found = find(&root, None).unwrap();
    let home = "/sys/fs/cgroup/cpuset".to_owned();
    assert_eq!(found, Hierarchy { version: Version::V1, home: home.clone(), origin: home });
    let (_directory, root) = planted(HYBRID, "3:cpuset:/jobs/one\n0::/\n", &[]);
    assert_eq!(find(&root, None).unwrap().home, "/sys/fs/cgroup/cpuset/jobs/one");
    let (_directory, root) =
        planted(HYBRID, "3:cpu,cpuset:/jobs\n", &[("proc/77/cgroup", "3:cpuset:/other\n")]);
    assert_eq!(
        find(&root, Some(77)).unwrap().home,
        "/sys/fs/cgroup/cpuset/other",
        "the runner's, not the guard's"
    );
}

#[test]
fn in_version_2_a_group_is_made_at_the_top_and_its_processes_come_from_the_own_one() {
    let controllers = ("sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory\n");
    let (_directory, root) = planted(UNIFIED, "0::/user.slice/session-3.scope\n", &[controllers]);
    let found = find(&root, None).unwrap();
    assert_eq!((found.version, found.home.as_str()), (Version::V2, "/sys/fs/cgroup"));
    assert_eq!(found.origin, "/sys/fs/cgroup/user.slice/session-3.scope");
}

#[test]
fn a_host_without_the_controller_says_so() {
    let (_directory, root) =
        planted(UNIFIED, "0::/\n", &[("sys/fs/cgroup/cgroup.controllers", "cpu memory\n")]);
    assert!(find(&root, None).unwrap_err().contains("no cpuset controller"));
    let (_directory, root) = planted("", "0::/\n", &[]);
    assert!(find(&root, None).unwrap_err().contains("no cpuset controller"));
}

#[test]
fn a_part_of_the_tree_that_is_mounted_has_the_own_group_below_it_or_is_not_used() {
    let part = "34 31 0:31 /docker/abc /sys/fs/cgroup/cpuset ro - cgroup cgroup rw,cpuset\n";
    let (_directory, root) = planted(part, "3:cpuset:/docker/abc/one\n", &[]);
    assert_eq!(find(&root, None).unwrap().home, "/sys/fs/cgroup/cpuset/one");
    let (_directory, root) = planted(part, "3:cpuset:/elsewhere\n", &[]);
    assert!(find(&root, None).unwrap_err().contains("outside of what is mounted"));
    let (_directory, root) = planted(&part.replace("/docker/abc", "/"), "3:cpuset:/../x\n", &[]);
    assert!(find(&root, None).is_err());
    let elsewhere = "34 31 0:31 / /dev/cpuset rw - cgroup cgroup rw,cpuset\n";
    let (_directory, root) = planted(elsewhere, "3:cpuset:/\n", &[]);
    assert!(find(&root, None).unwrap_err().contains("mounted at /dev/cpuset"));
}

#[test]
fn a_limit_of_the_own_group_is_not_escaped() {
    let controllers = ("sys/fs/cgroup/cgroup.controllers", "cpuset memory\n");
    let own = "0::/job/step\n";
    let unlimited = ("sys/fs/cgroup/job/step/memory.max", "max\n");
    let (_directory, root) = planted(UNIFIED, own, &[controllers, unlimited]);
    assert!(find(&root, None).is_ok());
    for limit in
        [("sys/fs/cgroup/job/memory.max", "1000"), ("sys/fs/cgroup/job/step/cpu.max", "50000 100000")]
    {
        let (_directory, root) = planted(UNIFIED, own, &[controllers, unlimited, limit]);
        let why = find(&root, None).unwrap_err();
        assert!(why.contains("would escape it") && why.contains(limit.0), "{why}");
    }
}
