//! The canaries in `run.json`; their invocations stand among the others, under a package that cargo allows nobody.

use serde::{Deserialize, Serialize};

use crate::model;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Canary {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    is_optimised: bool,
    kernels: Vec<Kernel>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Kernel {
    id: String,
    units: u64,
}

impl Canary {
    /// Absent for a Run without canaries.
    pub(crate) fn from_model(record: &model::CanaryRecord) -> Option<Self> {
        let model::CanaryRecord { sha256, is_optimised, kernels, invocations: _ } = record;
        let kernel = |kernel: &model::KernelRecord| Kernel { id: kernel.id.clone(), units: kernel.units };
        (!kernels.is_empty()).then(|| Self {
            sha256: sha256.clone(),
            is_optimised: *is_optimised,
            kernels: kernels.iter().map(kernel).collect(),
        })
    }
}

impl From<Canary> for model::CanaryRecord {
    fn from(wire: Canary) -> Self {
        let Canary { sha256, is_optimised, kernels } = wire;
        let kernel = |Kernel { id, units }| model::KernelRecord { id, units };
        Self {
            sha256,
            is_optimised,
            kernels: kernels.into_iter().map(kernel).collect(),
            invocations: Vec::new(),
        }
    }
}
