//! What can go wrong with an index: its own state, which is mended by making it anew, and everything else.
//!
//! A damaged index is no error of the command.

use rusqlite::ErrorCode;

use crate::baseline::BaselineError;
use crate::store::StoreError;

/// Why there is no index to read from.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The store could not be listed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The shelf could not be listed.
    #[error(transparent)]
    Baseline(#[from] BaselineError),
    /// SQLite failed for another reason than the file's state.
    #[error("the index failed: {0}")]
    Sqlite(#[source] rusqlite::Error),
    /// A file beside it failed.
    #[error("could not {tried} {}: {source}", path.display())]
    Io {
        /// Which.
        path: std::path::PathBuf,
        /// What was tried.
        tried: &'static str,
        /// The kernel's word.
        source: std::io::Error,
    },
    /// It is damaged although it was just made.
    #[error("the index is damaged although it was just made: {0}")]
    Damaged(String),
}

/// What an attempt with the index ended with.
#[derive(Debug)]
pub(super) enum Fault {
    /// The file is not what was written, or of another version: it has to go.
    Damaged(String),
    /// The place takes no writes: memory will do.
    Unwritable(String),
    /// Anything else.
    Other(IndexError),
}

impl From<IndexError> for Fault {
    fn from(error: IndexError) -> Self {
        Self::Other(error)
    }
}

impl From<Fault> for IndexError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Damaged(why) | Fault::Unwritable(why) => Self::Damaged(why),
            Fault::Other(error) => error,
        }
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        match &error {
            rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
                ErrorCode::ReadOnly
                | ErrorCode::CannotOpen
                | ErrorCode::DiskFull
                | ErrorCode::PermissionDenied => Self::Unwritable(error.to_string()),
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::OutOfMemory => {
                    Self::Other(IndexError::Sqlite(error))
                }
                // A page that is not one shows as any of many codes: no such table, a type that does not fit, an I/O
                // error behind the end.
                _ => Self::Damaged(error.to_string()),
            },
            _ => Self::Damaged(error.to_string()),
        }
    }
}
