//! The CPUs of a machine as values: which share a core, a cache, a memory node, and which may be used.
//!
//! It says what is; what to measure on is chosen by [`crate::placement`].

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;

use crate::cpulist::CpuList;

/// What a core is built for; cores of different kinds give different numbers for the same code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CoreKind {
    /// The machine names no kinds.
    Uniform,
    /// The fast cores of a hybrid Intel processor (`/sys/devices/cpu_core`).
    Performance,
    /// The small cores of the same (`/sys/devices/cpu_atom`).
    Efficiency,
    /// The small cores outside the main compute tile (`/sys/devices/cpu_lowpower`).
    LowPower,
    /// Speed relative to the fastest core, of 1024, on machines that rate their cores (`cpu_capacity`).
    Capacity(u32),
}

impl CoreKind {
    /// Orders kinds by speed, the faster the greater. The kinds of one machine are all named or all rated, so named
    /// against rated never arises there and counts as equal.
    pub fn speed_order(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Capacity(one), Self::Capacity(two)) => one.cmp(&two),
            (one, two) => one.named_rank().cmp(&two.named_rank()),
        }
    }

    fn named_rank(self) -> u8 {
        match self {
            Self::LowPower => 0,
            Self::Efficiency => 1,
            Self::Uniform | Self::Performance | Self::Capacity(_) => 2,
        }
    }
}

impl fmt::Display for CoreKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uniform => f.write_str("uniform"),
            Self::Performance => f.write_str("performance"),
            Self::Efficiency => f.write_str("efficiency"),
            Self::LowPower => f.write_str("low-power"),
            Self::Capacity(capacity) => write!(f, "capacity {capacity}"),
        }
    }
}

/// Whether this process may run on a CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It is in the affinity mask that we were started with.
    Granted,
    /// Outside that mask, but the cpuset lets us move there: how a CPU of `isolcpus=` looks to every process, and how
    /// any CPU looks under `taskset`.
    Reachable,
    /// The cpuset of our control group forbids it.
    Forbidden,
    /// Present and switched off.
    Offline,
}

/// One hardware thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cpu {
    /// The kernel's number.
    pub id: u32,
    /// Hardware threads of its core, itself included; itself alone when unknown.
    pub siblings: CpuList,
    /// Core number within its package; absent when the kernel does not say.
    pub core: Option<u32>,
    /// Socket.
    pub package: Option<u32>,
    /// Die within the package.
    pub die: Option<u32>,
    /// NUMA node.
    pub node: Option<u32>,
    /// The CPUs that share its last-level cache, known by the lowest of them; absent when no cache is described.
    pub cache_domain: Option<u32>,
    /// What its core is built for.
    pub kind: CoreKind,
    /// Greatest clock in kHz; absent without cpufreq.
    pub clock_max_khz: Option<u64>,
    /// Whether we may run there.
    pub access: Access,
    /// Kept out of the scheduler's balancing at boot (`isolcpus=`) or by an isolated cpuset partition.
    pub is_isolated: bool,
}

impl Cpu {
    /// A CPU of which only the number is known: a core of its own, granted.
    pub fn unknown(id: u32) -> Self {
        Self {
            id,
            siblings: CpuList::from_iter([id]),
            core: None,
            package: None,
            die: None,
            node: None,
            cache_domain: None,
            kind: CoreKind::Uniform,
            clock_max_khz: None,
            access: Access::Granted,
            is_isolated: false,
        }
    }

    /// What hardware threads of one core have in common, and no other CPU of the machine has: their lowest number.
    pub fn core_key(&self) -> u32 {
        self.siblings.first().unwrap_or(self.id)
    }
}

/// The CPUs of one machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topology {
    /// Every present CPU in ascending order.
    pub cpus: Vec<Cpu>,
    /// What could not be learned and why, as clauses for a reader ("no core ids: no /sys/…").
    pub gaps: Vec<String>,
}

impl Topology {
    /// The CPU of that number.
    pub fn cpu(&self, id: u32) -> Option<&Cpu> {
        self.cpus.iter().find(|cpu| cpu.id == id)
    }

    /// Every CPU that the machine has.
    pub fn present(&self) -> CpuList {
        self.cpus.iter().map(|cpu| cpu.id).collect()
    }

    /// The CPUs that are switched on.
    pub fn online(&self) -> CpuList {
        self.select(|cpu| cpu.access != Access::Offline)
    }

    /// The CPUs that the kernel would let us run on if we asked.
    pub fn permitted(&self) -> CpuList {
        self.select(|cpu| matches!(cpu.access, Access::Granted | Access::Reachable))
    }

    /// The CPUs for everything that is not a benchmark: those that are switched on, without the bench CPUs and their
    /// twins. Where nothing is left, the twins serve, and where they are none either, all CPUs.
    pub fn housekeeping(&self, bench_cpus: &CpuList) -> CpuList {
        let is_twin = |cpu: &Cpu| cpu.siblings.iter().any(|sibling| bench_cpus.contains(sibling));
        let is_on = |cpu: &Cpu| cpu.access != Access::Offline;
        let apart = self.select(|cpu| is_on(cpu) && !bench_cpus.contains(cpu.id) && !is_twin(cpu));
        let rest = self.select(|cpu| is_on(cpu) && !bench_cpus.contains(cpu.id));
        [apart, rest].into_iter().find(|cpus| !cpus.is_empty()).unwrap_or_else(|| self.online())
    }

    /// Number of cores with a hardware thread that is switched on.
    pub fn core_count(&self) -> usize {
        self.cpus
            .iter()
            .filter(|cpu| cpu.access != Access::Offline)
            .map(Cpu::core_key)
            .collect::<BTreeSet<_>>()
            .len()
    }

    fn select(&self, holds: impl Fn(&Cpu) -> bool) -> CpuList {
        self.cpus.iter().filter(|cpu| holds(cpu)).map(|cpu| cpu.id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(pairs: &[[u32; 2]]) -> Topology {
        let cpus = pairs.iter().flat_map(|pair| {
            pair.map(|id| Cpu { siblings: pair.iter().copied().collect(), ..Cpu::unknown(id) })
        });
        Topology { cpus: cpus.collect(), gaps: Vec::new() }
    }

    #[test]
    fn housekeeping_avoids_bench_cpus_and_their_twins_as_far_as_others_are_left() {
        let list = |text: &str| text.parse::<CpuList>().unwrap();
        assert_eq!(machine(&[[0, 2], [1, 3]]).housekeeping(&list("1")), list("0,2"));
        assert_eq!(machine(&[[0, 2], [1, 3]]).housekeeping(&list("0-1")), list("2-3"));
        assert_eq!(machine(&[[0, 0]]).housekeeping(&list("0")), list("0"));
    }
}
