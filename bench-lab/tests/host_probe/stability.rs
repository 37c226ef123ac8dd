//! What may change on a machine without making another of it.

use lab_core::model::{Environment, FactClass, FactValue};

use crate::facts::probed;
use crate::machines;

const CPUS: &str = "/sys/devices/system/cpu";

#[test]
fn another_kernel_and_another_boot_are_the_same_machine() {
    for (name, machine) in machines::all() {
        let rebooted = machine
            .clone()
            .with("/proc/sys/kernel/random/boot_id", "other")
            .with("/proc/sys/kernel/osrelease", "9.9.9")
            .with("/proc/cmdline", "mitigations=off")
            .with("/etc/hostname", "other");
        let (before, after) = (probed(&machine).digests(), probed(&rebooted).digests());
        assert_eq!(before.machine, after.machine, "{name}");
        assert_ne!(before.configuration, after.configuration, "{name}");
    }
}

#[test]
fn settings_change_the_configuration_and_not_the_machine() {
    let laptop = machines::hybrid_laptop();
    let before = probed(&laptop).digests();
    let settings = [
        ("cpu3/cpufreq/scaling_governor", "performance"),
        ("cpu0/cpufreq/energy_performance_preference", "performance"),
        ("intel_pstate/no_turbo", "1"),
        ("cpu2/cpuidle/state2/disable", "0"),
        ("smt/control", "off"),
        ("isolated", "11"),
        ("vulnerabilities/meltdown", "Vulnerable"),
    ];
    for (file, text) in settings {
        let after = probed(&laptop.clone().with(&format!("{CPUS}/{file}"), text)).digests();
        assert_eq!(before.machine, after.machine, "{file}");
        assert_ne!(before.configuration, after.configuration, "{file}");
    }
}

#[test]
fn a_twin_that_is_switched_off_makes_no_other_machine() {
    let laptop = machines::hybrid_laptop();
    let before = probed(&laptop);
    let mut without_twins = laptop.with(&format!("{CPUS}/online"), "0,2,4,6,8-11");
    for cpu in [1, 3, 5, 7] {
        let own = (cpu - 1).to_string();
        for part in ["topology", "cache", "cpufreq"] {
            without_twins = without_twins.without(&format!("{CPUS}/cpu{cpu}/{part}"));
        }
        let twin = format!("{CPUS}/cpu{}", cpu - 1);
        without_twins = without_twins
            .with(&format!("{twin}/topology/core_cpus_list"), &own)
            .with(&format!("{twin}/cache/index1/shared_cpu_list"), &own);
    }
    let after = probed(&without_twins);
    assert_eq!(before.digests().machine, after.digests().machine);
    assert_eq!(before.text("machine.name"), after.text("machine.name"));
    assert_ne!(before.digests().configuration, after.digests().configuration);
}

#[test]
fn readings_that_move_are_no_facts() {
    let laptop = machines::hybrid_laptop();
    let cpuinfo = |mhz: &str| {
        let text = std::fs::read_to_string(laptop.plant().root().path("/proc/cpuinfo")).unwrap();
        text.replace(".123", mhz).replace("4377.60", "4399.99")
    };
    let moved = laptop.clone().with("/proc/cpuinfo", &cpuinfo(".999"));
    assert_eq!(probed(&laptop), probed(&moved));
}

#[test]
fn no_fact_holds_the_name_of_the_host() {
    let named = machines::hybrid_laptop()
        .with("/etc/hostname", "secret-name")
        .with("/proc/sys/kernel/hostname", "secret-name")
        .with("/sys/class/dmi/id/product_serial", "secret-name");
    let holds = |environment: &Environment| format!("{environment:?}").contains("secret-name");
    assert!(!holds(&probed(&named)));
}

#[test]
fn a_missing_file_is_never_a_switch_that_is_off() {
    let guest = probed(&machines::captured("vm-kvm-2cpu"));
    let FactValue::Absent(reason) = &guest.facts["frequency.boost"].value else {
        panic!("{:?}", guest.facts["frequency.boost"]);
    };
    assert_eq!(reason, "no cpufreq: virtual machine");
    let absent = |machine: &machines::Machine, name: &str| match &probed(machine).facts[name].value {
        FactValue::Absent(reason) => reason.clone(),
        value => panic!("{name} = {value:?}"),
    };
    assert_eq!(
        absent(&machines::docker_container(), "frequency.governor"),
        "no cpufreq: hidden by the docker container, or not there"
    );
    assert_eq!(absent(&machines::arm_big_little(), "clock.tsc_is_steady"), "a register of x86 only");
}

#[test]
fn classes_are_those_of_the_design() {
    let environment = probed(&machines::epyc_two_sockets());
    let class = |name: &str| environment.facts[name].class;
    assert_eq!(class("cpu.model"), FactClass::Machine);
    assert_eq!(class("cpu.microcode"), FactClass::Configuration);
    assert_eq!(class("boot.id"), FactClass::Explanation);
    assert_eq!(class("perf.paranoid"), FactClass::Explanation);
}
