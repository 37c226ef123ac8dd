//! Why a stored text is no Run that this version can read.
//!
//! What costs only a part of a Run is a [`Damage`](super::Damage), not an error.

use std::fmt;

/// A place in the files of a Run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// File name within the Run's directory.
    pub file: String,
    /// Line from 1, for files of one record a line.
    pub line: Option<u64>,
}

impl Place {
    /// A whole file.
    pub fn file(file: &str) -> Self {
        Self { file: file.into(), line: None }
    }

    /// One line of a file, from 1.
    pub fn line(file: &str, line: u64) -> Self {
        Self { file: file.into(), line: Some(line) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{} line {line}", self.file),
            None => f.write_str(&self.file),
        }
    }
}

/// A Run that cannot be read or written at all.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// A later bench-lab wrote it.
    #[error(
        "{place} has format version {found}, and this bench-lab reads up to version {newest}: update bench-lab"
    )]
    Newer {
        /// Where the version was found.
        place: Place,
        /// The version found.
        found: u64,
        /// The newest version that can be read.
        newest: u32,
    },
    /// It is not JSON, or not the JSON of this file.
    #[error("{place} cannot be read: {source}")]
    Json {
        /// Where.
        place: Place,
        /// What the parser says, with line and column inside the text.
        source: serde_json::Error,
    },
    /// It is well-formed and contradicts itself.
    #[error("{place} cannot be read: {reason}")]
    Invalid {
        /// Where.
        place: Place,
        /// What contradicts what.
        reason: String,
    },
    /// A Run to be written schedules a benchmark that it does not list.
    #[error("invocation {index} of the schedule names {benchmark}, which is not among the Run's benchmarks")]
    Unlisted {
        /// Which scheduled invocation.
        index: u32,
        /// The benchmark it names.
        benchmark: String,
    },
}
