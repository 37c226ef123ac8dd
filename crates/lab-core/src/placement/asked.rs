//! The user's own CPU list: what makes it impossible, and what makes it a poor one.
//!
//! It never replaces a CPU that was asked for by another.

use std::collections::{BTreeMap, BTreeSet};

use super::PlacementError;
use crate::cpulist::CpuList;
use crate::model::Warning;
use crate::topology::{Access, Cpu, Topology};

/// The CPUs of the list, when every one of them can be had.
pub(super) fn check<'a>(
    topology: &'a Topology,
    list: &CpuList,
    allowed: &CpuList,
) -> Result<Vec<&'a Cpu>, PlacementError> {
    let allowed = || allowed.clone();
    if list.is_empty() {
        return Err(PlacementError::NothingAsked { allowed: allowed() });
    }
    list.iter()
        .map(|cpu| match topology.cpu(cpu) {
            None => Err(PlacementError::NoSuchCpu { cpu, present: topology.present(), allowed: allowed() }),
            Some(found) => match found.access {
                Access::Offline => Err(PlacementError::Offline { cpu, allowed: allowed() }),
                Access::Forbidden => Err(PlacementError::NotAllowed { cpu, allowed: allowed() }),
                Access::Granted | Access::Reachable => Ok(found),
            },
        })
        .collect()
}

/// What is unwise about a list that can be had.
pub(super) fn warn(cpus: &[&Cpu]) -> Vec<Warning> {
    let list: CpuList = cpus.iter().map(|cpu| cpu.id).collect();
    let mut warnings = Vec::new();
    let mut say = |kind: &str, text: String| {
        warnings.push(Warning::new(kind, format_args!("--cpus {list}"), text));
    };

    let kinds: BTreeSet<String> = cpus.iter().map(|cpu| cpu.kind.to_string()).collect();
    if kinds.len() > 1 {
        let kinds = kinds.into_iter().collect::<Vec<_>>().join(", ");
        say(
            "cpus_mixed",
            format!("mixes core types ({kinds}); the same code takes another time on each of them"),
        );
    }
    let mut cores: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for cpu in cpus {
        cores.entry(cpu.core_key()).or_default().push(cpu.id);
    }
    let twins: Vec<String> = cores
        .into_values()
        .filter(|threads| threads.len() > 1)
        .map(|threads| CpuList::from_iter(threads).to_string())
        .collect();
    if !twins.is_empty() {
        let twins = twins.join(" and ");
        say("cpus_share_core", format!("{twins} are hardware threads of one core and slow each other down"));
    }
    let domains: BTreeSet<_> = cpus.iter().map(|cpu| (cpu.package, cpu.node, cpu.cache_domain)).collect();
    if domains.len() > 1 {
        say(
            "cpus_span_domains",
            format!("spans {} last-level caches or memory nodes; what crosses them is slower", domains.len()),
        );
    }
    if cpus.len() > 1 && cpus.iter().any(|cpu| cpu.is_isolated) {
        say(
            "cpus_isolated",
            "holds isolated CPUs, between which the scheduler moves no thread: several threads may all stay on one"
                .into(),
        );
    }
    warnings
}
