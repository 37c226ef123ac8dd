//! The clock that times are read from.
//!
//! It knows clock sources by name only; their speed is measured with the host's facts.

use super::catalogue::Check;
use super::criterion::Criterion;
use super::finding::Finding;
use super::reading::Sourced;

/// Readings of the group.
#[derive(Clone, Debug)]
pub struct Timekeeping {
    /// The source in force.
    pub clocksource: Sourced<String>,
    /// Those that there are, for the fix; empty when unknown.
    pub available: Vec<String>,
}

/// Counters of the processor itself, read in user mode: of x86, ARM, RISC-V, POWER, s390.
const DIRECT: [&str; 5] = ["tsc", "arch_sys_counter", "riscv_clocksource", "timebase", "tod"];

/// Sources of a hypervisor that the vDSO reads (Linux, `arch/x86/include/asm/vdso/clocksource.h`: PVCLOCK, HVCLOCK).
const PARAVIRTUAL: [&str; 3] = ["kvm-clock", "hyperv_clocksource_tsc_page", "xen"];

const FILE: &str = "/sys/devices/system/clocksource/clocksource0/current_clocksource";

pub(super) fn judge(readings: &Timekeeping) -> Vec<Finding> {
    let finding = readings.clocksource.judge(Check::Clocksource, |name, finding| {
        let is_direct = DIRECT.contains(&name.as_str());
        let is_virtual = PARAVIRTUAL.contains(&name.as_str());
        let finding = finding
            .value(name.clone())
            .when(Criterion::ClocksourceVirtual, is_virtual)
            .when(Criterion::ClocksourceSlow, !is_direct && !is_virtual);
        match readings.available.iter().find(|other| DIRECT.contains(&other.as_str())) {
            Some(better) => finding.remedy(
                format!("echo {better} | sudo tee {FILE}"),
                Some(format!("echo {name} | sudo tee {FILE}")),
            ),
            None => finding,
        }
    });
    vec![finding]
}
