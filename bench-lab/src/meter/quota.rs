//! How long the CPU quota of the control group stopped the process: what a container's `--cpus` does.
//!
//! It reads the child's own group and no group above it, since those need not be visible from inside a container.

use super::Scene;
use super::totals::{Totals, Values};
use crate::host::sysfs::Absence;

pub(super) const METER: Totals = Totals { id: "quota", signals: &["quota_throttled_ns"], read };

fn read(scene: &Scene<'_>) -> Values {
    let groups = scene.sys.read(&format!("/proc/{}/cgroup", scene.pid));
    vec![groups.and_then(|groups| throttled_ns(&groups, scene))]
}

fn throttled_ns(groups: &str, scene: &Scene<'_>) -> Result<f64, Absence> {
    let mut reason = "the process is in no cpu control group".to_owned();
    for (path, key, unit_ns) in stat_files(groups) {
        match scene.sys.read(&path) {
            Ok(text) => {
                let total = text.lines().find_map(|line| line.strip_prefix(key)?.trim().parse::<f64>().ok());
                return total.map(|total| total * unit_ns).ok_or_else(|| format!("{path} has no {key}"));
            }
            Err(absence) => reason = absence,
        }
    }
    Err(reason)
}

/// Where the figure may be, with its key and unit. A container often sees its own group as the root of the mount while
/// `/proc/PID/cgroup` gives the path outside; the second place of each pair is for that.
fn stat_files(groups: &str) -> Vec<(String, &'static str, f64)> {
    let mut files = Vec::new();
    for line in groups.lines() {
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(group)) = (fields.next(), fields.next()) else { continue };
        let group = group.trim_end_matches('/');
        // Version 2 names no controller; its root group has no such figure, since it has no quota.
        if controllers.is_empty() {
            for group in [group, ""] {
                files.push((format!("/sys/fs/cgroup{group}/cpu.stat"), "throttled_usec", 1e3));
            }
        } else if controllers.split(',').any(|name| name == "cpu") {
            for group in [group, ""] {
                files.push((format!("/sys/fs/cgroup/cpu{group}/cpu.stat"), "throttled_time", 1.0));
            }
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::throttled_ns;
    use crate::host::sysfs::SysRoot;
    use crate::meter::{Scene, Usage};

    fn read(groups: &str, files: &[(&str, &str)]) -> Result<f64, String> {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let sys = SysRoot::at(root.path());
        throttled_ns(groups, &Scene { sys: &sys, pid: 1, cpus: &[], before: Usage::default() })
    }

    #[test]
    fn both_versions_of_control_groups_give_nanoseconds() {
        let v2 = ("sys/fs/cgroup/a/cpu.stat", "usage_usec 5\nnr_throttled 2\nthrottled_usec 70\n");
        assert_eq!(read("0::/a\n", &[v2]), Ok(70_000.0));
        let v1 = ("sys/fs/cgroup/cpu/b/cpu.stat", "nr_periods 9\nnr_throttled 2\nthrottled_time 70\n");
        assert_eq!(read("4:cpu,cpuacct:/b\n1:name=systemd:/\n", &[v1]), Ok(70.0));
    }

    #[test]
    fn a_container_that_sees_its_group_as_the_root_is_found() {
        let file = ("sys/fs/cgroup/cpu.stat", "throttled_usec 1\n");
        assert_eq!(read("0::/docker/0123\n", &[file]), Ok(1000.0));
    }

    #[test]
    fn a_host_without_the_figure_says_which_file_lacks_it() {
        assert_eq!(read("0::/\n", &[]), Err("no /sys/fs/cgroup/cpu.stat".into()));
        assert_eq!(read("1:name=systemd:/\n", &[]), Err("the process is in no cpu control group".into()));
        let root = ("sys/fs/cgroup/cpu.stat", "usage_usec 5\n");
        assert_eq!(read("0::/\n", &[root]), Err("/sys/fs/cgroup/cpu.stat has no throttled_usec".into()));
    }
}
