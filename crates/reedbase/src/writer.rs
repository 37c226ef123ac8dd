//! The one side of a table that changes it: the journal, and the rows as it has them.
//!
//! It must never be used without the table's lock, except to read what others have published.

use std::sync::Arc;
use std::time::SystemTime;

use seglog::{Entry, Log, Reach, Record, Stamp, Storage};

use crate::change::{self, Change, Payload};
use crate::entry::{self, Changes, Mark, Note};
use crate::error::Error;
use crate::files::{self, CSV, NEXT_CSV};
use crate::fold;
use crate::identity::CsvIdentity;
use crate::open::{self, CsvState, Opening};
use crate::options::{Options, Sync};
use crate::snapshot::Snapshot;

#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) log: Log,
    /// All rows that were written, by this process or as far as it has looked at others.
    pub(crate) rows: Snapshot,
    options: Options,
    /// What the CSV file looked like when it was last known to be the journal's.
    pub(crate) stamp: Option<Stamp>,
    /// Changes in the journal and not in the CSV file.
    pub(crate) unfolded: u64,
    pub(crate) unfolded_bytes: u64,
    /// What others promised to fold into, last.
    promised: Option<CsvIdentity>,
    stale: Stale,
    pub(crate) opening: Opening,
    poisoned: Option<String>,
    payload: Payload,
}

/// Whether the files have to be read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stale {
    No,
    /// Another process folded: the rows here are right, and larger than they need to be.
    Folded,
    /// The rows here are those of some earlier moment, and cannot follow the journal.
    Behind,
}

/// A change that a log record holds, and what it costs there beside its payload.
const RECORD_BYTES: u64 = 24;

impl Writer {
    pub(crate) fn new(log: Log, rows: Snapshot, options: Options) -> Self {
        let opening = Opening {
            csv: CsvState::AsRecorded,
            replayed_changes: 0,
            cut_bytes: 0,
            edit_was_set_aside: false,
        };
        Self {
            log,
            rows,
            options,
            stamp: None,
            unfolded: 0,
            unfolded_bytes: 0,
            promised: None,
            stale: Stale::No,
            opening,
            poisoned: None,
            payload: Payload::default(),
        }
    }

    /// Takes note of changes that are in the journal now.
    pub(crate) fn count(&mut self, changes: &Changes<'_>, payload_bytes: usize) {
        self.unfolded += changes.entries.len() as u64;
        self.unfolded_bytes += payload_bytes as u64 + RECORD_BYTES;
    }

    /// Brings the rows up to what all processes wrote. The lock has to be held.
    pub(crate) fn catch_up(&mut self, storage: &Arc<dyn Storage>) -> Result<(), Error> {
        self.refuse_if_poisoned(&**storage)?;
        self.follow(Reach::Everything)?;
        if self.stale != Stale::No {
            return self.reload(storage);
        }
        let stamp = storage.stamp(CSV).ok();
        if stamp == self.stamp {
            return Ok(());
        }
        self.look_at_edit(storage, stamp)
    }

    /// Applies what others have published, without the lock. Returns whether the files have to be read again,
    /// which needs it.
    pub(crate) fn follow_published(&mut self) -> Result<bool, Error> {
        if self.poisoned.is_none() {
            self.follow(Reach::Published)?;
        }
        Ok(self.stale != Stale::No)
    }

    fn follow(&mut self, reach: Reach) -> Result<(), Error> {
        let mut records = Vec::new();
        match self.log.refresh(reach, |record| records.push(record)) {
            Ok(()) => {}
            Err(seglog::Error::Truncated { .. }) => self.stale = Stale::Behind,
            Err(error) => return Err(Error::reading(error)),
        }
        for record in &records {
            self.adopt(record)?;
        }
        Ok(())
    }

    fn adopt(&mut self, record: &Record) -> Result<(), Error> {
        let note = Note::decode(record.kind, &record.payload);
        match note.ok_or_else(|| open::meaningless(&self.log, record))? {
            Note::Promise(mark) => self.promised = Some(mark.identity),
            Note::Settled(mark) if self.promised == Some(mark.identity) => {
                self.stale = self.stale.max(Stale::Folded);
            }
            Note::Settled(_) => self.stale = Stale::Behind,
            // Rows of a file that this process has not read may have other columns.
            Note::Changes(_) if self.stale == Stale::Behind => {}
            Note::Changes(changes) => {
                self.rows.apply(&changes);
                self.count(&changes, record.payload.len());
            }
        }
        if self.stale != Stale::Behind {
            self.rows.set_sequence(record.sequence);
        }
        Ok(())
    }

    /// Reads the files again.
    pub(crate) fn reload(&mut self, storage: &Arc<dyn Storage>) -> Result<(), Error> {
        let opening = self.opening;
        *self = open::load(storage, self.options, self.rows.indexed().clone())?;
        self.opening = opening;
        Ok(())
    }

    /// The file is not what it was: takes it as the table where the options and the journal allow that.
    fn look_at_edit(&mut self, storage: &Arc<dyn Storage>, stamp: Option<Stamp>) -> Result<(), Error> {
        match self.reload(storage) {
            // The journal has rows that the edited file lacks. Those are safe where they are; the next fold
            // and the next open will say so.
            Err(Error::EditedOutside { .. }) => {
                self.stamp = stamp;
                Ok(())
            }
            // Somebody is still writing it, or has broken it.
            Err(Error::InvalidFormat { .. } | Error::TableNotFound { .. }) if self.unfolded > 0 => {
                self.stamp = stamp;
                Ok(())
            }
            other => other,
        }
    }

