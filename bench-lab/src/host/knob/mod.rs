//! Everything about the host that makes measurements noisy and can be set: one file per knob, one line in [`ALL`].
//!
//! A knob declares what it wants; it never writes. One engine journals, writes, reads back and restores.

use lab_core::cpulist::CpuList;
use lab_core::topology::Topology;

use super::sysfs::{Absence, SysRoot};

/// Every knob, in the order in which they are applied; restored in reverse, except that CPUs come back first.
pub const ALL: &[&dyn Knob] = &[];

/// One property of the host.
pub trait Knob: Sync {
    /// Name on the command line, in the journal and in the Run (`governor`, `smt_twins`).
    fn id(&self) -> &'static str;

    /// What it does to measurements while it is not set, one sentence.
    fn why(&self) -> &'static str;

    /// What is to be written on this host; in the order of writing.
    ///
    /// # Errors
    /// Why the knob does not exist or has nothing to do here ("no cpufreq: virtual machine").
    fn settings(&self, scene: &Scene<'_>) -> Result<Vec<Setting>, Absence>;
}

/// The host as a knob sees it.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The kernel's files.
    pub root: &'a SysRoot,
    /// The CPUs.
    pub topology: &'a Topology,
    /// CPUs that benchmarks run on.
    pub bench_cpus: &'a CpuList,
    /// CPUs for everything else; never empty, and apart from the bench CPUs unless there is one CPU only.
    pub housekeeping_cpus: &'a CpuList,
}

/// One value in one kernel file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Absolute path of the file (`/sys/…`, `/proc/…`).
    pub path: String,
    /// Text to write, without a newline.
    pub wanted: String,
    /// How the file shows what is in force.
    pub shape: Shape,
    /// Identity of what the file belongs to, when its name can be given to something else between save and restore
    /// (an IRQ's action names); the engine restores only where it still reads the same. Absent for fixed files.
    pub owner: Option<Owner>,
}

/// How a file is read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The whole text.
    Plain,
    /// One word of several stands in brackets: `always [madvise] never`.
    Bracketed,
    /// A list of CPUs, equal when it names the same ones.
    CpuList,
    /// A hexadecimal mask of CPUs in groups of 32 bits, likewise.
    CpuMask,
    /// The number drifts by itself (`perf_event_max_sample_rate`): a later change by the kernel is nobody's.
    Drifting,
    /// Open and hold: the wish is in force while the file descriptor is open (`/dev/cpu_dma_latency`, a binary i32).
    Held,
}

/// What a file must still belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// File that names it.
    pub path: String,
    /// What it said when the setting was declared.
    pub text: String,
}
