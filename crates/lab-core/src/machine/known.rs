//! The facts that a definition may expect, with the type of each, and what `machine init` does with it.
//!
//! Only facts about the machine and its settings are here: a build is not known before it is built, and an
//! explanation decides nothing.

use super::definition::Role;
use super::known::Kind::{Count, CountOrText, List, Switch, SwitchOrText, Text};
use crate::model::FactValue;

/// A fact that may be expected.
#[derive(Clone, Copy, Debug)]
pub struct KnownFact {
    /// Dotted name; one that ends with a dot stands for all that begin so.
    pub name: &'static str,
    /// What its value looks like.
    pub kind: Kind,
    /// The role it gets in a new definition; absent for settings, which sessions change and knobs put right.
    pub role: Option<Role>,
    /// What it is, as a comment in a new definition; empty without a role.
    pub doc: &'static str,
}

/// Types of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// true, false
    Switch,
    /// An integer.
    Count,
    /// A text.
    Text,
    /// A list of texts.
    List,
    /// A text where CPUs disagree.
    SwitchOrText,
    /// A text ("none") where there is no number.
    CountOrText,
}

impl Kind {
    /// Whether a value can be one of these at all.
    pub fn admits(self, value: &FactValue) -> bool {
        match value {
            FactValue::Bool(_) => matches!(self, Switch | SwitchOrText),
            FactValue::Integer(_) => matches!(self, Count | CountOrText),
            FactValue::Text(_) => matches!(self, Text | SwitchOrText | CountOrText),
            FactValue::List(_) => self == List,
            FactValue::Number(_) | FactValue::Absent(_) => false,
        }
    }

    pub(super) fn in_words(self) -> &'static str {
        match self {
            Switch => "true or false",
            Count => "an integer",
            Text => "a text",
            List => "a list of texts",
            SwitchOrText => "true, false or a text",
            CountOrText => "an integer or a text",
        }
    }
}

/// The known fact of this name.
pub fn known(name: &str) -> Option<&'static KnownFact> {
    KNOWN.iter().find(|fact| {
        fact.name == name
            || (fact.name.ends_with('.') && name.len() > fact.name.len() && name.starts_with(fact.name))
    })
}

const fn required(name: &'static str, kind: Kind, doc: &'static str) -> KnownFact {
    KnownFact { name, kind, role: Some(Role::Required), doc }
}

const fn drift(name: &'static str, kind: Kind, doc: &'static str) -> KnownFact {
    KnownFact { name, kind, role: Some(Role::Drift), doc }
}

const fn setting(name: &'static str, kind: Kind) -> KnownFact {
    KnownFact { name, kind, role: None, doc: "" }
}