    /// Whether the CSV file looks as if something else had changed it.
    pub(crate) fn looks_edited(&self, storage: &dyn Storage) -> bool {
        storage.stamp(CSV).ok() != self.stamp
    }

    /// Folds if the journal has reached its limit.
    pub(crate) fn fold_if_due(&mut self, storage: &dyn Storage) -> Result<(), Error> {
        if self.unfolded_bytes >= self.options.fold_at_bytes && self.unfolded > 0 {
            fold::fold(self, storage)
        } else {
            Ok(())
        }
    }

    /// Appends a batch that can follow what is there. It is in the rows then, and on disk after
    /// [`commit`](Self::commit).
    pub(crate) fn append(&mut self, changes: &[Change]) -> Result<(), Error> {
        change::check(&self.rows, changes)?;
        if changes.is_empty() {
            return Ok(());
        }
        let mut payload = std::mem::take(&mut self.payload);
        payload.encode(changes, self.rows.delimiter(), now_ns());
        let appended = self.append_payload(&payload.bytes);
        payload.clear();
        self.payload = payload;
        appended?;
        if self.options.sync == Sync::Each { self.commit() } else { Ok(()) }
    }

    fn append_payload(&mut self, payload: &[u8]) -> Result<(), Error> {
        let (bytes, limit) = (payload.len() as u64, self.options.memory_limit_bytes);
        if bytes > limit {
            return Err(Error::OutOfMemory { what: "a batch", bytes, limit });
        }
        let sequence = match self.log.append(&[Entry { kind: entry::CHANGES, payload }]) {
            Ok(sequence) => sequence,
            Err(error @ (seglog::Error::Full { .. } | seglog::Error::TooLarge { .. })) => {
                return Err(Error::writing(error));
            }
            Err(error) => return Err(self.poison(Error::writing(error))),
        };
        // The same road as after a crash: what was written is read back into the rows.
        if let Some(Note::Changes(changes)) = Note::decode(entry::CHANGES, payload) {
            self.rows.apply(&changes);
            self.count(&changes, payload.len());
        }
        self.rows.set_sequence(sequence);
        Ok(())
    }

    /// Returns when all that was appended is as durable as the options ask for.
    pub(crate) fn commit(&mut self) -> Result<(), Error> {
        let sequence = self.rows.sequence();
        if self.options.sync == Sync::Never {
            self.log.publish(sequence);
            return Ok(());
        }
        self.sync(sequence)
    }

    fn sync(&mut self, sequence: u64) -> Result<(), Error> {
        self.log.commit(sequence).map_err(|error| match error {
            seglog::Error::Poisoned { path, cause } => {
                let source = std::io::Error::other(cause);
                self.poison(Error::Write { action: "sync the journal at", path, source })
            }
            other => self.poison(Error::writing(other)),
        })
    }

    /// Says in the journal, durably, which file `current.csv` is about to become or is.
    pub(crate) fn note(&mut self, kind: u8, identity: CsvIdentity) -> Result<u64, Error> {
        let mark = Mark { identity, delimiter: self.rows.delimiter() }.encode();
        let append = self.log.append(&[Entry { kind, payload: &mark }]);
        let sequence = append.map_err(|error| self.poison(Error::writing(error)))?;
        self.sync(sequence)?;
        self.rows.set_sequence(sequence);
        Ok(sequence)
    }

    /// Says that `current.csv` is the file that the rows are based on, and lets the journal before it go.
    pub(crate) fn settle(&mut self) -> Result<(), Error> {
        let identity = self.rows.base().identity();
        let sequence = self.note(entry::SETTLED, identity)?;
        self.log.truncate_before(sequence).map_err(Error::writing)
    }

    /// Makes the rows the content of `current.csv`, whatever that is now.
    pub(crate) fn fold_over(&mut self, storage: &dyn Storage) -> Result<(), Error> {
        let base = self.rows.folded(now_ns());
        files::write_synced(storage, NEXT_CSV, base.text().as_bytes())?;
        fold::switch(self, storage, Arc::new(base))
    }

    /// Reads every record that the journal keeps, and returns how many there are.
    pub(crate) fn read_journal(&self) -> Result<u64, Error> {
        let mut count = 0;
        for record in self.log.records(self.log.first()).map_err(Error::reading)? {
            let record = record.map_err(Error::reading)?;
            Note::decode(record.kind, &record.payload)
                .ok_or_else(|| open::meaningless(&self.log, &record))?;
            count += 1;
        }
        Ok(count)
    }

    /// Keeps the first failure after which the disk's content is not known.
    pub(crate) fn poison(&mut self, error: Error) -> Error {
        self.poisoned.get_or_insert_with(|| say(&error));
        error
    }

    pub(crate) fn poisoned(&self) -> Option<&str> {
        self.poisoned.as_deref()
    }

    pub(crate) fn refuse_if_poisoned(&self, storage: &dyn Storage) -> Result<(), Error> {
        match &self.poisoned {
            Some(cause) => Err(Error::Poisoned { path: storage.path(""), cause: cause.clone() }),
            None => Ok(()),
        }
    }
}

/// An error with its causes, in one line.
fn say(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        said = format!("{said}: {cause}");
        source = cause.source();
    }
    said
}

/// Nanoseconds since 1970 by the system's clock.
pub(crate) fn now_ns() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
