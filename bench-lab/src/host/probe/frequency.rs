//! Who sets the clock and within which limits: `frequency.*`.
//!
//! It reads the switches; whether the processor obeys shows in the measured clock of each invocation.

use lab_core::model::FactClass::Configuration;
use lab_core::model::FactValue;

use super::super::sysfs::Absence;
use super::Host;
use super::facts::Facts;
use super::scene::Provider::Hardware;

const CPUS: &str = "/sys/devices/system/cpu";

/// Fact and file below each CPU.
const PER_CPU: [(&str, &str); 6] = [
    ("frequency.driver", "cpufreq/scaling_driver"),
    ("frequency.governor", "cpufreq/scaling_governor"),
    ("frequency.min_khz", "cpufreq/scaling_min_freq"),
    ("frequency.max_khz", "cpufreq/scaling_max_freq"),
    ("frequency.epp", "cpufreq/energy_performance_preference"),
    ("frequency.epb", "power/energy_perf_bias"),
];

pub(super) fn fill(facts: &mut Facts<'_>, host: &Host<'_>) {
    let online = host.topology.online();
    let has_cpufreq = online.iter().any(|cpu| facts.root.exists(&format!("{CPUS}/cpu{cpu}/cpufreq")));
    for (name, file) in PER_CPU {
        let pattern = format!("{CPUS}/cpu{{}}/{file}");
        let value = match has_cpufreq || !file.starts_with("cpufreq/") {
            true => facts.per_cpu(&online, Hardware, &pattern),
            false => Err(no_cpufreq(facts)),
        };
        facts.record(name, Configuration, &pattern.replace("{}", "*"), value.map(FactValue::Text));
    }
    mode(facts);
    boost(facts, host, has_cpufreq);
}

/// The directory above the CPUs exists, empty, on virtual machines; only one below a CPU counts.
fn no_cpufreq(facts: &Facts<'_>) -> Absence {
    facts.scene.explain("no cpufreq", Hardware)
}

/// `active`, `passive` or `guided`: the two drivers that can leave the choice to the processor.
fn mode(facts: &mut Facts<'_>) {
    let paths = [format!("{CPUS}/intel_pstate/status"), format!("{CPUS}/amd_pstate/status")];
    let found = paths.iter().find_map(|path| Some((path.clone(), facts.root.read(path).ok()?)));
    let (source, value) = match found {
        Some((path, text)) => (path, Ok(FactValue::Text(text))),
        None => {
            let absence = format!("no {}, no {}", paths[0], paths[1]);
            (paths.join(", "), Err(facts.scene.explain(&absence, Hardware)))
        }
    };
    facts.record("frequency.mode", Configuration, &source, value);
}

/// Whether the processor may go above its nominal clock. The file and not the driver's name decides where to look:
/// intel_pstate keeps `no_turbo` in passive mode too, and kernels from 6.11 have one switch per policy.
fn boost(facts: &mut Facts<'_>, host: &Host<'_>, has_cpufreq: bool) {
    let no_turbo = format!("{CPUS}/intel_pstate/no_turbo");
    let global = format!("{CPUS}/cpufreq/boost");
    let pattern = format!("{CPUS}/cpu{{}}/cpufreq/boost");
    let (source, value) = if let Ok(text) = facts.root.read(&no_turbo) {
        let value = switch(&text, &no_turbo).map(|is_off| FactValue::Bool(!is_off));
        (no_turbo, value)
    } else if let Ok(text) = facts.root.read(&global) {
        let value = switch(&text, &global).map(FactValue::Bool);
        (global, value)
    } else if has_cpufreq {
        let value = facts.per_cpu(&host.topology.online(), Hardware, &pattern);
        let value = value.map(|text| match text.as_str() {
            "0" => FactValue::Bool(false),
            "1" => FactValue::Bool(true),
            _ => FactValue::Text(text),
        });
        let unknown = |why| format!("no boost switch ({no_turbo}, {global}): {why}");
        (pattern.replace("{}", "*"), value.map_err(unknown))
    } else {
        (format!("{no_turbo}, {global}"), Err(no_cpufreq(facts)))
    };
    facts.record("frequency.boost", Configuration, &source, value);
}

fn switch(text: &str, path: &str) -> Result<bool, Absence> {
    match text {
        "0" => Ok(false),
        "1" => Ok(true),
        _ => Err(format!("{path} holds {text:?}, which is neither 0 nor 1")),
    }
}
