//! The kernel's mitigations, features and complaints.
//!
//! Most of it explains and is compared between Runs; little of it can be wrong by itself.

use std::collections::BTreeMap;

use super::catalogue::Check;
use super::criterion::Criterion;
use super::finding::Finding;
use super::reading::Sourced;
use crate::report::number;

/// Readings of the group.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// What the kernel says of each known weakness.
    pub mitigations: Sourced<BTreeMap<String, String>>,
    /// Revision of the microcode; an inner gap where none is told.
    pub microcode: Sourced<Option<String>>,
    /// Features that are missing, each with what is lost.
    pub missing_features: Sourced<Vec<String>>,
    /// Lines of the log that complain, the latest last.
    pub log: Sourced<Vec<LogLine>>,
}

/// A complaint.
#[derive(Clone, Debug, PartialEq)]
pub struct LogLine {
    /// What about.
    pub kind: LogKind,
    /// How long ago.
    pub age_seconds: f64,
    /// The line.
    pub text: String,
}

/// What the kernel complains about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogKind {
    /// The hardware: machine checks, corrected errors.
    Hardware,
    /// Heat or power.
    Throttling,
    /// Memory that ran out.
    OutOfMemory,
    /// Sampling that took too long.
    Perf,
    /// Tasks that hang, or that keep a CPU to themselves.
    Hang,
}

/// Words of the kernel's messages by what they are about, in lower case.
const WORDS: [(&str, LogKind); 14] = [
    ("machine check", LogKind::Hardware),
    ("hardware error", LogKind::Hardware),
    ("mce: [", LogKind::Hardware),
    ("edac", LogKind::Hardware),
    ("temperature above threshold", LogKind::Throttling),
    ("clock throttled", LogKind::Throttling),
    ("power limit notification", LogKind::Throttling),
    ("out of memory", LogKind::OutOfMemory),
    ("oom-kill", LogKind::OutOfMemory),
    ("perf: interrupt took too long", LogKind::Perf),
    ("blocked for more than", LogKind::Hang),
    ("soft lockup", LogKind::Hang),
    ("rt throttling activated", LogKind::Hang),
    ("rcu_sched self-detected stall", LogKind::Hang),
];

/// Words of lines that only say that such messages could be given.
const HARMLESS: [&str; 4] = ["mce: cpu", "edac mc: ver", "support", "enabled"];

impl LogKind {
    /// What a line of the kernel's log complains about, if it does.
    pub fn of(line: &str) -> Option<Self> {
        let line = line.to_lowercase();
        let (_, kind) = WORDS.iter().find(|(words, _)| line.contains(words))?;
        (!HARMLESS.iter().any(|words| line.contains(words))).then_some(*kind)
    }
}

/// What is recent.
const RECENT_SECONDS: f64 = 3600.0;

/// How many lines are shown.
const SHOWN_MAX: usize = 5;

pub(super) fn judge(readings: &Kernel) -> Vec<Finding> {
    vec![mitigations(readings), microcode(readings), features(readings), log(readings)]
}

fn mitigations(readings: &Kernel) -> Finding {
    readings.mitigations.judge(Check::Mitigations, |states, finding| {
        let open: Vec<&str> = states
            .iter()
            .filter(|(_, state)| state.starts_with("Vulnerable"))
            .map(|(name, _)| name.as_str())
            .collect();
        let mitigated = states.values().filter(|state| state.starts_with("Mitigation")).count();
        let value = match open.as_slice() {
            [] => format!("{mitigated} mitigated, none open"),
            open => format!("{mitigated} mitigated, {} open: {}", open.len(), open.join(", ")),
        };
        finding.value(value).when(Criterion::Vulnerable, !open.is_empty())
    })
}

fn microcode(readings: &Kernel) -> Finding {
    readings.microcode.judge(Check::Microcode, |revision, finding| match revision {
        Some(revision) => finding.value(revision.clone()),
        None => finding.value("not told").when(Criterion::MicrocodeUnknown, true),
    })
}

fn features(readings: &Kernel) -> Finding {
    readings.missing_features.judge(Check::KernelFeatures, |missing, finding| {
        let value = if missing.is_empty() { "all there".to_owned() } else { missing.join("; ") };
        finding.value(value).when(Criterion::FeatureMissing, !missing.is_empty())
    })
}

fn log(readings: &Kernel) -> Finding {
    readings.log.judge(Check::KernelLog, |lines, finding| {
        let recent = lines.iter().filter(|line| line.age_seconds <= RECENT_SECONDS).count();
        let value = match lines.last() {
            None => "no complaint since boot".to_owned(),
            Some(last) => format!(
                "{} complaints since boot, {recent} in the last hour, the latest {} ago",
                lines.len(),
                number::span(last.age_seconds)
            ),
        };
        let shown = lines.iter().rev().take(SHOWN_MAX).map(|line| line.text.clone());
        shown
            .fold(finding.value(value), Finding::detail)
            .when(Criterion::LogPast, !lines.is_empty())
            .when(Criterion::LogHardware, lines.iter().any(|line| line.kind == LogKind::Hardware))
            .judged(Criterion::LogRecent, recent as f64)
            .remedy("read them: sudo dmesg --ctime", None)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_are_told_from_announcements() {
        let cases = [
            ("mce: [Hardware Error]: Machine check events logged", Some(LogKind::Hardware)),
            ("mce: CPU0: Thermal monitoring enabled (TM1)", None),
            ("CPU3: Core temperature above threshold, cpu clock throttled", Some(LogKind::Throttling)),
            ("Out of memory: Killed process 812 (rustc)", Some(LogKind::OutOfMemory)),
            (
                "perf: interrupt took too long (2503 > 2500), lowering kernel.perf_event_max_sample_rate",
                Some(LogKind::Perf),
            ),
            ("INFO: task jbd2/vda:112 blocked for more than 120 seconds.", Some(LogKind::Hang)),
            ("EDAC MC: Ver: 3.0.0", None),
            ("sched: RT throttling activated", Some(LogKind::Hang)),
            ("x86/cpu: Machine check support disabled", None),
            ("EXT4-fs (vda): mounted filesystem", None),
        ];
        for (line, kind) in cases {
            assert_eq!(LogKind::of(line), kind, "{line}");
        }
    }
}
