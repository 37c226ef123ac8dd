//! The plan in `run.json`.

use serde::{Deserialize, Serialize};

use crate::model;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Plan {
    filters: Vec<String>,
    invocation_count: u32,
    time_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    budget_ms: Option<u64>,
    timeout_ms: u64,
    seed: u64,
    cpus: Vec<u32>,
    threaded_cpus: Vec<u32>,
    aslr: Aslr,
    includes_ignored: bool,
    build_arguments: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Aslr {
    Random,
    Fixed,
}

impl From<&model::Plan> for Plan {
    fn from(plan: &model::Plan) -> Self {
        let model::Plan {
            filters,
            invocation_count,
            time_ms,
            budget_ms,
            timeout_ms,
            seed,
            cpus,
            threaded_cpus,
            aslr,
            includes_ignored,
            build_arguments,
        } = plan.clone();
        let aslr = match aslr {
            model::Aslr::Random => Aslr::Random,
            model::Aslr::Fixed => Aslr::Fixed,
        };
        Self {
            filters,
            invocation_count,
            time_ms,
            budget_ms,
            timeout_ms,
            seed,
            cpus,
            threaded_cpus,
            aslr,
            includes_ignored,
            build_arguments,
        }
    }
}

impl From<Plan> for model::Plan {
    fn from(wire: Plan) -> Self {
        let Plan {
            filters,
            invocation_count,
            time_ms,
            budget_ms,
            timeout_ms,
            seed,
            cpus,
            threaded_cpus,
            aslr,
            includes_ignored,
            build_arguments,
        } = wire;
        let aslr = match aslr {
            Aslr::Random => model::Aslr::Random,
            Aslr::Fixed => model::Aslr::Fixed,
        };
        Self {
            filters,
            invocation_count,
            time_ms,
            budget_ms,
            timeout_ms,
            seed,
            cpus,
            threaded_cpus,
            aslr,
            includes_ignored,
            build_arguments,
        }
    }
}
