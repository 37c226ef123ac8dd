//! Which CPUs to measure on: topology in, CPU sets and the reasons for them out.
//!
//! It never asks the machine; equal topologies and requests give equal placements.

mod asked;
mod candidates;

use std::collections::{BTreeMap, BTreeSet};

use crate::cpulist::CpuList;
use crate::model::Warning;
use crate::topology::{Cpu, Topology};

/// What the user and the host add to the topology.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The CPUs the user named; absent to let the topology decide.
    pub cpus: Option<CpuList>,
    /// Device interrupts that each CPU has served since boot; empty when unknown.
    pub interrupt_counts: BTreeMap<u32, u64>,
}

/// Where to run what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The CPU for single-threaded benchmarks; always one.
    pub cpus: CpuList,
    /// The CPUs for benchmarks with several threads; never empty.
    pub threaded_cpus: CpuList,
    /// The CPUs for everything that is not measured, the lab itself first; never empty, and apart from `cpus` unless
    /// there is one CPU only.
    pub housekeeping: CpuList,
    /// Why these, one sentence each, in the order of the decisions.
    pub reasons: Vec<String>,
    /// What a reader of the results must know about the choice.
    pub warnings: Vec<Warning>,
}

/// Why there is no placement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlacementError {
    /// Neither `/sys` nor `/proc` named a CPU, or our cpuset allows none that is online.
    #[error("no CPU is known that this process may run on")]
    NoCpu,
    /// The user's list names nothing.
    #[error("the CPU list is empty; allowed are {allowed}")]
    NothingAsked {
        /// CPUs that could be asked for.
        allowed: CpuList,
    },
    /// The machine has no such CPU.
    #[error("CPU {cpu} does not exist on this machine, which has {present}; allowed are {allowed}")]
    NoSuchCpu {
        /// The first such CPU of the list.
        cpu: u32,
        /// CPUs of the machine.
        present: CpuList,
        /// CPUs that could be asked for.
        allowed: CpuList,
    },
    /// The CPU is there and switched off.
    #[error("CPU {cpu} is offline; allowed are {allowed}")]
    Offline {
        /// The first such CPU of the list.
        cpu: u32,
        /// CPUs that could be asked for.
        allowed: CpuList,
    },
    /// Our control group's cpuset leaves the CPU out.
    #[error("CPU {cpu} is outside the cpuset of this process; allowed are {allowed}")]
    NotAllowed {
        /// The first such CPU of the list.
        cpu: u32,
        /// CPUs that could be asked for.
        allowed: CpuList,
    },
}

/// Chooses the CPUs.
///
/// Single-threaded benchmarks get one CPU: isolated if there is one, of the fastest kind, not on the core of CPU 0
/// (which takes the boot-time work of most kernels and drivers), among the quietest by interrupts. Benchmarks with
/// several threads get one hardware thread of each core of one kind under one last-level cache, and none that is
/// isolated, because the scheduler would leave all threads on the one they started on.
///
/// # Errors
/// No usable CPU, or a user's list with a CPU that does not exist, is offline or is not allowed.
pub fn choose(topology: &Topology, request: &Request) -> Result<Placement, PlacementError> {
    let allowed = topology.permitted();
    if allowed.is_empty() {
        return Err(PlacementError::NoCpu);
    }
    let mut reasons = Vec::new();
    let (single, threaded_cpus, warnings) = match &request.cpus {
        Some(list) => {
            let cpus = asked::check(topology, list, &allowed)?;
            let single = candidates::single(&cpus, request, &mut reasons);
            reasons.push(format!("CPUs {list} were asked for"));
            (single, list.clone(), asked::warn(&cpus))
        }
        None => {
            let cpus = candidates::usable(topology, &mut reasons);
            let single = candidates::single(&cpus, request, &mut reasons);
            let threaded = candidates::threaded(&cpus, single, &mut reasons);
            (single, threaded, Vec::new())
        }
    };
    let housekeeping = housekeeping(topology, &allowed, single, &threaded_cpus);
    if housekeeping.contains(single.id) {
        reasons.push("there is one CPU: the lab itself runs where it measures".into());
    }
    let cpus = CpuList::from_iter([single.id]);
    Ok(Placement { cpus, threaded_cpus, housekeeping, reasons, warnings })
}

/// The widest set, apart from what is measured, that the machine has room for.
fn housekeeping(topology: &Topology, allowed: &CpuList, single: &Cpu, threaded: &CpuList) -> CpuList {
    let measured_cores: BTreeSet<u32> =
        threaded.iter().chain([single.id]).filter_map(|id| topology.cpu(id)).map(Cpu::core_key).collect();
    let without = |is_measured: &dyn Fn(&Cpu) -> bool| -> CpuList {
        let cpus = allowed.iter().filter_map(|id| topology.cpu(id));
        cpus.filter(|cpu| !cpu.is_isolated && !is_measured(cpu)).map(|cpu| cpu.id).collect()
    };
    let attempts: [&dyn Fn(&Cpu) -> bool; 3] = [
        &|cpu| measured_cores.contains(&cpu.core_key()),
        &|cpu| cpu.core_key() == single.core_key(),
        &|cpu| cpu.id == single.id,
    ];
    let found = attempts.into_iter().map(without).find(|cpus| !cpus.is_empty());
    let rest = || -> CpuList { allowed.iter().filter(|&cpu| cpu != single.id).collect() };
    found.or_else(|| Some(rest()).filter(|cpus| !cpus.is_empty())).unwrap_or_else(|| allowed.clone())
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
