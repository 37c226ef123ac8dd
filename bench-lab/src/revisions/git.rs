//! Asks git, with everything switched off that would write into the repository or depend on the user's shell.
//!
//! It knows no revision and no side; what an answer means is decided by the caller.

use std::ffi::{OsStr, OsString};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::RevisionError;

/// Variables by which a hook or a shell points git at another repository than the one of the directory.
pub(crate) const MISLEADING: [&str; 5] =
    ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"];

/// Settings that would make git write beside the index it was given: parts of it, hooks on it, a daemon that
/// watches it. Sparse checkouts are a view of the user's; a build needs the whole tree.
const QUIET: [&str; 4] = [
    "core.splitIndex=false",
    "core.fsmonitor=false",
    "core.sparseCheckout=false",
    "core.hooksPath=/dev/null",
];

/// One way to call git: where, and with which variables.
#[derive(Clone, Debug)]
pub(super) struct Git {
    directory: PathBuf,
    variables: Vec<(&'static str, OsString)>,
}

impl Git {
    /// Calls in a directory.
    pub(super) fn at(directory: &Path) -> Self {
        Self { directory: directory.into(), variables: Vec::new() }
    }

    /// The same with one more variable.
    pub(super) fn with(mut self, name: &'static str, value: impl AsRef<OsStr>) -> Self {
        self.variables.push((name, value.as_ref().into()));
        self
    }

    /// The same in another directory.
    pub(super) fn within(self, directory: &Path) -> Self {
        Self { directory: directory.into(), ..self }
    }

    /// Its answer as text, without the line's end.
    pub(super) fn text(&self, arguments: &[&str]) -> Result<String, RevisionError> {
        let bytes = self.bytes(arguments)?;
        Ok(String::from_utf8_lossy(&bytes).trim_end_matches('\n').to_owned())
    }

    /// Its answer as it is.
    pub(super) fn bytes(&self, arguments: &[&str]) -> Result<Vec<u8>, RevisionError> {
        self.fed(arguments, &[])
    }

    /// Its answer to something on standard input.
    pub(super) fn fed(&self, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, RevisionError> {
        let tried = || format!("git {}", arguments.first().unwrap_or(&""));
        let failed = |source: std::io::Error| match source.kind() {
            ErrorKind::NotFound => RevisionError::NoGit,
            _ => RevisionError::Git { tried: tried(), message: source.to_string() },
        };
        let mut child = self.command(arguments).spawn().map_err(failed)?;
        let mut stdin = child.stdin.take();
        let output = std::thread::scope(|scope| {
            // Beside the reading: a long list of names may fill both pipes.
            scope.spawn(move || stdin.take().map(|mut stdin| stdin.write_all(input)));
            child.wait_with_output()
        });
        let output = output.map_err(failed)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let complaint = String::from_utf8_lossy(&output.stderr);
        let told = complaint.lines().find(|line| line.starts_with("fatal:") || line.starts_with("error:"));
        let line = told.or_else(|| complaint.lines().next()).unwrap_or("git gave no reason");
        let message = line.trim_start_matches("fatal: ").trim_start_matches("error: ").to_owned();
        Err(RevisionError::Git { tried: tried(), message })
    }

    /// Its answer, cut at each NUL; the end of the last one is no record.
    pub(super) fn records(&self, arguments: &[&str]) -> Result<Vec<Vec<u8>>, RevisionError> {
        let bytes = self.bytes(arguments)?;
        Ok(bytes.split(|byte| *byte == 0).filter(|record| !record.is_empty()).map(<[u8]>::to_vec).collect())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        for name in MISLEADING {
            command.env_remove(name);
        }
        command
            .env("GIT_OPTIONAL_LOCKS", "0")
            // Nobody sits at a prompt of a partial clone that wants to fetch.
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .args(QUIET.iter().flat_map(|setting| ["-c", setting]))
            .args(arguments)
            .current_dir(&self.directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}
