//! Every check on both sides of its limits: a host that is well, one thing changed, and exactly that is found.

mod cpu;
mod effect;
mod noise;
mod system;

use lab_core::doctor::Check;

use crate::host::Host;
use crate::metal;

const CPUS: &str = "/sys/devices/system/cpu";

/// The checks whose status is another one than on the host that is well, with the new status.
fn changes(host: &Host) -> Vec<(Check, &'static str)> {
    let (well, now) = (metal::host().report(), host.report());
    let pairs = well.findings.iter().zip(&now.findings);
    let other = pairs.filter(|(before, after)| before.status.word() != after.status.word());
    other.map(|(_, after)| (after.check, after.status.word())).collect()
}

#[track_caller]
fn finds(host: Host, expected: &[(Check, &'static str)]) {
    assert_eq!(changes(&host), expected, "{:#?}", host.report().findings);
}

/// The same file of every CPU.
fn everywhere(file: &str, text: &str) -> Host {
    (0..4).fold(metal::host(), |host, cpu| host.with(&format!("{CPUS}/cpu{cpu}/{file}"), text))
}

#[test]
fn a_host_that_is_well_has_nothing_to_say() {
    let report = metal::host().report();
    let checks: Vec<Check> = report.findings.iter().map(|finding| finding.check).collect();
    assert_eq!(checks, Check::ALL, "one finding per check, in order");
    for finding in &report.findings {
        let expected = match finding.check {
            // Without a hypervisor nobody could steal: that is no pass.
            Check::Steal => "n/a",
            // Nothing is set, so nothing can be seen to act.
            Check::KnobEffects => "n/a",
            _ => "ok",
        };
        assert_eq!(finding.status.word(), expected, "{finding:#?}");
    }
}
