//! The benchmarks of a target, as told over the socket or, second best, as printed.
//!
//! A benchmark's path is the full id by which Criterion filters.

use std::collections::BTreeMap;

use lab_core::model::{BenchmarkId, BenchmarkRecord, Calibration, TargetId, Warning};

use super::observation::brief;
use super::protocol::Hello;
use super::transcript::Transcript;
use crate::harness::ending::{bad_ending, unreadable};
use crate::harness::{Listing, ReadError, Selection};
use crate::runner::command::Captured;

/// Criterion cuts what it prints to so many bytes and adds three dots (`MAX_TITLE_LEN`); full ids stay whole.
const TITLE_BYTES_MAX: usize = 100;

/// Reads the benchmarks that the conversation named.
///
/// # Errors
/// [`ReadError`] when no Criterion spoke, or when the process broke off before it named a benchmark.
pub(super) fn from_conversation(target: &TargetId, captured: &Captured) -> Result<Listing, ReadError> {
    let transcript = Transcript::read(&captured.frames);
    let Some(hello) = transcript.hello.filter(|hello| hello.is_understood()) else {
        return Err(unreadable("no Criterion connected to the runner's port", captured));
    };
    let mut warnings = Vec::new();
    // Every Criterion so far begins with 0. A fork says a version of its own without its name; the dependency that
    // the caller knows tells both.
    let harness_version = (hello.version[0] == 0).then(|| hello.version_text());
    if !transcript.begun.is_empty() {
        let text = "its main reads no flags, so every process runs all of its benchmarks, with the settings in its code";
        warnings.push(Warning::new("flags_ignored", target, text));
        let selection = Selection::WholeTarget;
        return Ok(Listing { benchmarks: Vec::new(), selection, harness_version, warnings });
    }
    if let Some(ending) = bad_ending(captured) {
        if transcript.skipped.is_empty() {
            return Err(unreadable("the process broke off before it named a benchmark", captured));
        }
        let text =
            format!("only some of its benchmarks are known, for its listing process {}", brief(&ending));
        warnings.push(Warning::new("list_incomplete", target, text));
    }
    warnings.extend(whole_seconds(target, hello));
    let benchmarks = records(target, transcript.skipped, &mut warnings);
    Ok(Listing { benchmarks, selection: Selection::Each, harness_version, warnings })
}

/// Reads the lines that `--list` printed: `ID: benchmark`, before 0.5 `ID: bench`. The target's own output may
/// stand between them.
///
/// # Errors
/// [`ReadError`] when the process failed.
pub(super) fn from_text(target: &TargetId, captured: &Captured) -> Result<Listing, ReadError> {
    if bad_ending(captured).is_some() {
        return Err(unreadable("the process failed when asked with --list", captured));
    }
    let text = captured.stdout_text();
    let titles = text.lines().filter_map(|line| {
        line.strip_suffix(": benchmark").or_else(|| line.strip_suffix(": bench")).filter(|id| !id.is_empty())
    });
    let mut warnings = Vec::new();
    let mut paths: Vec<String> = Vec::new();
    for title in titles {
        let path = untwinned(title, &paths);
        if is_cut(path) {
            let text = "its name is cut, for this Criterion only prints its list; it may be measured with others that begin alike";
            warnings.push(Warning::new("truncated_id", BenchmarkId::new(target.clone(), path), text));
        }
        paths.push(path.to_owned());
    }
    let benchmarks = records(target, paths, &mut warnings);
    Ok(Listing { benchmarks, selection: Selection::Each, harness_version: None, warnings })
}

/// A printed name without the ` #2` that Criterion appends when it prints a name again.
fn untwinned<'t>(title: &'t str, before: &[String]) -> &'t str {
    match title.rsplit_once(" #") {
        Some((path, number)) if number.parse::<u32>().is_ok() && before.iter().any(|b| b == path) => path,
        _ => title,
    }
}

/// Whether a printed name is shorter than the id it stands for. A character that would be split is left out whole,
/// so that up to three bytes less may remain.
pub(super) fn is_cut(title: &str) -> bool {
    let kept = title.strip_suffix("...").map_or(0, str::len);
    (TITLE_BYTES_MAX - 3..=TITLE_BYTES_MAX).contains(&kept)
}

/// Numbers the benchmarks of each path in order, and warns of every path that comes again.
fn records(target: &TargetId, paths: Vec<String>, warnings: &mut Vec<Warning>) -> Vec<BenchmarkRecord> {
    let mut occurrences = BTreeMap::<String, u32>::new();
    paths
        .into_iter()
        .map(|path| {
            let occurrence = occurrences.entry(path.clone()).and_modify(|count| *count += 1).or_insert(1);
            let id = BenchmarkId { target: target.clone(), path, occurrence: *occurrence };
            if *occurrence == 2 {
                let text = "the target uses this id more than once; its benchmarks run together and are told apart by their order";
                let first = BenchmarkId { occurrence: 1, ..id.clone() };
                warnings.push(Warning::new("duplicate_id", first, text));
            }
            let calibration = Calibration::default();
            BenchmarkRecord { id, is_ignored: false, calibration, thread_count_max: None }
        })
        .collect()
}

/// What versions before 0.4 cannot do.
fn whole_seconds(target: &TargetId, hello: Hello) -> Option<Warning> {
    let text = "Criterion 0.3 takes times in whole seconds: every benchmark warms up and measures for at least 1 s each";
    matches!(hello.version, [0, 0..=3, _]).then(|| Warning::new("whole_seconds", target, text))
}
