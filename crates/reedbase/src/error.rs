//! Everything that can go wrong with a table, each with what is needed to find and mend it.
//!
//! It must never carry a row's values other than its key: errors end up in logs.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::csv::FormatProblem;
use crate::options::Delimiter;

/// Why an operation on a table failed. The table is unchanged by an operation that returned one, except
/// where the variant says otherwise.
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
    /// There is no `current.csv` here.
    #[error("no table at {}: it has no current.csv", path.display())]
    TableNotFound {
        /// The table's directory.
        path: PathBuf,
    },
    /// There is a `current.csv` here already.
    #[error("a table exists already at {}", path.display())]
    TableExists {
        /// The table's directory.
        path: PathBuf,
    },
    /// No row has this key.
    #[error("no row has the key {key:?}")]
    NotFound {
        /// The key asked for.
        key: String,
    },
    /// A row to be inserted has the key of another.
    #[error("a row with the key {key:?} exists already")]
    KeyExists {
        /// The key given.
        key: String,
    },
    /// A row to be written, or the columns of a new table, cannot be part of a table.
    #[error("not a row of this table: {problem}")]
    InvalidRow {
        /// What is wrong with it.
        problem: FormatProblem,
    },
    /// `current.csv` is not a table in the expected dialect.
    #[error("{}:{line}:{column}: {problem}", path.display())]
    InvalidFormat {
        /// The CSV file.
        path: PathBuf,
        /// From 1; line breaks inside quotes count.
        line: usize,
        /// From 1, in characters.
        column: usize,
        /// What is wrong there.
        problem: FormatProblem,
    },
    /// The table was created with another delimiter.
    #[error("{} is written with {actual:?} between values, not {asked:?}: open it with that", path.display())]
    WrongDelimiter {
        /// The table's directory.
        path: PathBuf,
        /// What the options said.
        asked: Delimiter,
        /// What the table has.
        actual: Delimiter,
    },
    /// The journal is damaged in a way that no crash explains. Nothing of it was changed.
    #[error("{} is damaged at byte {offset}: {problem}", path.display())]
    Corrupt {
        /// The damaged file.
        path: PathBuf,
        /// Where the damaged record begins.
        offset: u64,
        /// What does not hold there.
        problem: &'static str,
    },
    /// `current.csv` was changed by something else. No row was changed.
    #[error(
        "{} was changed outside, and the journal beside it holds {unfolded} changes that it lacks: \
         put the file back, or open the table with OutsideEdit::Replay",
        path.display()
    )]
    EditedOutside {
        /// The CSV file.
        path: PathBuf,
        /// How many changes wait in the journal.
        unfolded: u64,
    },
    /// Another writer kept the table for as long as this one would wait.
    #[error("{} is held by {holder}; gave up after {waited:?}", path.display())]
    LockTimeout {
        /// The lock file.
        path: PathBuf,
        /// How long was waited.
        waited: Duration,
        /// What the holder wrote about itself: a process id.
        holder: String,
    },
    /// A batch is too large for one journal record.
    #[error("a batch of {bytes} bytes is over the limit of {limit}: write it in parts")]
    TooLarge {
        /// Its encoded size.
        bytes: usize,
        /// The largest allowed.
        limit: usize,
    },
    /// An earlier write or sync failed, so what is on disk is not known: this table takes no more writes.
    /// Rows can still be read; opening the table again finds what the disk really holds.
    #[error("{} takes no more writes since this failed: {cause}", path.display())]
    Poisoned {
        /// The table's directory.
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
