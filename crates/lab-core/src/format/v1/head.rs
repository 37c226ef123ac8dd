//! The part of `run.json` that a list of Runs shows; long lists are counted, not kept.

use std::fmt;

use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::VERSION;
use super::run::Revision;
use crate::format::decode::Versioned;
use crate::model;

#[derive(Debug, Deserialize)]
pub(crate) struct Head {
    format: u32,
    pub(crate) lab_version: String,
    pub(crate) created_at: String,
    pub(crate) workspace: String,
    pub(crate) revision: Revision,
    pub(crate) targets: Count,
    pub(crate) benchmarks: Count,
    pub(crate) schedule: Schedule,
}

/// What a line of `invocations.jsonl` says of its executable.
#[derive(Debug, Deserialize)]
pub(crate) struct LineHead {
    package: String,
    target: String,
}

/// What a line of `looks.jsonl` adds.
#[derive(Debug, Deserialize)]
pub(crate) struct LookHead {
    pub(crate) schedule: Schedule,
}

impl LineHead {
    pub(crate) fn target_id(self) -> model::TargetId {
        model::TargetId::new(self.package, self.target)
    }
}

/// The length of a list.
#[derive(Debug)]
pub(crate) struct Count(pub(crate) usize);

/// How many processes a schedule asks for, the canaries' left out.
#[derive(Debug)]
pub(crate) struct Schedule(pub(crate) usize);

#[derive(Deserialize)]
struct Place {
    #[serde(default)]
    is_canary: bool,
}

impl Versioned for Head {
    const VERSION: u32 = VERSION;

    fn format(&self) -> u32 {
        self.format
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(CountVisitor)
    }
}

impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ScheduleVisitor)
    }
}

struct CountVisitor;

struct ScheduleVisitor;

impl<'de> Visitor<'de> for ScheduleVisitor {
    type Value = Schedule;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Schedule, A::Error> {
        let mut count = 0;
        while let Some(place) = entries.next_element::<Place>()? {
            count += usize::from(!place.is_canary);
        }
        Ok(Schedule(count))
    }
}

impl<'de> Visitor<'de> for CountVisitor {
    type Value = Count;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Count, A::Error> {
        let mut count = 0;
        while entries.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok(Count(count))
    }
}
