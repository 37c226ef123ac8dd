//! What stops a program on the bench CPUs: devices, ticks, and everything together as a spinning program sees it.
//!
//! It counts what happened while the doctor looked, not what may happen.

use super::catalogue::Check;
use super::criterion::Criterion;
use super::finding::Finding;
use super::reading::Sourced;
use crate::cpulist::CpuList;
use crate::report::number;

/// Readings of the group.
#[derive(Clone, Debug)]
pub struct Interruption {
    /// Device interrupts that the bench CPUs served, by source, the busiest first.
    pub devices: Sourced<Vec<IrqRate>>,
    /// Timer ticks a second on the bench CPU while it spun.
    pub ticks_per_second: Sourced<f64>,
    /// Whether `nohz_full` names the bench CPU.
    pub is_nohz_full: bool,
    /// The CPUs that should serve devices instead.
    pub housekeeping: CpuList,
    /// What the spinning program saw.
    pub gaps: Sourced<Gaps>,
}

/// One source of interrupts.
#[derive(Clone, Debug, PartialEq)]
pub struct IrqRate {
    /// The kernel's number.
    pub irq: u32,
    /// What it belongs to, as the kernel names it.
    pub device: String,
    /// On the bench CPUs.
    pub per_second: f64,
}

/// The times that a spinning program was away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gaps {
    /// How long it spun.
    pub watched_ns: u64,
    /// The sum of the gaps.
    pub lost_ns: u64,
    /// The longest.
    pub longest_ns: u64,
    /// Counts by length: each with the length from which on it counts, ascending.
    pub histogram: Vec<(u64, u64)>,
}

pub(super) fn judge(readings: &Interruption) -> Vec<Finding> {
    vec![devices(readings), ticks(readings), jitter(readings)]
}

/// How many sources are named.
const NAMED_MAX: usize = 3;

fn devices(readings: &Interruption) -> Finding {
    readings.devices.judge(Check::Interrupts, |rates, finding| {
        let total: f64 = rates.iter().map(|rate| rate.per_second).sum();
        let busiest = rates.iter().filter(|rate| rate.per_second > 0.0).take(NAMED_MAX);
        let named: Vec<String> = busiest
            .clone()
            .map(|rate| format!("{} (IRQ {}) {:.1}/s", rate.device, rate.irq, rate.per_second))
            .collect();
        let value = match named.is_empty() {
            true => "none while watched".to_owned(),
            false => format!("{total:.1}/s: {}", named.join(", ")),
        };
        let numbers: Vec<String> = busiest.map(|rate| rate.irq.to_string()).collect();
        let write = format!("echo {} | sudo tee /proc/irq/$i/smp_affinity_list", readings.housekeeping);
        let fix = format!("for i in {}; do {write}; done (managed interrupts refuse)", numbers.join(" "));
        finding.value(value).judged(Criterion::IrqRate, total).remedy(fix, None)
    })
}

fn ticks(readings: &Interruption) -> Finding {
    readings.ticks_per_second.judge(Check::Ticks, |rate, finding| {
        let finding = finding.value(format!("{rate:.0}/s on the spinning bench CPU"));
        match readings.is_nohz_full {
            true => finding
                .judged(Criterion::TicksDespiteNohz, *rate)
                .remedy("look for what runs there besides: ps -eLo psr,comm", None),
            false => {
                let is_ticking = Criterion::TicksDespiteNohz.judge(*rate).is_some();
                finding.when(Criterion::TicksUsual, is_ticking)
            }
        }
    })
}

fn jitter(readings: &Interruption) -> Finding {
    readings.gaps.judge(Check::Jitter, |gaps, finding| {
        let lost = gaps.lost_ns as f64 / gaps.watched_ns.max(1) as f64;
        let longest = gaps.longest_ns as f64;
        let finding = finding.value(format!(
            "{} of {} lost, longest gap {}",
            number::percent(lost),
            number::quantity(gaps.watched_ns as f64, "ns"),
            number::quantity(longest, "ns")
        ));
        let lines = gaps.histogram.iter().enumerate().filter(|(_, (_, count))| *count > 0);
        let lines = lines.map(|(place, (from, count))| {
            let from = number::quantity(*from as f64, "ns");
            match gaps.histogram.get(place + 1) {
                Some((to, _)) => {
                    format!("{count} gaps from {from} to {}", number::quantity(*to as f64, "ns"))
                }
                None => format!("{count} gaps from {from}"),
            }
        });
        lines
            .fold(finding, Finding::detail)
            .judged(Criterion::JitterLost, lost)
            .judged(Criterion::JitterGap, longest / 1e3)
            .remedy("see load, interrupts, steal and isolation: they name the causes", None)
    })
}
