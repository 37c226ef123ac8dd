//! The order of a Run in `run.json`: benchmarks by their place in its list, so that thousands stay small.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::is_false;
use crate::format::FormatError;
use crate::model;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Scheduled {
    index: u32,
    block: u32,
    benchmarks: Vec<usize>,
    #[serde(default, skip_serializing_if = "is_false")]
    is_canary: bool,
    padding_bytes: u32,
}

/// The schedule with places instead of ids.
///
/// # Errors
/// [`FormatError::Unlisted`] when an id is not among `benchmarks`.
pub(crate) fn from_model(
    schedule: &[model::Scheduled],
    benchmarks: &[model::BenchmarkRecord],
) -> Result<Vec<Scheduled>, FormatError> {
    let places: HashMap<&model::BenchmarkId, usize> =
        benchmarks.iter().enumerate().map(|(place, record)| (&record.id, place)).collect();
    let place_of = |scheduled: &model::Scheduled, id: &model::BenchmarkId| {
        places
            .get(id)
            .copied()
            .ok_or_else(|| FormatError::Unlisted { index: scheduled.index, benchmark: id.to_string() })
    };
    schedule
        .iter()
        .map(|scheduled| {
            let model::Scheduled { index, block, benchmarks, padding_bytes } = scheduled;
            let is_canary = scheduled.is_canary();
            let ids = if is_canary { &[][..] } else { benchmarks };
            let benchmarks = ids.iter().map(|id| place_of(scheduled, id)).collect::<Result<_, _>>()?;
            Ok(Scheduled {
                index: *index,
                block: *block,
                benchmarks,
                is_canary,
                padding_bytes: *padding_bytes,
            })
        })
        .collect()
}

/// The schedule with ids instead of places.
///
/// # Errors
/// The reason, when a place is beyond the list of benchmarks, or a process is the canaries' and there are none.
pub(crate) fn into_model(
    schedule: Vec<Scheduled>,
    benchmarks: &[model::BenchmarkRecord],
    canary: &model::CanaryRecord,
) -> Result<Vec<model::Scheduled>, String> {
    let kernels = canary.benchmark_ids();
    schedule
        .into_iter()
        .map(|Scheduled { index, block, benchmarks: places, is_canary, padding_bytes }| {
            if is_canary && kernels.is_empty() {
                return Err(format!("invocation {index} of the schedule is the canaries', and there are none"));
            }
            let ids = places.into_iter().map(|place| match benchmarks.get(place) {
                Some(record) => Ok(record.id.clone()),
                None => Err(format!(
                    "invocation {index} of the schedule names benchmark {place}, and there are {} (counted from 0)",
                    benchmarks.len()
                )),
            });
            let benchmarks =
                if is_canary { kernels.clone() } else { ids.collect::<Result<_, _>>()? };
            Ok(model::Scheduled { index, block, benchmarks, padding_bytes })
        })
        .collect()
}
