//! The caches: `cache.*`, sizes as machine, sharing as configuration.
//!
//! It reads what the kernel describes; it measures no cache.

use std::collections::BTreeMap;

use lab_core::cpulist::CpuList;
use lab_core::model::{FactClass, FactValue};

use super::super::sysfs::SysRoot;
use super::Host;
use super::facts::{Facts, grouped};
use super::scene::Provider;

const SOURCE: &str = "/sys/devices/system/cpu/cpu*/cache";

/// One level and kind (`l1d`): per CPU its size, line and sharers.
#[derive(Default)]
struct Level {
    sizes: Vec<(u32, String)>,
    lines: Vec<(u32, String)>,
    sharers: BTreeMap<u32, CpuList>,
}

pub(super) fn fill(facts: &mut Facts<'_>, host: &Host<'_>) {
    let levels = read(facts.root, &host.topology.online());
    for name in ["l1d", "l1i", "l2", "l3"] {
        let Some(level) = levels.get(name) else {
            let why = facts.scene.explain(&format!("no {name} in {SOURCE}"), Provider::Hardware);
            facts.record(&format!("cache.{name}_size"), FactClass::Machine, SOURCE, Err(why));
            continue;
        };
        let size = FactValue::Text(grouped(level.sizes.clone()));
        facts.record(&format!("cache.{name}_size"), FactClass::Machine, SOURCE, Ok(size));
        let domains: std::collections::BTreeSet<&CpuList> = level.sharers.values().collect();
        let domains = domains.into_iter().map(CpuList::to_string).collect();
        facts.record(
            &format!("cache.{name}_cpus"),
            FactClass::Configuration,
            SOURCE,
            Ok(FactValue::List(domains)),
        );
    }
    let line = levels.get("l1d").map(|level| FactValue::Text(grouped(level.lines.clone())));
    let line = line.ok_or_else(|| facts.scene.explain(&format!("no {SOURCE}"), Provider::Hardware));
    facts.record("cache.line_bytes", FactClass::Machine, SOURCE, line);
}

fn read(root: &SysRoot, cpus: &CpuList) -> BTreeMap<String, Level> {
    let mut levels: BTreeMap<String, Level> = BTreeMap::new();
    for cpu in cpus.iter() {
        let directory = format!("/sys/devices/system/cpu/cpu{cpu}/cache");
        for index in root.names(&directory).iter().filter(|name| name.starts_with("index")) {
            let read = |name: &str| root.read(&format!("{directory}/{index}/{name}")).ok();
            let (Some(number), Some(kind)) = (read("level"), read("type")) else { continue };
            let suffix = match kind.as_str() {
                "Data" if number == "1" => "d",
                "Instruction" => "i",
                _ => "",
            };
            let level = levels.entry(format!("l{number}{suffix}")).or_default();
            level.sizes.extend(read("size").map(|size| (cpu, size)));
            level.lines.extend(read("coherency_line_size").map(|line| (cpu, line)));
            let sharers = read("shared_cpu_list").and_then(|list| list.parse().ok());
            level.sharers.extend(sharers.map(|list: CpuList| (cpu, list)));
        }
    }
    levels
}
