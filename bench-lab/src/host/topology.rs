//! Reads the topology from `/sys` and `/proc`.
//!
//! It never fails: what a machine does not describe becomes a gap with its reason, and the CPU counts as uniform and
//! alone in its core.

use std::collections::BTreeSet;

use lab_core::cpulist::CpuList;
use lab_core::topology::{Access, CoreKind, Cpu, Topology};

use super::cgroup;
use super::sysfs::{Absence, SysRoot};

/// Where the kernel describes CPUs.
const CPUS: &str = "/sys/devices/system/cpu";

/// The PMUs of a hybrid Intel processor, each with the CPUs it belongs to (kernel:
/// `Documentation/ABI/testing/sysfs-bus-event_source-devices`).
const HYBRID: [(&str, CoreKind); 3] = [
    ("/sys/devices/cpu_core/cpus", CoreKind::Performance),
    ("/sys/devices/cpu_atom/cpus", CoreKind::Efficiency),
    ("/sys/devices/cpu_lowpower/cpus", CoreKind::LowPower),
];

/// The CPUs of the machine under `root`, as far as it describes them.
pub fn read(root: &SysRoot) -> Topology {
    let mut gaps = Vec::new();
    let present = note(&mut gaps, "CPUs", present(root)).unwrap_or_default();
    let online = list(root, &format!("{CPUS}/online")).unwrap_or_else(|_| present.clone());
    let isolated = isolated(root);
    let mask = note(&mut gaps, "affinity mask", affinity(root));
    let cpuset = note(&mut gaps, "cpuset", cgroup::cpuset(root).and_then(|text| parse(&text)));
    let access = |cpu: u32| {
        // A mask that cannot be read is no reason to refuse: the kernel itself refuses what it must.
        let in_mask = mask.as_ref().is_none_or(|mask| mask.contains(cpu));
        match (online.contains(cpu), in_mask, cpuset.as_ref().is_some_and(|set| set.contains(cpu))) {
            (false, _, _) => Access::Offline,
            (true, true, _) => Access::Granted,
            (true, false, true) => Access::Reachable,
            (true, false, false) => Access::Forbidden,
        }
    };
    let hybrid = hybrid(root);
    let mut cpus: Vec<Cpu> = present
        .iter()
        .map(|id| {
            let is_isolated = isolated.contains(id);
            Cpu { access: access(id), is_isolated, ..describe(root, id, &hybrid) }
        })
        .collect();
    unify(&mut cpus);
    gaps.extend(missing(root, &cpus));
    Topology { cpus, gaps }
}

/// Takes back the ratings of a machine that rates all its cores alike: newer x86 kernels write 1024 for each.
fn unify(cpus: &mut [Cpu]) {
    let ratings: BTreeSet<u32> = cpus
        .iter()
        .filter_map(|cpu| if let CoreKind::Capacity(rating) = cpu.kind { Some(rating) } else { None })
        .collect();
    if ratings.len() == 1 {
        cpus.iter_mut().for_each(|cpu| cpu.kind = CoreKind::Uniform);
    }
}

/// The topology as it matters to one CPU; access is filled in by the caller.
fn describe(root: &SysRoot, id: u32, hybrid: &[(CpuList, CoreKind)]) -> Cpu {
    let directory = format!("{CPUS}/cpu{id}");
    let number = |name: &str| number(root, &format!("{directory}/{name}"));
    let topology = format!("{directory}/topology");
    let siblings = ["core_cpus_list", "thread_siblings_list"]
        .iter()
        .find_map(|name| list(root, &format!("{topology}/{name}")).ok())
        .filter(|siblings| siblings.contains(id))
        .unwrap_or_else(|| CpuList::from_iter([id]));
    let named = hybrid.iter().find(|(cpus, _)| cpus.contains(id)).map(|(_, kind)| *kind);
    let rated = || number("cpu_capacity").and_then(|rating| u32::try_from(rating).ok());
    let kind = if hybrid.is_empty() { rated().map(CoreKind::Capacity) } else { named };
    let small = |value: Option<u64>| value.and_then(|value| u32::try_from(value).ok());
    Cpu {
        siblings,
        core: small(number("topology/core_id")),
        package: small(number("topology/physical_package_id")),
        die: small(number("topology/die_id")),
        node: node(root, &directory),
        cache_domain: last_level_cache(root, &directory),
        kind: kind.unwrap_or(CoreKind::Uniform),
        clock_max_khz: number("cpufreq/cpuinfo_max_freq"),
        ..Cpu::unknown(id)
    }
}

