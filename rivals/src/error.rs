//! What keeps the rivals from measuring: each with what was tried, and where.
//!
//! A comparison that fails is none of these; it is a row of its own.

use std::io;
use std::path::PathBuf;

use bench_lab::host::lock::LockError;
use bench_lab::workspace::WorkspaceError;

/// Why there is no table.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The workloads could not be built.
    #[error("the workloads do not build: {0}")]
    Build(#[from] WorkspaceError),
    /// They were built and something is missing.
    #[error("the build gave no {0}")]
    Missing(String),
    /// Another session measures on this host.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A file.
    #[error("cannot {tried} {}", path.display())]
    File {
        /// The verb.
        tried: &'static str,
        /// Which.
        path: PathBuf,
        /// The kernel's error.
        source: io::Error,
    },
    /// A file of comparisons that is none.
    #[error("{}, line {line}: this is no comparison of a rivals", path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A file that already holds something, and that nobody asked to go on with.
    #[error("{} exists; `--resume` goes on with it", .0.display())]
    Exists(PathBuf),
    /// The kernel does not let CPUs be chosen.
    #[error("cannot pin to CPU {cpu}: {source}")]
    Pin {
        /// Which CPU.
        cpu: u32,
        /// The kernel's error.
        source: io::Error,
    },
    /// A name on the command line.
    #[error("there is no {kind} {name}; there are {known}")]
    Unknown {
        /// `tool` or `workload`.
        kind: &'static str,
        /// As typed.
        name: String,
        /// All names.
        known: String,
    },
}

impl Error {
    /// For a file operation.
    pub fn file(tried: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { tried, path, source }
    }
}
