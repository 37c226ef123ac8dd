//! A line of `duels.jsonl`: one benchmark on both sides, before its first launch.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::VERSION;
use super::benchmark::{first, is_first};
use crate::format::decode::Versioned;
use crate::model;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Duel {
    format: u32,
    package: String,
    target: String,
    path: String,
    #[serde(default = "first", skip_serializing_if = "is_first")]
    occurrence: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    renamed_from: Option<Name>,
    footing: Footing,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Name {
    package: String,
    target: String,
    path: String,
    #[serde(default = "first", skip_serializing_if = "is_first")]
    occurrence: u32,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Footing {
    Identical,
    Ready(BTreeMap<String, String>),
    Broken,
}

impl From<&model::DuelRecord> for Duel {
    fn from(duel: &model::DuelRecord) -> Self {
        let model::DuelRecord { benchmark, renamed_from, footing } = duel.clone();
        let Name { package, target, path, occurrence } = benchmark.into();
        Self {
            format: VERSION,
            package,
            target,
            path,
            occurrence,
            renamed_from: renamed_from.map(Name::from),
            footing: match footing {
                model::Footing::Identical => Footing::Identical,
                model::Footing::Ready(calibration) => Footing::Ready(calibration.0),
                model::Footing::Broken => Footing::Broken,
            },
        }
    }
}

impl From<Duel> for model::DuelRecord {
    fn from(wire: Duel) -> Self {
        let Duel { format: _, package, target, path, occurrence, renamed_from, footing } = wire;
        Self {
            benchmark: Name { package, target, path, occurrence }.into(),
            renamed_from: renamed_from.map(Into::into),
            footing: match footing {
                Footing::Identical => model::Footing::Identical,
                Footing::Ready(calibration) => model::Footing::Ready(model::Calibration(calibration)),
                Footing::Broken => model::Footing::Broken,
            },
        }
    }
}

impl From<model::BenchmarkId> for Name {
    fn from(id: model::BenchmarkId) -> Self {
        let model::BenchmarkId { target, path, occurrence } = id;
        Self { package: target.package, target: target.name, path, occurrence }
    }
}

impl From<Name> for model::BenchmarkId {
    fn from(wire: Name) -> Self {
        let Name { package, target, path, occurrence } = wire;
        Self { target: model::TargetId { package, name: target }, path, occurrence }
    }
}

impl Versioned for Duel {
    const VERSION: u32 = VERSION;

    fn format(&self) -> u32 {
        self.format
    }
}
