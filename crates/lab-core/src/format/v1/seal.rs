//! `seal.json`.

use serde::{Deserialize, Serialize};

use super::VERSION;
use crate::format::decode::Versioned;
use crate::model;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Seal {
    format: u32,
    sealed_at: String,
    invocation_count: u32,
    #[serde(default, skip_serializing_if = "is_zero")]
    canary_count: u32,
    invocations_sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cut_short: Option<String>,
}

/// For counts that are left out when nothing was counted.
fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl From<&model::Seal> for Seal {
    fn from(seal: &model::Seal) -> Self {
        let model::Seal { sealed_at, invocation_count, canary_count, invocations_sha256, cut_short } =
            seal.clone();
        Self { format: VERSION, sealed_at, invocation_count, canary_count, invocations_sha256, cut_short }
    }
}

impl From<Seal> for model::Seal {
    fn from(wire: Seal) -> Self {
        let Seal { format: _, sealed_at, invocation_count, canary_count, invocations_sha256, cut_short } =
            wire;
        Self { sealed_at, invocation_count, canary_count, invocations_sha256, cut_short }
    }
}

impl Versioned for Seal {
    const VERSION: u32 = VERSION;

    fn format(&self) -> u32 {
        self.format
    }
}
