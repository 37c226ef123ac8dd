//! The kernel's running totals at one moment.
//!
//! It reads and compares nothing; two of them make a window.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::processes::{self, Process};
use super::idle::{self, State};
use crate::host::sysfs::{Absence, SysRoot};

const VMSTAT: &str = "/proc/vmstat";

/// The totals, each with the reason where there is none.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// When, since some moment that the snapshots of one look have in common.
    pub at: Duration,
    /// Programs running or ready to, the one that asks included.
    pub running_count: Result<u64, Absence>,
    pub(super) ticks: Result<BTreeMap<u32, CpuTicks>, Absence>,
    pub(super) interrupts: Result<Vec<InterruptRow>, Absence>,
    /// Time in which some program waited for a CPU.
    pub(super) pressure_us: Result<u64, Absence>,
    pub(super) swapped_page_count: Result<u64, Absence>,
    /// Thermal events of all CPUs.
    pub(super) throttle_count: Result<u64, Absence>,
    pub(super) processes: Result<Vec<Process>, Absence>,
    /// Idle states by CPU; empty without an idle driver.
    pub(super) idle: BTreeMap<u32, Vec<State>>,
    /// Pages that were unmapped to see who touches them.
    pub(super) numa_update_count: Result<u64, Absence>,
    /// Pages that the search for equal ones looked at.
    pub(super) ksm_page_count: Result<u64, Absence>,
}

/// One CPU's time by use, in clock ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CpuTicks {
    pub(super) total: u64,
    /// Nothing to do, or waiting for a disk.
    pub(super) idle: u64,
    /// Wanted and not given by the hypervisor.
    pub(super) steal: u64,
}

/// One line of `/proc/interrupts`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct InterruptRow {
    /// Number or short name.
    pub(super) label: String,
    /// What it belongs to: the last word of the line, or all of a named one.
    pub(super) device: String,
    pub(super) counts: BTreeMap<u32, u64>,
}

impl Snapshot {
    /// Reads everything now.
    pub fn take(root: &SysRoot, at: Duration) -> Self {
        Self {
            at,
            running_count: running_count(root),
            ticks: root.read("/proc/stat").and_then(|text| ticks(&text)),
            interrupts: root.read("/proc/interrupts").and_then(|text| interrupts(&text)),
            pressure_us: root.read("/proc/pressure/cpu").and_then(|text| pressure_us(&text)),
            swapped_page_count: root.read(VMSTAT).and_then(|text| swapped_page_count(&text)),
            throttle_count: throttle_count(root),
            processes: processes::read(root),
            idle: idle::read(root),
            numa_update_count: root.read(VMSTAT).and_then(|text| vmstat(&text, "numa_pte_updates")),
            ksm_page_count: ksm_page_count(root),
        }
    }
}

/// `procs_running` of `/proc/stat`: programs running or ready to, the one that asks included.
///
/// # Errors
/// The file cannot be read or has no such line.
pub(in super::super) fn running_count(root: &SysRoot) -> Result<u64, Absence> {
    let text = root.read("/proc/stat")?;
    let count = text.lines().find_map(|line| line.strip_prefix("procs_running ")?.trim().parse().ok());
    count.ok_or_else(|| "no procs_running in /proc/stat".into())
}

/// `cpuN user nice system idle iowait irq softirq steal …` (proc_stat(5)); guest time is in user time already.
fn ticks(text: &str) -> Result<BTreeMap<u32, CpuTicks>, Absence> {
    const FIELD_COUNT: usize = 8;
    let cpus: BTreeMap<u32, CpuTicks> = text
        .lines()
        .filter_map(|line| {
            let mut words = line.split_ascii_whitespace();
            let cpu = words.next()?.strip_prefix("cpu")?.parse().ok()?;
            let fields: Vec<u64> = words.take(FIELD_COUNT).map_while(|word| word.parse().ok()).collect();
            let [_, _, _, idle, wait, _, _, steal] = *fields.as_slice() else { return None };
            Some((cpu, CpuTicks { total: fields.iter().sum(), idle: idle + wait, steal }))
        })
        .collect();
    if cpus.is_empty() { Err("no line of a CPU in /proc/stat".into()) } else { Ok(cpus) }
}

