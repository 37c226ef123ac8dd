//! The choice on machines that one can point at.

use std::collections::BTreeMap;

use super::*;
use crate::topology::{Access, CoreKind};

fn list(text: &str) -> CpuList {
    text.parse().unwrap()
}

/// CPUs `0..count`, one core each, alike.
fn uniform(count: u32) -> Topology {
    let cpus = (0..count)
        .map(|id| Cpu { cache_domain: Some(0), package: Some(0), node: Some(0), ..Cpu::unknown(id) })
        .collect();
    Topology { cpus, gaps: Vec::new() }
}

/// Six performance cores with two threads each (0-11), eight efficiency cores (12-19), two low-power cores (20-21)
/// outside the L3.
fn hybrid() -> Topology {
    let mut topology = uniform(22);
    for cpu in &mut topology.cpus {
        cpu.kind = match cpu.id {
            0..12 => CoreKind::Performance,
            12..20 => CoreKind::Efficiency,
            _ => CoreKind::LowPower,
        };
        if cpu.id < 12 {
            cpu.siblings = CpuList::from_iter([cpu.id & !1, cpu.id | 1]);
        }
        if cpu.id >= 20 {
            cpu.cache_domain = Some(20);
        }
    }
    topology
}

/// Two sockets of eight cores and two L3 each; the second hardware threads are 16 to 31.
fn two_sockets() -> Topology {
    let mut topology = uniform(32);
    for cpu in &mut topology.cpus {
        let core = cpu.id % 16;
        cpu.siblings = CpuList::from_iter([core, core + 16]);
        cpu.package = Some(core / 8);
        cpu.node = Some(core / 8);
        cpu.cache_domain = Some(core / 4 * 4);
    }
    topology
}

fn chosen(topology: &Topology) -> (String, String, String) {
    let placement = choose(topology, &Request::default()).unwrap();
    (placement.cpus.to_string(), placement.threaded_cpus.to_string(), placement.housekeeping.to_string())
}

fn strings(single: &str, threaded: &str, housekeeping: &str) -> (String, String, String) {
    (single.into(), threaded.into(), housekeeping.into())
}

#[test]
fn a_single_cpu_serves_for_everything_and_says_so() {
    let placement = choose(&uniform(1), &Request::default()).unwrap();
    assert_eq!(
        (placement.cpus, placement.threaded_cpus, placement.housekeeping),
        (list("0"), list("0"), list("0"))
    );
    assert!(placement.reasons.iter().any(|reason| reason.contains("one CPU")));
}

#[test]
fn two_cpus_leave_cpu_0_to_the_lab() {
    assert_eq!(chosen(&uniform(2)), strings("1", "0-1", "0"));
}

#[test]
fn four_cpus_keep_threads_off_cpu_0() {
    assert_eq!(chosen(&uniform(4)), strings("1", "1-3", "0"));
}

#[test]
fn two_threads_of_one_core_are_told_apart_only_by_not_being_cpu_0() {
    let mut topology = uniform(2);
    for cpu in &mut topology.cpus {
        cpu.siblings = list("0-1");
    }
    assert_eq!(chosen(&topology), strings("1", "0", "0"));
}

#[test]
fn a_hybrid_processor_is_measured_on_its_performance_cores() {
    assert_eq!(chosen(&hybrid()), strings("2", "2,4,6,8,10", "0-1,12-21"));
}

#[test]
fn two_sockets_are_never_spanned() {
    assert_eq!(chosen(&two_sockets()), strings("1", "4-7", "0,2-3,8-16,18-19,24-31"));
}

#[test]
fn big_little_is_measured_on_the_big_cluster() {
    let mut topology = uniform(6);
    for cpu in &mut topology.cpus {
        cpu.kind = CoreKind::Capacity(if cpu.id < 4 { 446 } else { 1024 });
        cpu.cache_domain = Some(if cpu.id < 4 { 0 } else { 4 });
    }
    assert_eq!(chosen(&topology), strings("4", "4-5", "0-3"));
}

