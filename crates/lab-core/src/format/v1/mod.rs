//! Format version 1 as it stands in the files: one struct per noun, apart from the model.
//!
//! A released field is never renamed, retyped or given another meaning here: that takes version 2.

pub(crate) mod baseline;
pub(crate) mod benchmark;
pub(crate) mod canary;
pub(crate) mod duel;
pub(crate) mod entrant;
pub(crate) mod environment;
pub(crate) mod head;
pub(crate) mod invocation;
pub(crate) mod launch;
pub(crate) mod look;
pub(crate) mod matches;
pub(crate) mod measurement;
pub(crate) mod plan;
pub(crate) mod provenance;
pub(crate) mod run;
pub(crate) mod schedule;
pub(crate) mod seal;
pub(crate) mod signal;
pub(crate) mod target;
pub(crate) mod tuning;
pub(crate) mod validation;
pub(crate) mod warning;

/// What the `format` field of these files says.
pub(crate) const VERSION: u32 = 1;

/// For fields that are left out when false.
pub(crate) fn is_false(value: &bool) -> bool {
    !value
}
