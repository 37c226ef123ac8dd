//! What can go wrong with a peer.

use thiserror::Error;

/// A peer's own error, or one of the three that all of them have.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A row with this key is there already.
    #[error("a row with the key {0:?} is there already")]
    KeyExists(String),
    /// No row has this key.
    #[error("no row has the key {0:?}")]
    NotFound(String),
    /// A stored value is none of this crate's.
    #[error("the stored row of {0:?} is damaged")]
    Damaged(String),
    /// From SQLite.
    #[error("SQLite: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// From redb.
    #[error("redb: {0}")]
    Redb(Box<redb::Error>),
    /// From reading or writing a CSV file.
    #[error("CSV: {0}")]
    Csv(#[from] csv::Error),
    /// From the system, or from a codec.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl Error {
    /// redb has an error for each of its types, which all become one of its own.
    pub(crate) fn redb(error: impl Into<redb::Error>) -> Self {
        Self::Redb(Box::new(error.into()))
    }
}
