//! Every fact of every machine, against the kept files.

use std::fmt::Write;
use std::fs;

use bench_lab::host::probe::{LiveReadings, environment};
use bench_lab::host::{interrupts, topology};
use lab_core::model::{Environment, FactClass, FactValue};
use lab_core::placement::{Request, choose};

use crate::machines::{self, Machine};

pub(crate) fn probed(machine: &Machine) -> Environment {
    let planted = machine.plant();
    let topology = topology::read(&planted.root());
    environment(&planted.root(), &topology, &LiveReadings::none("captured machine"))
}

fn told(environment: &Environment) -> String {
    let mut out = String::new();
    for (name, fact) in &environment.facts {
        let value = match &fact.value {
            FactValue::Bool(value) => value.to_string(),
            FactValue::Integer(value) => value.to_string(),
            FactValue::Number(value) => value.to_string(),
            FactValue::Text(value) => format!("{value:?}"),
            FactValue::List(values) => format!("{values:?}"),
            FactValue::Absent(reason) => format!("null ({reason})"),
        };
        writeln!(out, "{:<13} {name} = {value} <{}>", fact.class.id(), fact.source).unwrap();
    }
    let digests = environment.digests();
    writeln!(out, "digest machine {}", digests.machine).unwrap();
    writeln!(out, "digest configuration {}", digests.configuration).unwrap();
    out
}

fn placed(machine: &Machine) -> String {
    let planted = machine.plant();
    let topology = topology::read(&planted.root());
    let interrupt_counts = interrupts::device_counts(&planted.root()).unwrap_or_default();
    let mut out: String = topology.gaps.iter().map(|gap| format!("gap {gap}\n")).collect();
    match choose(&topology, &Request { cpus: None, interrupt_counts }) {
        Err(error) => writeln!(out, "no placement: {error}").unwrap(),
        Ok(placement) => {
            writeln!(out, "cpus {}", placement.cpus).unwrap();
            writeln!(out, "threaded {}", placement.threaded_cpus).unwrap();
            writeln!(out, "housekeeping {}", placement.housekeeping).unwrap();
            placement.reasons.iter().for_each(|reason| writeln!(out, "reason {reason}").unwrap());
        }
    }
    out
}

#[test]
fn every_machine_says_what_is_kept_of_it() {
    let mut differing = Vec::new();
    for (name, machine) in machines::all() {
        let said = told(&probed(&machine)) + &placed(&machine);
        let path = machines::fixture(&format!("{name}.facts"));
        if std::env::var_os("BLESS").is_some() {
            fs::write(&path, &said).unwrap();
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        for line in said.lines().filter(|line| !kept.lines().any(|other| other == *line)) {
            differing.push(format!("{name}: now  {line}"));
        }
        for line in kept.lines().filter(|line| !said.lines().any(|other| other == *line)) {
            differing.push(format!("{name}: kept {line}"));
        }
    }
    assert!(differing.is_empty(), "BLESS=1 keeps these:\n{}", differing.join("\n"));
}

/// The names that the issue of part 1 lists, as far as the probe of the host provides them.
const PROMISED: &[&str] = &[
    "cpu.vendor",
    "cpu.family",
    "cpu.model",
    "cpu.stepping",
    "cpu.brand",
    "cpu.flags_sha256",
    "cpu.level",
    "cpu.microcode",
    "topology.threads_count",
    "topology.cores_count",
    "topology.core_types",
    "cache.l1d_size",
    "cache.l3_size",
    "numa.nodes_count",
    "clock.nominal_khz",
    "clock.min_khz",
    "clock.max_khz",
    "memory.total_gib",
    "board.vendor",
    "board.name",
    "bios.version",
    "virtual.hypervisor",
    "virtual.container",
    "boot.id",
    "kernel.release",
    "kernel.version",
    "kernel.cmdline",
    "kernel.preempt",
    "frequency.driver",
    "frequency.governor",
    "frequency.boost",
    "frequency.epp",
    "idle.driver",
    "idle.governor",
    "idle.states",
    "isolation.isolated",
    "isolation.nohz_full",
    "thp.enabled",
    "ksm.run",
    "swap.total_kib",
    "aslr.mode",
    "clocksource.current",
    "perf.paranoid",
    "perf.cycles",
    "os.id",
    "libc.version",
    "timer.resolution_ns",
    "machine.name",
];

#[test]
fn every_promised_fact_is_there_or_says_why_not() {
    for (machine_name, machine) in machines::all() {
        let environment = probed(&machine);
        for name in PROMISED {
            let fact = environment.facts.get(*name);
            let is_nominal =
                *name == "clock.nominal_khz" && environment.facts.contains_key("clock.nominal_mhz");
            assert!(fact.is_some() || is_nominal, "{machine_name} does not mention {name}");
        }
        for (name, fact) in &environment.facts {
            assert!(!fact.source.is_empty(), "{machine_name}: {name} has no source");
            match &fact.value {
                FactValue::Absent(reason) => {
                    assert!(!reason.is_empty(), "{machine_name}: {name} has no reason")
                }
                FactValue::Text(text) => assert!(!text.is_empty(), "{machine_name}: {name} is empty"),
                _ => {}
            }
        }
    }
}

#[test]
fn an_empty_root_gives_reasons_and_no_false_off() {
    let environment = probed(&Machine::default());
    for (name, fact) in environment.facts.iter().filter(|(_, fact)| fact.class != FactClass::Explanation) {
        let is_known = ["virtual.container"].contains(&name.as_str());
        let is_absent = matches!(fact.value, FactValue::Absent(_));
        assert!(is_absent || is_known, "{name} = {:?} out of nothing", fact.value);
    }
}

#[test]
fn the_running_machine_is_probed_whole() {
    let root = bench_lab::host::sysfs::SysRoot::live();
    let topology = topology::read(&root);
    let live = LiveReadings::take();
    let environment = environment(&root, &topology, &live);
    for name in ["kernel.release", "machine.name", "boot.id"] {
        assert!(environment.text(name).is_some(), "{name}: {:?}", environment.facts.get(name));
    }
    let mask = rustix::thread::sched_getaffinity(None).unwrap();
    for cpu in &topology.cpus {
        let in_mask = mask.is_set(cpu.id as usize);
        assert_eq!(in_mask, cpu.access == lab_core::topology::Access::Granted, "CPU {}", cpu.id);
    }
}
