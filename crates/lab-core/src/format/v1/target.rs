//! A bench target in `run.json`.

use serde::{Deserialize, Serialize};

use crate::model;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Target {
    pub(crate) package: String,
    pub(crate) target: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    harness: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    harness_version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    executable: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    build_id: Option<String>,
    source: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    skip: Option<Skip>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Skip {
    BuildFailed(String),
    NeedsFeatures(Vec<String>),
    UnknownHarness(String),
    ListFailed(String),
    NoBenchmarks,
    Declined,
}

impl From<&model::TargetRecord> for Target {
    fn from(record: &model::TargetRecord) -> Self {
        let model::TargetRecord { id, harness, harness_version, executable, sha256, build_id, source, skip } =
            record.clone();
        let skip = skip.map(Skip::from);
        Self {
            package: id.package,
            target: id.name,
            harness,
            harness_version,
            executable,
            sha256,
            build_id,
            source,
            skip,
        }
    }
}

impl From<Target> for model::TargetRecord {
    fn from(wire: Target) -> Self {
        let Target { package, target, harness, harness_version, executable, sha256, build_id, source, skip } =
            wire;
        let id = model::TargetId { package, name: target };
        let skip = skip.map(model::Skip::from);
        Self { id, harness, harness_version, executable, sha256, build_id, source, skip }
    }
}

impl From<model::Skip> for Skip {
    fn from(skip: model::Skip) -> Self {
        match skip {
            model::Skip::BuildFailed(error) => Self::BuildFailed(error),
            model::Skip::NeedsFeatures(features) => Self::NeedsFeatures(features),
            model::Skip::UnknownHarness(what) => Self::UnknownHarness(what),
            model::Skip::ListFailed(why) => Self::ListFailed(why),
            model::Skip::NoBenchmarks => Self::NoBenchmarks,
            model::Skip::Declined => Self::Declined,
        }
    }
}

impl From<Skip> for model::Skip {
    fn from(skip: Skip) -> Self {
        match skip {
            Skip::BuildFailed(error) => Self::BuildFailed(error),
            Skip::NeedsFeatures(features) => Self::NeedsFeatures(features),
            Skip::UnknownHarness(what) => Self::UnknownHarness(what),
            Skip::ListFailed(why) => Self::ListFailed(why),
            Skip::NoBenchmarks => Self::NoBenchmarks,
            Skip::Declined => Self::Declined,
        }
    }
}
