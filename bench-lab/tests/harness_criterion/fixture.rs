//! Recordings of real Criterion processes: written by `record`, read by every test here.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bench_lab::harness::{Answer, Criterion, Harness, Listing, ReadError, Request, Selection};
use bench_lab::runner::command::{Captured, Frame};
use bench_lab::workspace::{BenchTarget, Dependency};
use lab_core::model::{BenchmarkId, BenchmarkRecord, Calibration, Exit, Observation, TargetId};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

/// Every recorded crate: file stem, registry name, version.
pub(crate) const CRATES: &[(&str, &str, &str)] = &[
    ("0.3.4", "criterion", "0.3.4"),
    ("0.3.6", "criterion", "0.3.6"),
    ("0.4.0", "criterion", "0.4.0"),
    ("0.5.1", "criterion", "0.5.1"),
    ("0.6.0", "criterion", "0.6.0"),
    ("0.7.0", "criterion", "0.7.0"),
    ("0.8.2", "criterion", "0.8.2"),
    ("codspeed", "codspeed-criterion-compat", "6.0.0"),
    ("criterion2", "criterion2", "3.0.5"),
];

/// Measuring time asked for in every recording, in milliseconds.
pub(crate) const TIME_MS: u64 = 10;

/// A name as long as in `source/benches/cases.rs`.
pub(crate) fn long_name() -> String {
    "a long name ".repeat(10).trim_end().to_owned()
}

/// One recorded process.
#[derive(Serialize, Deserialize)]
pub(crate) struct Recording {
    /// Which bench target, and what it was to show.
    pub(crate) scene: String,
    /// Its arguments.
    pub(crate) arguments: Vec<String>,
    /// How it ended.
    pub(crate) exit: Ended,
    /// Whether it connected.
    pub(crate) is_connected: bool,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
    /// What it sent, each frame in hexadecimal digits.
    pub(crate) frames: Vec<String>,
    /// The files that a fallback reads, by path below `CRITERION_HOME`.
    pub(crate) files: BTreeMap<String, serde_json::Value>,
}

/// [`Exit`] for the files.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ended {
    Code(i32),
    Signal(i32),
}

/// All recordings of one crate.
#[derive(Serialize, Deserialize)]
pub(crate) struct Fixture {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) recordings: Vec<Recording>,
}

/// `tests/fixtures/harness/criterion`.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/harness/criterion")
}

impl Fixture {
    /// Where the recordings of a crate lie.
    pub(crate) fn path(stem: &str) -> PathBuf {
        folder().join(format!("{stem}.json"))
    }

    pub(crate) fn load(stem: &str) -> Self {
        let path = Self::path(stem);
        let text = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        serde_json::from_slice(&text).unwrap()
    }

    /// All crates.
    pub(crate) fn all() -> Vec<(&'static str, Self)> {
        CRATES.iter().map(|(stem, ..)| (*stem, Self::load(stem))).collect()
    }

    /// A target whose package depends on the recorded crate.
    pub(crate) fn target(&self, name: &str) -> BenchTarget {
        target(name, &self.name, &self.version)
    }

    pub(crate) fn scene(&self, scene: &str) -> &Recording {
        let found = self.recordings.iter().find(|recording| recording.scene == scene);
        found.unwrap_or_else(|| panic!("{} {} has no scene {scene}", self.name, self.version))
    }

    /// What the listing of a scene says.
    pub(crate) fn list(&self, scene: &str, attempt: usize) -> Result<Listing, ReadError> {
        let played = Played::of(self.scene(scene));
        Criterion.read_list(&self.target(target_of(scene)).id, attempt, &played.captured)
    }

    /// What a measuring scene says when these benchmarks were asked for.
    pub(crate) fn read(&self, scene: &str, paths: &[&str]) -> Answer {
        self.read_from(scene, paths, &Played::of(self.scene(scene)).captured)
    }

    /// Likewise, of a process that was tampered with.
    pub(crate) fn read_from(&self, scene: &str, paths: &[&str], captured: &Captured) -> Answer {
        let target = self.target(target_of(scene));
        let benchmarks = records(&target.id, paths);
        let selection = if scene.starts_with("deaf") { Selection::WholeTarget } else { Selection::Each };
        let request = Request { target: &target, benchmarks: &benchmarks, selection, time_ms: TIME_MS };
        Criterion.read(&request, captured)
    }
}

/// The target in a scene's name: its first word.
pub(crate) fn target_of(scene: &str) -> &str {
    scene.split(' ').next().unwrap()
}

pub(crate) fn target(name: &str, crate_name: &str, version: &str) -> BenchTarget {
    BenchTarget {
        id: TargetId::new("recorded", name),
        executable: PathBuf::new(),
        package_root: PathBuf::new(),
        source: PathBuf::new(),
        environment: Vec::new(),
        dependencies: vec![Dependency {
            name: crate_name.into(),
            alias: "criterion".into(),
            version: version.into(),
        }],
        harness_override: None,
    }
}

/// Records of benchmarks in listed order; a path that stands twice is its second occurrence.
pub(crate) fn records(target: &TargetId, paths: &[&str]) -> Vec<BenchmarkRecord> {
    let mut records: Vec<BenchmarkRecord> = Vec::new();
    for path in paths {
        let before = records.iter().filter(|record| record.id.path == *path).count();
        let id = BenchmarkId { target: target.clone(), path: (*path).into(), occurrence: before as u32 + 1 };
        let calibration = Calibration::default();
        records.push(BenchmarkRecord { id, is_ignored: false, calibration, thread_count_max: None });
    }
    records
}

/// A recording as the spawner would hand it over.
pub(crate) struct Played {
    pub(crate) captured: Captured,
    /// Holds the scratch directory.
    _scratch: TempDir,
}

impl Played {
    pub(crate) fn of(recording: &Recording) -> Self {
        let scratch = TempDir::new().unwrap();
        for (path, content) in &recording.files {
            let path = scratch.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content.to_string()).unwrap();
        }
        let exit = match recording.exit {
            Ended::Code(code) => Exit::Code(code),
            Ended::Signal(signal) => Exit::Signal(signal),
        };
        let frames =
            recording.frames.iter().map(|digits| Frame { at: Duration::ZERO, bytes: from_hex(digits) });
        let captured = Captured {
            exit,
            stdout: recording.stdout.clone().into_bytes(),
            stderr: recording.stderr.clone().into_bytes(),
            wall: Duration::from_secs(1),
            is_connected: recording.is_connected,
            frames: frames.collect(),
            scratch: Some(scratch.path().to_owned()),
        };
        Self { captured, _scratch: scratch }
    }
}

pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(digits: &str) -> Vec<u8> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.as_bytes().chunks(2).map(byte).collect()
}

/// The observation of a path's first occurrence.
pub(crate) fn of<'a>(answer: &'a Answer, path: &str) -> &'a Observation {
    let mut found = answer.observations.iter();
    let is_it = |o: &&Observation| o.benchmark.path == path && o.benchmark.occurrence == 1;
    found.find(is_it).unwrap_or_else(|| panic!("{path} is not among {:#?}", answer.observations))
}
