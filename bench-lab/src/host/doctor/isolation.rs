//! How far the chosen CPUs are set apart, whether they are alike, and what their twins do.
//!
//! It takes the choice as it is.

use std::collections::{BTreeMap, BTreeSet};

use lab_core::cpuset::{Partition, Seats};
use lab_core::doctor::{Isolation, Level, PerCpu, Sourced, Twin};
use lab_core::topology::{Access, Cpu};

use super::scene::Scene;
use crate::host::session::KernelFiles;
use crate::host::{cgroup, cpuset};

pub(super) fn read(scene: &Scene<'_>) -> Isolation {
    Isolation {
        level: Sourced::new("affinity, /sys/devices/system/cpu/isolated, cpuset partition", Ok(level(scene))),
        offer: offer(scene),
        bench: scene.placement.cpus.clone(),
        housekeeping: scene.placement.housekeeping.clone(),
        differences: Sourced::new("topology of the CPUs for threads", Ok(differences(scene))),
        twins: twins(scene),
    }
}

fn offer(scene: &Scene<'_>) -> Result<Partition, String> {
    let seats = Seats { bench: &scene.placement.cpus, threaded: None };
    let offer = cpuset::look(&KernelFiles, scene.root, &seats, None).offer?;
    match (offer.partition, offer.renounced) {
        (Some(Partition::Member) | None, renounced) => Err(renounced.unwrap_or_default()),
        (Some(kind), _) => Ok(kind),
    }
}

fn level(scene: &Scene<'_>) -> Level {
    let placement = scene.placement;
    let cpus = || placement.cpus.iter().filter_map(|id| scene.topology.cpu(id));
    if cpus().next().is_some() && cpus().all(|cpu| cpu.is_isolated) {
        return Level::Isolated;
    }
    let partition = cgroup::cpuset_partition(scene.root).unwrap_or_default();
    match partition.as_str() {
        "isolated" => Level::Isolated,
        "root" => Level::Partition,
        _ if placement.cpus.iter().any(|cpu| placement.housekeeping.contains(cpu)) => Level::Shared,
        _ => Level::Affinity,
    }
}

fn differences(scene: &Scene<'_>) -> Vec<String> {
    let cpus: Vec<&Cpu> =
        scene.placement.threaded_cpus.iter().filter_map(|id| scene.topology.cpu(id)).collect();
    let distinct = |show: &dyn Fn(&Cpu) -> Option<String>| {
        let values: BTreeSet<String> = cpus.iter().filter_map(|cpu| show(cpu)).collect();
        (values.len() > 1).then(|| values.into_iter().collect::<Vec<_>>().join(", "))
    };
    let properties = [
        ("kinds of core", distinct(&|cpu| Some(cpu.kind.to_string()))),
        (
            "greatest clocks",
            distinct(&|cpu| cpu.clock_max_khz.map(|khz| format!("{:.2} GHz", khz as f64 / 1e6))),
        ),
        ("last-level caches", distinct(&|cpu| cpu.cache_domain.map(|first| format!("that of CPU {first}")))),
    ];
    let mixed = properties.into_iter().filter_map(|(what, values)| Some(format!("{what}: {}", values?)));
    mixed.collect()
}

fn twins(scene: &Scene<'_>) -> Sourced<PerCpu<Twin>> {
    let bench = scene.bench();
    let siblings = bench.iter().filter_map(|id| scene.topology.cpu(id)).flat_map(|cpu| cpu.siblings.iter());
    let online = |id: &u32| scene.topology.cpu(*id).is_some_and(|cpu| cpu.access != Access::Offline);
    let twins: BTreeSet<u32> = siblings.filter(|id| !bench.contains(*id)).filter(online).collect();
    let value = if twins.is_empty() {
        Ok(PerCpu(BTreeMap::new()))
    } else {
        scene.rested().and_then(|window| {
            let busy = |cpu: u32| Ok((cpu, Twin { busy_share: window.busy_share(cpu)? }));
            twins.into_iter().map(busy).collect::<Result<_, _>>().map(PerCpu)
        })
    };
    Sourced::new("topology, /proc/stat", value)
}
