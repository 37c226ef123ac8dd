//! Reads the records of a log again, from any that is kept.
//!
//! It must never end early without saying why.

use std::path::PathBuf;
use std::sync::Arc;

use crate::cursor::{Cursor, Place, Record};
use crate::error::Error;
use crate::log::Log;
use crate::segment::{HEADER_BYTES, Segment};

impl Log {
    /// The records that are kept from `sequence` on, up to the last one now.
    ///
    /// # Errors
    /// [`Error::Truncated`], [`Error::Corrupt`], [`Error::Io`].
    pub fn records(&self, sequence: u64) -> Result<Records, Error> {
        let (kept, last) = {
            let tail = self.lock_tail();
            let kept = tail.kept.iter().rev().find(|(_, begins)| *begins <= sequence);
            (kept.copied(), tail.place.sequence - 1)
        };
        let truncated = || Error::Truncated { path: self.storage.path(""), asked: sequence };
        let (number, begins) = kept.ok_or_else(truncated)?;
        let segment = Arc::new(Segment::open(&*self.storage, number)?);
        let place = Place { segment, offset: HEADER_BYTES, sequence: begins };
        let mut records = Records {
            cursor: Some(Cursor::new(self.storage.clone(), place)),
            last,
            path: self.storage.path(""),
        };
        for skipped in begins..sequence.min(last + 1) {
            debug_assert!(skipped < sequence);
            records.next().transpose()?;
        }
        Ok(records)
    }
}

/// See [`Log::records`].
#[derive(Debug)]
pub struct Records {
    /// None after an error.
    cursor: Option<Cursor>,
    last: u64,
    path: PathBuf,
}

impl Iterator for Records {
    type Item = Result<Record, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let cursor = self.cursor.as_mut().filter(|cursor| cursor.place.sequence <= self.last)?;
        let asked = cursor.place.sequence;
        let found = match cursor.next() {
            Ok(Some((_, record))) => return Some(Ok(record)),
            Ok(None) => Error::Truncated { path: self.path.clone(), asked },
            Err(error) => error,
        };
        self.cursor = None;
        Some(Err(found))
    }
}
