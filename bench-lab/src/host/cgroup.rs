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
    lookup(root, "cpuset", &["cpuset.cpus.effective", "cpuset.effective_cpus", "cpuset.cpus"])
        .map(|(_, text)| text)
}

/// The first of `names` that the group of `controller`, or the nearest group above it, holds with a text; and where.
///
/// # Errors
/// Says where it looked first.
pub fn lookup(root: &SysRoot, controller: &str, names: &[&str]) -> Result<(String, String), Absence> {
    let groups = root.read("/proc/self/cgroup")?;
    let mut directories = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':');
        let (Some(number), Some(controllers), Some(path)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        if number == "0" && controllers.is_empty() {
            directories.extend(UNIFIED.iter().flat_map(|mount| upwards(mount, path)));
        } else if controllers.split(',').any(|name| name == controller) {
            directories.extend(upwards(&format!("/sys/fs/cgroup/{controller}"), path));
        }
    }
    let paths =
        directories.iter().flat_map(|directory| names.iter().map(move |name| format!("{directory}/{name}")));
    let found = paths.filter_map(|path| Some((root.read(&path).ok()?, path)));
    found
        .map(|(text, path)| (path, text))
        .find(|(_, text)| !text.is_empty())
        .ok_or_else(|| format!("no {} in the control group of this process", names.join(" or ")))
}

/// The group and every group above it, down to the mount. Inside a cgroup namespace the path may lie outside of
/// what is mounted; then only the mount itself answers.
fn upwards(mount: &str, path: &str) -> Vec<String> {
    let mut directories = Vec::new();
    let mut rest = path.trim_end_matches('/');
    while let Some((above, _)) = rest.rsplit_once('/') {
        directories.push(format!("{mount}{rest}"));
        rest = above;
    }
    directories.push(mount.to_owned());
    directories
}
