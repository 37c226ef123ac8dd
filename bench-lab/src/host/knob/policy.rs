//! The cpufreq policies: groups of CPUs that get their clock together (kernel: `admin-guide/pm/cpufreq.rst`).
//!
//! It finds and reads them; it knows no knob.

use lab_core::cpulist::CpuList;

use super::super::sysfs::{Absence, SysRoot};
use super::{CPUS, Scene};

/// One `policyN` folder.
#[derive(Debug)]
pub(super) struct Policy {
    directory: String,
    /// Its CPUs that are online.
    pub(super) cpus: CpuList,
}

impl Policy {
    pub(super) fn file(&self, name: &str) -> String {
        format!("{}/{name}", self.directory)
    }

    pub(super) fn read(&self, root: &SysRoot, name: &str) -> Result<String, Absence> {
        root.read(&self.file(name))
    }

    /// A clock in kHz; absent when the driver does not tell.
    pub(super) fn khz(&self, root: &SysRoot, name: &str) -> Option<u64> {
        self.read(root, name).ok()?.parse().ok()
    }

    /// Name of the driver, for a reader.
    pub(super) fn driver(&self, root: &SysRoot) -> String {
        self.read(root, "scaling_driver").unwrap_or_else(|_| "the cpufreq driver".into())
    }
}

/// Every policy with a CPU that stays online.
///
/// # Errors
/// There is none: no driver, or a virtual machine.
pub(super) fn all(scene: &Scene<'_>) -> Result<Vec<Policy>, Absence> {
    let staying = scene.staying_cpus();
    let names = scene.root.names(&format!("{CPUS}/cpufreq"));
    let mut numbers: Vec<u32> =
        names.iter().filter_map(|name| name.strip_prefix("policy")?.parse().ok()).collect();
    numbers.sort_unstable();
    let policies = numbers.into_iter().map(|number| {
        let directory = format!("{CPUS}/cpufreq/policy{number}");
        let text = scene.root.read(&format!("{directory}/affected_cpus")).unwrap_or_default();
        let cpus: CpuList = text.split_whitespace().filter_map(|cpu| cpu.parse().ok()).collect();
        Policy { directory, cpus }
    });
    let policies: Vec<Policy> =
        policies.filter(|policy| policy.cpus.iter().any(|cpu| staying.contains(cpu))).collect();
    if policies.is_empty() { Err(why_none(scene.root)) } else { Ok(policies) }
}

/// The policies of the measured cores.
///
/// # Errors
/// There is none.
pub(super) fn measured(scene: &Scene<'_>) -> Result<Vec<Policy>, Absence> {
    let threads = scene.measured_threads();
    let mut policies = all(scene)?;
    policies.retain(|policy| policy.cpus.iter().any(|cpu| threads.contains(cpu)));
    if policies.is_empty() {
        Err(format!("no cpufreq policy for the CPUs {}", scene.bench_cpus))
    } else {
        Ok(policies)
    }
}

fn why_none(root: &SysRoot) -> Absence {
    let cpuinfo = root.read("/proc/cpuinfo").unwrap_or_default();
    let mut flags = cpuinfo.lines().filter(|line| line.starts_with("flags"));
    let is_virtual = flags.any(|line| line.split_whitespace().any(|flag| flag == "hypervisor"));
    match is_virtual {
        true => "no cpufreq: virtual machine, its host sets the clock".into(),
        false => "no cpufreq: no driver is loaded, or its files are hidden".into(),
    }
}