/// Every fact that may be expected, in the order of a new definition.
pub const KNOWN: &[KnownFact] = &[
    required("cpu.vendor", Text, "Who made the processor."),
    required("cpu.brand", Text, "The processor's own name."),
    required("cpu.family", Text, "Family, model and stepping tell processors of one name apart."),
    required("cpu.model", Text, ""),
    required("cpu.stepping", Text, ""),
    required("cpu.level", Text, "The instruction sets a compiler may use; a hypervisor can hide some."),
    required("topology.threads_count", Count, "Hardware threads, those switched off included."),
    required("numa.nodes_count", Count, "Memory nodes."),
    required("cache.l1d_size", Text, "Caches; several sizes where core types differ."),
    required("cache.l2_size", Text, ""),
    required("cache.l3_size", Text, ""),
    required("board.system_vendor", Text, "The computer and its main board, as the firmware names them."),
    required("board.system", Text, ""),
    required("board.vendor", Text, ""),
    required("board.name", Text, ""),
    required("virtual.hypervisor", Text, "\"none\" on bare metal."),
    drift(
        "memory.total_gib",
        Count,
        "Installed memory, rounded as vendors do: less of it is a module that is gone.",
    ),
    drift(
        "topology.packages_count",
        Count,
        "Sockets, dies and cores in use: fewer when some are switched off.",
    ),
    drift("topology.dies_count", Count, ""),
    drift("topology.cores_count", Count, ""),
    drift("topology.core_types", Text, ""),
    drift("topology.smt_control", Text, "Whether cores run two threads."),
    drift("bios.vendor", Text, "Firmware; updates move clocks, power limits and microcode."),
    drift("bios.version", Text, ""),
    drift("bios.date", Text, ""),
    drift("cpu.microcode", Text, "Microcode; updates change the cost of instructions."),
    drift("clock.nominal_khz", Text, "The clock without boost, as the driver or the firmware gives it."),
    drift("clock.nominal_mhz", Text, ""),
    drift(
        "clocksource.current",
        Text,
        "What the kernel reads the time from; it falls back from tsc when that is off.",
    ),
    drift("virtual.container", Text, "The container the lab runs in."),
    drift(
        "kernel.release",
        Text,
        "The kernel, how it was built, and the parameters that change how it runs.",
    ),
    drift("kernel.version", Text, ""),
    drift("kernel.preempt", Text, ""),
    drift("kernel.tick_hz", Count, ""),
    drift("kernel.parameters", List, ""),
    drift("libc.version", Text, "The C library of the lab's own process."),
    setting("aslr.mode", Count),
    setting("board.platform_profile", Text),
    setting("cache.l1d_cpus", List),
    setting("cache.l1i_cpus", List),
    setting("cache.l1i_size", Text),
    setting("cache.l2_cpus", List),
    setting("cache.l3_cpus", List),
    setting("cache.line_bytes", Text),
    setting("clock.max_khz", Text),
    setting("clock.min_khz", Text),
    setting("clock.tsc_is_steady", Switch),
    setting("cpu.flags_sha256", Text),
    setting("cpu.instruction_sets", Text),
    setting("frequency.boost", SwitchOrText),
    setting("frequency.driver", Text),
    setting("frequency.epb", Text),
    setting("frequency.epp", Text),
    setting("frequency.governor", Text),
    setting("frequency.max_khz", Text),
    setting("frequency.min_khz", Text),
    setting("frequency.mode", Text),
    setting("idle.driver", Text),
    setting("idle.governor", Text),
    setting("idle.resume_latency_us", Text),
    setting("idle.states", Text),
    setting("isolation.cpu_quota", Text),
    setting("isolation.irq_default_mask", Text),
    setting("isolation.isolated", Text),
    setting("isolation.nohz_full", Text),
    setting("isolation.permitted_cpus", Text),
    setting("isolation.rcu_nocbs", Text),
    setting("isolation.workqueue_mask", Text),
    setting("kernel.nmi_watchdog", Count),
    setting("kernel.sched_autogroup", Count),
    setting("kernel.sched_ext", Text),
    setting("kernel.timer_migration", Count),
    setting("ksm.run", Count),
    setting("memory.cgroup_limit_bytes", CountOrText),
    setting("memory.hugepages_count", Count),
    setting("memory.numa_balancing", Count),
    setting("memory.overcommit", Count),
    setting("memory.page_bytes", Count),
    setting("memory.zone_reclaim", Count),
    setting("mitigations.", Text),
    setting("numa.cpus", Text),
    setting("swap.swappiness", Count),
    setting("swap.total_kib", Count),
    setting("thp.defrag", Text),
    setting("thp.enabled", Text),
    setting("thp.shmem", Text),
    setting("topology.online", Text),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_name_is_there_once_and_finds_itself() {
        let names: BTreeSet<&str> = KNOWN.iter().map(|fact| fact.name).collect();
        assert_eq!(names.len(), KNOWN.len());
        for fact in KNOWN.iter().filter(|fact| !fact.name.ends_with('.')) {
            assert_eq!(known(fact.name).map(|found| found.name), Some(fact.name));
        }
    }

    #[test]
    fn a_group_stands_for_all_of_its_names_and_not_for_itself() {
        assert!(known("mitigations.meltdown").is_some());
        assert!(known("mitigations.").is_some(), "the row itself");
        assert!(known("mitigation").is_none());
    }
}
