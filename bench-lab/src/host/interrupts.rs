//! Which CPUs serve devices: the numbered rows of `/proc/interrupts`, summed per CPU.
//!
//! Local timers, calls between CPUs and the like are left out: every busy CPU has them.

use std::collections::BTreeMap;

use super::sysfs::{Absence, SysRoot};

/// Device interrupts since boot by CPU.
///
/// # Errors
/// The file cannot be read or has no heading of CPUs.
pub fn device_counts(root: &SysRoot) -> Result<BTreeMap<u32, u64>, Absence> {
    let text = root.read("/proc/interrupts")?;
    let mut lines = text.lines();
    let heading = lines.next().unwrap_or_default();
    let cpus: Vec<u32> =
        heading.split_whitespace().filter_map(|name| name.strip_prefix("CPU")?.parse().ok()).collect();
    if cpus.is_empty() {
        return Err("/proc/interrupts has no heading of CPUs".into());
    }
    let mut counts: BTreeMap<u32, u64> = cpus.iter().map(|&cpu| (cpu, 0)).collect();
    for line in lines {
        let Some((name, row)) = line.split_once(':') else { continue };
        if name.trim().parse::<u32>().is_err() {
            continue;
        }
        for (cpu, count) in cpus.iter().zip(row.split_whitespace()) {
            // A row ends early where the kernel has fewer columns to give; what follows is the device's name.
            let Ok(count) = count.parse::<u64>() else { break };
            *counts.entry(*cpu).or_default() += count;
        }
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_device_rows_count() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("proc")).unwrap();
        let text = "           CPU0       CPU2       \n 24:          1          7  IO-APIC   5-edge      ACPI:Ged\n \
                    26:          2          0  PCI-MSIX-0000:00:02.0   1-edge      nvme0q1\nLOC:      37082      39586   \
                    Local timer interrupts\nERR:          0\n";
        std::fs::write(root.path().join("proc/interrupts"), text).unwrap();
        let counts = device_counts(&SysRoot::at(root.path())).unwrap();
        assert_eq!(counts, BTreeMap::from([(0, 3), (2, 7)]));
    }

    #[test]
    fn no_file_says_so() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(device_counts(&SysRoot::at(root.path())).unwrap_err(), "no /proc/interrupts");
    }
}
