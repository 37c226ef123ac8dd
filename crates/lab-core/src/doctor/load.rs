//! Who else wants the CPUs: now, by habit, and soon.
//!
//! It names programs; it never ends one.

use super::catalogue::Check;
use super::criterion::Criterion;
use super::finding::Finding;
use super::reading::Sourced;
use crate::report::number;

/// Readings of the group.
#[derive(Clone, Debug)]
pub struct Load {
    /// Programs ready to run besides this one.
    pub running_count: Sourced<u64>,
    /// Share of the time in which some program waited for a CPU.
    pub pressure_share: Sourced<f64>,
    /// The programs that used a CPU while the doctor looked, the busiest first; empty when it did not look.
    pub busy: Vec<Busy>,
    /// Known tuning daemons that run.
    pub daemons: Sourced<Vec<String>>,
    /// Known package managers and backups that run.
    pub maintenance: Sourced<Vec<String>>,
    /// The timers to come, the next first.
    pub timers: Sourced<Vec<Timer>>,
}

/// A program that used a CPU.
#[derive(Clone, Debug, PartialEq)]
pub struct Busy {
    /// Its name, as the kernel has it.
    pub name: String,
    /// Its process id.
    pub pid: u32,
    /// CPU time over wall time.
    pub share: f64,
}

/// A timer that will start something.
#[derive(Clone, Debug, PartialEq)]
pub struct Timer {
    /// What it starts.
    pub unit: String,
    /// Until then.
    pub minutes: f64,
}

pub(super) fn judge(readings: &Load) -> Vec<Finding> {
    vec![load(readings), daemons(readings), maintenance(readings), timers(readings)]
}

/// How many programs are named.
const NAMED_MAX: usize = 3;

/// Less than this of a CPU is not worth a name.
const NAMED_SHARE: f64 = 0.005;

fn load(readings: &Load) -> Finding {
    let named = readings.busy.iter().filter(|busy| busy.share >= NAMED_SHARE).take(NAMED_MAX);
    let named: Vec<String> =
        named.map(|busy| format!("{} ({}) {}", busy.name, busy.pid, number::percent(busy.share))).collect();
    let wait = match named.is_empty() {
        true => "bench-lab doctor names the busiest programs; wait for them, or stop them",
        false => "wait until they are done, or stop them",
    };
    let named = if named.is_empty() { String::new() } else { format!("; {}", named.join(", ")) };
    // The kernel counts waiting itself where it was built to; the number of runnable programs is there always.
    let (reading, share) = match &readings.pressure_share.value {
        Ok(share) => (&readings.pressure_share.source, Some(*share)),
        Err(_) => (&readings.running_count.source, None),
    };
    let count = match (&readings.running_count.value, share) {
        (Ok(count), _) => Some(*count),
        (Err(gap), None) => return Finding::of_gap(Check::Load, gap, reading),
        (Err(_), Some(_)) => None,
    };
    let parts = [
        share.map(|share| format!("some program waited for a CPU {} of the time", number::percent(share))),
        count.map(|count| format!("{count} others ready to run")),
    ];
    let value = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let finding = Finding::new(Check::Load, reading).value(format!("{value}{named}"));
    let finding = match share {
        Some(share) => finding.judged(Criterion::LoadPressure, share),
        None => finding,
    };
    let finding = match count {
        Some(count) => finding.judged(Criterion::LoadRunning, count as f64),
        None => finding,
    };
    finding.remedy(wait, None)
}

fn daemons(readings: &Load) -> Finding {
    readings.daemons.judge(Check::Daemons, |names, finding| {
        let list = names.join(" ");
        finding
            .value(if names.is_empty() { "none".to_owned() } else { names.join(", ") })
            .when(Criterion::DaemonActive, !names.is_empty())
            .remedy(format!("sudo systemctl stop {list}"), Some(format!("sudo systemctl start {list}")))
    })
}

fn maintenance(readings: &Load) -> Finding {
    readings.maintenance.judge(Check::Maintenance, |names, finding| {
        finding
            .value(if names.is_empty() { "none".to_owned() } else { names.join(", ") })
            .when(Criterion::MaintenanceActive, !names.is_empty())
            .remedy("wait until it is done", None)
    })
}

fn timers(readings: &Load) -> Finding {
    readings.timers.judge(Check::Timers, |timers, finding| {
        let Some(first) = timers.first() else { return finding.value("none") };
        let soon = |timer: &&Timer| Criterion::TimerSoon.judge(timer.minutes).is_some();
        let shown: Vec<&Timer> =
            if soon(&first) { timers.iter().filter(soon).collect() } else { vec![first] };
        let parts = shown
            .iter()
            .map(|timer| format!("{} in {}", timer.unit, number::span((timer.minutes * 60.0).max(0.0))));
        let units: Vec<&str> = shown.iter().map(|timer| timer.unit.as_str()).collect();
        let units = units.join(" ");
        finding
            .value(parts.collect::<Vec<_>>().join(", "))
            .judged(Criterion::TimerSoon, first.minutes)
            .remedy(format!("sudo systemctl stop {units}"), Some(format!("sudo systemctl start {units}")))
    })
}
