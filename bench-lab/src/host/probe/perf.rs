//! Which performance counters a benchmark could be watched with: `perf.*`.
//!
//! Access changes no measurement, so all of it explains.

use lab_core::model::FactClass::Explanation;
use lab_core::model::FactValue;

use super::Host;
use super::counters::Counter;
use super::facts::Facts;
use super::scene::Provider::Kernel;

pub(super) fn fill(facts: &mut Facts<'_>, host: &Host<'_>) {
    facts.integer("perf.paranoid", Explanation, Kernel, "/proc/sys/kernel/perf_event_paranoid");
    facts.integer(
        "perf.sample_rate_max_hz",
        Explanation,
        Kernel,
        "/proc/sys/kernel/perf_event_max_sample_rate",
    );
    for counter in Counter::ALL {
        let opened = match &host.live.counters {
            Ok(opened) => opened.iter().find(|(known, _)| known == counter).map(|(_, opened)| opened.clone()),
            Err(absence) => Some(Err(absence.clone())),
        };
        let value = opened.unwrap_or_else(|| Err("not probed".into())).map(|()| FactValue::Bool(true));
        facts.record(&format!("perf.{}", counter.id()), Explanation, "perf_event_open", value);
    }
    let group = host.live.counter_group.clone().map(|()| FactValue::Bool(true));
    facts.record("perf.group_without_multiplexing", Explanation, "perf_event_open", group);
}
