//! Why two revisions could not be had side by side.
//!
//! Each variant carries what a hint needs; the hint itself is written by the command line.

use std::io;
use std::path::PathBuf;

use lab_core::model::TargetId;

use crate::workspace::WorkspaceError;

/// What went wrong between two names of revisions and two sets of executables.
#[derive(Debug, thiserror::Error)]
pub enum RevisionError {
    /// There is no git.
    #[error("git is not installed, and only git knows the revisions")]
    NoGit,
    /// The workspace lies in no repository, or in one that git will not read.
    #[error("{} lies in no git repository that can be read: {message}", directory.display())]
    NoRepository {
        /// Where it was asked.
        directory: PathBuf,
        /// Git's words.
        message: String,
    },
    /// A repository without files of its own.
    #[error("{} is a bare git repository: there are no benches beside it", directory.display())]
    Bare {
        /// Where it was asked.
        directory: PathBuf,
    },
    /// No commit is called so.
    #[error("no revision is called '{typed}'")]
    Unknown {
        /// As typed.
        typed: String,
        /// Branches and tags with names like it, best first.
        nearest: Vec<String>,
        /// Whether the history was cut when it was cloned.
        is_shallow: bool,
    },
    /// Two histories without a commit in common.
    #[error("{branch} and {head} have no commit in common")]
    NoMergeBase {
        /// The branch, as git finds it.
        branch: String,
        /// What left it.
        head: String,
        /// Whether the history was cut when it was cloned.
        is_shallow: bool,
    },
    /// Git refused something.
    #[error("{tried} failed: {message}")]
    Git {
        /// The command.
        tried: String,
        /// Its words, short.
        message: String,
    },
    /// A submodule's commit that is not on this machine.
    #[error("revision {revision} wants commit {commit} of the submodule {}, which is not here", path.display())]
    SubmoduleCommit {
        /// Which revision wants it.
        revision: String,
        /// The submodule.
        path: PathBuf,
        /// The wanted commit, short.
        commit: String,
    },
    /// The manifest is not part of the revision.
    #[error("revision {revision} has no {}", manifest.display())]
    NoManifest {
        /// Which revision.
        revision: String,
        /// Path from the top of the repository.
        manifest: PathBuf,
    },
    /// A path that was to be carried along does not exist, or lies elsewhere.
    #[error("{} cannot be carried into both revisions: {why}", path.display())]
    Carry {
        /// As typed.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Nobody said where builds are kept, and there is no home.
    #[error("there is no place to build revisions in: neither HOME nor XDG_CACHE_HOME is set")]
    NoPlace,
    /// Another process builds revisions of the same repository.
    #[error("another bench-lab builds revisions in {}", path.display())]
    InUse {
        /// The folder it holds.
        path: PathBuf,
    },
    /// A file or folder refused.
    #[error("could not {tried} {}", path.display())]
    Io {
        /// What was tried, as a verb.
        tried: &'static str,
        /// On which path.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A revision whose benches cannot be built.
    #[error("{revision} cannot be built: {source}")]
    Build {
        /// Which side: `baseline main (3f2a91c)`.
        revision: String,
        /// Why.
        source: Box<WorkspaceError>,
    },
    /// The files are not those that were built before.
    #[error("{revision} was changed since it was built, so that it cannot be linked in other orders")]
    Moved {
        /// Which side: `main (3f2a91c)`.
        revision: String,
    },
    /// A bench executable that cannot be linked in another order.
    #[error("{target} cannot be linked in another order: {reason}")]
    Relink {
        /// Which one.
        target: TargetId,
        /// The linker's or cargo's words.
        reason: String,
    },
}

impl RevisionError {
    pub(super) fn io(
        tried: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> RevisionError {
        let path = path.into();
        move |source| Self::Io { tried, path, source }
    }
}
