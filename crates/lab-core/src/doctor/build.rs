//! How benchmarks would be built in the workspace at hand.
//!
//! It judges manifest and flags as written; what was really compiled is in each Run.

use super::catalogue::Check;
use super::criterion::Criterion;
use super::finding::Finding;
use super::reading::Sourced;

/// Readings of the group; each has the same gap where no workspace is at hand.
#[derive(Clone, Debug)]
pub struct Build {
    /// Flags for rustc besides the profile's.
    pub rustflags: Sourced<Vec<String>>,
    /// The profile that benches are built with, `bench` over `release` over cargo's defaults.
    pub profile: Sourced<Profile>,
    /// Whether tracked files have uncommitted changes.
    pub is_dirty: Sourced<bool>,
}

/// The parts of a profile that can spoil a measurement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// `0` to `3`, `s` or `z`.
    pub opt_level: String,
    /// Whether `debug_assert!` is compiled in.
    pub has_debug_assertions: bool,
}

pub(super) fn judge(readings: &Build) -> Vec<Finding> {
    let rustflags = readings.rustflags.judge(Check::Rustflags, |flags, finding| {
        let is_native = flags.iter().any(|flag| flag.contains("target-cpu=native"));
        finding
            .value(if flags.is_empty() { "none".to_owned() } else { flags.join(" ") })
            .when(Criterion::NativeCode, is_native)
            .remedy("name the level instead: -C target-cpu=x86-64-v3", None)
    });
    let profile = readings.profile.judge(Check::BuildProfile, |profile, finding| {
        let assertions = if profile.has_debug_assertions { "on" } else { "off" };
        finding
            .value(format!("opt-level {}, debug assertions {assertions}", profile.opt_level))
            .when(Criterion::AssertionsOn, profile.has_debug_assertions)
            .when(Criterion::Unoptimised, ["0", "1"].contains(&profile.opt_level.as_str()))
            .remedy("[profile.bench] with opt-level = 3 and debug-assertions = false", None)
    });
    let source = readings.is_dirty.judge(Check::Source, |is_dirty, finding| {
        finding
            .value(if *is_dirty { "uncommitted changes" } else { "all committed" })
            .when(Criterion::Uncommitted, *is_dirty)
            .remedy("git commit", None)
    });
    vec![rustflags, profile, source]
}
