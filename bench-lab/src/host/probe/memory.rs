//! Memory and how the kernel hands it out: `memory.*`, `thp.*`, `ksm.*`, `swap.*`, `aslr.*`.
//!
//! What is free at the moment is no fact; only sizes and policies are.

use lab_core::model::FactClass::{Configuration, Explanation, Machine};
use lab_core::model::FactValue;

use super::super::cgroup;
use super::super::sysfs::Absence;
use super::Host;
use super::facts::Facts;
use super::scene::Provider::Kernel;

const THP: &str = "/sys/kernel/mm/transparent_hugepage";
const KIB_PER_GIB: u64 = 1 << 20;

pub(super) fn fill(facts: &mut Facts<'_>, host: &Host<'_>) {
    total(facts, host);
    let source = "sysconf(_SC_PAGESIZE)";
    let page = host.live.page_bytes.clone().map(FactValue::Integer);
    facts.record("memory.page_bytes", Configuration, source, page);
    let (source, limit) = match cgroup::memory_limit(facts.root) {
        Ok((path, Some(bytes))) => (path, Ok(FactValue::Integer(bytes))),
        Ok((path, None)) => (path, Ok(FactValue::Text("none".into()))),
        Err(absence) => ("/proc/self/cgroup".into(), Err(absence)),
    };
    facts.record("memory.cgroup_limit_bytes", Configuration, &source, limit);

    facts.bracketed("thp.enabled", Configuration, Kernel, &format!("{THP}/enabled"));
    facts.bracketed("thp.defrag", Configuration, Kernel, &format!("{THP}/defrag"));
    facts.bracketed("thp.shmem", Configuration, Kernel, &format!("{THP}/shmem_enabled"));
    facts.integer("ksm.run", Configuration, Kernel, "/sys/kernel/mm/ksm/run");
    facts.integer("swap.swappiness", Configuration, Kernel, "/proc/sys/vm/swappiness");
    swap(facts);
    facts.integer("aslr.mode", Configuration, Kernel, "/proc/sys/kernel/randomize_va_space");
    for (name, file) in [
        ("memory.numa_balancing", "kernel/numa_balancing"),
        ("memory.overcommit", "vm/overcommit_memory"),
        ("memory.zone_reclaim", "vm/zone_reclaim_mode"),
        ("memory.hugepages_count", "vm/nr_hugepages"),
    ] {
        facts.integer(name, Configuration, Kernel, &format!("/proc/sys/{file}"));
    }
}

fn total(facts: &mut Facts<'_>, host: &Host<'_>) {
    let path = "/proc/meminfo";
    let read = facts.read(Kernel, path).and_then(|text| total_kib(&text));
    let portable = || host.live.portable.as_ref().map(|portable| portable.memory_bytes / 1024).ok();
    let (kib, source) = match (read, portable()) {
        (Err(_), Some(kib)) => (Ok(kib), "the sysinfo library"),
        (read, _) => (read, path),
    };
    let gib = kib.clone().map(|kib| FactValue::Integer(installed_gib(kib)));
    facts.record("memory.total_gib", Machine, source, gib);
    let exact = kib.map(|kib| FactValue::Integer(i64::try_from(kib).unwrap_or(i64::MAX)));
    facts.record("memory.usable_kib", Explanation, source, exact);
}

fn total_kib(meminfo: &str) -> Result<u64, Absence> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let digits = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    digits.ok_or_else(|| "no MemTotal in /proc/meminfo".into())
}

/// What is probably installed: the kernel keeps up to some per cent for itself, and how much moves with its version,
/// so the total goes up to the next sixteenth of its order of magnitude, at least to a whole GiB.
fn installed_gib(usable_kib: u64) -> i64 {
    let gib = usable_kib.div_ceil(KIB_PER_GIB);
    let step = gib.checked_ilog2().map_or(1, |magnitude| (1_u64 << magnitude) / 16).max(1);
    i64::try_from(gib.div_ceil(step) * step).unwrap_or(i64::MAX)
}

/// The sum over all swap areas; a heading without rows is a true "none".
fn swap(facts: &mut Facts<'_>) {
    let path = "/proc/swaps";
    let total = facts.read(Kernel, path).map(|text| {
        let sizes =
            text.lines().skip(1).filter_map(|line| line.split_whitespace().nth(2)?.parse::<i64>().ok());
        FactValue::Integer(sizes.sum())
    });
    facts.record("swap.total_kib", Configuration, path, total);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_keeps_does_not_make_another_machine() {
        let gib = |usable: f64| installed_gib((usable * 1_048_576.0) as u64);
        assert_eq!(gib(23.54), 24);
        assert_eq!(gib(15.5), 16);
        assert_eq!(gib(62.7), 64);
        assert_eq!(gib(503.6), 512);
        assert_eq!(gib(503.1), 512);
        assert_eq!(gib(0.4), 1);
        assert_eq!(gib(7.6), 8);
        assert_eq!(installed_gib(0), 0);
    }
}
