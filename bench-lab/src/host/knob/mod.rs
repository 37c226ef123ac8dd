//! Everything about the host that makes measurements noisy and can be set: one file per knob, one line in [`ALL`].
//!
//! A knob declares what it wants; it never writes. One engine journals, writes, reads back and restores.

mod boost;
mod clock_clamp;
mod cores;
mod cpu_latency;
mod default_irq_affinity;
mod epb;
mod epp;
mod governor;
mod idle;
mod irq_affinity;
mod khugepaged;
mod ksm;
pub mod mask;
mod numa_balancing;
mod perf_paranoid;
mod policy;
mod resume_latency;
mod smt_twins;
mod stat_interval;
mod swappiness;
mod timer_migration;
mod watchdog;
mod wished;
mod workqueues;

use std::fs;

use lab_core::cpulist::CpuList;
use lab_core::machine::{KnobWish, Takes};
use lab_core::topology::Topology;

pub use wished::{LEFT_ALONE, Wished};

use super::sysfs::{Absence, SysRoot};

pub use idle::sleeping_states;

/// Every knob, in the order in which they are applied; restored in reverse, except that CPUs come back first.
///
/// Some of these files move each other: CPUs that go offline take interrupts' masks along, a boost switch resets the
/// greatest clock on some kernels. So the originals of all knobs must be read before the first write, those of
/// settings that already read as wanted too; and a file that does not read its original after its turn in the
/// restore may do so only after another one had its turn, or needs a second write then.
pub const ALL: &[&dyn Knob] = &[
    &smt_twins::SmtTwins,
    &epp::Epp,
    &governor::Governor,
    &boost::Boost,
    &clock_clamp::ClockClamp,
    &epb::Epb,
    &cpu_latency::CpuLatency,
    &resume_latency::ResumeLatency,
    &irq_affinity::IrqAffinity,
    &default_irq_affinity::DefaultIrqAffinity,
    &workqueues::Workqueues,
    &watchdog::Watchdog,
    &timer_migration::TimerMigration,
    &numa_balancing::NumaBalancing,
    &khugepaged::Khugepaged,
    &ksm::Ksm,
    &swappiness::Swappiness,
    &stat_interval::StatInterval,
    &perf_paranoid::PerfParanoid,
];

/// Where the kernel describes CPUs.
const CPUS: &str = "/sys/devices/system/cpu";

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

    /// Values that a machine's definition may want in place of the knob's own.
    fn takes(&self) -> Takes {
        Takes::Own
    }

    /// The same with a value that [`Self::takes`] admits, other than to be left.
    ///
    /// # Errors
    /// As [`Self::settings`].
    fn settings_for(&self, scene: &Scene<'_>, wish: &KnobWish) -> Result<Vec<Setting>, Absence> {
        let wanted = wish.to_text();
        let settings = self.settings(scene)?.into_iter();
        Ok(settings.map(|setting| Setting { wanted: wanted.clone(), ..setting }).collect())
    }
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

impl Setting {
    /// A setting of a file that keeps its owner.
    fn fixed(path: impl Into<String>, wanted: impl ToString, shape: Shape) -> Self {
        Self { path: path.into(), wanted: wanted.to_string(), shape, owner: None }
    }

    /// A setting of a file that shows what was written.
    fn plain(path: impl Into<String>, wanted: impl ToString) -> Self {
        Self::fixed(path, wanted, Shape::Plain)
    }
}

/// The text of a file that only kernels or processors with `need` have.
fn present(root: &SysRoot, path: &str, need: &str) -> Result<String, Absence> {
    root.read(path).map_err(|absence| match absence.starts_with("no ") {
        true => format!("{absence}, which needs {need}"),
        false => absence,
    })
}

/// Whether the kernel made the file without a way to write it. Root may open such files all the same, and is refused
/// only when writing.
fn is_read_only(root: &SysRoot, path: &str) -> bool {
    fs::metadata(root.path(path)).is_ok_and(|metadata| metadata.permissions().readonly())
}

/// The whole number in such a file.
fn number(root: &SysRoot, path: &str, need: &str) -> Result<i64, Absence> {
    let text = present(root, path, need)?;
    text.parse().map_err(|_| format!("{path} holds {text:?}, which is no number"))
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
