//! Switches off the hardware threads that share a core with a bench CPU (`cpuN/online`; kernel:
//! `core-api/cpu_hotplug.rst`, `ABI/testing/sysfs-devices-system-cpu`).
//!
//! It takes single CPUs down and never touches `smt/control`: switching that on again would also bring up CPUs that
//! the administrator had off. Traps: processes bound to a twin alone lose their mask, and interrupts likewise, so
//! that originals must be read before; a cpuset of cgroups v1 loses the CPU for good (kernel bug 42789).

use lab_core::cpulist::CpuList;
use lab_core::machine::{KnobWish, Takes};
use lab_core::topology::Access;

use super::super::sysfs::{Absence, SysRoot};
use super::{CPUS, Knob, Scene, Setting};

/// Root of the cpusets of cgroups v1.
const CPUSETS_V1: &str = "/sys/fs/cgroup/cpuset";

pub(super) struct SmtTwins;

impl Knob for SmtTwins {
    fn id(&self) -> &'static str {
        "smt_twins"
    }

    fn why(&self) -> &'static str {
        "whatever runs on the other thread of the core takes execution units and cache from the benchmark"
    }

    fn takes(&self) -> Takes {
        Takes::Switch
    }

    fn settings(&self, scene: &Scene<'_>) -> Result<Vec<Setting>, Absence> {
        Ok(leaving(scene)?.iter().map(|cpu| Setting::plain(switch(cpu), 0)).collect())
    }

    fn settings_for(&self, scene: &Scene<'_>, wish: &KnobWish) -> Result<Vec<Setting>, Absence> {
        match wish {
            KnobWish::Switch(true) => Err("the twins stay on, as the machine's definition says".into()),
            _ => self.settings(scene),
        }
    }
}

/// The CPUs to be taken down; never empty, never a bench or housekeeping CPU.
///
/// # Errors
/// Why none is.
pub(super) fn leaving(scene: &Scene<'_>) -> Result<CpuList, Absence> {
    let access = |cpu: u32| scene.topology.cpu(cpu).map_or(Access::Offline, |cpu| cpu.access);
    let is_twin = |cpu: &u32| !scene.bench_cpus.contains(*cpu) && access(*cpu) != Access::Offline;
    let twins: CpuList = scene.core_threads().filter(is_twin).collect();
    if twins.is_empty() {
        let control = scene.root.read(&format!("{CPUS}/smt/control"));
        let control = control.map(|text| format!(" (smt/control: {text})")).unwrap_or_default();
        return Err(format!("no other online CPU shares a core with {}{control}", scene.bench_cpus));
    }
    let refusal = |cpu: u32| {
        if scene.housekeeping_cpus.contains(cpu) {
            Some(format!("CPU {cpu} is needed for everything that is not measured"))
        } else if access(cpu) == Access::Forbidden {
            Some(format!("CPU {cpu} is outside the cpuset of this process and belongs to others"))
        } else if !scene.root.exists(&switch(cpu)) {
            Some(format!("the kernel gives no switch for CPU {cpu}"))
        } else {
            cpuset_v1_with(scene.root, CPUSETS_V1, cpu)
                .map(|group| format!("the cgroup v1 cpuset {group} would lose CPU {cpu} for good"))
        }
    };
    let refusals: Vec<(u32, Option<String>)> = twins.iter().map(|cpu| (cpu, refusal(cpu))).collect();
    let leaving: CpuList =
        refusals.iter().filter(|(_, refusal)| refusal.is_none()).map(|(cpu, _)| *cpu).collect();
    match refusals.into_iter().find_map(|(_, refusal)| refusal) {
        Some(refusal) if leaving.is_empty() => Err(refusal),
        _ => Ok(leaving),
    }
}

fn switch(cpu: u32) -> String {
    format!("{CPUS}/cpu{cpu}/online")
}

/// The first group below `directory` whose own list names the CPU. The top group follows the CPUs that are online.
fn cpuset_v1_with(root: &SysRoot, directory: &str, cpu: u32) -> Option<String> {
    // With this mount option cpusets of v1 keep what was configured, as those of v2 do.
    if root.read("/proc/self/mounts").is_ok_and(|mounts| mounts.contains("cpuset_v2_mode")) {
        return None;
    }
    root.names(directory).iter().find_map(|name| {
        let group = format!("{directory}/{name}");
        let list: CpuList = root.read(&format!("{group}/cpuset.cpus")).ok()?.parse().ok()?;
        if list.contains(cpu) { Some(group) } else { cpuset_v1_with(root, &group, cpu) }
    })
}
