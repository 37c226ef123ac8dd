//! What is kept away from the bench CPUs: other programs, other kinds of cores, busy twins.
//!
//! It judges the chosen CPUs; choosing them is the business of the placement.

use super::catalogue::Check;
use super::criterion::Criterion;
use super::finding::Finding;
use super::per_cpu::PerCpu;
use super::reading::Sourced;
use crate::cpulist::CpuList;
use crate::cpuset::Partition;
use crate::report::number;

/// Readings of the group.
#[derive(Clone, Debug)]
pub struct Isolation {
    /// How far the bench CPUs are set apart.
    pub level: Sourced<Level>,
    /// The partition that a Run with root's rights asks for, or why it asks for none.
    pub offer: Result<Partition, String>,
    /// Where single-threaded benchmarks run.
    pub bench: CpuList,
    /// Where everything else is to run.
    pub housekeeping: CpuList,
    /// What differs between the CPUs of threaded benchmarks, in words; empty when nothing does.
    pub differences: Sourced<Vec<String>>,
    /// The other hardware threads of the bench CPUs' cores that are online; empty when there are none.
    pub twins: Sourced<PerCpu<Twin>>,
}

/// How far the bench CPUs are set apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The lab runs where it measures.
    Shared,
    /// The lab keeps off them, others do not.
    Affinity,
    /// They belong to a cpuset partition of their own, which the scheduler still balances.
    Partition,
    /// The scheduler puts nothing there by itself.
    Isolated,
}

/// A hardware thread beside one that measures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Twin {
    /// The share of the watched time that it was busy.
    pub busy_share: f64,
}

pub(super) fn judge(readings: &Isolation) -> Vec<Finding> {
    vec![level(readings), bench_set(readings), twins(readings)]
}

fn level(readings: &Isolation) -> Finding {
    readings.level.judge(Check::Isolation, |level, finding| {
        let (bench, rest) = (&readings.bench, &readings.housekeeping);
        let value = match level {
            Level::Shared => format!("none: benchmarks and everything else on CPU {bench}"),
            Level::Affinity => format!("affinity: benchmarks on CPU {bench}, the lab on {rest}"),
            Level::Partition => format!("a partition: benchmarks on CPU {bench}, the lab on {rest}"),
            Level::Isolated => format!("isolated: benchmarks on CPU {bench}, the lab on {rest}"),
        };
        finding
            .value(value)
            .when(Criterion::IsolationShared, *level == Level::Shared)
            .when(Criterion::IsolationWeak, *level == Level::Affinity)
            .remedy(remedy(*level, &readings.offer), None)
    })
}

fn remedy(level: Level, offer: &Result<Partition, String>) -> String {
    match (level, offer) {
        (Level::Shared, _) => "a machine with two CPUs or more".into(),
        (_, Ok(kind)) => {
            format!(
                "sudo bench-lab run: for its time it makes a partition of kind {kind} around the bench CPUs"
            )
        }
        (_, Err(why)) => {
            format!("a cpuset partition around the bench CPUs; bench-lab makes none here: {why}")
        }
    }
}

fn bench_set(readings: &Isolation) -> Finding {
    readings.differences.judge(Check::BenchSet, |differences, finding| {
        let value = if differences.is_empty() { "all alike".to_owned() } else { differences.join("; ") };
        finding
            .value(value)
            .when(Criterion::SetMixed, !differences.is_empty())
            .remedy("name CPUs of one kind: bench-lab run --cpus LIST", None)
    })
}

fn twins(readings: &Isolation) -> Finding {
    readings.twins.judge(Check::SmtTwins, |twins, finding| {
        if twins.0.is_empty() {
            return finding.value("none online");
        }
        let busiest = twins.0.values().map(|twin| twin.busy_share).fold(0.0, f64::max);
        let shown =
            twins.0.iter().map(|(cpu, twin)| (*cpu, format!("{} busy", number::percent(twin.busy_share))));
        let parts: Vec<String> = shown.map(|(cpu, text)| format!("CPU {cpu} {text}")).collect();
        let files: Vec<String> =
            twins.0.keys().map(|cpu| format!("/sys/devices/system/cpu/cpu{cpu}/online")).collect();
        let files = files.join(" ");
        finding
            .value(parts.join(", "))
            .when(Criterion::TwinOnline, true)
            .judged(Criterion::TwinBusy, busiest)
            .remedy(format!("echo 0 | sudo tee {files}"), Some(format!("echo 1 | sudo tee {files}")))
    })
}
