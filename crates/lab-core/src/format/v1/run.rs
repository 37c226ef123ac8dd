//! `run.json`: all that is known before the first invocation.

use serde::{Deserialize, Serialize};

use super::VERSION;
use super::benchmark::Benchmark;
use super::canary::Canary;
use super::plan::Plan;
use super::provenance::Provenance;
use super::schedule::{self, Scheduled};
use super::target::Target;
use super::warning::Warning;
use crate::format::FormatError;
use crate::format::decode::Versioned;
use crate::model;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Run {
    format: u32,
    id: String,
    lab_version: String,
    created_at: String,
    workspace: String,
    revision: Revision,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    provenance: Option<Provenance>,
    plan: Plan,
    targets: Vec<Target>,
    benchmarks: Vec<Benchmark>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    canary: Option<Canary>,
    schedule: Vec<Scheduled>,
    warnings: Vec<Warning>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Revision {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    branch: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    is_dirty: Option<bool>,
}

impl Run {
    /// The head of a Run; its sessions, invocations and seal have files of their own.
    ///
    /// # Errors
    /// [`FormatError::Unlisted`] when the schedule names a benchmark that is not listed.
    pub(crate) fn from_model(run: &model::Run) -> Result<Self, FormatError> {
        let model::Run {
            id,
            lab_version,
            created_at,
            workspace,
            revision,
            provenance,
            plan,
            targets,
            benchmarks,
            canary,
            schedule,
            sessions: _,
            invocations: _,
            looks: _,
            warnings,
            state: _,
        } = run;
        Ok(Self {
            format: VERSION,
            id: id.clone(),
            lab_version: lab_version.clone(),
            created_at: created_at.clone(),
            workspace: workspace.clone(),
            revision: revision.clone().into(),
            provenance: provenance.clone().map(Provenance::from),
            plan: plan.into(),
            targets: targets.iter().map(Target::from).collect(),
            benchmarks: benchmarks.iter().map(Benchmark::from).collect(),
            canary: Canary::from_model(canary),
            schedule: schedule::from_model(schedule, benchmarks)?,
            warnings: warnings.iter().map(Warning::from).collect(),
        })
    }

    /// An open Run without sessions and invocations.
    ///
    /// # Errors
    /// The reason, when the schedule points beyond the list of benchmarks.
    pub(crate) fn into_model(self) -> Result<model::Run, String> {
        let benchmarks: Vec<model::BenchmarkRecord> = self.benchmarks.into_iter().map(Into::into).collect();
        let canary: model::CanaryRecord = self.canary.map(Into::into).unwrap_or_default();
        Ok(model::Run {
            id: self.id,
            lab_version: self.lab_version,
            created_at: self.created_at,
            workspace: self.workspace,
            revision: self.revision.into(),
            provenance: self.provenance.map(Into::into),
            plan: self.plan.into(),
            targets: self.targets.into_iter().map(Into::into).collect(),
            schedule: schedule::into_model(self.schedule, &benchmarks, &canary)?,
            benchmarks,
            canary,
            sessions: Vec::new(),
            invocations: Vec::new(),
            looks: Vec::new(),
            warnings: self.warnings.into_iter().map(Into::into).collect(),
            state: model::State::Open,
        })
    }
}

impl Versioned for Run {
    const VERSION: u32 = VERSION;

    fn format(&self) -> u32 {
        self.format
    }
}

impl From<model::Revision> for Revision {
    fn from(revision: model::Revision) -> Self {
        let model::Revision { commit, branch, is_dirty } = revision;
        Self { commit, branch, is_dirty }
    }
}

impl From<Revision> for model::Revision {
    fn from(wire: Revision) -> Self {
        let Revision { commit, branch, is_dirty } = wire;
        Self { commit, branch, is_dirty }
    }
}
