//! `match.json`: all that is known before the first duel is prepared, and the seal of a match.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::VERSION;
use super::entrant::Entrant;
use super::plan::Aslr;
use super::run::Revision;
use super::warning::Warning;
use crate::format::decode::Versioned;
use crate::format::number::Number;
use crate::model;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Match {
    format: u32,
    id: String,
    lab_version: String,
    created_at: String,
    workspace: String,
    plan: MatchPlan,
    baseline: Entrant,
    candidate: Entrant,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    differing_inputs: Vec<String>,
    warnings: Vec<Warning>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct MatchPlan {
    filters: Vec<String>,
    launch_max: u32,
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
    policy: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    metric: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    margin: Option<Number>,
    #[serde(default, skip_serializing_if = "is_auto")]
    witness: Witness,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    layouts: Option<u32>,
}

/// Where a witness beside time is taken from.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Witness {
    #[default]
    Auto,
    Callgrind,
    None,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct MatchSeal {
    format: u32,
    sealed_at: String,
    launch_count: u32,
    launches_sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cut_short: Option<String>,
}

/// The part of `match.json` that a list shows.
#[derive(Debug, Deserialize)]
pub(crate) struct MatchHead {
    format: u32,
    pub(crate) created_at: String,
    pub(crate) baseline: SideHead,
    pub(crate) candidate: SideHead,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SideHead {
    pub(crate) name: String,
    pub(crate) revision: Revision,
    pub(crate) benchmarks: Vec<IgnoredAny>,
}

impl From<&model::Match> for Match {
    /// The head of a match; its sessions, duels, launches and seal have files of their own.
    fn from(one: &model::Match) -> Self {
        let [baseline, candidate] = &one.sides;
        Self {
            format: VERSION,
            id: one.id.clone(),
            lab_version: one.lab_version.clone(),
            created_at: one.created_at.clone(),
            workspace: one.workspace.clone(),
            plan: (&one.plan).into(),
            baseline: baseline.into(),
            candidate: candidate.into(),
            differing_inputs: one.differing_inputs.clone(),
            warnings: one.warnings.iter().map(Warning::from).collect(),
        }
    }
}

impl Match {
    /// An open match without sessions, duels and launches; facts that could not be understood go to `misunderstood`.
    pub(crate) fn into_model(self, misunderstood: &mut Vec<String>) -> model::Match {
        let sides = [self.baseline.into_model(misunderstood), self.candidate.into_model(misunderstood)];
        model::Match {
            id: self.id,
            lab_version: self.lab_version,
            created_at: self.created_at,
            workspace: self.workspace,
            plan: self.plan.into(),
            sides,
            differing_inputs: self.differing_inputs,
            sessions: Vec::new(),
            duels: Vec::new(),
            launches: Vec::new(),
            warnings: self.warnings.into_iter().map(Into::into).collect(),
            state: model::MatchState::Open,
        }
    }
}

impl From<&model::MatchPlan> for MatchPlan {
    fn from(plan: &model::MatchPlan) -> Self {
        let model::MatchPlan {
            filters,
            launch_max,
            time_ms,
            budget_ms,
            timeout_ms,
            seed,
            cpus,
            threaded_cpus,
            aslr,
            includes_ignored,
            build_arguments,
            policy,
            metric,
            margin,
            witness,
            layouts,
        } = plan.clone();
        Self {
            filters,
            launch_max,
            time_ms,
            budget_ms,
            timeout_ms,
            seed,
            cpus,
            threaded_cpus,
            aslr: aslr.into(),
            includes_ignored,
            build_arguments,
            policy,
            metric,
            margin: margin.map(Number),
            witness: witness.into(),
            layouts,
        }
    }
}

impl From<MatchPlan> for model::MatchPlan {
    fn from(wire: MatchPlan) -> Self {
        let MatchPlan {
            filters,
            launch_max,
            time_ms,
            budget_ms,
            timeout_ms,
            seed,
            cpus,
            threaded_cpus,
            aslr,
            includes_ignored,
            build_arguments,
            policy,
            metric,
            margin,
            witness,
            layouts,
        } = wire;
        Self {
            filters,
            launch_max,
            time_ms,
            budget_ms,
            timeout_ms,
            seed,
            cpus,
            threaded_cpus,
            aslr: aslr.into(),
            includes_ignored,
            build_arguments,
            policy,
            metric,
            margin: margin.map(|Number(margin)| margin),
            witness: witness.into(),
            layouts,
        }
    }
}

fn is_auto(witness: &Witness) -> bool {
    *witness == Witness::Auto
}

impl From<model::WitnessSource> for Witness {
    fn from(source: model::WitnessSource) -> Self {
        match source {
            model::WitnessSource::Auto => Self::Auto,
            model::WitnessSource::Callgrind => Self::Callgrind,
            model::WitnessSource::None => Self::None,
        }
    }
}

impl From<Witness> for model::WitnessSource {
    fn from(wire: Witness) -> Self {
        match wire {
            Witness::Auto => Self::Auto,
            Witness::Callgrind => Self::Callgrind,
            Witness::None => Self::None,
        }
    }
}

impl From<&model::MatchSeal> for MatchSeal {
    fn from(seal: &model::MatchSeal) -> Self {
        let model::MatchSeal { sealed_at, launch_count, launches_sha256, cut_short } = seal.clone();
        Self { format: VERSION, sealed_at, launch_count, launches_sha256, cut_short }
    }
}

impl From<MatchSeal> for model::MatchSeal {
    fn from(wire: MatchSeal) -> Self {
        let MatchSeal { format: _, sealed_at, launch_count, launches_sha256, cut_short } = wire;
        Self { sealed_at, launch_count, launches_sha256, cut_short }
    }
}

impl Versioned for Match {
    const VERSION: u32 = VERSION;

    fn format(&self) -> u32 {
        self.format
    }
}

impl Versioned for MatchHead {
    const VERSION: u32 = VERSION;

    fn format(&self) -> u32 {
        self.format
    }
}

impl Versioned for MatchSeal {
    const VERSION: u32 = VERSION;

    fn format(&self) -> u32 {
        self.format
    }
}