/// The lowest of the CPUs that share the cache with the greatest level number.
fn last_level_cache(root: &SysRoot, directory: &str) -> Option<u32> {
    let indices = root.names(&format!("{directory}/cache"));
    let caches = indices.iter().filter(|name| name.starts_with("index")).filter_map(|name| {
        let cache = format!("{directory}/cache/{name}");
        let level = number(root, &format!("{cache}/level"))?;
        Some((level, list(root, &format!("{cache}/shared_cpu_list")).ok()?.first()?))
    });
    caches.max_by_key(|(level, _)| *level).map(|(_, first)| first)
}

/// The `nodeN` link in the CPU's directory.
fn node(root: &SysRoot, directory: &str) -> Option<u32> {
    root.names(directory).iter().find_map(|name| name.strip_prefix("node")?.parse().ok())
}

fn present(root: &SysRoot) -> Result<CpuList, Absence> {
    list(root, &format!("{CPUS}/present"))
        .or_else(|_| list(root, &format!("{CPUS}/online")))
        .or_else(|absence| of_cpuinfo(root).ok_or(absence))
}

/// The `processor` lines, for places where `/sys` is not mounted.
fn of_cpuinfo(root: &SysRoot) -> Option<CpuList> {
    let text = root.read("/proc/cpuinfo").ok()?;
    let numbers = text.lines().filter_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == "processor").then(|| value.trim().parse().ok())?
    });
    Some(numbers.collect::<CpuList>()).filter(|cpus| !cpus.is_empty())
}

/// What `isolcpus=` took away at boot, and what isolated cpuset partitions took since.
fn isolated(root: &SysRoot) -> CpuList {
    let sources = [format!("{CPUS}/isolated"), "/sys/fs/cgroup/cpuset.cpus.isolated".into()];
    let lists: Vec<CpuList> = sources.iter().filter_map(|path| list(root, path).ok()).collect();
    lists.iter().flat_map(CpuList::iter).collect()
}

/// The mask of the whole process as `sched_getaffinity` gives it, from the file that says the same.
fn affinity(root: &SysRoot) -> Result<CpuList, Absence> {
    let status = root.read("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    parse(line.ok_or("no Cpus_allowed_list in /proc/self/status")?)
}

fn hybrid(root: &SysRoot) -> Vec<(CpuList, CoreKind)> {
    HYBRID.iter().filter_map(|&(path, kind)| Some((list(root, path).ok()?, kind))).collect()
}

/// What no CPU that is online has.
fn missing(root: &SysRoot, cpus: &[Cpu]) -> Vec<String> {
    let online = || cpus.iter().filter(|cpu| cpu.access != Access::Offline);
    let Some(first) = online().next() else { return Vec::new() };
    let directory = format!("{CPUS}/cpu{}", first.id);
    let mut gaps = Vec::new();
    let mut expect = |what: &str, path: &str, has: &dyn Fn(&Cpu) -> bool| {
        if !online().any(has) {
            let path = format!("{directory}/{path}");
            let why = root.read(&path).err().unwrap_or_else(|| format!("{path} cannot be understood"));
            gaps.push(format!("{what}: {why}"));
        }
    };
    expect("cores", "topology/core_id", &|cpu| cpu.core.is_some());
    expect("last-level caches", "cache/index0/level", &|cpu| cpu.cache_domain.is_some());
    expect("greatest clocks", "cpufreq/cpuinfo_max_freq", &|cpu| cpu.clock_max_khz.is_some());
    if !online().any(|cpu| cpu.node.is_some()) {
        gaps.push(format!("NUMA nodes: no node link in {directory}"));
    }
    gaps
}

fn note<T>(gaps: &mut Vec<String>, what: &str, read: Result<T, Absence>) -> Option<T> {
    read.inspect_err(|why| gaps.push(format!("{what}: {why}"))).ok()
}

fn list(root: &SysRoot, path: &str) -> Result<CpuList, Absence> {
    parse(&root.read(path)?)
}

fn parse(text: &str) -> Result<CpuList, Absence> {
    text.parse::<CpuList>().map_err(|error| error.to_string())
}

fn number(root: &SysRoot, path: &str) -> Option<u64> {
    root.read(path).ok()?.parse().ok()
}
