//! The idle states of a CPU (`cpuidle/stateN`; kernel: `admin-guide/pm/cpuidle.rst`).
//!
//! It reads how deep a CPU may sleep; it forbids nothing.

use super::super::sysfs::SysRoot;
use super::CPUS;

/// States in which a CPU waits without sleeping: the kernel's own on x86 and the one of POWER.
const AWAKE: [&str; 2] = ["POLL", "snooze"];

/// Microseconds to leave each state in which the CPU sleeps; empty without an idle driver.
pub(super) fn exit_latencies_us(root: &SysRoot, cpu: u32) -> Vec<u32> {
    sleeping_states(root, cpu).into_iter().map(|(_, latency_us)| latency_us).collect()
}

/// Each state in which the CPU sleeps: the name of its folder, and the microseconds to leave it.
pub fn sleeping_states(root: &SysRoot, cpu: u32) -> Vec<(String, u32)> {
    let directory = format!("{CPUS}/cpu{cpu}/cpuidle");
    let states = root.names(&directory).into_iter().filter(|name| name.starts_with("state"));
    let latency = |state: String| {
        let read = |name: &str| root.read(&format!("{directory}/{state}/{name}")).ok();
        let is_awake = AWAKE.contains(&read("name")?.as_str());
        let latency_us = read("latency")?.parse().ok().filter(|_| !is_awake)?;
        Some((state, latency_us))
    };
    states.filter_map(latency).collect()
}
