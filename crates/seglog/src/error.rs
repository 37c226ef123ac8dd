//! Everything that can go wrong with a log, each with what is needed to find and mend it.
//!
//! It must never carry bytes of a payload: errors end up in messages to others.

use std::io;
use std::path::PathBuf;

/// Why an operation on a log failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file system refused.
    #[error("could not {action} {}", path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A segment is damaged in a way that no crash explains. Nothing was changed.
    #[error("{} is damaged at byte {offset}: {problem}", path.display())]
    Corrupt {
        /// The damaged segment, or the one that is missing.
        path: PathBuf,
        /// Where the damaged record begins.
        offset: u64,
        /// What does not hold there.
        problem: &'static str,
    },
    /// Records that were asked for are no longer kept: everything up to a later one was truncated.
    #[error("the records from {asked} on are no longer kept at {}", path.display())]
    Truncated {
        /// The log's directory.
        path: PathBuf,
        /// The first that was asked for.
        asked: u64,
    },
    /// A batch is larger than any segment can be.
    #[error("a batch of {bytes} bytes is over the limit of {limit}: write it in parts")]
    TooLarge {
        /// Its size in the log.
        bytes: u64,
        /// The largest allowed.
        limit: u64,
    },
    /// The disk has no room for another segment. Nothing was appended, and the log is as it was: with room it
    /// takes the next batch.
    #[error("no room for another segment of {bytes} bytes at {}", path.display())]
    Full {
        /// The segment that was to be made.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// The system's answer.
        source: io::Error,
    },
    /// Another process has this log open.
    #[error("{} is open in another process: {holder}", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// What the holder wrote about itself.
        holder: String,
    },
    /// An earlier write or sync failed, so what is on disk is not known: this log takes no more records.
    /// Opening it again finds what the disk really holds.
    #[error("{} takes no more records since this failed: {cause}", path.display())]
    Poisoned {
        /// The log's directory.
        path: PathBuf,
        /// The first failure.
        cause: String,
    },
}

impl Error {
    pub(crate) fn io(action: &'static str, path: PathBuf) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path, source }
    }
}
