//! Whole reports as a person sees them, and what holds for every report.

use std::path::Path;

use bench_lab::host::doctor::Live;
use lab_core::doctor::{Cost, Status, json, text};

use crate::host::Host;
use crate::{machines, metal};

fn assert_snapshot(name: &str, rendered: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/doctor"));
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!(name, rendered));
}

/// The captured guest, with nothing but its files.
fn virtual_machine() -> Host {
    Host {
        first: machines::captured("vm-kvm-2cpu"),
        live: Live::none("not captured"),
        has_counters: Err("not captured".into()),
        cpus: None,
        probes: None,
    }
}

/// The bare-metal host as distributions leave it: nothing is tuned, and somebody compiles.
fn untuned() -> Host {
    let cpus = "/sys/devices/system/cpu";
    let mut host = metal::host().with(&format!("{cpus}/intel_pstate/no_turbo"), "0");
    for cpu in 0..4 {
        for (file, text) in [
            ("scaling_governor", "powersave"),
            ("scaling_min_freq", "800000"),
            ("scaling_max_freq", "4200000"),
            ("energy_performance_preference", "balance_performance"),
        ] {
            host = host.with(&format!("{cpus}/cpu{cpu}/cpufreq/{file}"), text);
        }
    }
    host.with("/proc/700/stat", &metal::process(700, "irqbalance", 0))
        .with("/proc/sys/kernel/nmi_watchdog", "1")
        .without(&format!("{cpus}/isolated"))
        .without(&format!("{cpus}/nohz_full"))
        .probing(|probes| {
            probes.clocks = Ok(vec![(1, vec![3.9, 4.1, 3.7])]);
            let pressure = "some avg10=9.00 avg60=0.00 avg300=0.00 total=101000\n";
            let machine = probes.rested.clone().with("/proc/901/stat", &metal::process(901, "rustc", 182));
            probes.rested = machine.with("/proc/pressure/cpu", pressure);
        })
}

#[test]
fn a_captured_virtual_machine() {
    let report = virtual_machine().report();
    for (name, width) in [("vm_kvm_2cpu", 112), ("vm_kvm_2cpu_at_80", 80), ("vm_kvm_2cpu_at_60", 60)] {
        let rendered = text::render(&report, width);
        // A path or a fix is there to be copied, and stays one word.
        let is_prose = |line: &&str| !line.contains("fix: ") && !line.contains("/sys/");
        let long: Vec<&str> =
            rendered.lines().filter(is_prose).filter(|line| line.chars().count() > width).collect();
        assert!(long.is_empty(), "wider than {width}: {long:#?}");
        assert_snapshot(name, &rendered);
    }
}

#[test]
fn a_bare_metal_host_that_nobody_tuned() {
    assert_snapshot("bare_metal_untuned", &text::render(&untuned().report(), 112));
}

#[test]
fn a_bare_metal_host_that_is_tuned() {
    assert_snapshot("bare_metal_tuned", &text::render(&metal::host().report(), 80));
}

#[test]
fn json_of_the_host_that_nobody_tuned() {
    let value = json::render(&untuned().report());
    assert_snapshot("bare_metal_untuned_json", &serde_json::to_string_pretty(&value).unwrap());
}

#[test]
fn what_a_hypervisor_hides_is_never_ok() {
    let report = virtual_machine().report();
    let hidden = report.findings.iter().filter(|finding| match &finding.status {
        Status::NotApplicable(why) => why.starts_with("virtual: "),
        _ => false,
    });
    assert!(hidden.count() >= 6, "{:#?}", report.findings);
    assert!(report.counts().ok < report.findings.len() / 2);
}

#[test]
fn every_finding_has_a_value_or_a_reason() {
    for host in [virtual_machine(), untuned(), metal::host()] {
        for finding in host.report().findings {
            let says_why = matches!(finding.status, Status::NotApplicable(_) | Status::Unknown(_));
            assert_ne!(finding.value.is_some(), says_why, "{finding:#?}");
            assert!(!finding.source.is_empty());
        }
    }
}

#[test]
fn without_probes_exactly_the_timed_checks_know_nothing() {
    let host = Host { probes: None, ..metal::host() };
    for finding in host.report().findings {
        let knows_nothing = matches!(&finding.status, Status::Unknown(why) if why == "not captured");
        // A machine without twins, or on which nothing is set, needs no watching to say so.
        let needs_none = matches!(finding.check.id(), "smt_twins" | "knob_effects");
        let is_timed = finding.check.cost() == Cost::Timed && !needs_none;
        assert_eq!(knows_nothing, is_timed, "{finding:#?}");
    }
}

#[test]
fn a_machine_without_any_file_is_examined_to_the_end() {
    let bare = machines::Machine::default().with("/proc/cpuinfo", "processor\t: 0\n");
    let report = Host { first: bare, ..virtual_machine() }.report();
    assert_eq!(report.findings.len(), lab_core::doctor::Check::ALL.len());
    assert!(report.counts().ok <= 4, "{:#?}", report.findings);
}
