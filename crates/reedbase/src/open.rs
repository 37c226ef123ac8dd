//! Opens a table: reads the CSV file, replays the journal over it, and settles what a crash or an outside
//! edit left between the two.
//!
//! It must never choose between two histories on its own: where the files do not explain each other, it says
//! so and changes nothing.

use std::any::Any;
use std::io;

use crate::csv::{Fault, FormatProblem};
use crate::entry::{Entry, entries};
use crate::error::Error;
use crate::fold;
use crate::identity::CsvIdentity;
use crate::journal::{self, Header, JOURNAL, Journal, NEXT_JOURNAL, Recovered};
use crate::lock;
use crate::options::{Delimiter, Options, OutsideEdit};
use crate::rows::Rows;
use crate::storage::Storage;
use crate::table::{CSV, NEXT_CSV, Table};

/// What open found and did. Nothing in it is an error, and nothing in it happens without a crash or an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// What `current.csv` was.
    pub csv: CsvState,
    /// Changes that were in the journal only.
    pub replayed_changes: u64,
    /// Length of an unfinished write that was cut off the journal. A last record that was damaged after it
    /// was written looks the same, so a caller who had no crash should not expect to see this.
    pub cut_bytes: u64,
}

/// What `current.csv` was at open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CsvState {
    /// The file that the journal belongs to.
    AsRecorded,
    /// The file of a fold that had not yet begun its new journal; that is done now.
    FoldFinished,
    /// A file that something else changed, taken as it is.
    EditedOutside,
    /// A file without a journal: new, or written by something else.
    WithoutJournal,
}

/// The journal's side of the story.
struct Told<'j> {
    changes: Vec<Entry<'j>>,
    /// What the last record promised, if it is the promise of a fold.
    folded_into: Option<CsvIdentity>,
}

/// A table all but for its journal.
struct Found {
    storage: Box<dyn Storage>,
    lock: Box<dyn Any + Send + Sync>,
    options: Options,
    rows: Rows,
    /// What `current.csv` is now.
    base: CsvIdentity,
}

pub(crate) fn open(storage: Box<dyn Storage>, options: Options) -> Result<Table, Error> {
    // Asked before the lock, which would leave a lock file in a directory that is no table.
    let found = storage.exists(CSV).map_err(Error::io("look for", storage.path(CSV)))?;
    if !found {
        return Err(Error::TableNotFound { path: storage.path("") });
    }
    let lock = lock::wait(&*storage, options.lock_timeout)?;
    open_locked(storage, lock, options)
}

pub(crate) fn open_locked(
    storage: Box<dyn Storage>,
    lock: Box<dyn Any + Send + Sync>,
    options: Options,
) -> Result<Table, Error> {
    let content = storage.read(CSV).map_err(Error::io("read", storage.path(CSV)))?;
    let base = CsvIdentity::of(&content);
    let recovered = journal::recover(&*storage)?;
    if let Some(actual) = recovered.as_ref().map(|recovered| recovered.header.delimiter)
        && actual != options.delimiter
    {
        return Err(Error::WrongDelimiter { path: storage.path(""), asked: options.delimiter, actual });
    }
    let rows = parse(&*storage, content, options.delimiter)?;
    remove_leftovers(&*storage)?;
    let found = Found { storage, lock, options, rows, base };
    match recovered {
        Some(recovered) => found.join(recovered),
        None => {
            let journal = found.begin_journal(1)?;
            let opening = Opening { csv: CsvState::WithoutJournal, replayed_changes: 0, cut_bytes: 0 };
            Ok(found.into_table(journal, opening))
        }
    }
}

