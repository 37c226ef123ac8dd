//! Criterion's own folder of results (`target/criterion`) as a baseline.
//!
//! One folder holds one process, so one value per benchmark: enough to show a ratio, never enough for a verdict.

use std::fs;
use std::path::{Path, PathBuf};

use lab_core::model::{
    BenchmarkExtract, BenchmarkId, Calibration, CanaryExtract, Environment, Extract, MetricId, Origin,
    Revision, Series, TargetId, TargetRecord, Throughput, Warning,
};
use lab_stats::{Observations, median};
use serde::Deserialize;

use super::BaselineError;

/// Criterion nests group, function, value and baseline.
const DEPTH_MAX: usize = 8;

/// The package and target of benchmarks that no Run knows: the tree has no such names.
const UNKNOWN: (&str, &str) = ("criterion", "import");

/// What a tree holds.
#[derive(Debug)]
pub struct Imported {
    /// One value per benchmark.
    pub extract: Extract,
    /// What could not be read.
    pub warnings: Vec<Warning>,
}

#[derive(Deserialize)]
struct BenchmarkFile {
    full_id: String,
    throughput: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct SampleFile {
    iters: Vec<f64>,
    times: Vec<f64>,
}

/// Reads the results that Criterion keeps under a name (`new`, `base`, or a named baseline) below `root`. Benchmarks
/// get the package and target of the one in `known` that has their path, where there is exactly one.
///
/// # Errors
/// [`BaselineError::Import`] when there is no such result; what else cannot be read becomes a warning.
pub fn read(root: &Path, name: &str, known: &[BenchmarkId]) -> Result<Imported, BaselineError> {
    let (mut folders, mut names) = (Vec::new(), Vec::new());
    collect(root, name, DEPTH_MAX, &mut folders, &mut names);
    folders.sort();
    if folders.is_empty() {
        names.sort();
        names.dedup();
        let there = if names.is_empty() { "nothing".into() } else { names.join(", ") };
        let why = format!("holds no results of Criterion under the name {name:?}; there is {there}");
        return Err(BaselineError::Import { path: root.to_owned(), why });
    }
    let (mut benchmarks, mut warnings, mut newest) = (Vec::new(), Vec::new(), None);
    for folder in folders {
        let written = fs::metadata(folder.join("sample.json")).and_then(|data| data.modified()).ok();
        newest = newest.max(written);
        match benchmark(&folder, known) {
            Ok(benchmark) => benchmarks.push(benchmark),
            Err(why) => warnings.push(Warning::new("not_imported", folder.display(), why)),
        }
    }
    number_twins(&mut benchmarks);
    let created_at = newest.and_then(|time| jiff::Timestamp::try_from(time).ok());
    Ok(Imported {
        extract: Extract {
            origin: Origin::Import { program: "criterion".into(), path: root.display().to_string() },
            lab_version: String::new(),
            created_at: created_at.map(|time| time.to_string()).unwrap_or_default(),
            revision: Revision::default(),
            plan: None,
            environment: Environment::default(),
            mixed: Vec::new(),
            targets: targets(&benchmarks),
            benchmarks,
            canary: CanaryExtract::default(),
        },
        warnings,
    })
}

/// Finds folders called `name` with a sample, and the names of all that have one.
fn collect(folder: &Path, name: &str, depth: usize, found: &mut Vec<PathBuf>, names: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    // A link is not followed: it may lead round in a circle.
    for entry in entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        let path = entry.path();
        if path.join("sample.json").is_file() {
            let here = entry.file_name().to_string_lossy().into_owned();
            if here == name {
                found.push(path);
            }
            names.push(here);
        } else if depth > 0 {
            collect(&path, name, depth - 1, found, names);
        }
    }
}

fn benchmark(folder: &Path, known: &[BenchmarkId]) -> Result<BenchmarkExtract, String> {
    let described: BenchmarkFile = document(&folder.join("benchmark.json"))?;
    let sample: SampleFile = document(&folder.join("sample.json"))?;
    if sample.iters.len() != sample.times.len() {
        return Err(format!(
            "sample.json has {} counts and {} times",
            sample.iters.len(),
            sample.times.len()
        ));
    }
    let each: Vec<f64> = sample
        .times
        .iter()
        .zip(&sample.iters)
        .map(|(time, iterations)| time / iterations)
        .filter(|value| value.is_finite())
        .collect();
    let each = Observations::new(each).map_err(|_| "sample.json has no usable sample".to_owned())?;
    let mut same_path = known.iter().filter(|id| id.path == described.full_id);
    let target = match (same_path.next(), same_path.next()) {
        (Some(id), None) => id.target.clone(),
        _ => TargetId::new(UNKNOWN.0, UNKNOWN.1),
    };
    let mut benchmark =
        BenchmarkExtract::empty(BenchmarkId::new(target, described.full_id), Calibration::default());
    benchmark.taints = vec![std::collections::BTreeSet::new()];
    benchmark.series = vec![Series {
        metric: MetricId::wall_ns(),
        unit: "ns".into(),
        values: vec![median(&each)],
        throughput: described.throughput.iter().filter_map(throughput).collect(),
    }];
    Ok(benchmark)
}

/// `{"Elements":1000}`; a kind of a later Criterion is passed over.
fn throughput(value: &serde_json::Value) -> Option<Throughput> {
    let (kind, count) = value.as_object()?.iter().next()?;
    let kind = match kind.as_str() {
        "Bytes" => "bytes",
        "BytesDecimal" => "bytes_decimal",
        "Elements" => "elements",
        "Bits" => "bits",
        _ => return None,
    };
    Some(Throughput { kind: kind.into(), per_iteration: count.as_f64()? })
}

fn document<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T, String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let bytes = fs::read(path).map_err(|error| format!("{name} could not be read: {error}"))?;
    serde_json::from_slice(&bytes).map_err(|error| format!("{name} cannot be understood: {error}"))
}

/// Numbers benchmarks of one path in the order of their folders.
fn number_twins(benchmarks: &mut [BenchmarkExtract]) {
    let mut seen = std::collections::BTreeMap::new();
    for benchmark in benchmarks {
        let count = seen.entry((benchmark.id.target.clone(), benchmark.id.path.clone())).or_insert(0);
        *count += 1;
        benchmark.id.occurrence = *count;
    }
}

fn targets(benchmarks: &[BenchmarkExtract]) -> Vec<TargetRecord> {
    let ids: std::collections::BTreeSet<&TargetId> =
        benchmarks.iter().map(|benchmark| &benchmark.id.target).collect();
    let record = |id: &TargetId| TargetRecord {
        id: id.clone(),
        harness: Some("criterion".into()),
        harness_version: None,
        executable: None,
        sha256: None,
        build_id: None,
        source: String::new(),
        skip: None,
    };
    ids.into_iter().map(record).collect()
}