fn interrupts(text: &str) -> Result<Vec<InterruptRow>, Absence> {
    let mut lines = text.lines();
    let heading = lines.next().unwrap_or_default().split_ascii_whitespace();
    let cpus: Vec<u32> = heading.filter_map(|word| word.strip_prefix("CPU")?.parse().ok()).collect();
    if cpus.is_empty() {
        return Err("no heading of CPUs in /proc/interrupts".into());
    }
    let rows = lines.filter_map(|line| {
        let (label, rest) = line.split_once(':')?;
        let words: Vec<&str> = rest.split_ascii_whitespace().collect();
        let counts: Vec<u64> = words.iter().take(cpus.len()).map_while(|word| word.parse().ok()).collect();
        // `ERR` and `MIS` are one number for the whole host.
        let counts = (counts.len() == cpus.len()).then(|| cpus.iter().copied().zip(counts).collect())?;
        let device = words.get(cpus.len()..)?.last().copied().unwrap_or_default();
        Some(InterruptRow { label: label.trim().to_owned(), device: device.to_owned(), counts })
    });
    Ok(rows.collect())
}

/// `some avg10=… total=µs` (kernel: accounting/psi.rst).
fn pressure_us(text: &str) -> Result<u64, Absence> {
    let line = text.lines().find_map(|line| line.strip_prefix("some "));
    let total = line.and_then(|line| line.split(' ').find_map(|word| word.strip_prefix("total=")));
    total.and_then(|total| total.parse().ok()).ok_or_else(|| "no total in /proc/pressure/cpu".into())
}

fn swapped_page_count(text: &str) -> Result<u64, Absence> {
    Ok(vmstat(text, "pswpin")? + vmstat(text, "pswpout")?)
}

fn vmstat(text: &str, key: &str) -> Result<u64, Absence> {
    let value = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')?.parse::<u64>().ok());
    value.ok_or_else(|| format!("no {key} in {VMSTAT}"))
}

/// Kernels before 6.7 count whole scans of all memory only.
fn ksm_page_count(root: &SysRoot) -> Result<u64, Absence> {
    const FOLDER: &str = "/sys/kernel/mm/ksm";
    let read = |name: &str| root.read(&format!("{FOLDER}/{name}"));
    let text = read("pages_scanned").or_else(|_| read("full_scans"))?;
    text.parse().map_err(|_| format!("{FOLDER} holds {text:?}, which is no number"))
}

/// Intel only. Every CPU shows the count of its package, which is added as often; zero stays zero.
fn throttle_count(root: &SysRoot) -> Result<u64, Absence> {
    let names = root.names("/sys/devices/system/cpu");
    let cpus = names
        .iter()
        .filter(|name| name.strip_prefix("cpu").is_some_and(|number| number.parse::<u32>().is_ok()));
    let counts: Vec<u64> = cpus
        .flat_map(|cpu| {
            ["core_throttle_count", "package_throttle_count"].map(|file| {
                let path = format!("/sys/devices/system/cpu/{cpu}/thermal_throttle/{file}");
                root.read(&path).ok()?.parse().ok()
            })
        })
        .flatten()
        .collect();
    match counts.is_empty() {
        true => Err("no thermal_throttle below any CPU".into()),
        false => Ok(counts.iter().sum()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_cpu_is_split_into_what_matters() {
        let text = "cpu  1 2 3\ncpu0 100 0 50 800 40 1 2 7 30 0\ncpu12 1 0 0 9 0 0 0 0 0 0\nintr 5\n";
        let ticks = ticks(text).unwrap();
        assert_eq!(ticks[&0], CpuTicks { total: 1000, idle: 840, steal: 7 });
        assert_eq!(ticks.keys().copied().collect::<Vec<_>>(), [0, 12]);
        assert!(super::ticks("intr 5").is_err());
    }

    #[test]
    fn an_interrupt_is_named_by_its_device() {
        let text = "            CPU0       CPU2\n 24:  1  7  IO-APIC   5-edge      ACPI:Ged\n \
                    31:  4  5 PCI-MSIX-0000:00:01.0   3-edge      virtio0-stats\nLOC:  10  20   Local timer interrupts\n\
                    ERR:  7\n";
        let rows = interrupts(text).unwrap();
        let shown: Vec<_> =
            rows.iter().map(|row| (row.label.as_str(), row.device.as_str(), row.counts[&2])).collect();
        assert_eq!(shown, [("24", "ACPI:Ged", 7), ("31", "virtio0-stats", 5), ("LOC", "interrupts", 20)]);
    }
}
