//! How long each CPU has slept in each of its idle states (kernel: `admin-guide/pm/cpuidle.rst`).
//!
//! A state in which the CPU waits awake is none in which it sleeps.

use std::collections::BTreeMap;

use crate::host::knob::sleeping_states;
use crate::host::sysfs::SysRoot;

const CPUS: &str = "/sys/devices/system/cpu";

/// One idle state of one CPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct State {
    /// Its folder, which tells it from the others of the CPU.
    pub(super) name: String,
    /// Time to wake from it, in microseconds.
    pub(super) latency_us: u64,
    /// Slept in it since boot.
    pub(super) slept_us: u64,
}

/// The states of every CPU that has some.
pub(super) fn read(root: &SysRoot) -> BTreeMap<u32, Vec<State>> {
    let cpus = root.names(CPUS).into_iter().filter_map(|name| name.strip_prefix("cpu")?.parse().ok());
    let of_cpu = |cpu: u32| -> Vec<State> {
        let states = sleeping_states(root, cpu).into_iter();
        states
            .filter_map(|(name, latency_us)| {
                let slept = root.read(&format!("{CPUS}/cpu{cpu}/cpuidle/{name}/time")).ok()?;
                Some(State { name, latency_us: latency_us.into(), slept_us: slept.parse().ok()? })
            })
            .collect()
    };
    cpus.map(|cpu| (cpu, of_cpu(cpu))).filter(|(_, states)| !states.is_empty()).collect()
}
