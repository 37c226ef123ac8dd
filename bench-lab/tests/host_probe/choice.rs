//! The topology that is read, and what is chosen from it.

use bench_lab::host::topology;
use lab_core::cpulist::CpuList;
use lab_core::placement::{PlacementError, Request, choose};
use lab_core::topology::{Access, CoreKind, Topology};

use crate::machines::{self, Machine};

fn read(machine: &Machine) -> Topology {
    topology::read(&machine.plant().root())
}

fn chosen(machine: &Machine) -> (String, String) {
    let placement = choose(&read(machine), &Request::default()).unwrap();
    (placement.cpus.to_string(), placement.threaded_cpus.to_string())
}

#[test]
fn a_guest_with_two_cpus_is_read_without_a_clock() {
    let topology = read(&machines::captured("vm-kvm-2cpu"));
    let cpu = topology.cpu(1).unwrap();
    assert_eq!((cpu.core, cpu.package, cpu.node, cpu.cache_domain), (Some(1), Some(0), Some(0), Some(0)));
    assert_eq!((cpu.kind, cpu.clock_max_khz), (CoreKind::Uniform, None));
    assert_eq!(topology.gaps.len(), 1, "{:?}", topology.gaps);
    assert!(topology.gaps[0].starts_with("greatest clocks: no /sys/"), "{:?}", topology.gaps);
}

#[test]
fn core_types_of_a_hybrid_processor_are_kept_apart() {
    let laptop = machines::hybrid_laptop();
    let topology = read(&laptop);
    assert_eq!(topology.cpu(3).unwrap().kind, CoreKind::Performance);
    assert_eq!(topology.cpu(9).unwrap().kind, CoreKind::Efficiency);
    assert_eq!(topology.core_count(), 8);
    assert_eq!(chosen(&laptop), ("2".into(), "2,4,6".into()));
}

#[test]
fn isolated_cpus_outside_our_mask_are_found_and_used_for_single_threads() {
    let epyc = machines::epyc_two_sockets();
    let topology = read(&epyc);
    assert_eq!(topology.cpu(7).unwrap().access, Access::Reachable);
    assert!(topology.cpu(7).unwrap().is_isolated);
    assert_eq!(chosen(&epyc), ("7".into(), "8-11".into()));
}

#[test]
fn capacities_tell_big_from_little() {
    let arm = machines::arm_big_little();
    assert_eq!(read(&arm).cpu(5).unwrap().kind, CoreKind::Capacity(1024));
    assert_eq!(chosen(&arm), ("4".into(), "4-5".into()));
}

#[test]
fn a_container_keeps_to_its_cpus() {
    let container = machines::docker_container();
    let topology = read(&container);
    assert_eq!(topology.permitted(), "2-3".parse::<CpuList>().unwrap());
    assert_eq!(chosen(&container), ("2".into(), "2-3".into()));
    let request = Request { cpus: Some("1".parse().unwrap()), ..Request::default() };
    let error = choose(&topology, &request).unwrap_err();
    assert_eq!(error, PlacementError::NotAllowed { cpu: 1, allowed: "2-3".parse().unwrap() });
}

#[test]
fn a_sandbox_without_sys_still_has_its_cpus() {
    let topology = read(&machines::proc_only());
    assert_eq!(topology.present(), "0".parse::<CpuList>().unwrap());
    assert_eq!(chosen(&machines::proc_only()), ("0".into(), "0".into()));
}

#[test]
fn an_offline_cpu_is_there_and_not_to_be_had() {
    let machine = machines::docker_container()
        .with("/sys/devices/system/cpu/online", "0,2-3")
        .with("/proc/self/status", "Cpus_allowed_list:\t0,2-3\n")
        .with("/sys/fs/cgroup/cpuset.cpus.effective", "0,2-3");
    assert_eq!(read(&machine).cpu(1).unwrap().access, Access::Offline);
}

#[test]
fn a_list_that_cannot_be_read_is_a_gap_and_no_panic() {
    let machine = machines::docker_container().with("/sys/devices/system/cpu/present", "0-x");
    let topology = read(&machine);
    assert_eq!(topology.present(), "0-3".parse::<CpuList>().unwrap(), "taken from the online list");
    let nothing = read(&Machine::default());
    assert_eq!(choose(&nothing, &Request::default()), Err(PlacementError::NoCpu));
    assert!(nothing.gaps[0].starts_with("CPUs: no /sys"), "{:?}", nothing.gaps);
}
