//! Whether a host is fit to measure: readings in, one finding per check out.
//!
//! It reads nothing itself, and it never takes silence for health: what could not be read is told apart from what is
//! well.

mod build;
mod catalogue;
mod clock;
mod counters;
mod criterion;
mod effect;
mod finding;
mod frequency;
mod heat;
mod interruption;
mod isolation;
pub mod json;
mod kernel;
mod layout;
mod load;
mod memory;
mod per_cpu;
mod reading;
mod report;
mod session;
pub mod text;
mod threshold;
mod timekeeping;
mod virtualisation;

pub use build::{Build, Profile};
pub use catalogue::{Check, Cost};
pub use clock::{Clock, CpuClock};
pub use counters::Counters;
pub use criterion::{Criterion, THRESHOLDS};
pub use effect::{Effects, Evidence, Trace, Written};
pub use finding::{Finding, Remedy, Severity, Status};
pub use frequency::{Boost, Frequency, Power};
pub use heat::{Heat, Hottest, Throttled};
pub use interruption::{Gaps, Interruption, IrqRate};
pub use isolation::{Isolation, Level, Twin};
pub use kernel::{Kernel, LogKind, LogLine};
pub use layout::Layout;
pub use load::{Busy, Load, Timer};
pub use memory::Memory;
pub use per_cpu::PerCpu;
pub use reading::{Gap, Sourced};
pub use report::{Counts, Report, Verdict};
pub use session::{Journal, Lock, Session};
pub use threshold::{Limit, Threshold, Unit};
pub use timekeeping::Timekeeping;
pub use virtualisation::{Quota, Virtualisation};

/// All that the checks ask for, by group.
#[derive(Clone, Debug)]
pub struct Readings {
    /// Who else holds this host, and what was left behind.
    pub session: Session,
    /// Who sets the clock, and within which limits.
    pub frequency: Frequency,
    /// The clock as measured.
    pub clock: Clock,
    /// What the knobs in force do.
    pub effect: Effects,
    /// What is kept away from the bench CPUs.
    pub isolation: Isolation,
    /// What interrupts the bench CPUs all the same.
    pub interruption: Interruption,
    /// Who else wants the CPUs.
    pub load: Load,
    /// What lies between this kernel and the hardware.
    pub virtualisation: Virtualisation,
    /// Temperature and throttling.
    pub heat: Heat,
    /// Memory and swap.
    pub memory: Memory,
    /// The clock that times are read from.
    pub timekeeping: Timekeeping,
    /// Performance counters.
    pub counters: Counters,
    /// Address layout.
    pub layout: Layout,
    /// The kernel's features and complaints.
    pub kernel: Kernel,
    /// How benchmarks would be built here.
    pub build: Build,
}

/// A group of checks: a file of this folder.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// Name, as of the file.
    pub id: &'static str,
    /// One finding per check of the group.
    pub judge: fn(&Readings) -> Vec<Finding>,
}

/// Every group, in the order of the report.
pub const ALL: &[Group] = &[
    Group { id: "session", judge: |readings| session::judge(&readings.session) },
    Group { id: "virtualisation", judge: |readings| virtualisation::judge(&readings.virtualisation) },
    Group { id: "frequency", judge: |readings| frequency::judge(&readings.frequency) },
    Group { id: "clock", judge: |readings| clock::judge(&readings.clock) },
    Group { id: "effect", judge: |readings| effect::judge(&readings.effect) },
    Group { id: "isolation", judge: |readings| isolation::judge(&readings.isolation) },
    Group { id: "interruption", judge: |readings| interruption::judge(&readings.interruption) },
    Group { id: "load", judge: |readings| load::judge(&readings.load) },
    Group { id: "heat", judge: |readings| heat::judge(&readings.heat) },
    Group { id: "memory", judge: |readings| memory::judge(&readings.memory) },
    Group { id: "timekeeping", judge: |readings| timekeeping::judge(&readings.timekeeping) },
    Group { id: "counters", judge: |readings| counters::judge(&readings.counters) },
    Group { id: "layout", judge: |readings| layout::judge(&readings.layout) },
    Group { id: "kernel", judge: |readings| kernel::judge(&readings.kernel) },
    Group { id: "build", judge: |readings| build::judge(&readings.build) },
];

/// Judges every reading: one finding per check, in the order of [`Check::ALL`].
pub fn examine(readings: &Readings) -> Report {
    let mut findings: Vec<Finding> = ALL.iter().flat_map(|group| (group.judge)(readings)).collect();
    findings.sort_by_key(|finding| finding.check);
    Report { findings }
}
