//! The control group of this process: where its files are under either version of cgroups.
//!
//! It reads; moving into a group or changing one is not done here.

use super::sysfs::{Absence, SysRoot};

/// Where each version is mounted, in the order of trust: v2 alone, v2 beside v1 (systemd's hybrid layout).
const UNIFIED: [&str; 2] = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];

/// The CPUs that the cpuset of this process lets it run on, as a kernel CPU list.
///
/// # Errors
/// No cpuset controller is in use, or its files are hidden.
pub fn cpuset(root: &SysRoot) -> Result<String, Absence> {
    // An empty text is a group without a limit of its own; then the nearest group above has the word.
    let names = ["cpuset.cpus.effective", "cpuset.effective_cpus", "cpuset.cpus"];
    upwards(root, "cpuset", &names).map(|found| found[0].text.clone())
}

/// What kind of cpuset partition our control group lies in (`root`, `isolated`, or `member` of none); version 2 only.
///
/// # Errors
/// No group has such a file: the root group, version 1, or no cpuset controller.
pub fn cpuset_partition(root: &SysRoot) -> Result<String, Absence> {
    let found = upwards(root, "", &["cpuset.cpus.partition"])?;
    let partition = found.iter().find(|file| file.text != "member").unwrap_or(&found[0]);
    Ok(partition.text.clone())
}

/// How many CPUs' worth of time the control group may use: the least quota of it and of all groups above, each of
/// which holds; absent inside when none is set. With the file it was read from.
///
/// # Errors
/// No cpu controller is in use, or its files are hidden.
pub fn cpu_quota(root: &SysRoot) -> Result<(String, Option<f64>), Absence> {
    let quota = |file: &Found| {
        let mut parts = file.text.split_whitespace();
        let quota: f64 = parts.next()?.parse().ok().filter(|quota| *quota > 0.0)?;
        let period = match parts.next() {
            Some(period) => period.to_owned(),
            None => root.read(&file.path.replace("cfs_quota_us", "cfs_period_us")).ok()?,
        };
        Some(quota / period.parse::<f64>().ok().filter(|period| *period > 0.0)?)
    };
    let found = upwards(root, "cpu", &["cpu.max", "cpu.cfs_quota_us"])?;
    let limits = found.iter().filter_map(|file| Some((&file.path, quota(file)?)));
    let least = limits.min_by(|one, two| one.1.total_cmp(&two.1));
    Ok(match least {
        Some((path, cpus)) => (path.clone(), Some(cpus)),
        None => (found[0].path.clone(), None),
    })
}

/// The memory that the control group may use: the least limit of it and of all groups above; absent inside when none
/// is set. With the file it was read from.
///
/// # Errors
/// No memory controller is in use, or its files are hidden.
pub fn memory_limit(root: &SysRoot) -> Result<(String, Option<i64>), Absence> {
    /// Version 1 writes "no limit" as the greatest multiple of the page size that fits; pages are up to 64 KiB.
    const UNLIMITED: i64 = i64::MAX & !0xffff;
    let found = upwards(root, "memory", &["memory.max", "memory.limit_in_bytes"])?;
    let limits = found.iter().filter_map(|file| {
        let bytes = file.text.parse::<i64>().ok().filter(|bytes| *bytes < UNLIMITED)?;
        Some((&file.path, bytes))
    });
    Ok(match limits.min_by_key(|(_, bytes)| *bytes) {
        Some((path, bytes)) => (path.clone(), Some(bytes)),
        None => (found[0].path.clone(), None),
    })
}

/// A file of a group, with a text.
struct Found {
    path: String,
    text: String,
}

