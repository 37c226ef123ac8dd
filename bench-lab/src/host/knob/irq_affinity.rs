//! Has devices interrupt other CPUs (`/proc/irq/N/smp_affinity_list`; kernel: `core-api/irq/irq-affinity.rst`).
//!
//! It only narrows: an interrupt that already keeps away stays where its driver or the administrator put it. Traps:
//! interrupts that the kernel manages itself (one queue of a disk per CPU) refuse with EIO or EPERM, and newer kernels
//! make their files read-only; full vector tables refuse with ENOSPC; a running irqbalance undoes it within seconds; a
//! number can be given to another device later, so the action names are the owner; CPUs that go offline take their
//! interrupts' masks along.

use lab_core::cpulist::CpuList;

use super::super::sysfs::Absence;
use super::{Knob, Owner, Scene, Setting, Shape, is_read_only};

const INTERRUPTS: &str = "/proc/irq";

pub(super) struct IrqAffinity;

impl Knob for IrqAffinity {
    fn id(&self) -> &'static str {
        "irq_affinity"
    }

    fn why(&self) -> &'static str {
        "a device's interrupt stops the benchmark for its handler and for the deferred work that follows"
    }

    fn settings(&self, scene: &Scene<'_>) -> Result<Vec<Setting>, Absence> {
        scene.elsewhere()?;
        let names = scene.root.names(INTERRUPTS);
        let mut numbers: Vec<u32> = names.iter().filter_map(|name| name.parse().ok()).collect();
        numbers.sort_unstable();
        let settings = numbers.iter().filter_map(|&number| setting(scene, number)).collect::<Vec<_>>();
        match settings.is_empty() {
            false => Ok(settings),
            true if numbers.is_empty() => Err(format!("no interrupts in {INTERRUPTS}")),
            true => Err("no interrupt has both a mask and a name in /sys/kernel/irq to know it by".into()),
        }
    }
}

/// Absent for an interrupt that no driver uses, that cannot be known again, or that cannot be moved and need not be.
fn setting(scene: &Scene<'_>, number: u32) -> Option<Setting> {
    let owner = format!("/sys/kernel/irq/{number}/actions");
    let actions = scene.root.read(&owner).ok().filter(|actions| !actions.is_empty())?;
    // The boot-time timer of x86 cannot be moved (IRQF_NOBALANCING) and falls silent once the CPUs use their own.
    if number == 0 && actions == "timer" {
        return None;
    }
    let path = format!("{INTERRUPTS}/{number}/smp_affinity_list");
    let now: CpuList = scene.root.read(&path).ok()?.parse().ok()?;
    // An interrupt that cannot be moved and comes to no bench CPU is no matter; one that does must be named, so it is
    // declared and the refusal will name it.
    if is_read_only(scene.root, &path) && !now.iter().any(|cpu| scene.bench_cpus.contains(cpu)) {
        return None;
    }
    let wanted = scene.narrow(&now).ok()?.to_string();
    Some(Setting { path, wanted, shape: Shape::CpuList, owner: Some(Owner { path: owner, text: actions }) })
}
