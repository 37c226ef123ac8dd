//! Starting bench-lab in a place of its own, and looking at what it left.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A store and a lock that nobody else uses.
pub(crate) struct Place {
    folder: TempDir,
}

/// What a command gave.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A stored Run as its files have it.
pub(crate) struct Stored {
    pub(crate) folder: PathBuf,
    pub(crate) run: Value,
    pub(crate) rows: Vec<Value>,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.path().join("store")
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.path().join("lock")
    }

    /// A command of bench-lab, with arguments separated by blanks.
    pub(crate) fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bench-lab"));
        command
            .args(words.split_whitespace())
            .current_dir(self.path())
            .env("BENCH_LAB_LOCK", self.lock())
            .env("BENCH_LAB_STORE", self.store())
            // The tests of tuning have kernel files of their own.
            .env("BENCH_LAB_TUNE", "off")
            // The tests of canaries turn them on again.
            .env("BENCH_LAB_NO_CANARY", "1")
            .stdin(Stdio::null());
        command
    }

    /// The same for a command that builds the fixture workspace; what follows `--` stays last.
    pub(crate) fn over_fixture(&self, words: &str) -> Command {
        let (before, after) = words.split_once(" -- ").map_or((words, None), |(a, b)| (a, Some(b)));
        let mut command = self.command(before);
        command.arg("--locked").arg("--manifest-path").arg(fixture_root().join("Cargo.toml"));
        command.arg("--target-dir").arg(target_dir());
        if let Some(after) = after {
            command.arg("--").args(after.split_whitespace());
        }
        command
    }

    /// Runs a command over the fixture workspace to its end.
    pub(crate) fn fixture(&self, words: &str) -> Said {
        said(&mut self.over_fixture(words))
    }

    /// Runs any other command to its end.
    pub(crate) fn plain(&self, words: &str) -> Said {
        said(&mut self.command(words))
    }

    /// The folders of the stored Runs, in no order.
    pub(crate) fn run_folders(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.store().join("runs")) else { return Vec::new() };
        entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| !path.file_name().unwrap().to_string_lossy().starts_with('.'))
            .collect()
    }

    /// The one Run of the store.
    pub(crate) fn stored(&self) -> Stored {
        let folders = self.run_folders();
        let [folder] = folders.as_slice() else { panic!("{folders:?}") };
        Stored::read(folder)
    }
}

impl Said {
    /// Fails with all that was said when the exit code is another.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr);
        self
    }

    /// Standard output as one JSON value.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }

    #[track_caller]
    pub(crate) fn assert_stderr_has(&self, parts: &[&str]) {
        for part in parts {
            assert!(self.stderr.contains(part), "no {part:?} in:\n{}", self.stderr);
        }
    }

    #[track_caller]
    pub(crate) fn assert_stdout_has(&self, parts: &[&str]) {
        for part in parts {
            assert!(self.stdout.contains(part), "no {part:?} in:\n{}", self.stdout);
        }
    }
}

impl Stored {
    pub(crate) fn read(folder: &Path) -> Self {
        let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        Self {
            folder: folder.to_owned(),
            run: serde_json::from_str(&text("run.json")).unwrap(),
            rows: text("invocations.jsonl")
                .lines()
                .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
                .collect(),
        }
    }

    pub(crate) fn document(&self, name: &str) -> Value {
        serde_json::from_str(&fs::read_to_string(self.folder.join(name)).unwrap()).unwrap()
    }

    /// Observations by target and path, in the order of the rows.
    pub(crate) fn observations(&self) -> BTreeMap<String, Vec<&Value>> {
        let mut found: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
        for row in &self.rows {
            for observation in row["observations"].as_array().unwrap() {
                let path = observation["path"].as_str().unwrap();
                let occurrence = observation["occurrence"].as_u64().unwrap_or(1);
                let twin = if occurrence > 1 { format!(" #{occurrence}") } else { String::new() };
                let name = format!("{}/{path}{twin}", row["target"].as_str().unwrap());
                found.entry(name).or_default().push(observation);
            }
        }
        found
    }

    pub(crate) fn is_sealed(&self) -> bool {
        self.folder.join("seal.json").exists()
    }
}

pub(crate) fn said(command: &mut Command) -> Said {
    Said::from(command.output().unwrap())
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

pub(crate) fn fixture_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/workspace")
}

/// Where the tests of discovery build the fixture workspace too, so that it is built once.
pub(crate) fn target_dir() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("fixture-workspace")
}
