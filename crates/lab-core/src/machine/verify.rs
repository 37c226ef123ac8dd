//! A definition against an environment: the same machine, the same with drift, or another one.
//!
//! A fact that cannot be read meets no expectation: a machine is not taken for the right one because it hides.

use std::fmt;

use super::definition::{Expectation, MachineDefinition, Role};
use crate::model::{Environment, FactValue, Warning};

/// What came of comparing.
#[derive(Clone, Debug, PartialEq)]
pub struct Verification {
    /// One per expectation, in the order of the definition.
    pub findings: Vec<Finding>,
}

/// One expectation and what there was.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What the definition says.
    pub expectation: Expectation,
    /// What the machine says.
    pub found: Found,
}

/// What the machine says of a fact.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// What was expected.
    Same,
    /// Another value.
    Other(FactValue),
    /// No value, for this reason.
    Unknown(String),
}

impl Verification {
    /// Required facts that are not as expected; empty when it is the machine.
    pub fn mismatches(&self) -> Vec<&Finding> {
        self.differing(Role::Required)
    }

    /// What the machine was and is no more.
    pub fn drifts(&self) -> Vec<&Finding> {
        self.differing(Role::Drift)
    }

    /// One warning per difference: `machine_mismatch` for required facts, `machine_drift` for the others.
    pub fn warnings(&self) -> Vec<Warning> {
        let warning = |kind: &'static str| {
            move |finding: &Finding| Warning::new(kind, &finding.expectation.fact, finding.difference())
        };
        let mismatches = self.mismatches().into_iter().map(warning("machine_mismatch"));
        let drifts = self.drifts().into_iter().map(warning("machine_drift"));
        mismatches.chain(drifts).collect()
    }

    fn differing(&self, role: Role) -> Vec<&Finding> {
        let differs = |finding: &&Finding| finding.expectation.role == role && finding.found != Found::Same;
        self.findings.iter().filter(differs).collect()
    }
}

impl Finding {
    /// Before and now, in words that follow the fact's name.
    pub fn difference(&self) -> String {
        format!("is {}, and the machine's definition says {}", self.found, shown(&self.expectation.value))
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same => f.write_str("as expected"),
            Self::Other(value) => f.write_str(&shown(value)),
            Self::Unknown(reason) => write!(f, "unknown ({reason})"),
        }
    }
}

/// Compares every expectation with the environment.
pub fn verify(definition: &MachineDefinition, environment: &Environment) -> Verification {
    let finding = |expectation: &Expectation| {
        let found = match environment.facts.get(&expectation.fact).map(|fact| &fact.value) {
            None => Found::Unknown("no such fact on this kind of machine".into()),
            Some(FactValue::Absent(reason)) => Found::Unknown(reason.clone()),
            Some(value) if *value == expectation.value => Found::Same,
            Some(value) => Found::Other(value.clone()),
        };
        Finding { expectation: expectation.clone(), found }
    };
    Verification { findings: definition.expectations.iter().map(finding).collect() }
}

/// A value as a person reads it.
pub fn shown(value: &FactValue) -> String {
    match value {
        FactValue::Bool(true) => "yes".into(),
        FactValue::Bool(false) => "no".into(),
        FactValue::Integer(value) => value.to_string(),
        FactValue::Number(value) => value.to_string(),
        FactValue::Text(value) => value.clone(),
        FactValue::List(values) if values.is_empty() => "none".into(),
        FactValue::List(values) => values.join(" "),
        FactValue::Absent(reason) => format!("unknown ({reason})"),
    }
}

#[cfg(test)]
mod tests;
