//! A line of `invocations.jsonl`: it makes sense without any other line or file.

use serde::{Deserialize, Serialize};

use super::VERSION;
use super::benchmark::{first, is_first};
use super::measurement::Measurement;
use super::signal::{self, AbsentSignals, Signals};
use super::warning::Warning;
use crate::format::decode::Versioned;
use crate::model;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Invocation {
    format: u32,
    index: u32,
    session: u32,
    package: String,
    target: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    arguments: Vec<String>,
    cpus: Vec<u32>,
    padding_bytes: u32,
    started_at: String,
    wall_ns: u64,
    exit: Exit,
    observations: Vec<Observation>,
    signals: Signals,
    #[serde(default, skip_serializing_if = "AbsentSignals::is_empty")]
    absent_signals: AbsentSignals,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    taints: Vec<Taint>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Exit {
    Code(i32),
    Signal(i32),
    TimedOut { limit_ms: u64 },
    NotStarted,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Observation {
    /// Written only when it is not the invocation's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    package: Option<String>,
    /// Written only when it is not the invocation's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    path: String,
    #[serde(default = "first", skip_serializing_if = "is_first")]
    occurrence: u32,
    outcome: Outcome,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    measurements: Vec<Measurement>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    Ok,
    Failed { reason: String, tail: String },
    TimedOut { limit_ms: u64, tail: String },
    Missing { reason: String },
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Taint {
    rule: String,
    detail: String,
}

impl From<&model::Invocation> for Invocation {
    fn from(invocation: &model::Invocation) -> Self {
        let model::Invocation {
            index,
            session,
            target,
            arguments,
            cpus,
            padding_bytes,
            started_at,
            wall_ns,
            exit,
            observations,
            signals,
            taints,
            warnings,
        } = invocation;
        let (signals, absent_signals) = signal::from_model(signals);
        Self {
            format: VERSION,
            index: *index,
            session: *session,
            package: target.package.clone(),
            target: target.name.clone(),
            arguments: arguments.clone(),
            cpus: cpus.clone(),
            padding_bytes: *padding_bytes,
            started_at: started_at.clone(),
            wall_ns: *wall_ns,
            exit: (*exit).into(),
            observations: observations.iter().map(|one| Observation::from_model(one, target)).collect(),
            signals,
            absent_signals,
            taints: taints.iter().map(Taint::from).collect(),
            warnings: warnings.iter().map(Warning::from).collect(),
        }
    }
}

impl From<Invocation> for model::Invocation {
    /// A taint by a rule that is not known here becomes a warning of the invocation.
    fn from(wire: Invocation) -> Self {
        let target = model::TargetId { package: wire.package, name: wire.target };
        let mut warnings: Vec<model::Warning> = wire.warnings.into_iter().map(Into::into).collect();
        let mut taints = Vec::new();
        for Taint { rule, detail } in wire.taints {
            match model::TaintRule::ALL.iter().find(|known| known.id() == rule) {
                Some(rule) => taints.push(model::Taint { rule: *rule, detail }),
                None => warnings.push(model::Warning::new("unknown_taint", rule, detail)),
            }
        }
        Self {
            index: wire.index,
            session: wire.session,
            arguments: wire.arguments,
            cpus: wire.cpus,
            padding_bytes: wire.padding_bytes,
            started_at: wire.started_at,
            wall_ns: wire.wall_ns,
            exit: wire.exit.into(),
            observations: wire.observations.into_iter().map(|one| one.into_model(&target)).collect(),
            target,
            signals: signal::into_model(wire.signals, wire.absent_signals),
            taints,
            warnings,
        }
    }
}

impl Versioned for Invocation {
    const VERSION: u32 = VERSION;

    fn format(&self) -> u32 {
        self.format
    }
}

impl Observation {
    fn from_model(observation: &model::Observation, home: &model::TargetId) -> Self {
        let model::Observation { benchmark, outcome, measurements } = observation;
        let model::BenchmarkId { target, path, occurrence } = benchmark;
        Self {
            package: (target.package != home.package).then(|| target.package.clone()),
            target: (target.name != home.name).then(|| target.name.clone()),
            path: path.clone(),
            occurrence: *occurrence,
            outcome: outcome.clone().into(),
            measurements: measurements.iter().map(Measurement::from).collect(),
        }
    }

    fn into_model(self, home: &model::TargetId) -> model::Observation {
        let target = model::TargetId {
            package: self.package.unwrap_or_else(|| home.package.clone()),
            name: self.target.unwrap_or_else(|| home.name.clone()),
        };
        model::Observation {
            benchmark: model::BenchmarkId { target, path: self.path, occurrence: self.occurrence },
            outcome: self.outcome.into(),
            measurements: self.measurements.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<model::Exit> for Exit {
    fn from(exit: model::Exit) -> Self {
        match exit {
            model::Exit::Code(code) => Self::Code(code),
            model::Exit::Signal(signal) => Self::Signal(signal),
            model::Exit::TimedOut { limit_ms } => Self::TimedOut { limit_ms },
            model::Exit::NotStarted => Self::NotStarted,
        }
    }
}

impl From<Exit> for model::Exit {
    fn from(wire: Exit) -> Self {
        match wire {
            Exit::Code(code) => Self::Code(code),
            Exit::Signal(signal) => Self::Signal(signal),
            Exit::TimedOut { limit_ms } => Self::TimedOut { limit_ms },
            Exit::NotStarted => Self::NotStarted,
        }
    }
}

impl From<model::Outcome> for Outcome {
    fn from(outcome: model::Outcome) -> Self {
        match outcome {
            model::Outcome::Ok => Self::Ok,
            model::Outcome::Failed { reason, tail } => Self::Failed { reason, tail },
            model::Outcome::TimedOut { limit_ms, tail } => Self::TimedOut { limit_ms, tail },
            model::Outcome::Missing { reason } => Self::Missing { reason },
        }
    }
}

impl From<Outcome> for model::Outcome {
    fn from(wire: Outcome) -> Self {
        match wire {
            Outcome::Ok => Self::Ok,
            Outcome::Failed { reason, tail } => Self::Failed { reason, tail },
            Outcome::TimedOut { limit_ms, tail } => Self::TimedOut { limit_ms, tail },
            Outcome::Missing { reason } => Self::Missing { reason },
        }
    }
}

impl From<&model::Taint> for Taint {
    fn from(taint: &model::Taint) -> Self {
        let model::Taint { rule, detail } = taint;
        Self { rule: rule.id().into(), detail: detail.clone() }
    }
}
