//! Which source is measured: commit, branch and uncommitted changes, as git tells them.
//!
//! It changes nothing in the repository, not even git's index.

use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use lab_core::model::{Environment, FactClass, FactValue, Revision};

use super::sysfs::Absence;
use crate::revisions::MISLEADING;

/// What git said about a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Empty outside a repository, without git, or before the first commit.
    pub revision: Revision,
    /// Why the revision is empty.
    pub absence: Option<Absence>,
}

/// Asks git about the repository around `directory`.
pub fn read(directory: &Path) -> Source {
    match git(directory, &["rev-parse", "--verify", "HEAD"]) {
        Err(absence) => Source { revision: Revision::default(), absence: Some(absence) },
        Ok(commit) => {
            let branch = git(directory, &["symbolic-ref", "--quiet", "--short", "HEAD"]).ok();
            // Untracked files are left out: what was built from them shows in the hash of the binary.
            let changes = git(directory, &["status", "--porcelain", "--untracked-files=no"]).ok();
            let is_dirty = changes.map(|changes| !changes.is_empty());
            Source { revision: Revision { commit: Some(commit), branch, is_dirty }, absence: None }
        }
    }
}

/// Adds the revision as facts; it explains a Run and makes no other machine, configuration or build of it.
pub fn insert_revision(environment: &mut Environment, source: &Source) {
    let why = |otherwise: &str| source.absence.clone().unwrap_or_else(|| otherwise.to_owned());
    let text = |value: &Option<String>, otherwise: &str| {
        value.clone().map_or_else(|| FactValue::Absent(why(otherwise)), FactValue::Text)
    };
    let Revision { commit, branch, is_dirty } = &source.revision;
    let is_dirty = is_dirty.map_or_else(|| FactValue::Absent(why("git status failed")), FactValue::Bool);
    let facts = [
        ("source.commit", "git rev-parse HEAD", text(commit, "no commit")),
        ("source.branch", "git symbolic-ref HEAD", text(branch, "detached head")),
        ("source.is_dirty", "git status", is_dirty),
    ];
    for (name, command, value) in facts {
        environment.insert(name, FactClass::Explanation, command, value);
    }
}

/// Runs git in the directory; its answer without the line's end, or the first line of its complaint.
fn git(directory: &Path, arguments: &[&str]) -> Result<String, Absence> {
    let mut command = Command::new("git");
    for name in MISLEADING {
        command.env_remove(name);
    }
    // Without the lock `git status` does not write the index back, which would race with the user's own git.
    command.env("GIT_OPTIONAL_LOCKS", "0").env("LC_ALL", "C");
    let output = command.arg("-C").arg(directory).args(arguments).output();
    let output = output.map_err(|error| match error.kind() {
        ErrorKind::NotFound => "git is not installed".to_owned(),
        _ => format!("git could not be started: {error}"),
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    let first = complaint.lines().next().unwrap_or("git gave no reason");
    Err(first.trim_start_matches("fatal: ").to_owned())
}
