//! What was set on the host: a list of knobs within a session.
//!
//! An outcome that is not known counts as refused with its name as the reason: never as set.

use serde::{Deserialize, Serialize};

use crate::model;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Knob {
    knob: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    settings: Vec<Setting>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nothing_here: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Setting {
    path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    original: Option<String>,
    wanted: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reached: Option<String>,
    outcome: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl From<&model::KnobRecord> for Knob {
    fn from(record: &model::KnobRecord) -> Self {
        let model::KnobRecord { knob, settings, nothing_here } = record.clone();
        Self { knob, settings: settings.into_iter().map(Setting::from).collect(), nothing_here }
    }
}

impl From<Knob> for model::KnobRecord {
    fn from(wire: Knob) -> Self {
        let Knob { knob, settings, nothing_here } = wire;
        Self { knob, settings: settings.into_iter().map(model::Setting::from).collect(), nothing_here }
    }
}

impl From<model::Setting> for Setting {
    fn from(setting: model::Setting) -> Self {
        let model::Setting { path, original, wanted, reached, outcome, reason } = setting;
        Self { path, original, wanted, reached, outcome: outcome.id().into(), reason }
    }
}

impl From<Setting> for model::Setting {
    fn from(wire: Setting) -> Self {
        let Setting { path, original, wanted, reached, outcome, reason } = wire;
        let known = model::SettingOutcome::ALL.into_iter().find(|known| known.id() == outcome);
        let reason = if known.is_some() { reason } else { Some(format!("outcome `{outcome}` is unknown")) };
        let outcome = known.unwrap_or(model::SettingOutcome::Refused);
        Self { path, original, wanted, reached, outcome, reason }
    }
}
