//! Whether the group of counters opens, and who might hold one.
//!
//! The environment's probe opened it for real; here its answer is told apart: forbidden, or not there.

use lab_core::doctor::{Counters, Gap, Sourced};
use lab_core::model::FactValue;

use super::scene::Scene;

pub(super) fn read(scene: &Scene<'_>) -> Counters {
    Counters {
        group: group(scene),
        paranoid: scene.integer("perf.paranoid").value.ok(),
        watchdog: scene.integer("kernel.nmi_watchdog"),
    }
}

fn group(scene: &Scene<'_>) -> Sourced<Result<(), String>> {
    const FACT: &str = "perf.group_without_multiplexing";
    let source = "perf_event_open";
    let value = match scene.environment.facts.get(FACT).map(|fact| &fact.value) {
        Some(FactValue::Bool(true)) => Ok(Ok(())),
        Some(FactValue::Absent(why)) if why.contains("offers no such counter") => {
            Err(match scene.hypervisor() {
                Some(_) => Gap::Virtual(why.clone()),
                None => Gap::Absent(why.clone()),
            })
        }
        // The words of the probe for a refusal and for counters that are taken; all others mean that nobody asked.
        Some(FactValue::Absent(why)) if why.starts_with("permission denied") || why.contains("counter") => {
            Ok(Err(why.clone()))
        }
        Some(FactValue::Absent(why)) => Err(Gap::Unreadable(why.clone())),
        other => Err(Gap::Unreadable(format!("{FACT} is {other:?}"))),
    };
    Sourced::new(source, value)
}
