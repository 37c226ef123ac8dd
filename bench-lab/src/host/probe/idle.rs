//! How deep the CPUs may sleep: `idle.*`.
//!
//! Times spent in a state are no facts; only which states may be entered are.

use lab_core::model::FactClass::Configuration;
use lab_core::model::FactValue;

use super::Host;
use super::facts::{Facts, grouped};
use super::scene::Provider::{Hardware, Kernel};

const CPUS: &str = "/sys/devices/system/cpu";

pub(super) fn fill(facts: &mut Facts<'_>, host: &Host<'_>) {
    facts.text("idle.driver", Configuration, Kernel, &format!("{CPUS}/cpuidle/current_driver"));
    // Kernels before 5.9 can be told to make the governor read-only and then use the second name.
    let governors =
        [format!("{CPUS}/cpuidle/current_governor"), format!("{CPUS}/cpuidle/current_governor_ro")];
    let path = governors.iter().find(|path| facts.root.exists(path)).unwrap_or(&governors[0]);
    facts.text("idle.governor", Configuration, Kernel, path);

    let online = host.topology.online();
    let states = online.iter().filter_map(|cpu| Some((cpu, states(facts, cpu)?)));
    let states = grouped(states);
    let value = match states.is_empty() {
        true => Err(facts.scene.explain("no cpuidle states", Hardware)),
        false => Ok(FactValue::Text(states)),
    };
    facts.record("idle.states", Configuration, &format!("{CPUS}/cpu*/cpuidle/state*"), value);
    let pattern = format!("{CPUS}/cpu{{}}/power/pm_qos_resume_latency_us");
    let limit = facts.per_cpu(&online, Kernel, &pattern).map(FactValue::Text);
    facts.record("idle.resume_latency_us", Configuration, &pattern.replace("{}", "*"), limit);
}

/// The states of one CPU from shallow to deep with the time to leave each: `POLL 0us, C1 2us, C6 133us off`.
fn states(facts: &Facts<'_>, cpu: u32) -> Option<String> {
    let directory = format!("{CPUS}/cpu{cpu}/cpuidle");
    let mut numbers: Vec<u32> = facts
        .root
        .names(&directory)
        .iter()
        .filter_map(|name| name.strip_prefix("state")?.parse().ok())
        .collect();
    numbers.sort_unstable();
    let told: Vec<String> = numbers
        .into_iter()
        .filter_map(|number| {
            let read = |file: &str| facts.root.read(&format!("{directory}/state{number}/{file}")).ok();
            let off = if read("disable").is_some_and(|text| text != "0") { " off" } else { "" };
            Some(format!("{} {}us{off}", read("name")?, read("latency")?))
        })
        .collect();
    (!told.is_empty()).then(|| told.join(", "))
}
