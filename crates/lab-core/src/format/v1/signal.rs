//! The readings of an invocation: values by signal, and the absent ones gathered by their reason.
//!
//! A reason such as "perf_event_open: permission denied" holds for many signals of every line, so it is
//! written once a line.

use std::collections::BTreeMap;

use crate::format::number::Number;
use crate::model;

/// Values by signal id.
pub(crate) type Signals = BTreeMap<String, Number>;

/// Signal ids by the reason why they have no value.
pub(crate) type AbsentSignals = BTreeMap<String, Vec<String>>;

/// Parts the readings.
pub(crate) fn from_model(signals: &model::Signals) -> (Signals, AbsentSignals) {
    let (mut values, mut absent) = (Signals::new(), AbsentSignals::new());
    for (id, reading) in signals {
        match reading {
            model::Reading::Value(value) => {
                values.insert(id.clone(), Number(*value));
            }
            model::Reading::Absent(reason) => absent.entry(reason.clone()).or_default().push(id.clone()),
        }
    }
    (values, absent)
}

/// Joins the readings; a value wins over a reason for the same signal.
pub(crate) fn into_model(values: Signals, absent: AbsentSignals) -> model::Signals {
    let mut signals = model::Signals::new();
    for (reason, ids) in absent {
        for id in ids {
            signals.insert(id, model::Reading::Absent(reason.clone()));
        }
    }
    signals.extend(values.into_iter().map(|(id, Number(value))| (id, model::Reading::Value(value))));
    signals
}
