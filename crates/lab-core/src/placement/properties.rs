//! What holds for the choice on any machine that can be put together.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::topology::{Access, CoreKind};

/// One core: threads per core, kind, cache domain, clock, and what is odd about its first thread.
type Core = (u32, CoreKind, u32, Option<u64>, Access, bool);

fn core() -> impl Strategy<Value = Core> {
    let kind =
        select(vec![CoreKind::Performance, CoreKind::Performance, CoreKind::Efficiency, CoreKind::LowPower]);
    let clock = select(vec![None, Some(3_000_000), Some(4_900_000), Some(5_000_000)]);
    let access = select(vec![
        Access::Granted,
        Access::Granted,
        Access::Granted,
        Access::Reachable,
        Access::Forbidden,
        Access::Offline,
    ]);
    (1_u32..=2, kind, 0_u32..3, clock, access, prop::bool::weighted(0.15))
}

/// Numbers the threads as Linux does on most machines: all first threads, then all second ones.
fn topology(cores: &[Core]) -> Topology {
    let mut second = cores.len() as u32;
    let mut cpus = Vec::new();
    for (index, &(threads, kind, domain, clock_max_khz, access, is_isolated)) in cores.iter().enumerate() {
        let first = index as u32;
        let siblings = if threads == 2 { vec![first, second] } else { vec![first] };
        second += threads - 1;
        for &id in &siblings {
            cpus.push(Cpu {
                siblings: siblings.iter().copied().collect(),
                node: Some(domain / 2),
                cache_domain: Some(domain),
                kind,
                clock_max_khz,
                access: if id == first { access } else { Access::Granted },
                is_isolated,
                ..Cpu::unknown(id)
            });
        }
    }
    cpus.sort_by_key(|cpu| cpu.id);
    Topology { cpus, gaps: Vec::new() }
}

fn interrupts() -> impl Strategy<Value = BTreeMap<u32, u64>> {
    prop::collection::btree_map(0_u32..24, select(vec![0_u64, 900, 50_000, 10_000_000]), 0..24)
}

proptest! {
    #[test]
    fn threads_never_share_a_core_mix_kinds_or_span_caches(
        cores in vec(core(), 1..12), interrupt_counts in interrupts()
    ) {
        let topology = topology(&cores);
        let Ok(placement) = choose(&topology, &Request { cpus: None, interrupt_counts }) else {
            prop_assert!(topology.permitted().is_empty());
            return Ok(());
        };
        let cpus: Vec<&Cpu> = placement.threaded_cpus.iter().map(|id| topology.cpu(id).unwrap()).collect();
        prop_assert!(!cpus.is_empty());
        for (index, one) in cpus.iter().enumerate() {
            for two in &cpus[index + 1..] {
                prop_assert_ne!(one.core_key(), two.core_key());
                prop_assert_eq!(one.kind, two.kind);
                prop_assert_eq!((one.node, one.cache_domain), (two.node, two.cache_domain));
                prop_assert!(!one.is_isolated && !two.is_isolated);
            }
        }
    }

    #[test]
    fn every_set_is_permitted_and_the_lab_stays_away(
        cores in vec(core(), 1..12), interrupt_counts in interrupts()
    ) {
        let topology = topology(&cores);
        let Ok(placement) = choose(&topology, &Request { cpus: None, interrupt_counts }) else { return Ok(()) };
        let permitted = topology.permitted();
        for set in [&placement.cpus, &placement.threaded_cpus, &placement.housekeeping] {
            prop_assert!(!set.is_empty());
            prop_assert!(set.iter().all(|cpu| permitted.contains(cpu)));
        }
        prop_assert_eq!(placement.cpus.count(), 1);
        let single = placement.cpus.first().unwrap();
        prop_assert_eq!(placement.housekeeping.contains(single), permitted.count() == 1);
    }

    #[test]
    fn cpu_0_is_measured_on_only_when_nothing_as_good_is_left(
        cores in vec(core(), 1..12), interrupt_counts in interrupts()
    ) {
        let topology = topology(&cores);
        // A CPU that serves many times the interrupts of another is not as good.
        let fewest = interrupt_counts.values().min().copied().unwrap_or(0);
        let limit = (fewest * 10).max(10_000);
        let noisy: Vec<u32> =
            interrupt_counts.iter().filter(|(_, count)| **count > limit).map(|(cpu, _)| *cpu).collect();
        let Ok(placement) = choose(&topology, &Request { cpus: None, interrupt_counts }) else { return Ok(()) };
        if placement.cpus.contains(0) {
            let zero = topology.cpu(0).unwrap();
            let others = topology.cpus.iter().filter(|cpu| cpu.id != 0 && cpu.access == Access::Granted);
            let others = others.filter(|cpu| !noisy.contains(&cpu.id));
            for other in others.filter(|cpu| cpu.is_isolated == zero.is_isolated && cpu.kind == zero.kind) {
                prop_assert!(other.clock_max_khz.is_some() && other.clock_max_khz < zero.clock_max_khz);
            }
        }
    }

    #[test]
    fn a_users_list_is_kept_whole_or_refused(cores in vec(core(), 1..12), asked in vec(0_u32..30, 0..6)) {
        let topology = topology(&cores);
        let asked: CpuList = asked.into_iter().collect();
        let permitted = topology.permitted();
        let can_be_had = !asked.is_empty() && asked.iter().all(|cpu| permitted.contains(cpu));
        match choose(&topology, &Request { cpus: Some(asked.clone()), ..Request::default() }) {
            Ok(placement) => {
                prop_assert!(can_be_had);
                prop_assert!(placement.cpus.iter().all(|cpu| asked.contains(cpu)));
                prop_assert_eq!(placement.threaded_cpus, asked);
            }
            Err(_) => prop_assert!(!can_be_had),
        }
    }
}
