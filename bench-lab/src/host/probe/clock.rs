//! Clocks of the processor and of the kernel: `clock.*`, `clocksource.*`, `timer.*`.
//!
//! The clock a benchmark really ran at is a signal of each invocation and no fact.

use lab_core::model::{FactClass, FactValue};

use super::super::sysfs::Absence;
use super::Host;
use super::facts::Facts;
use super::scene::{Architecture, Provider};

const CPUS: &str = "/sys/devices/system/cpu";
const CLOCKSOURCE: &str = "/sys/devices/system/clocksource/clocksource0";

pub(super) fn fill(facts: &mut Facts<'_>, host: &Host<'_>) {
    // Configuration and not machine: the limits follow the driver, its mode and the boost switch.
    let online = host.topology.online();
    for (name, file) in [("clock.min_khz", "cpuinfo_min_freq"), ("clock.max_khz", "cpuinfo_max_freq")] {
        let pattern = format!("{CPUS}/cpu{{}}/cpufreq/{file}");
        let value = facts.per_cpu(&online, Provider::Hardware, &pattern).map(FactValue::Text);
        facts.record(name, FactClass::Configuration, &pattern.replace("{}", "*"), value);
    }
    nominal(facts, host);
    tsc(facts);
    facts.text(
        "clocksource.current",
        FactClass::Configuration,
        Provider::Kernel,
        &format!("{CLOCKSOURCE}/current_clocksource"),
    );
    facts.text(
        "clocksource.available",
        FactClass::Explanation,
        Provider::Kernel,
        &format!("{CLOCKSOURCE}/available_clocksource"),
    );
    let readings = [
        ("timer.resolution_ns", "clock_getres(CLOCK_MONOTONIC)", &host.live.timer_resolution_ns),
        ("timer.step_ns", "least difference between readings of CLOCK_MONOTONIC", &host.live.timer_step_ns),
    ];
    for (name, source, reading) in readings {
        facts.record(name, FactClass::Explanation, source, reading.clone().map(FactValue::Integer));
    }
}

/// The clock without boost: intel_pstate gives it in kHz, the firmware's CPPC tables in MHz (kernel:
/// `Documentation/admin-guide/acpi/cppc_sysfs.rst`); 0 there means that the firmware does not say.
fn nominal(facts: &mut Facts<'_>, host: &Host<'_>) {
    let online = host.topology.online();
    let base = format!("{CPUS}/cpu{{}}/cpufreq/base_frequency");
    if let Ok(value) = facts.per_cpu(&online, Provider::Hardware, &base) {
        let source = base.replace("{}", "*");
        return facts.record(
            "clock.nominal_khz",
            FactClass::Configuration,
            &source,
            Ok(FactValue::Text(value)),
        );
    }
    let cppc = format!("{CPUS}/cpu{{}}/acpi_cppc/nominal_freq");
    let value = facts.per_cpu(&online, Provider::Hardware, &cppc).and_then(|value| match value.as_str() {
        "0" => Err("acpi_cppc/nominal_freq is 0: the firmware does not say".into()),
        _ => Ok(FactValue::Text(value)),
    });
    let source = cppc.replace("{}", "*");
    let name = if value.is_ok() { "clock.nominal_mhz" } else { "clock.nominal_khz" };
    facts.record(name, FactClass::Configuration, &source, value);
}

/// A time stamp counter is fit for timing when it neither follows the clock nor stops in deep idle.
fn tsc(facts: &mut Facts<'_>) {
    let value: Result<FactValue, Absence> = match facts.scene.architecture {
        Architecture::X86 => facts.root.read("/proc/cpuinfo").and_then(|text| {
            let flags = text.lines().find(|line| line.starts_with("flags"));
            let flags = flags.ok_or("no flags in /proc/cpuinfo")?;
            let has = |name: &str| flags.split_whitespace().any(|flag| flag == name);
            Ok(FactValue::Bool(has("constant_tsc") && has("nonstop_tsc")))
        }),
        Architecture::Arm | Architecture::Other => Err("a register of x86 only".into()),
    };
    facts.record("clock.tsc_is_steady", FactClass::Configuration, "/proc/cpuinfo flags", value);
}
