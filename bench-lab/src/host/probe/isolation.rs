//! What is kept away from which CPUs: `isolation.*`.
//!
//! It reads what is in force; asking for more is the business of a tuned session.

use lab_core::model::FactClass::Configuration;
use lab_core::model::FactValue;

use super::super::cgroup;
use super::Host;
use super::facts::Facts;
use super::scene::Provider::Kernel;

const CPUS: &str = "/sys/devices/system/cpu";

pub(super) fn fill(facts: &mut Facts<'_>, host: &Host<'_>) {
    facts.cpu_list("isolation.isolated", Configuration, Kernel, &format!("{CPUS}/isolated"));
    facts.cpu_list("isolation.nohz_full", Configuration, Kernel, &format!("{CPUS}/nohz_full"));
    let path = "/proc/cmdline";
    let callbacks = facts.read(Kernel, path).map(|text| {
        let token = text.split_whitespace().find_map(|token| token.strip_prefix("rcu_nocbs="));
        FactValue::Text(token.unwrap_or("none").to_owned())
    });
    facts.record("isolation.rcu_nocbs", Configuration, path, callbacks);

    let permitted = host.topology.permitted();
    let value = match permitted.is_empty() {
        true => Err("no CPU is known".into()),
        false => Ok(FactValue::Text(permitted.to_string())),
    };
    let source = "/proc/self/status Cpus_allowed_list, cpuset of the control group";
    facts.record("isolation.permitted_cpus", Configuration, source, value);

    quota(facts);
    facts.text("isolation.workqueue_mask", Configuration, Kernel, "/sys/devices/virtual/workqueue/cpumask");
    facts.text("isolation.irq_default_mask", Configuration, Kernel, "/proc/irq/default_smp_affinity");
}

/// The share of CPU time that the control group may use; a quota stops a benchmark in the middle.
fn quota(facts: &mut Facts<'_>) {
    let (source, value) = match cgroup::cpu_quota(facts.root) {
        Ok((path, Some(cpus))) => (path, Ok(FactValue::Text(format!("{cpus} CPUs")))),
        Ok((path, None)) => (path, Ok(FactValue::Text("none".into()))),
        Err(absence) => ("/proc/self/cgroup".into(), Err(absence)),
    };
    facts.record("isolation.cpu_quota", Configuration, &source, value);
}
