//! Whether programs can be watched with performance counters.
//!
//! It judges what opening them gave, not what the settings promise.

use super::catalogue::Check;
use super::criterion::Criterion;
use super::finding::Finding;
use super::reading::{Gap, Sourced};

/// Readings of the group.
#[derive(Clone, Debug)]
pub struct Counters {
    /// The group of an invocation, opened and read; a gap where the hardware has none. The inner error is a refusal.
    pub group: Sourced<Result<(), String>>,
    /// `kernel.perf_event_paranoid`; absent when unknown.
    pub paranoid: Option<i64>,
    /// `kernel.nmi_watchdog`.
    pub watchdog: Sourced<i64>,
}

/// Up to this level everybody may count their own programs in user mode (kernel: admin-guide/sysctl/kernel.rst).
const PARANOID_MAX: i64 = 2;

pub(super) fn judge(readings: &Counters) -> Vec<Finding> {
    vec![group(readings), watchdog(readings)]
}

fn group(readings: &Counters) -> Finding {
    readings.group.judge(Check::PerfCounters, |group, finding| match group {
        Ok(()) => finding.value("cycles, instructions, branch and cache misses count together"),
        Err(why) => {
            let finding = finding.value(why.clone()).when(Criterion::CountersRefused, true);
            match readings.paranoid {
                Some(level) if level > PARANOID_MAX => finding.remedy(
                    format!("sudo sysctl kernel.perf_event_paranoid={PARANOID_MAX}"),
                    Some(format!("sudo sysctl kernel.perf_event_paranoid={level}")),
                ),
                _ => finding.remedy("end other profilers; in a container, grant CAP_PERFMON", None),
            }
        }
    })
}

fn watchdog(readings: &Counters) -> Finding {
    // Without hardware counters there is none that the watchdog could hold.
    if let (Err(Gap::Virtual(why) | Gap::Absent(why)), Ok(1..)) =
        (&readings.group.value, &readings.watchdog.value)
    {
        let gap = Gap::Absent(format!("on, but there is no counter that it could hold: {why}"));
        return Finding::of_gap(Check::NmiWatchdog, &gap, &readings.watchdog.source);
    }
    readings.watchdog.judge(Check::NmiWatchdog, |state, finding| {
        finding.value(if *state == 0 { "off" } else { "on" }).when(Criterion::WatchdogOn, *state != 0).remedy(
            "sudo sysctl kernel.nmi_watchdog=0",
            Some(format!("sudo sysctl kernel.nmi_watchdog={state}")),
        )
    })
}
