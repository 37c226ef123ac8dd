//! A line of `duels.jsonl`: one benchmark on both sides, before its first launch.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::VERSION;
use super::benchmark::{first, is_first};
use crate::format::decode::Versioned;
use crate::format::number::Number;
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    testimony: Option<Testimony>,
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

/// Either both counts or a reason.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Testimony {
    source: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    baseline: Option<Counted>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    candidate: Option<Counted>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Counted {
    instructions: Number,
    spread: Number,
}

impl From<model::Testimony> for Testimony {
    fn from(testimony: model::Testimony) -> Self {
        let model::Testimony { source, counted } = testimony;
        let (sides, reason) = match counted {
            Ok(sides) => (sides.map(|one| Some(Counted::from(one))), None),
            Err(why) => ([None, None], Some(why)),
        };
        let [baseline, candidate] = sides;
        Self { source, baseline, candidate, reason }
    }
}

impl From<Testimony> for model::Testimony {
    fn from(wire: Testimony) -> Self {
        let Testimony { source, baseline, candidate, reason } = wire;
        let counted = match (baseline, candidate) {
            (Some(baseline), Some(candidate)) => Ok([baseline.into(), candidate.into()]),
            _ => Err(reason.unwrap_or_else(|| "was not counted on both sides".into())),
        };
        Self { source, counted }
    }
}

impl From<model::Counted> for Counted {
    fn from(counted: model::Counted) -> Self {
        let model::Counted { instructions, spread } = counted;
        Self { instructions: Number(instructions), spread: Number(spread) }
    }
}

impl From<Counted> for model::Counted {
    fn from(wire: Counted) -> Self {
        Self { instructions: wire.instructions.0, spread: wire.spread.0 }
    }
}

impl From<&model::DuelRecord> for Duel {
    fn from(duel: &model::DuelRecord) -> Self {
        let model::DuelRecord { benchmark, renamed_from, footing, testimony } = duel.clone();
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
            testimony: testimony.map(Testimony::from),
        }
    }
}

impl From<Duel> for model::DuelRecord {
    fn from(wire: Duel) -> Self {
        let Duel { format: _, package, target, path, occurrence, renamed_from, footing, testimony } = wire;
        Self {
            benchmark: Name { package, target, path, occurrence }.into(),
            renamed_from: renamed_from.map(Into::into),
            footing: match footing {
                Footing::Identical => model::Footing::Identical,
                Footing::Ready(calibration) => model::Footing::Ready(model::Calibration(calibration)),
                Footing::Broken => model::Footing::Broken,
            },
            testimony: testimony.map(Into::into),
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
