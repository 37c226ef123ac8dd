//! What a harness does not measure: the kernel's figures on a bench process and on the host around it.
//!
//! A meter reads and never changes anything; a figure that cannot be had is [`Reading::Absent`] with its reason, never
//! zero.

mod interrupts;
mod other_work;
mod perf;
mod perf_event;
mod pressure;
mod quota;
mod rusage;
mod schedstat;
mod steal;
mod thermal;
mod totals;
mod vmstat;

use lab_core::model::{Reading, Signals};

pub use rusage::Usage;
pub(crate) use thermal::CPU_SENSORS;

use crate::host::sysfs::{Absence, SysRoot};
use crate::runner::watch::Seen;

/// Every meter; each fills rows of [`lab_core::model::SIGNALS`] that no other fills.
pub const ALL: &[&dyn Meter] = &[
    &rusage::Rusage,
    &perf::Perf,
    &schedstat::METER,
    &other_work::OtherWork,
    &steal::METER,
    &quota::METER,
    &pressure::METER,
    &thermal::THROTTLE,
    &thermal::Temperature,
    &interrupts::METER,
    &vmstat::METER,
];

/// A source of signals for one invocation.
pub trait Meter: Sync {
    /// Name, for messages.
    fn id(&self) -> &'static str;

    /// The rows of the signal catalogue that it fills, every time.
    fn signals(&self) -> &'static [&'static str];

    /// Starts to measure. The child exists and waits to become the benchmark.
    fn begin(&self, scene: &Scene<'_>) -> Box<dyn Running>;
}

/// A measurement that has begun.
pub trait Running {
    /// Ends it. The child is dead and not yet reaped: its files under `/proc` can be read a last time.
    fn end(self: Box<Self>, scene: &Scene<'_>, seen: &Seen) -> Vec<(&'static str, Reading)>;
}

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// Where the kernel's files are.
    pub sys: &'a SysRoot,
    /// The child.
    pub pid: u32,
    /// The CPUs it is pinned to; empty means that every CPU of the host may be its.
    pub cpus: &'a [u32],
    /// What the launch process used before it became the benchmark.
    pub before: Usage,
}

impl Scene<'_> {
    /// Whether the child may use this CPU.
    fn has(&self, cpu: u32) -> bool {
        self.cpus.is_empty() || self.cpus.contains(&cpu)
    }

    /// What stands behind `cpuN ` in a file of the kernel, for each CPU that the child may use.
    ///
    /// # Errors
    /// That there is no such line in `file`, whose text it is.
    fn cpu_lines<'t>(&self, file: &str, text: &'t str) -> Result<Vec<&'t str>, Absence> {
        let of_bench_cpu = |line: &'t str| {
            let (label, fields) = line.split_once(' ')?;
            self.has(label.strip_prefix("cpu")?.parse().ok()?).then_some(fields)
        };
        let lines: Vec<&str> = text.lines().filter_map(of_bench_cpu).collect();
        if lines.is_empty() { Err(format!("{file} has no line of a bench CPU")) } else { Ok(lines) }
    }
}

/// All meters, started.
pub(crate) struct Session(Vec<Box<dyn Running>>);

impl Session {
    /// Starts every meter.
    pub(crate) fn begin(scene: &Scene<'_>) -> Self {
        Self(ALL.iter().map(|meter| meter.begin(scene)).collect())
    }

    /// Ends every meter.
    pub(crate) fn end(self, scene: &Scene<'_>, seen: &Seen) -> Signals {
        let readings = self.0.into_iter().flat_map(|meter| meter.end(scene, seen));
        readings.map(|(id, reading)| (id.to_owned(), reading)).collect()
    }
}

/// A reading from a number or the reason why there is none.
fn reading(value: Result<f64, Absence>) -> Reading {
    value.map_or_else(Reading::Absent, Reading::Value)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use lab_core::model::SIGNALS;

    use super::ALL;

    #[test]
    fn every_row_of_the_catalogue_is_filled_by_exactly_one_meter() {
        let filled: Vec<_> = ALL.iter().flat_map(|meter| meter.signals()).copied().collect();
        let distinct: BTreeSet<_> = filled.iter().copied().collect();
        assert_eq!(filled.len(), distinct.len(), "two meters fill the same row");
        assert_eq!(distinct, SIGNALS.iter().map(|signal| signal.id).collect());
    }
}
