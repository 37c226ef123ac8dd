//! Why prebuilt benches could not be opened or packed.
//!
//! Each variant names the file and what was wanted of it; the hint is written by the command line.

use std::io;
use std::path::{Path, PathBuf};

use lab_core::model::TargetId;

use crate::workspace::WorkspaceError;

/// What went wrong between a manifest and its executables.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// A file could not be read or written.
    #[error("could not {what} {}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The manifest is not the text of one.
    #[error("{} is no manifest of prebuilt benches: {reason}", path.display())]
    Malformed {
        /// The manifest.
        path: PathBuf,
        /// Where it stops making sense.
        reason: String,
    },
    /// A later bench-lab wrote it.
    #[error("{} has format version {found}, and this bench-lab reads version {newest}: update bench-lab", path.display())]
    Newer {
        /// The manifest.
        path: PathBuf,
        /// The version found.
        found: u64,
        /// The newest that can be read.
        newest: u32,
    },
    /// An executable is not there.
    #[error("the executable of {target} is not there: {}", path.display())]
    Missing {
        /// Which bench.
        target: TargetId,
        /// Where it should be.
        path: PathBuf,
    },
    /// The file is there and may not be executed.
    #[error("the executable of {target} may not be executed: {}", path.display())]
    NotExecutable {
        /// Which bench.
        target: TargetId,
        /// The file.
        path: PathBuf,
    },
    /// An executable is not the one that the manifest was written for.
    #[error(
        "the executable of {target} is not the one of the manifest: {} has SHA-256 {found}, wanted is {wanted}",
        path.display()
    )]
    Changed {
        /// Which bench.
        target: TargetId,
        /// The file.
        path: PathBuf,
        /// The digest in the manifest.
        wanted: String,
        /// The digest of the file.
        found: String,
    },
    /// A package names a file for its benches that is not inside it, or not there.
    #[error("package '{package}' names {named:?} in `package.metadata.bench-lab.{key}`, and {reason}")]
    Named {
        /// The package.
        package: String,
        /// The setting.
        key: &'static str,
        /// As written.
        named: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The folder for a bundle holds something.
    #[error("{} is not empty", path.display())]
    Occupied {
        /// The folder.
        path: PathBuf,
    },
    /// Packages or targets were chosen that the manifest has not.
    #[error(transparent)]
    Choice(#[from] WorkspaceError),
}

impl BundleError {
    /// An error of the operating system, with what was tried.
    pub(super) fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { what, path, source }
    }
}
