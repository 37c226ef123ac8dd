//! A line of `launches.jsonl`: it makes sense without any other line or file.

use serde::{Deserialize, Serialize};

use super::VERSION;
use super::benchmark::{first, is_first};
use super::invocation::Outcome;
use super::warning::Warning;
use crate::format::decode::Versioned;
use crate::model;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Launch {
    format: u32,
    index: u32,
    package: String,
    target: String,
    path: String,
    #[serde(default = "first", skip_serializing_if = "is_first")]
    occurrence: u32,
    grain: Grain,
    starter: Side,
    #[serde(default, skip_serializing_if = "is_zero")]
    layout: u32,
    padding_bytes: [u32; 2],
    started_at: String,
    wall_ns: u64,
    outcome: Outcome,
    rounds: Vec<Round>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Grain {
    Slices,
    Processes,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Side {
    Baseline,
    Candidate,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Round {
    first: Side,
    iterations: u64,
    baseline: Slice,
    candidate: Slice,
}

/// `[wall_ns,cycles,instructions,task_clock_ns]`, `null` for what there is no counter of.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Slice(u64, Option<u64>, Option<u64>, Option<u64>);

/// For the linker's own layout, which is left out.
fn is_zero(layout: &u32) -> bool {
    *layout == 0
}

impl From<&model::Launch> for Launch {
    fn from(launch: &model::Launch) -> Self {
        let model::Launch {
            index,
            benchmark,
            grain,
            starter,
            layout,
            padding_bytes,
            started_at,
            wall_ns,
            outcome,
            rounds,
            warnings,
        } = launch.clone();
        let model::BenchmarkId { target, path, occurrence } = benchmark;
        Self {
            format: VERSION,
            index,
            package: target.package,
            target: target.name,
            path,
            occurrence,
            grain: match grain {
                model::Grain::Slices => Grain::Slices,
                model::Grain::Processes => Grain::Processes,
            },
            starter: starter.into(),
            layout,
            padding_bytes,
            started_at,
            wall_ns,
            outcome: outcome.into(),
            rounds: rounds.iter().map(Round::from).collect(),
            warnings: warnings.iter().map(Warning::from).collect(),
        }
    }
}

impl From<Launch> for model::Launch {
    fn from(wire: Launch) -> Self {
        let target = model::TargetId { package: wire.package, name: wire.target };
        Self {
            index: wire.index,
            benchmark: model::BenchmarkId { target, path: wire.path, occurrence: wire.occurrence },
            grain: match wire.grain {
                Grain::Slices => model::Grain::Slices,
                Grain::Processes => model::Grain::Processes,
            },
            starter: wire.starter.into(),
            layout: wire.layout,
            padding_bytes: wire.padding_bytes,
            started_at: wire.started_at,
            wall_ns: wire.wall_ns,
            outcome: wire.outcome.into(),
            rounds: wire.rounds.into_iter().map(Into::into).collect(),
            warnings: wire.warnings.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<&model::Round> for Round {
    fn from(round: &model::Round) -> Self {
        let model::Round { first, iterations, baseline, candidate } = *round;
        Self { first: first.into(), iterations, baseline: baseline.into(), candidate: candidate.into() }
    }
}

impl From<Round> for model::Round {
    fn from(wire: Round) -> Self {
        let Round { first, iterations, baseline, candidate } = wire;
        Self { first: first.into(), iterations, baseline: baseline.into(), candidate: candidate.into() }
    }
}

impl From<model::Slice> for Slice {
    fn from(slice: model::Slice) -> Self {
        let model::Slice { wall_ns, cycles, instructions, task_clock_ns } = slice;
        Self(wall_ns, cycles, instructions, task_clock_ns)
    }
}

impl From<Slice> for model::Slice {
    fn from(wire: Slice) -> Self {
        let Slice(wall_ns, cycles, instructions, task_clock_ns) = wire;
        Self { wall_ns, cycles, instructions, task_clock_ns }
    }
}

impl From<model::Side> for Side {
    fn from(side: model::Side) -> Self {
        match side {
            model::Side::Baseline => Self::Baseline,
            model::Side::Candidate => Self::Candidate,
        }
    }
}

impl From<Side> for model::Side {
    fn from(wire: Side) -> Self {
        match wire {
            Side::Baseline => Self::Baseline,
            Side::Candidate => Self::Candidate,
        }
    }
}

impl Versioned for Launch {
    const VERSION: u32 = VERSION;

    fn format(&self) -> u32 {
        self.format
    }
}