impl Found {
    /// Brings the CSV file and the journal together.
    fn join(self, recovered: Recovered) -> Result<Table, Error> {
        let Recovered { mut journal, header, frames, cut_bytes } = recovered;
        let told = read_changes(&*self.storage, &frames)?;
        let csv = settle(&*self.storage, self.options, self.base, header.base, &told)?;
        let changes = if csv == CsvState::FoldFinished { &[] } else { told.changes.as_slice() };
        let opening = Opening { csv, replayed_changes: changes.len() as u64, cut_bytes };
        if csv == CsvState::FoldFinished {
            // The rename was seen, which does not make it durable, and the journal that could repeat it goes.
            let sync = self.storage.sync_directory();
            sync.map_err(Error::io("sync the directory", self.storage.path("")))?;
        }
        if csv != CsvState::AsRecorded && changes.is_empty() {
            journal = self.begin_journal(journal.next_sequence())?;
        }
        let mut table = self.into_table(journal, opening);
        table.replay(changes)?;
        if csv == CsvState::EditedOutside && !changes.is_empty() {
            // The journal belongs to the file before the edit, so its rows cannot stay in it.
            fold::write(&mut table)?;
        }
        Ok(table)
    }

    fn begin_journal(&self, first_sequence: u64) -> Result<Journal, Error> {
        let header = Header { first_sequence, base: self.base, delimiter: self.options.delimiter };
        Journal::begin(&*self.storage, &header)
    }

    fn into_table(self, journal: Journal, opening: Opening) -> Table {
        let Self { storage, lock, options, rows, base } = self;
        let unfolded = opening.replayed_changes;
        Table { storage, options, rows, journal, base, unfolded, opening, poisoned: None, _lock: lock }
    }
}

/// Decides what the CSV file is, given what the journal says it should be.
fn settle(
    storage: &dyn Storage,
    options: Options,
    found: CsvIdentity,
    recorded: CsvIdentity,
    told: &Told<'_>,
) -> Result<CsvState, Error> {
    let unfolded = told.changes.len() as u64;
    if found == recorded {
        return Ok(CsvState::AsRecorded);
    }
    if told.folded_into == Some(found) {
        return Ok(CsvState::FoldFinished);
    }
    match options.outside_edit {
        OutsideEdit::Replay => Ok(CsvState::EditedOutside),
        OutsideEdit::Accept if unfolded == 0 => Ok(CsvState::EditedOutside),
        OutsideEdit::Accept | OutsideEdit::Refuse => {
            Err(Error::EditedOutside { path: storage.path(CSV), unfolded })
        }
    }
}

fn parse(storage: &dyn Storage, content: Vec<u8>, delimiter: Delimiter) -> Result<Rows, Error> {
    let invalid = |text: &[u8], fault: Fault| {
        let (line, column) = fault.position(text);
        Error::InvalidFormat { path: storage.path(CSV), line, column, problem: fault.problem }
    };
    let text = String::from_utf8(content).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        invalid(error.as_bytes(), Fault { offset, problem: FormatProblem::NotUtf8 })
    })?;
    Rows::parse(text, delimiter).map_err(|(text, fault)| invalid(text.as_bytes(), fault))
}

fn read_changes<'j>(storage: &dyn Storage, frames: &'j [journal::Frame]) -> Result<Told<'j>, Error> {
    let mut told = Told { changes: Vec::new(), folded_into: None };
    for frame in frames {
        let problem = "a record whose checksum holds has no meaning";
        let read = entries(&frame.payload);
        let read = read.ok_or_else(|| Error::Corrupt {
            path: storage.path(JOURNAL),
            offset: frame.offset,
            problem,
        })?;
        told.folded_into = None;
        for entry in read {
            match entry {
                Entry::Fold(identity) => told.folded_into = Some(identity),
                Entry::Put(_) | Entry::Delete(_) => told.changes.push(entry),
            }
        }
    }
    Ok(told)
}

/// Half-written files of a fold that a crash ended.
fn remove_leftovers(storage: &dyn Storage) -> Result<(), Error> {
    for name in [NEXT_CSV, NEXT_JOURNAL] {
        match storage.remove(name) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(Error::io("remove", storage.path(name))(error)),
        }
    }
    Ok(())
}
