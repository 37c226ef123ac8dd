//! Everything that can go wrong with a table, each with what is needed to find and mend it.
//!
//! It must never carry a row's values other than its key: errors end up in logs.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::csv::FormatProblem;
use crate::delta::DeltaProblem;
use crate::merge::Conflict;
use crate::options::Delimiter;

/// Why an operation on a table failed. The table is unchanged by an operation that returned one, except
/// where the variant says otherwise.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file system refused to make or write something. A table whose files may have been changed by the
    /// attempt takes no more writes: see [`Poisoned`](Self::Poisoned).
    #[error("could not {action} {}", path.display())]
    Write {
        /// What was tried, as a verb.
        action: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The file system refused to read something.
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
    /// The table has no column of this name.
    #[error("no column is called {column:?}")]
    ColumnNotFound {
        /// The name asked for.
        column: String,
    },
    /// The table has no version of this number, or no longer.
    #[error("{} has no version {version}", path.display())]
    VersionNotFound {
        /// The table's directory.
        path: PathBuf,
        /// The number asked for.
        version: u64,
    },
    /// A column was to be calculated with and holds something that is not a number.
    #[error("the column {column:?} of the row {key:?} is not a number")]
    NotANumber {
        /// The column.
        column: String,
        /// The first row that has no number there.
        key: String,
    },
    /// Changes touch rows that others changed since, and the policy was to fail. Nothing was written.
    #[error("{} rows were changed by others in the meantime, the first of them {:?}", conflicts.len(), conflicts.first().map(|conflict| conflict.key.as_str()).unwrap_or_default())]
    Conflict {
        /// Each of them, in the order of the changes.
        conflicts: Vec<Conflict>,
    },
    /// Something would need more memory than the caller allows: read from a file, a size that no sound file
    /// has.
    #[error("{what} needs {bytes} bytes of memory and {limit} are allowed: Options::memory_limit_bytes")]
    OutOfMemory {
        /// What would.
        what: &'static str,
        /// How many bytes.
        bytes: u64,
        /// How many are allowed.
        limit: u64,
    },
    /// A delta cannot be applied to this, or is none.
    #[error("{}: {problem}", path.display())]
    Delta {
        /// The delta's file; empty for one in memory.
        path: PathBuf,
        /// What does not hold.
        problem: DeltaProblem,
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
    /// Something else changed `current.csv` in the very moment in which it was written anew. The table is as if
    /// it had not, and what was asked for besides the fold was not done; the edit is kept.
    #[error(
        "the CSV file was changed while it was written anew; the change is kept in {}: what is missing in the \
         table can be taken from there",
        path.display()
    )]
    EditSetAside {
        /// The edited file under its new name.
        path: PathBuf,
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
        bytes: u64,
        /// The largest allowed.
        limit: u64,
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

    pub(crate) fn write(action: &'static str, path: PathBuf) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Write { action, path, source }
    }

    /// An error of the journal, met while reading it.
    pub(crate) fn reading(error: seglog::Error) -> Self {
        match error {
            seglog::Error::Io { action, path, source } => Self::Io { action, path, source },
            other => Self::writing(other),
        }
    }

    /// An error of the journal, met while writing to it.
    pub(crate) fn writing(error: seglog::Error) -> Self {
        match error {
            seglog::Error::Io { action, path, source } => Self::Write { action, path, source },
            seglog::Error::Corrupt { path, offset, problem } => Self::Corrupt { path, offset, problem },
            seglog::Error::Full { path, source, .. } => Self::Write { action: "find room for", path, source },
            seglog::Error::TooLarge { bytes, limit } => Self::TooLarge { bytes, limit },
            seglog::Error::Poisoned { path, cause } => Self::Poisoned { path, cause },
            other => Self::Write {
                action: "use the journal at",
                path: PathBuf::new(),
                source: io::Error::other(other),
            },
        }
    }

    /// The same error for another who waited for the same thing.
    pub(crate) fn again(&self) -> Self {
        let copy = |source: &io::Error| match source.raw_os_error() {
            Some(code) => io::Error::from_raw_os_error(code),
            None => io::Error::new(source.kind(), source.to_string()),
        };
        match self {
            Self::Write { action, path, source } => {
                Self::Write { action, path: path.clone(), source: copy(source) }
            }
            Self::Io { action, path, source } => {
                Self::Io { action, path: path.clone(), source: copy(source) }
            }
            Self::LockTimeout { path, waited, holder } => {
                Self::LockTimeout { path: path.clone(), waited: *waited, holder: holder.clone() }
            }
            Self::Corrupt { path, offset, problem } => {
                Self::Corrupt { path: path.clone(), offset: *offset, problem }
            }
            Self::EditedOutside { path, unfolded } => {
                Self::EditedOutside { path: path.clone(), unfolded: *unfolded }
            }
            Self::EditSetAside { path } => Self::EditSetAside { path: path.clone() },
            Self::InvalidFormat { path, line, column, problem } => Self::InvalidFormat {
                path: path.clone(),
                line: *line,
                column: *column,
                problem: problem.clone(),
            },
            Self::Poisoned { path, cause } => Self::Poisoned { path: path.clone(), cause: cause.clone() },
            other => Self::Io {
                action: "write together with others",
                path: PathBuf::new(),
                source: io::Error::other(other.to_string()),
            },
        }
    }
}
