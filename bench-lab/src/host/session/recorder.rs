//! The journal as applying sees it: begun with the first write, or not to be had.
//!
//! Without a journal nothing is written that would have to be put back.

use std::path::PathBuf;

use super::Files;
use crate::host::journal::{Header, Intent, Journal, Line};

/// Records writes before they are made.
#[derive(Debug)]
pub enum Recorder {
    /// Nothing was written yet.
    Ready {
        /// Where the journal will be.
        path: PathBuf,
        /// Its first line.
        header: Box<Header>,
    },
    /// Something was.
    Open(Journal),
    /// There can be no journal, and why.
    Never(String),
}

impl Recorder {
    /// Records a write that is about to be made; gives its number.
    ///
    /// # Errors
    /// Why it must not be made.
    pub fn intend(&mut self, files: &dyn Files, intent: Intent) -> Result<u32, String> {
        if let Self::Ready { path, header } = self {
            let journal = Journal::begin(files, path, header).map_err(|error| with_cause(&error))?;
            *self = Self::Open(journal);
        }
        match self {
            Self::Open(journal) => journal.intend(files, intent).map_err(|error| with_cause(&error)),
            Self::Never(why) => Err(why.clone()),
            Self::Ready { .. } => Err("the journal was not begun".into()),
        }
    }

    /// Records what came of a write. A journal that cannot take it takes no further write either; what was written
    /// is put back all the same.
    pub fn reached(&mut self, files: &dyn Files, sequence: u32, text: &str) {
        if let Self::Open(journal) = self {
            // The refusal is remembered by the journal, and every later intent meets it.
            let _ = journal.reached(files, sequence, text);
        }
    }

    /// Adds a line that is no write, if there is a journal; gives whether it is on the disk.
    pub fn note(&mut self, files: &dyn Files, line: &Line) -> bool {
        match self {
            Self::Open(journal) => journal.add(files, line).and_then(|()| journal.sync(files)).is_ok(),
            Self::Ready { .. } | Self::Never(_) => false,
        }
    }
}

/// An error and its cause in one clause.
pub(super) fn with_cause(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}
