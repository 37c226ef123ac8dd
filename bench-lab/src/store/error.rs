//! What can go wrong with Runs on disk, each with its path and what was tried.
//!
//! Which exit code follows is the command line's business; what to do next stands here where it is certain.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use lab_core::format::FormatError;

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder is not there.
    #[error("there is no store at {path} ({origin}): `bench-lab run` makes one")]
    NoStore {
        /// Where it was looked for.
        path: PathBuf,
        /// Why there.
        origin: String,
    },
    /// A file stands where a folder has to be.
    #[error("{path} is not a folder, so a store cannot be kept there (tried to {tried})")]
    NotAFolder {
        /// The file in the way, or the path that leads through it.
        path: PathBuf,
        /// What was tried.
        tried: &'static str,
    },
    /// The file system takes no writes.
    #[error(
        "{path} is on a read-only file system (tried to {tried}): choose another place with --store or BENCH_LAB_STORE"
    )]
    ReadOnly {
        /// What was to be written.
        path: PathBuf,
        /// What was tried.
        tried: &'static str,
    },
    /// The disk, the quota or the file size limit is used up.
    #[error(
        "no room left for {path} (tried to {tried}): {source}. Finished invocations are safe; free some space, then `bench-lab run --resume`"
    )]
    Full {
        /// What was to be written.
        path: PathBuf,
        /// What was tried.
        tried: &'static str,
        /// The kernel's word.
        source: io::Error,
    },
    /// The user may not.
    #[error("permission denied for {path} (tried to {tried})")]
    Denied {
        /// What was refused.
        path: PathBuf,
        /// What was tried.
        tried: &'static str,
    },
    /// Anything else the kernel says.
    #[error("could not {tried} {path}: {source}")]
    Io {
        /// What it was tried on.
        path: PathBuf,
        /// What was tried.
        tried: &'static str,
        /// The kernel's word.
        source: io::Error,
    },
    /// The Run's files are not those of a Run that can be read.
    #[error("Run {id}: {source}")]
    Format {
        /// The Run.
        id: String,
        /// What is wrong with it.
        source: FormatError,
    },
    /// A folder of the store without the file that makes it a Run.
    #[error("{path} holds no run.json, so it is no Run")]
    NotARun {
        /// The folder.
        path: PathBuf,
    },
    /// Another process appends to it.
    #[error(
        "Run {id} is being measured by another bench-lab process (it holds {path}): wait for it, or end it first"
    )]
    InUse {
        /// The Run.
        id: String,
        /// The locked file.
        path: PathBuf,
    },
    /// Nothing can be added any more.
    #[error("Run {id} is sealed: it takes no more invocations; start a new Run")]
    Sealed {
        /// The Run.
        id: String,
    },
    /// No match is in the store.
    #[error("the store at {store} holds no match yet: `bench-lab ab BASELINE` makes one")]
    NoMatch {
        /// The store.
        store: String,
    },
    /// A match's files are not those of one that can be read.
    #[error("match {id}: {source}")]
    MatchFormat {
        /// The match.
        id: String,
        /// What is wrong with it.
        source: FormatError,
    },
    /// Another process appends to the match.
    #[error(
        "match {id} is being measured by another bench-lab process (it holds {path}): wait for it, or end it first"
    )]
    MatchInUse {
        /// The match.
        id: String,
        /// The locked file.
        path: PathBuf,
    },
    /// Nothing can be added to the match any more.
    #[error("match {id} is sealed: it takes no more launches; start a new one")]
    MatchSealed {
        /// The match.
        id: String,
    },
    /// As [`Self::Unsure`], for a match.
    #[error(
        "match {id} takes no more lines in this process, since an earlier write could not be made sure: `bench-lab ab --resume` reads what is there"
    )]
    MatchUnsure {
        /// The match.
        id: String,
    },
    /// A failed sync leaves open what is on the disk, so nothing more is appended in this process.
    #[error(
        "Run {id} takes no more lines in this process, since an earlier write could not be made sure: `bench-lab run --resume` reads what is there"
    )]
    Unsure {
        /// The Run.
        id: String,
    },
    /// A text that no reader would take.
    #[error("{what} of Run {id} fills {bytes} bytes, more than the {limit_bytes} that are read back")]
    TooLarge {
        /// The Run.
        id: String,
        /// Which file or line.
        what: String,
        /// Its size.
        bytes: usize,
        /// The limit.
        limit_bytes: usize,
    },
    /// A session with this number was begun before.
    #[error("Run {id} has a session {number} already")]
    SessionExists {
        /// The Run.
        id: String,
        /// The number.
        number: u32,
    },
    /// The start of the Run is no point in time.
    #[error("{text:?} is not a time in RFC 3339: {source}")]
    Time {
        /// What was given.
        text: String,
        /// What the parser says.
        source: jiff::Error,
    },
    /// A reference that names no Run.
    #[error(transparent)]
    Reference(#[from] super::ReferenceError),
}

impl StoreError {
    /// Sorts an error of the kernel.
    pub(super) fn io(tried: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            ErrorKind::NotADirectory => Self::NotAFolder { path, tried },
            ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path, tried },
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                Self::Full { path, tried, source }
            }
            ErrorKind::PermissionDenied => Self::Denied { path, tried },
            _ => Self::Io { path, tried, source },
        }
    }
}
