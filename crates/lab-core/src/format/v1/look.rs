//! A line of `looks.jsonl`: what a look at the baseline decided, and what it added to the order.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::VERSION;
use super::schedule::{self, Scheduled};
use crate::format::FormatError;
use crate::format::decode::Versioned;
use crate::model;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Look {
    format: u32,
    number: u32,
    looked_at: String,
    invocation_count: u32,
    ended: Vec<Ended>,
    schedule: Vec<Scheduled>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Ended {
    benchmark: usize,
    reason: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    verdict: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

impl Look {
    /// The line, with benchmarks by their place in the Run's list.
    ///
    /// # Errors
    /// [`FormatError::Unlisted`] when a benchmark is not in that list.
    pub(crate) fn from_model(
        look: &model::LookRecord,
        benchmarks: &[model::BenchmarkRecord],
    ) -> Result<Self, FormatError> {
        let model::LookRecord { number, looked_at, invocation_count, ended, schedule } = look;
        let places: HashMap<&model::BenchmarkId, usize> =
            benchmarks.iter().enumerate().map(|(place, record)| (&record.id, place)).collect();
        let ended = ended.iter().map(|end| {
            let unlisted = || FormatError::Unlisted {
                index: schedule.first().map_or(0, |first| first.index),
                benchmark: end.benchmark.to_string(),
            };
            let benchmark = places.get(&end.benchmark).copied().ok_or_else(unlisted)?;
            let (reason, verdict, text) = match &end.spent {
                model::Spent::Decided(verdict) => ("decided", Some(verdict.clone()), None),
                model::Spent::Hopeless(why) => ("hopeless", None, Some(why.clone())),
                model::Spent::Exhausted => ("exhausted", None, None),
            };
            Ok(Ended { benchmark, reason: reason.into(), verdict, text })
        });
        Ok(Self {
            format: VERSION,
            number: *number,
            looked_at: looked_at.clone(),
            invocation_count: *invocation_count,
            ended: ended.collect::<Result<_, FormatError>>()?,
            schedule: schedule::from_model(schedule, benchmarks)?,
        })
    }

    /// The look.
    ///
    /// # Errors
    /// The reason, when it names a benchmark beyond the list, or a reason that this version does not have.
    pub(crate) fn into_model(
        self,
        benchmarks: &[model::BenchmarkRecord],
        canary: &model::CanaryRecord,
    ) -> Result<model::LookRecord, String> {
        let ended = self.ended.into_iter().map(|Ended { benchmark, reason, verdict, text }| {
            let record = benchmarks.get(benchmark).ok_or_else(|| {
                format!("it ends benchmark {benchmark}, and there are {} (counted from 0)", benchmarks.len())
            })?;
            let spent = match reason.as_str() {
                "decided" => model::Spent::Decided(verdict.unwrap_or_default()),
                "hopeless" => model::Spent::Hopeless(text.unwrap_or_default()),
                "exhausted" => model::Spent::Exhausted,
                other => return Err(format!("there is no reason {other:?} for an end")),
            };
            Ok(model::LookEnd { benchmark: record.id.clone(), spent })
        });
        Ok(model::LookRecord {
            number: self.number,
            looked_at: self.looked_at,
            invocation_count: self.invocation_count,
            ended: ended.collect::<Result<_, String>>()?,
            schedule: schedule::into_model(self.schedule, benchmarks, canary)?,
        })
    }
}

impl Versioned for Look {
    const VERSION: u32 = VERSION;

    fn format(&self) -> u32 {
        self.format
    }
}
