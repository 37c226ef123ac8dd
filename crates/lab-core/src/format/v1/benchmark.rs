//! A listed benchmark in `run.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::is_false;
use crate::model;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Benchmark {
    package: String,
    target: String,
    path: String,
    #[serde(default = "first", skip_serializing_if = "is_first")]
    occurrence: u32,
    #[serde(default, skip_serializing_if = "is_false")]
    is_ignored: bool,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    calibration: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    thread_count_max: Option<u32>,
}

/// The occurrence of a path that its harness uses once.
pub(crate) fn first() -> u32 {
    1
}

/// Whether `occurrence` can be left out.
pub(crate) fn is_first(occurrence: &u32) -> bool {
    *occurrence == first()
}

impl From<&model::BenchmarkRecord> for Benchmark {
    fn from(record: &model::BenchmarkRecord) -> Self {
        let model::BenchmarkRecord { id, is_ignored, calibration, thread_count_max } = record.clone();
        let model::BenchmarkId { target, path, occurrence } = id;
        Self {
            package: target.package,
            target: target.name,
            path,
            occurrence,
            is_ignored,
            calibration: calibration.0,
            thread_count_max,
        }
    }
}

impl From<Benchmark> for model::BenchmarkRecord {
    fn from(wire: Benchmark) -> Self {
        let Benchmark { package, target, path, occurrence, is_ignored, calibration, thread_count_max } = wire;
        let target = model::TargetId { package, name: target };
        Self {
            id: model::BenchmarkId { target, path, occurrence },
            is_ignored,
            calibration: model::Calibration(calibration),
            thread_count_max,
        }
    }
}