/// The first of `names` that each group of `controller` holds with a text, from our own group upwards; never empty.
fn upwards(root: &SysRoot, controller: &str, names: &[&str]) -> Result<Vec<Found>, Absence> {
    let groups = root.read("/proc/self/cgroup")?;
    let mut directories = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':');
        let (Some(number), Some(controllers), Some(path)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        if number == "0" && controllers.is_empty() {
            directories.extend(UNIFIED.iter().flat_map(|mount| ancestors(mount, path)));
        } else if controllers.split(',').any(|name| name == controller) {
            directories.extend(ancestors(&format!("/sys/fs/cgroup/{controller}"), path));
        }
    }
    let found: Vec<Found> = directories
        .iter()
        .filter_map(|directory| {
            let files = names.iter().map(|name| format!("{directory}/{name}"));
            let mut found = files.filter_map(|path| Some(Found { text: root.read(&path).ok()?, path }));
            found.find(|file| !file.text.is_empty())
        })
        .collect();
    if found.is_empty() {
        return Err(format!("no {} in the control group of this process", names.join(" or ")));
    }
    Ok(found)
}

/// The group and every group above it, down to the mount. Inside a cgroup namespace the path may lie outside of
/// what is mounted; then only the mount itself answers.
pub(super) fn ancestors(mount: &str, path: &str) -> Vec<String> {
    let mut directories = Vec::new();
    let mut rest = path.trim_end_matches('/');
    while let Some((above, _)) = rest.rsplit_once('/') {
        directories.push(format!("{mount}{rest}"));
        rest = above;
    }
    directories.push(mount.to_owned());
    directories
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planted(files: &[(&str, &str)]) -> (tempfile::TempDir, SysRoot) {
        let directory = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = directory.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let root = SysRoot::at(directory.path());
        (directory, root)
    }

    #[test]
    fn a_limit_of_a_group_above_holds_for_all_below() {
        let (_directory, root) = planted(&[
            ("proc/self/cgroup", "0::/a/b\n"),
            ("sys/fs/cgroup/a/b/cpu.max", "max 100000"),
            ("sys/fs/cgroup/a/cpu.max", "50000 100000"),
            ("sys/fs/cgroup/a/b/memory.max", "2000"),
            ("sys/fs/cgroup/a/memory.max", "3000"),
        ]);
        assert_eq!(cpu_quota(&root), Ok(("/sys/fs/cgroup/a/cpu.max".into(), Some(0.5))));
        assert_eq!(memory_limit(&root), Ok(("/sys/fs/cgroup/a/b/memory.max".into(), Some(2000))));
    }

    #[test]
    fn a_member_belongs_to_the_partition_above_it() {
        let (_directory, root) = planted(&[
            ("proc/self/cgroup", "0::/a/b\n"),
            ("sys/fs/cgroup/a/b/cpuset.cpus.partition", "member"),
            ("sys/fs/cgroup/a/cpuset.cpus.partition", "isolated"),
        ]);
        assert_eq!(cpuset_partition(&root), Ok("isolated".into()));
    }

    #[test]
    fn version_1_is_read_with_its_own_words_for_no_limit() {
        let (_directory, root) = planted(&[
            ("proc/self/cgroup", "4:memory:/x\n2:cpu,cpuacct:/\n0::/\n"),
            ("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1"),
            ("sys/fs/cgroup/memory/x/memory.limit_in_bytes", "9223372036854771712"),
        ]);
        assert_eq!(cpu_quota(&root).unwrap().1, None);
        assert_eq!(memory_limit(&root).unwrap().1, None);
    }

    #[test]
    fn a_cpuset_without_a_word_of_its_own_asks_above() {
        let (_directory, root) = planted(&[
            ("proc/self/cgroup", "0::/a/b\n"),
            ("sys/fs/cgroup/a/b/cpuset.cpus.effective", "\n"),
            ("sys/fs/cgroup/cpuset.cpus.effective", "0-3\n"),
        ]);
        assert_eq!(cpuset(&root), Ok("0-3".into()));
        let (_directory, none) = planted(&[("proc/self/cgroup", "0::/\n")]);
        assert!(cpuset(&none).unwrap_err().starts_with("no cpuset.cpus.effective or"));
    }
}