#[test]
fn compact_cores_without_a_name_show_by_their_clock() {
    let mut topology = uniform(8);
    for cpu in &mut topology.cpus {
        cpu.clock_max_khz = Some(match cpu.id {
            0..4 => 3_300_000,
            4 => 5_100_000,
            _ => 4_950_000,
        });
    }
    assert_eq!(chosen(&topology), strings("4", "4-7", "0-3"));
}

#[test]
fn isolated_cpus_take_single_threads_and_never_several() {
    let mut topology = uniform(8);
    for cpu in &mut topology.cpus[6..] {
        cpu.is_isolated = true;
        cpu.access = Access::Reachable;
    }
    assert_eq!(chosen(&topology), strings("6", "1-5", "0"));
}

#[test]
fn a_narrowed_affinity_mask_is_kept() {
    let mut topology = uniform(8);
    for cpu in &mut topology.cpus {
        cpu.access = if (4..6).contains(&cpu.id) { Access::Granted } else { Access::Reachable };
        cpu.is_isolated = cpu.id == 7;
    }
    assert_eq!(chosen(&topology), strings("4", "4-5", "0-3,6"));
}

#[test]
fn a_cpu_with_many_interrupts_is_left_out() {
    let interrupt_counts = BTreeMap::from([(0, 5), (1, 2_000_000), (2, 90_000), (3, 60_000)]);
    let placement = choose(&uniform(4), &Request { cpus: None, interrupt_counts }).unwrap();
    assert_eq!(placement.cpus, list("2"), "90000 is near enough to 60000, 2000000 is not");
}

#[test]
fn a_users_list_is_taken_as_it_is() {
    let request = Request { cpus: Some(list("0,2-3")), ..Request::default() };
    let placement = choose(&uniform(4), &request).unwrap();
    assert_eq!((placement.cpus, placement.threaded_cpus), (list("2"), list("0,2-3")));
    assert_eq!(placement.housekeeping, list("1"));
    assert_eq!(placement.warnings, []);
}

#[test]
fn a_cpu_that_cannot_be_had_is_named_with_what_could_be() {
    let mut topology = uniform(6);
    topology.cpus[3].access = Access::Offline;
    topology.cpus[4].access = Access::Forbidden;
    let error = |text: &str| {
        let request = Request { cpus: Some(list(text)), ..Request::default() };
        choose(&topology, &request).unwrap_err().to_string()
    };
    assert_eq!(error("1,9"), "CPU 9 does not exist on this machine, which has 0-5; allowed are 0-2,5");
    assert_eq!(error("3"), "CPU 3 is offline; allowed are 0-2,5");
    assert_eq!(error("4"), "CPU 4 is outside the cpuset of this process; allowed are 0-2,5");
    assert_eq!(error(""), "the CPU list is empty; allowed are 0-2,5");
    assert_eq!(choose(&Topology::default(), &Request::default()), Err(PlacementError::NoCpu));
}

#[test]
fn an_unwise_list_is_taken_with_warnings() {
    let kinds = |topology: &Topology, text: &str| -> Vec<String> {
        let request = Request { cpus: Some(list(text)), ..Request::default() };
        let warnings = choose(topology, &request).unwrap().warnings;
        warnings.into_iter().map(|warning| warning.kind).collect()
    };
    assert_eq!(kinds(&hybrid(), "2,12"), ["cpus_mixed"]);
    assert_eq!(kinds(&hybrid(), "2-3"), ["cpus_share_core"]);
    assert_eq!(kinds(&hybrid(), "10-12,20"), ["cpus_mixed", "cpus_share_core", "cpus_span_domains"]);
    assert_eq!(kinds(&two_sockets(), "7-8"), ["cpus_span_domains"]);
    let mut isolated = uniform(4);
    isolated.cpus[3].is_isolated = true;
    assert_eq!(kinds(&isolated, "2-3"), ["cpus_isolated"]);
    assert_eq!(kinds(&isolated, "3"), Vec::<String>::new());
}
