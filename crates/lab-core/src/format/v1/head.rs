//! The part of `run.json` that a list of Runs shows; long lists are counted, not kept.

use std::fmt;

use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::VERSION;
use super::run::Revision;
use crate::format::decode::Versioned;

#[derive(Debug, Deserialize)]
pub(crate) struct Head {
    format: u32,
    pub(crate) lab_version: String,
    pub(crate) created_at: String,
    pub(crate) workspace: String,
    pub(crate) revision: Revision,
    pub(crate) targets: Count,
    pub(crate) benchmarks: Count,
    pub(crate) schedule: Count,
}

/// The length of a list.
#[derive(Debug)]
pub(crate) struct Count(pub(crate) usize);

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

struct CountVisitor;

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
