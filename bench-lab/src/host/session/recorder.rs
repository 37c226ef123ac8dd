//! The journal as applying sees it: begun with the first write, or not to be had.
//!
//! Without a journal nothing is written that would have to be put back.

use std::path::PathBuf;

use super::Files;
use crate::host::cpuset::GroupIntent;
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
    /// Begins the journal with all that may be written.
    ///
    /// # Errors
    /// Why nothing must be written.
    pub fn begin(&mut self, files: &dyn Files, intents: &[Intent]) -> Result<(), String> {
        match self {
            Self::Ready { path, header } => {
                let journal =
                    Journal::begin(files, path, header, intents).map_err(|error| with_cause(&error))?;
                *self = Self::Open(journal);
                Ok(())
            }
            Self::Open(journal) => Err(format!("{} is written already", journal.path().display())),
            Self::Never(why) => Err(why.clone()),
        }
    }

    /// Records a group before it is made, in a journal that is begun if need be.
    ///
    /// # Errors
    /// Why it must not be made.
    pub fn announce(&mut self, files: &dyn Files, group: &GroupIntent) -> Result<(), String> {
        if matches!(self, Self::Ready { .. }) {
            self.begin(files, &[])?;
        }
        match self {
            Self::Open(journal) => {
                let written = journal.add(files, &Line::Group(group.clone()));
                written.and_then(|()| journal.sync(files)).map_err(|error| with_cause(&error))
            }
            Self::Ready { path, .. } => Err(format!("{} was not begun", path.display())),
            Self::Never(why) => Err(why.clone()),
        }
    }

    /// Records what came of a write where it is not what was wanted. What a journal cannot take is put back all the
    /// same, as long as nobody else seems to have changed it.
    pub fn reached(&mut self, files: &dyn Files, path: &str, text: &str) {
        if let Self::Open(journal) = self {
            // The journal remembers the refusal, and is then never noted as applied.
            let _ = journal.add(files, &Line::Reached { path: path.to_owned(), text: text.to_owned() });
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
