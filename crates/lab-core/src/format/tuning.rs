//! The record of a tuning as JSON of its own: for `--json`, and between the parts of bench-lab that tune.
//!
//! It is the form in which a session file keeps it.

use serde::Deserialize;
use serde_json::Value;

use super::v1::tuning::Knob;
use crate::model::KnobRecord;

/// The list as a session file has it.
pub fn tuning_value(records: &[KnobRecord]) -> Value {
    let knobs: Vec<Knob> = records.iter().map(Knob::from).collect();
    serde_json::to_value(knobs).unwrap_or_default()
}

/// Reads what [`tuning_value`] gave.
///
/// # Errors
/// What does not fit, as serde says it.
pub fn tuning_of_value(value: &Value) -> Result<Vec<KnobRecord>, serde_json::Error> {
    let knobs = Vec::<Knob>::deserialize(value)?;
    Ok(knobs.into_iter().map(KnobRecord::from).collect())
}
