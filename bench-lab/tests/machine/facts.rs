//! Definitions against machines that are files: the same, changed, another.

use bench_lab::host::probe::{LiveReadings, environment};
use bench_lab::host::topology;
use lab_core::machine::{KNOWN, Kind, Match, Origin, Verification, known, place, read, verify, write};
use lab_core::machine_name::machine_name;
use lab_core::model::{Environment, FactClass, FactValue};
use lab_core::placement::{Placement, Request, choose};

use crate::machines::{self, Machine};

fn probed(machine: &Machine) -> (Environment, Placement) {
    let planted = machine.plant();
    let topology = topology::read(&planted.root());
    let live = LiveReadings::none("captured machine");
    let placement = choose(&topology, &Request::default()).unwrap();
    (environment(&planted.root(), &topology, &live), placement)
}

fn defined(machine: &Machine) -> String {
    let (environment, placement) = probed(machine);
    let name = machine_name(&environment);
    write(&Origin {
        environment: &environment,
        placement: &placement,
        name: &name,
        knobs: &[],
        canaries: Err("captured"),
        head: "captured",
    })
}

pub(crate) fn compared(text: &str, machine: &Machine) -> Verification {
    verify(&read(text, &[]).unwrap_or_else(|error| panic!("{error}\n{text}")), &probed(machine).0)
}

fn said(verification: &Verification) -> Vec<String> {
    let told = |warning: lab_core::model::Warning| format!("{} {warning}", warning.kind);
    verification.warnings().into_iter().map(told).collect()
}

/// Every machine of which enough is known to tell it from others.
fn all() -> Vec<(&'static str, Machine)> {
    machines::all().into_iter().filter(|(name, _)| *name != "proc-only").collect()
}

#[test]
fn every_machine_fits_its_own_definition_and_no_other() {
    let definitions: Vec<(&str, String)> =
        all().into_iter().map(|(name, machine)| (name, defined(&machine))).collect();
    for (name, machine) in all() {
        for (of, definition) in &definitions {
            let wanted = if *of == name { Match::Same } else { Match::Other };
            let verification = compared(definition, &machine);
            assert_eq!(verification.verdict(), wanted, "{name} under {of}: {:?}", said(&verification));
        }
    }
}

#[test]
fn a_machine_of_which_nothing_is_known_gets_no_definition_that_fits_all() {
    let machine = machines::all().into_iter().find(|(name, _)| *name == "proc-only").unwrap().1;
    let (mut environment, _) = probed(&machine);
    environment.facts.retain(|_, fact| matches!(fact.value, FactValue::Absent(_)));
    let (_, placement) = probed(&machines::epyc_two_sockets());
    let text = write(&Origin {
        environment: &environment,
        placement: &placement,
        name: "x",
        knobs: &[],
        canaries: Err("captured"),
        head: "",
    });
    assert!(read(&text, &[]).unwrap_err().to_string().contains("expect.required is missing"));
}

#[test]
fn new_microcode_another_kernel_and_a_missing_module_are_drift_with_before_and_now() {
    let machine = machines::epyc_two_sockets();
    let definition = defined(&machine);
    let cpuinfo = "/proc/cpuinfo";
    let planted = machine.plant();
    let text = planted.root().read(cpuinfo).unwrap().replace("0xa0011d5", "0xa0011de") + "\n";
    let cases = [
        (
            machine.clone().with(cpuinfo, &text),
            "cpu.microcode: is 0xa0011de, and the machine's definition says 0xa0011d5",
        ),
        (
            machine.clone().with("/proc/sys/kernel/osrelease", "6.1.0-32-amd64"),
            "kernel.release: is 6.1.0-32-amd64, and the machine's definition says 6.1.0-31-amd64",
        ),
        // One of sixteen modules of 32 GiB.
        (
            machine.clone().with("/proc/meminfo", "MemTotal:       494976516 kB\n"),
            "memory.total_gib: is 480, and the machine's definition says 512",
        ),
        (
            machine.clone().with("/sys/devices/system/cpu/smt/control", "off"),
            "topology.smt_control: is off, and the machine's definition says on",
        ),
    ];
    for (changed, told) in cases {
        let verification = compared(&definition, &changed);
        assert_eq!(verification.verdict(), Match::Drifted);
        assert_eq!(said(&verification), [format!("machine_drift {told}")]);
    }
}

#[test]
fn another_board_and_another_processor_are_another_machine() {
    let machine = machines::epyc_two_sockets();
    let definition = defined(&machine);
    let board = machine.clone().with("/sys/class/dmi/id/board_name", "H11DSi");
    assert_eq!(
        said(&compared(&definition, &board)),
        ["machine_mismatch board.name: is H11DSi, and the machine's definition says H12DSi-N6"]
    );
    let hidden = machine.without("/sys/class/dmi");
    let verification = compared(&definition, &hidden);
    assert_eq!(verification.verdict(), Match::Other, "a hidden board is no proof");
}

#[test]
fn a_cpu_that_the_machine_lacks_is_named_with_its_key() {
    let planted = machines::captured("vm-kvm-2cpu").plant();
    let topology = topology::read(&planted.root());
    let error = |cpus: &str| {
        let text = format!("name = \"a\"\nexpect.required.cpu.brand = \"x\"\n[cpus]\n{cpus}\n");
        let seats = read(&text, &[]).unwrap().seats;
        place(&seats, &topology, &Request::default()).map_err(|error| error.to_string())
    };
    let rest = "CPU 2 does not exist on this machine, which has 0-1; allowed are 0-1";
    assert_eq!(error("bench = \"1-2\"").unwrap_err(), format!("cpus.bench: {rest}"));
    assert_eq!(error("housekeeping = \"2\"").unwrap_err(), format!("cpus.housekeeping: {rest}"));
    let placed = error("bench = \"0\"\nhousekeeping = \"1\"").unwrap();
    assert_eq!((placed.cpus.to_string(), placed.housekeeping.to_string()), ("0".into(), "1".into()));
}

/// Facts that a definition may name, and the probe's: each knows the other, and the types agree.
#[test]
fn every_fact_that_decides_can_be_expected_with_its_own_type() {
    let live = topology::read(&bench_lab::host::sysfs::SysRoot::live());
    let root = bench_lab::host::sysfs::SysRoot::live();
    let mut environments = vec![environment(&root, &live, &LiveReadings::take())];
    environments.extend(machines::all().iter().map(|(_, machine)| probed(machine).0));
    let mut seen = std::collections::BTreeSet::new();
    for environment in &environments {
        for (name, fact) in &environment.facts {
            if matches!(fact.class, FactClass::Explanation | FactClass::Build) {
                assert!(known(name).is_none(), "{name} decides nothing about the machine");
                continue;
            }
            let known =
                known(name).unwrap_or_else(|| panic!("{name} is missing in lab-core/src/machine/known.rs"));
            let is_value = !matches!(fact.value, FactValue::Absent(_));
            assert!(
                !is_value || known.kind.admits(&fact.value),
                "{name}: {:?} is no {:?}",
                fact.value,
                known.kind
            );
            seen.insert(known.name);
        }
    }
    let unseen: Vec<&str> = KNOWN.iter().map(|fact| fact.name).filter(|name| !seen.contains(name)).collect();
    assert!(unseen.is_empty(), "no machine has these: {unseen:?}");
    assert!(KNOWN.iter().any(|fact| fact.kind == Kind::List));
}
