//! The choice itself, as filters that each leave at least one CPU.
//!
//! Every filter that took something away adds a reason; one that would leave nothing is not applied.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Request;
use crate::cpulist::CpuList;
use crate::topology::{Access, Cpu, Topology};

/// A core counts as fast from this share of the greatest clock of its kind. Favoured cores of one processor lie a few
/// per cent above their neighbours; AMD's compact cores, which no file names, lie a quarter or more below.
const FAST_CLOCK_PERCENT: u64 = 90;

/// A CPU counts as quiet up to this many times the interrupts of the quietest. Counts grow all the time, and a narrow
/// limit would choose another CPU from one run to the next.
const QUIET_FACTOR: u64 = 10;

/// Below this many interrupts since boot every CPU counts as quiet.
const QUIET_COUNT: u64 = 10_000;

/// The CPUs that we may use without being told: those of our affinity mask, and the isolated ones, which the kernel
/// leaves out of every mask, unless somebody narrowed the mask on purpose.
pub(super) fn usable<'a>(topology: &'a Topology, reasons: &mut Vec<String>) -> Vec<&'a Cpu> {
    let granted = topology.cpus.iter().filter(|cpu| cpu.access == Access::Granted);
    let outside: Vec<&Cpu> = topology.cpus.iter().filter(|cpu| cpu.access == Access::Reachable).collect();
    if outside.iter().all(|cpu| cpu.is_isolated) {
        return granted.chain(outside).collect();
    }
    let granted: Vec<&Cpu> = granted.collect();
    if granted.is_empty() {
        return outside;
    }
    let list: CpuList = granted.iter().map(|cpu| cpu.id).collect();
    reasons.push(format!("the affinity mask that the lab was started with leaves CPUs {list}"));
    granted
}

/// The one CPU for single-threaded benchmarks. `cpus` holds at least one.
pub(super) fn single<'a>(cpus: &[&'a Cpu], request: &Request, reasons: &mut Vec<String>) -> &'a Cpu {
    let isolated = keep(cpus, |cpu| cpu.is_isolated, "is isolated from the scheduler", reasons);
    let fast = fast(&isolated, reasons);
    let away = keep(&fast, |cpu| cpu.core_key() != 0, "is not on the core of CPU 0", reasons);
    let quiet = quiet(&away, &request.interrupt_counts, reasons);
    let chosen = quiet.into_iter().min_by_key(|cpu| (cpu.id == 0, cpu.id));
    chosen.unwrap_or(cpus[0])
}

/// The CPUs for benchmarks with several threads, of the same `cpus`.
pub(super) fn threaded(cpus: &[&Cpu], single: &Cpu, reasons: &mut Vec<String>) -> CpuList {
    let mut ignored = Vec::new();
    let balanced = keep(cpus, |cpu| !cpu.is_isolated, "", &mut ignored);
    if balanced.len() < cpus.len() {
        reasons.push("threads get no isolated CPU: the scheduler would leave them all on one".into());
    } else if cpus.iter().all(|cpu| cpu.is_isolated) {
        reasons.push("every CPU is isolated: threads get the one of single-threaded benchmarks".into());
        return CpuList::from_iter([single.id]);
    }
    let fast = fast(&balanced, &mut ignored);
    let mut cores: BTreeMap<u32, &Cpu> = BTreeMap::new();
    for cpu in &fast {
        cores.entry(cpu.core_key()).or_insert(cpu);
    }
    if cores.len() < fast.len() {
        reasons.push("threads get one hardware thread of each core".into());
    }
    let mut domains: BTreeMap<_, Vec<&Cpu>> = BTreeMap::new();
    for cpu in cores.into_values() {
        domains.entry((cpu.package, cpu.node, cpu.cache_domain)).or_default().push(cpu);
    }
    let domain_count = domains.len();
    let of_single = |domain: &[&Cpu]| domain.iter().any(|cpu| cpu.core_key() == single.core_key());
    let best = domains
        .into_values()
        .map(without_cpu_0)
        .max_by_key(|domain| (domain.len(), of_single(domain), Reverse(domain[0].id)))
        .unwrap_or_else(|| vec![single]);
    if domain_count > 1 {
        reasons.push(format!("threads stay under one of {domain_count} last-level caches"));
    }
    best.iter().map(|cpu| cpu.id).collect()
}

/// Leaves the core of CPU 0 to everything else where two other cores remain to be measured on.
fn without_cpu_0(domain: Vec<&Cpu>) -> Vec<&Cpu> {
    let rest: Vec<&Cpu> = domain.iter().copied().filter(|cpu| cpu.core_key() != 0).collect();
    if rest.len() >= 2 { rest } else { domain }
}

/// The CPUs of the fastest kind, less those whose clock stays far below the best of it.
fn fast<'a>(cpus: &[&'a Cpu], reasons: &mut Vec<String>) -> Vec<&'a Cpu> {
    let Some(best) = cpus.iter().map(|cpu| cpu.kind).max_by(|one, two| one.speed_order(*two)) else {
        return Vec::new();
    };
    let is_best = |cpu: &Cpu| cpu.kind.speed_order(best).is_eq();
    let kind = keep(cpus, is_best, &format!("is of the fastest core type ({best})"), reasons);
    let clock_max = kind.iter().filter_map(|cpu| cpu.clock_max_khz).max().unwrap_or(0);
    let is_fast = |cpu: &Cpu| cpu.clock_max_khz.is_none_or(|khz| khz * 100 >= clock_max * FAST_CLOCK_PERCENT);
    keep(&kind, is_fast, "reaches the greatest clock of its type", reasons)
}

/// The CPUs that serve few device interrupts.
fn quiet<'a>(cpus: &[&'a Cpu], counts: &BTreeMap<u32, u64>, reasons: &mut Vec<String>) -> Vec<&'a Cpu> {
    let Some(fewest) = cpus.iter().filter_map(|cpu| counts.get(&cpu.id)).min() else {
        return cpus.to_vec();
    };
    let limit = fewest.saturating_mul(QUIET_FACTOR).max(QUIET_COUNT);
    let is_quiet = |cpu: &Cpu| counts.get(&cpu.id).is_none_or(|&count| count <= limit);
    keep(cpus, is_quiet, "serves few device interrupts", reasons)
}

/// The CPUs for which `holds`, or all when there is none.
fn keep<'a>(
    cpus: &[&'a Cpu],
    holds: impl Fn(&Cpu) -> bool,
    what: &str,
    reasons: &mut Vec<String>,
) -> Vec<&'a Cpu> {
    let kept: Vec<&Cpu> = cpus.iter().copied().filter(|cpu| holds(cpu)).collect();
    if kept.is_empty() {
        return cpus.to_vec();
    }
    if kept.len() < cpus.len() {
        reasons.push(format!("the CPU for single-threaded benchmarks {what}"));
    }
    kept
}
