//! A warning: in lists of other records, and as a line of `warnings.jsonl`.

use serde::{Deserialize, Serialize};

use super::VERSION;
use crate::format::decode::Versioned;
use crate::model;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Warning {
    kind: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    subject: String,
    text: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct WarningLine {
    format: u32,
    kind: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    subject: String,
    text: String,
}

impl From<&model::Warning> for Warning {
    fn from(warning: &model::Warning) -> Self {
        let model::Warning { kind, subject, text } = warning.clone();
        Self { kind, subject, text }
    }
}

impl From<Warning> for model::Warning {
    fn from(wire: Warning) -> Self {
        let Warning { kind, subject, text } = wire;
        Self { kind, subject, text }
    }
}

impl From<&model::Warning> for WarningLine {
    fn from(warning: &model::Warning) -> Self {
        let model::Warning { kind, subject, text } = warning.clone();
        Self { format: VERSION, kind, subject, text }
    }
}

impl From<WarningLine> for model::Warning {
    fn from(wire: WarningLine) -> Self {
        let WarningLine { format: _, kind, subject, text } = wire;
        Self { kind, subject, text }
    }
}

impl Versioned for WarningLine {
    const VERSION: u32 = VERSION;

    fn format(&self) -> u32 {
        self.format
    }
}
