//! The files that a Criterion writes when it does not connect: versions before 0.3.3, or a `main` of its own.
//!
//! It reads a fresh directory of one process only, and takes no id from a path: Criterion cuts and renames those.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::protocol::RawThroughput;
use super::sighting::{Batches, Progress, Sighting};

/// Criterion nests group, function and value; the directories of a `/` in them become `_`.
const DEPTH_MAX: usize = 8;

/// What was found below a directory.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Found {
    /// Measured benchmarks in the order in which they were written.
    pub(super) sightings: Vec<Sighting>,
    /// What could not be read: path and reason.
    pub(super) unread: Vec<String>,
}

/// Reads every `new/benchmark.json` with its `new/sample.json` below `root`.
pub(super) fn read(root: &Path) -> Found {
    let mut directories = Vec::new();
    collect(root, DEPTH_MAX, &mut directories);
    directories.sort();
    let mut found = Found::default();
    for (_, directory) in directories {
        match sighting(&directory) {
            Ok(sighting) => found.sightings.push(sighting),
            Err(reason) => found.unread.push(reason),
        }
    }
    found
}

/// Finds the `new` directories with the time at which their samples were written.
fn collect(directory: &Path, depth: usize, found: &mut Vec<(SystemTime, PathBuf)>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        // A link is not followed: it may lead round in a circle.
        if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let path = entry.path();
        let written = fs::metadata(path.join("sample.json")).and_then(|data| data.modified());
        match written {
            Ok(time) if entry.file_name() == "new" => found.push((time, path)),
            _ if depth > 0 => collect(&path, depth - 1, found),
            _ => {}
        }
    }
}

/// Benchmarks that the text printed beside the files says were dropped, for they leave no file.
pub(super) fn dropped(printed: &str) -> Vec<Sighting> {
    let title = |line: &str| {
        let (_, rest) = line.split_once("At least one measurement of benchmark ")?;
        Some(rest.split_once(" took zero time")?.0.to_owned())
    };
    let sighting = |path| Sighting { path, throughput: Vec::new(), progress: Progress::ZeroTime };
    printed.lines().filter_map(title).map(sighting).collect()
}

#[derive(Deserialize)]
struct BenchmarkFile {
    full_id: String,
    throughput: Option<RawThroughput>,
}

#[derive(Deserialize)]
struct SampleFile {
    /// Since 0.3.3.
    sampling_mode: Option<String>,
    iters: Vec<f64>,
    times: Vec<f64>,
}

fn sighting(directory: &Path) -> Result<Sighting, String> {
    let benchmark: BenchmarkFile = parse(&directory.join("benchmark.json"))?;
    let sample: SampleFile = parse(&directory.join("sample.json"))?;
    Ok(Sighting {
        path: benchmark.full_id,
        throughput: benchmark.throughput.iter().flat_map(RawThroughput::to_model).collect(),
        progress: Progress::Measured(Batches {
            iterations: sample.iters,
            totals: sample.times,
            // The files do not say it; the warning about them does.
            unit: Some("ns".into()),
            sampling: sample.sampling_mode.map(|mode| mode.to_lowercase()),
            in_force: None,
        }),
    })
}

fn parse<T: DeserializeOwned>(path: &Path) -> Result<T, String> {
    let text = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", path.display()))
}
