//! How many processors there are and how they hang together: `topology.*`, `numa.*`.
//!
//! What a switched-off core would change is configuration; the machine is what stays.

use std::collections::{BTreeMap, BTreeSet};

use lab_core::cpulist::CpuList;
use lab_core::model::{FactClass, FactValue};
use lab_core::topology::{Access, Cpu};

use super::super::sysfs::Absence;
use super::Host;
use super::facts::Facts;
use super::scene::Provider;

const CPUS: &str = "/sys/devices/system/cpu";
const NODES: &str = "/sys/devices/system/node";

pub(super) fn fill(facts: &mut Facts<'_>, host: &Host<'_>) {
    let online: Vec<&Cpu> = host.topology.cpus.iter().filter(|cpu| cpu.access != Access::Offline).collect();
    let unknown = || host.topology.gaps.first().cloned().unwrap_or_else(|| "no CPU is known".into());
    let counted = |count: usize| if count == 0 { Err(unknown()) } else { integer(count) };

    let present = host.topology.present();
    let source = format!("{CPUS}/present");
    facts.record("topology.threads_count", FactClass::Machine, &source, counted(present.count()));
    let source = format!("{CPUS}/online");
    let list = Ok(FactValue::Text(host.topology.online().to_string())).and_then(|text| match online.len() {
        0 => Err(unknown()),
        _ => Ok(text),
    });
    facts.record("topology.online", FactClass::Configuration, &source, list);
    let source = format!("{CPUS}/cpu*/topology");
    facts.record(
        "topology.cores_count",
        FactClass::Configuration,
        &source,
        counted(host.topology.core_count()),
    );
    let packages = distinct(&online, |cpu| cpu.package);
    facts.record("topology.packages_count", FactClass::Configuration, &source, counted(packages));
    let dies: BTreeSet<_> = online.iter().filter_map(|cpu| Some((cpu.package, cpu.die?))).collect();
    facts.record("topology.dies_count", FactClass::Configuration, &source, counted(dies.len()));
    facts.record(
        "topology.core_types",
        FactClass::Configuration,
        "/sys/devices/cpu_{core,atom,lowpower}/cpus, cpu*/cpu_capacity",
        if online.is_empty() { Err(unknown()) } else { Ok(FactValue::Text(core_types(&online))) },
    );
    facts.text(
        "topology.smt_control",
        FactClass::Configuration,
        Provider::Kernel,
        &format!("{CPUS}/smt/control"),
    );
    numa(facts);
}

fn integer(count: usize) -> Result<FactValue, Absence> {
    i64::try_from(count).map(FactValue::Integer).map_err(|error| error.to_string())
}

fn distinct(cpus: &[&Cpu], part: impl Fn(&Cpu) -> Option<u32>) -> usize {
    cpus.iter().filter_map(|cpu| part(cpu)).collect::<BTreeSet<_>>().len()
}

/// Cores by type (`6 performance, 8 efficiency`), in the order of their lowest CPU.
fn core_types(online: &[&Cpu]) -> String {
    let mut types: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    for cpu in online {
        types.entry(cpu.kind.to_string()).or_default().insert(cpu.core_key());
    }
    let mut types: Vec<_> = types.into_iter().map(|(kind, cores)| (cores, kind)).collect();
    types.sort();
    types.iter().map(|(cores, kind)| format!("{} {kind}", cores.len())).collect::<Vec<_>>().join(", ")
}

/// Memory nodes; their CPU lists hold online CPUs only.
fn numa(facts: &mut Facts<'_>) {
    let names = facts.root.names(NODES);
    let nodes: BTreeMap<u32, String> = names
        .iter()
        .filter_map(|name| {
            Some((name.strip_prefix("node")?.parse().ok()?, format!("{NODES}/{name}/cpulist")))
        })
        .collect();
    let absence = || facts.scene.explain(&format!("no {NODES}/node*"), Provider::Kernel);
    let count = if nodes.is_empty() { Err(absence()) } else { integer(nodes.len()) };
    let lists = nodes.iter().map(|(node, path)| {
        let list = facts.root.read(path)?.parse::<CpuList>().map_err(|error| error.to_string())?;
        Ok(format!("{node}: {list}"))
    });
    let lists = match nodes.is_empty() {
        true => Err(absence()),
        false => lists.collect::<Result<Vec<_>, Absence>>().map(|lists| FactValue::Text(lists.join("; "))),
    };
    facts.record("numa.nodes_count", FactClass::Machine, NODES, count);
    facts.record("numa.cpus", FactClass::Configuration, NODES, lists);
}
