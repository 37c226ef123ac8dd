//! What a Run keeps of the definition it was measured under, as facts.
//!
//! All of them explain: the digests that decide comparability are about the machine, not about a file that describes
//! it.

use super::definition::MachineDefinition;
use super::threshold::THRESHOLDS;
use super::verify::Verification;
use crate::model::{Environment, FactClass, FactValue};
use crate::placement::Placement;

/// A definition as it was used.
#[derive(Clone, Copy, Debug)]
pub struct InForce<'a> {
    /// What the file says.
    pub definition: &'a MachineDefinition,
    /// Where the file was.
    pub path: &'a str,
    /// Of the file's bytes, in hexadecimal.
    pub sha256: &'a str,
    /// How the machine compared.
    pub verification: &'a Verification,
    /// Where it is measured.
    pub placement: &'a Placement,
}

/// In one word, whether it was the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// In every fact.
    Same,
    /// In every required fact.
    Drifted,
    /// Not in every required fact.
    Other,
}

impl Match {
    /// Stored name.
    pub fn id(self) -> &'static str {
        match self {
            Self::Same => "match",
            Self::Drifted => "drift",
            Self::Other => "mismatch",
        }
    }
}

impl Verification {
    /// The verdict over all facts.
    pub fn verdict(&self) -> Match {
        match (self.mismatches().is_empty(), self.drifts().is_empty()) {
            (true, true) => Match::Same,
            (true, false) => Match::Drifted,
            (false, _) => Match::Other,
        }
    }
}

impl InForce<'_> {
    /// Adds `machine.definition` and what belongs to it.
    pub fn insert(&self, environment: &mut Environment) {
        let mut text = |name: &str, value: String| {
            environment.insert(name, FactClass::Explanation, self.path, FactValue::Text(value));
        };
        text("machine.definition", self.definition.name.clone());
        text("machine.definition_path", self.path.to_owned());
        text("machine.definition_sha256", self.sha256.to_owned());
        text("machine.definition_verdict", self.verification.verdict().id().to_owned());
        text("machine.bench_cpus", self.placement.cpus.to_string());
        text("machine.threaded_cpus", self.placement.threaded_cpus.to_string());
        text("machine.housekeeping_cpus", self.placement.housekeeping.to_string());
        let wishes = self.definition.knobs.iter().map(|(knob, wish)| format!("{knob}={wish}")).collect();
        environment.insert("machine.knobs", FactClass::Explanation, self.path, FactValue::List(wishes));
        for threshold in THRESHOLDS {
            let value = FactValue::Number((threshold.read)(&self.definition.thresholds));
            let name = format!("machine.taint_{}", threshold.id);
            environment.insert(&name, FactClass::Explanation, self.path, value);
        }
        for (id, expectation) in &self.definition.canaries {
            let mut figure = |name: String, value: f64| {
                environment.insert(&name, FactClass::Explanation, self.path, FactValue::Number(value));
            };
            figure(format!("machine.canary_{id}_ns"), expectation.median_ns);
            figure(format!("machine.canary_{id}_tolerance_share"), expectation.tolerance_share);
        }
    }
}
