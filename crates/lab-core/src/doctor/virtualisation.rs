//! What lies between this kernel and the hardware, and what it takes.
//!
//! A container alone is nothing bad; a quota is.

use super::catalogue::Check;
use super::criterion::Criterion;
use super::finding::Finding;
use super::per_cpu::PerCpu;
use super::reading::{Gap, Sourced};
use crate::report::number;

/// Readings of the group.
#[derive(Clone, Debug)]
pub struct Virtualisation {
    /// Name of the hypervisor; no value inside where there is none.
    pub hypervisor: Sourced<Option<String>>,
    /// Name of the container engine, or `wsl`; absent outside of one.
    pub container: Option<String>,
    /// The CPU quota of the control group; no value inside where none is set.
    pub quota: Sourced<Option<Quota>>,
    /// Share of each bench CPU's time that a hypervisor took while the doctor looked.
    pub steal: Sourced<PerCpu<f64>>,
}

/// A CPU quota.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quota {
    /// How many CPUs' worth of time it allows.
    pub cpus: f64,
    /// CPUs that may be used at all.
    pub usable_count: usize,
    /// How often it stopped the group so far; absent when the kernel does not say.
    pub stopped_count: Option<u64>,
}

pub(super) fn judge(readings: &Virtualisation) -> Vec<Finding> {
    vec![layers(readings), quota(readings), steal(readings)]
}

fn layers(readings: &Virtualisation) -> Finding {
    let container = readings.container.as_deref();
    let is_wsl = container == Some("wsl");
    let inside = container.filter(|_| !is_wsl);
    let hypervisor = &readings.hypervisor;
    let known = match &hypervisor.value {
        Ok(name) => name.as_deref(),
        // Nobody names one, which says nothing where firmware need not; a container is known all the same.
        Err(_) if container.is_some() => None,
        Err(gap) => return Finding::of_gap(Check::Virtualisation, gap, &hypervisor.source),
    };
    let layers = [
        known.filter(|_| !is_wsl).map(|name| format!("virtual machine ({name})")),
        is_wsl.then(|| "Windows Subsystem for Linux".to_owned()),
        inside.map(|name| format!("container ({name})")),
    ];
    let layers: Vec<String> = layers.into_iter().flatten().collect();
    let value = if layers.is_empty() { "bare metal".to_owned() } else { layers.join(", ") };
    Finding::new(Check::Virtualisation, &hypervisor.source)
        .value(value)
        .when(Criterion::Container, inside.is_some())
        .when(Criterion::VirtualMachine, known.is_some() && !is_wsl)
        .when(Criterion::Wsl, is_wsl)
        .remedy("measure on bare metal, or compare only what ran interleaved on this machine", None)
}

fn quota(readings: &Virtualisation) -> Finding {
    readings.quota.judge(Check::CpuQuota, |quota, finding| {
        let Some(quota) = quota else { return finding.value("none") };
        let bites = quota.cpus < quota.usable_count as f64;
        let value = format!("{} CPUs' worth of time, {} usable", quota.cpus, quota.usable_count);
        let finding = match quota.stopped_count {
            Some(count) => finding.detail(format!("stopped the group {count} times so far")),
            None => finding,
        };
        finding
            .value(value)
            .when(Criterion::QuotaIdle, !bites)
            .when(Criterion::QuotaBites, bites)
            .remedy("start the container without --cpus, or the unit without CPUQuota=", None)
    })
}

fn steal(readings: &Virtualisation) -> Finding {
    let has_hypervisor = matches!(&readings.hypervisor.value, Ok(Some(_)));
    readings.steal.judge(Check::Steal, |shares, finding| {
        let worst = shares.0.values().copied().fold(0.0, f64::max);
        if !has_hypervisor && worst == 0.0 {
            let gap = Gap::Absent("no hypervisor is known that could take time".into());
            return Finding::of_gap(Check::Steal, &gap, &readings.steal.source);
        }
        let finding = finding.value(format!("{} of the bench CPU's time", number::percent(worst)));
        finding
            .judged(Criterion::StealShare, worst)
            .remedy("a quieter neighbourhood: a dedicated host, or another time of day", None)
    })
}
