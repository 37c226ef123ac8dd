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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    looks: Option<LookPlan>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LookPlan {
    baseline: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    baseline_run: Option<String>,
    counts: Vec<u32>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Aslr {
    Random,
    Fixed,
}

impl From<model::Aslr> for Aslr {
    fn from(aslr: model::Aslr) -> Self {
        match aslr {
            model::Aslr::Random => Self::Random,
            model::Aslr::Fixed => Self::Fixed,
        }
    }
}

impl From<Aslr> for model::Aslr {
    fn from(wire: Aslr) -> Self {
        match wire {
            Aslr::Random => Self::Random,
            Aslr::Fixed => Self::Fixed,
        }
    }
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
            looks,
        } = plan.clone();
        Self {
            filters,
            invocation_count,
            time_ms,
            budget_ms,
            timeout_ms,
            seed,
            cpus,
            threaded_cpus,
            aslr: aslr.into(),
            includes_ignored,
            build_arguments,
            looks: looks.map(Into::into),
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
            looks,
        } = wire;
        Self {
            filters,
            invocation_count,
            time_ms,
            budget_ms,
            timeout_ms,
            seed,
            cpus,
            threaded_cpus,
            aslr: aslr.into(),
            includes_ignored,
            build_arguments,
            looks: looks.map(Into::into),
        }
    }
}

impl From<model::LookPlan> for LookPlan {
    fn from(plan: model::LookPlan) -> Self {
        let model::LookPlan { baseline, baseline_run, counts } = plan;
        Self { baseline, baseline_run, counts }
    }
}

impl From<LookPlan> for model::LookPlan {
    fn from(wire: LookPlan) -> Self {
        let LookPlan { baseline, baseline_run, counts } = wire;
        Self { baseline, baseline_run, counts }
    }
}
