//! The line of first parents behind a revision: what a branch was, commit by commit.
//!
//! It is only read.

use jiff::Timestamp;
use lab_core::history::{Line, LineCommit};

use super::{Repository, RevisionError};

impl Repository {
    /// The commits behind a revision by first parents, oldest first, under the name that people call it by: the branch
    /// where it is one.
    ///
    /// # Errors
    /// [`RevisionError::Unknown`] with the nearest names, [`RevisionError::Git`].
    pub fn line(&self, revision: &str) -> Result<Line, RevisionError> {
        let named = self.resolve(revision)?;
        let commit = named.revision.commit.unwrap_or_default();
        let branch = self.git().text(&["symbolic-ref", "--quiet", "--short", revision]).ok();
        let format = "--format=%H%x09%ct%x09%s";
        let records =
            self.git().records(&["log", "-z", "--first-parent", format, "--end-of-options", &commit])?;
        let mut commits: Vec<LineCommit> = records.iter().filter_map(|record| read(record)).collect();
        commits.reverse();
        Ok(Line { name: branch.unwrap_or_else(|| revision.to_owned()), commits })
    }

    /// The commits after `good` up to and including `bad`, oldest first: what a bisection chooses from. First parents
    /// only, where `good` is among them.
    ///
    /// # Errors
    /// [`RevisionError::Git`].
    pub fn between(&self, good: &str, bad: &str) -> Result<Vec<LineCommit>, RevisionError> {
        let format = "--format=%H%x09%ct%x09%s";
        let range = format!("{good}..{bad}");
        let records =
            self.git().records(&["log", "-z", "--first-parent", format, "--end-of-options", &range])?;
        let mut commits: Vec<LineCommit> = records.iter().filter_map(|record| read(record)).collect();
        commits.reverse();
        Ok(commits)
    }

    /// Whether `bad` comes from `good`.
    ///
    /// # Errors
    /// [`RevisionError::NoGit`].
    pub fn comes_from(&self, bad: &str, good: &str) -> Result<bool, RevisionError> {
        match self.git().text(&["merge-base", "--is-ancestor", good, bad]) {
            Ok(_) => Ok(true),
            Err(RevisionError::Git { .. }) => Ok(false),
            Err(other) => Err(other),
        }
    }
}

/// Hash, seconds since 1970, first line of the message.
fn read(record: &[u8]) -> Option<LineCommit> {
    let text = String::from_utf8_lossy(record);
    let mut parts = text.splitn(3, '\t');
    let (commit, seconds, subject) = (parts.next()?, parts.next()?, parts.next()?);
    let committed_at = Timestamp::from_second(seconds.parse().ok()?).ok()?.to_string();
    Some(LineCommit { commit: commit.trim().to_owned(), committed_at, subject: subject.to_owned() })
}
