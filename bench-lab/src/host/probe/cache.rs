//! The caches: `cache.*`, sizes as machine, sharing as configuration.
//!
//! It reads what the kernel describes; it measures no cache.

use std::collections::{BTreeMap, BTreeSet};

use lab_core::cpulist::CpuList;
use lab_core::model::{FactClass, FactValue};

use super::super::sysfs::SysRoot;
use super::Host;
use super::facts::Facts;
use super::scene::Provider;

const SOURCE: &str = "/sys/devices/system/cpu/cpu*/cache";

/// One level and kind (`l1d`): each size and line once, in the order of the lowest CPU that has it, and who shares.
/// Without the CPUs, so that a hardware thread that is switched off makes no other machine.
#[derive(Default)]
struct Level {
    sizes: Vec<String>,
    lines: Vec<String>,
    domains: BTreeSet<CpuList>,
}

pub(super) fn fill(facts: &mut Facts<'_>, host: &Host<'_>) {
    let levels = read(facts.root, &host.topology.online());
    for name in ["l1d", "l1i", "l2", "l3"] {
        let Some(level) = levels.get(name) else {
            let why = facts.scene.explain(&format!("no {name} in {SOURCE}"), Provider::Hardware);
            facts.record(&format!("cache.{name}_size"), FactClass::Machine, SOURCE, Err(why));
            continue;
        };
        let size = FactValue::Text(level.sizes.join(", "));
        facts.record(&format!("cache.{name}_size"), FactClass::Machine, SOURCE, Ok(size));
        let domains = level.domains.iter().map(CpuList::to_string).collect();
        facts.record(
            &format!("cache.{name}_cpus"),
            FactClass::Configuration,
            SOURCE,
            Ok(FactValue::List(domains)),
        );
    }
    let line = levels.get("l1d").map(|level| FactValue::Text(level.lines.join(", ")));
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
            add(&mut level.sizes, read("size"));
            add(&mut level.lines, read("coherency_line_size"));
            level.domains.extend(read("shared_cpu_list").and_then(|list| list.parse::<CpuList>().ok()));
        }
    }
    levels
}

fn add(values: &mut Vec<String>, value: Option<String>) {
    if let Some(value) = value.filter(|value| !values.contains(value)) {
        values.push(value);
    }
}
