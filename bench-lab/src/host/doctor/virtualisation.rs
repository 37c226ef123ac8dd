//! Hypervisor, container, quota, and the time they took.
//!
//! It takes the environment's word for who is there.

use lab_core::doctor::{Gap, PerCpu, Quota, Sourced, Virtualisation};

use super::scene::{Provider, Scene};
use crate::host::cgroup;

pub(super) fn read(scene: &Scene<'_>) -> Virtualisation {
    let hypervisor = scene.text("virtual.hypervisor");
    let named = hypervisor.value.map(|name| Some(name).filter(|name| name != "none"));
    let container = scene.environment.text("virtual.container").filter(|name| *name != "none");
    let shares = scene.spun().and_then(|window| {
        let bench = scene.first_bench();
        Ok(PerCpu([(bench, window.steal_share(bench)?)].into()))
    });
    Virtualisation {
        hypervisor: Sourced::new(hypervisor.source, named),
        container: container.map(str::to_owned),
        quota: quota(scene),
        steal: Sourced::new("/proc/stat", shares),
    }
}

fn quota(scene: &Scene<'_>) -> Sourced<Option<Quota>> {
    match cgroup::cpu_quota(scene.root) {
        Ok((path, cpus)) => {
            let quota = cpus.map(|cpus| Quota {
                cpus,
                usable_count: scene.topology.permitted().count(),
                stopped_count: stopped_count(scene, &path),
            });
            Sourced::new(path, Ok(quota))
        }
        Err(absence) => {
            let gap = match scene.gap(absence, Provider::Kernel) {
                Gap::Absent(why) => Gap::Absent(format!("{why}: none can be set")),
                gap => gap,
            };
            Sourced::new("/proc/self/cgroup", Err(gap))
        }
    }
}

/// Both versions count in the group's `cpu.stat`, under one name.
fn stopped_count(scene: &Scene<'_>, quota_path: &str) -> Option<u64> {
    let (group, _) = quota_path.rsplit_once('/')?;
    let text = scene.root.read(&format!("{group}/cpu.stat")).ok()?;
    text.lines().find_map(|line| line.strip_prefix("nr_throttled ")?.trim().parse().ok())
}
