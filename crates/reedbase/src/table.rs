//! A table: rows by key, read from memory, written to a journal and from time to time to `current.csv`.
//!
//! It must never let a write return before it is on disk, nor show a row that is not.

use std::any::Any;
use std::fmt;
use std::path::Path;

use crate::change::{self, Change};
use crate::csv;
use crate::entry::{Entry, entries};
use crate::error::Error;
use crate::fold;
use crate::identity::CsvIdentity;
use crate::journal::{JOURNAL, Journal, LONGEST_PAYLOAD};
use crate::lock;
use crate::open::{self, Opening};
use crate::options::Options;
use crate::row::Row;
use crate::rows::{self, Rows};
use crate::storage::{self, DirectoryStorage, Storage};

pub(crate) const CSV: &str = "current.csv";
pub(crate) const NEXT_CSV: &str = "current.csv.tmp";

/// An open table. It holds the table's lock, so it is the only one in any process; dropping it releases the
/// lock and leaves the journal to be replayed, [`close`](Self::close) folds first.
pub struct Table {
    pub(crate) storage: Box<dyn Storage>,
    pub(crate) options: Options,
    pub(crate) rows: Rows,
    pub(crate) journal: Journal,
    /// What `current.csv` was when it was last read or written.
    pub(crate) base: CsvIdentity,
    /// Changes in the journal.
    pub(crate) unfolded: u64,
    pub(crate) opening: Opening,
    pub(crate) poisoned: Option<String>,
    pub(crate) _lock: Box<dyn Any + Send + Sync>,
}

impl Table {
    /// Makes an empty table in a directory, which is made as well unless it is there. The first column is the
    /// key's.
    ///
    /// # Errors
    /// [`Error::TableExists`]; [`Error::InvalidRow`] for no columns, an empty first name or two of one name;
    /// [`Error::LockTimeout`]; [`Error::Io`].
    pub fn create(directory: impl AsRef<Path>, columns: &[&str], options: Options) -> Result<Self, Error> {
        let directory = directory.as_ref();
        let storage = DirectoryStorage::create(directory)
            .map_err(Error::io("create the directory", directory.to_path_buf()))?;
        Self::create_on(Box::new(storage), columns, options)
    }

    /// Opens a table, or takes any CSV file called `current.csv` as one.
    ///
    /// # Errors
    /// [`Error::TableNotFound`]; [`Error::InvalidFormat`] with line and column; [`Error::Corrupt`];
    /// [`Error::EditedOutside`]; [`Error::WrongDelimiter`]; [`Error::LockTimeout`]; [`Error::Io`].
    pub fn open(directory: impl AsRef<Path>, options: Options) -> Result<Self, Error> {
        Self::open_on(Box::new(DirectoryStorage::new(directory.as_ref())), options)
    }

    /// [`create`](Self::create) on another storage than a directory.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn create_on(storage: Box<dyn Storage>, columns: &[&str], options: Options) -> Result<Self, Error> {
        let names: Vec<String> = columns.iter().copied().map(String::from).collect();
        rows::check_columns(&names).map_err(|problem| Error::InvalidRow { problem })?;
        let lock = lock::wait(&*storage, options.lock_timeout)?;
        // A journal alone may hold the rows of a table whose CSV file was lost: not to be overwritten either.
        for name in [CSV, JOURNAL] {
            if storage.exists(name).map_err(Error::io("look for", storage.path(name)))? {
                return Err(Error::TableExists { path: storage.path("") });
            }
        }
        let mut text = String::new();
        csv::push_record(&mut text, columns.iter().copied(), options.delimiter);
        text.push('\n');
        storage::write_synced(&*storage, NEXT_CSV, text.as_bytes())?;
        storage::rename_synced(&*storage, NEXT_CSV, CSV)?;
        open::open_locked(storage, lock, options)
    }

    /// [`open`](Self::open) on another storage than a directory.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_on(storage: Box<dyn Storage>, options: Options) -> Result<Self, Error> {
        open::open(storage, options)
    }

    /// What opening the table found: nothing remarkable, or the traces of a crash or an edit.
    pub fn opening(&self) -> Opening {
        self.opening
    }

    /// Column names, the key's first.
    pub fn columns(&self) -> &[String] {
        self.rows.columns()
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a row has this key.
    pub fn contains(&self, key: &str) -> bool {
        self.rows.contains(key)
    }

    /// The row of a key.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn read(&self, key: &str) -> Result<Row, Error> {
        self.rows.read(key).ok_or_else(|| Error::NotFound { key: key.to_owned() })
    }

    /// The rows of many keys, in the order of the keys; `None` for a key that no row has.
    pub fn read_many<K: AsRef<str>>(&self, keys: impl IntoIterator<Item = K>) -> Vec<Option<Row>> {
        keys.into_iter().map(|key| self.rows.read(key.as_ref())).collect()
    }

    /// All rows: those of `current.csv` in its order, then newer ones as they were inserted.
    pub fn scan(&self) -> impl Iterator<Item = Row> {
        self.rows.iter()
    }

    /// Adds a row. Like every write, it returns when the row is on disk.
    ///
    /// # Errors
    /// [`Error::KeyExists`]; otherwise as [`write_batch`](Self::write_batch).
    pub fn insert(&mut self, row: Row) -> Result<(), Error> {
        self.write_batch(&[Change::Insert(row)])
    }

    /// Replaces all values of the row that has this row's key.
    ///
    /// # Errors
    /// [`Error::NotFound`]; otherwise as [`write_batch`](Self::write_batch).
    pub fn update(&mut self, row: Row) -> Result<(), Error> {
        self.write_batch(&[Change::Update(row)])
    }

    /// Removes the row of a key.
    ///
    /// # Errors
    /// [`Error::NotFound`]; otherwise as [`write_batch`](Self::write_batch).
    pub fn delete(&mut self, key: &str) -> Result<(), Error> {
        self.write_batch(&[Change::Delete(key.to_owned())])
    }

    /// Makes all changes or, also after a crash, none; later changes see earlier ones. One sync for all.
    ///
    /// # Errors
    /// [`Error::KeyExists`], [`Error::NotFound`], [`Error::InvalidRow`] for the first change that cannot be
    /// made; [`Error::TooLarge`]; [`Error::EditedOutside`] when a fold was due and cannot be; [`Error::Io`],
    /// after which the table takes no more writes and the changes may or may not be there when it is opened
    /// again; [`Error::Poisoned`] from then on.
    pub fn write_batch(&mut self, changes: &[Change]) -> Result<(), Error> {
        self.refuse_if_poisoned()?;
        change::check(&self.rows, changes)?;
        if changes.is_empty() {
            return Ok(());
        }
        let payload = change::encode(changes, self.options.delimiter);
        if payload.len() > LONGEST_PAYLOAD {
            return Err(Error::TooLarge { bytes: payload.len(), limit: LONGEST_PAYLOAD });
        }
        if self.journal.length() >= self.options.fold_at_bytes {
            self.fold()?;
        }
        if let Err(error) = self.journal.append(&payload) {
            let error = Error::io("append to", self.storage.path(JOURNAL))(error);
            return Err(self.poison(error));
        }
        // The same road as after a crash: what was written is read back into the rows.
        let written = entries(&payload).expect("the payload was encoded a moment ago");
        self.apply(&written);
        self.unfolded += changes.len() as u64;
        Ok(())
    }

    /// Changes that are in the journal and not yet in `current.csv`.
    pub fn unfolded_changes(&self) -> u64 {
        self.unfolded
    }

    /// Brings `current.csv` up to date: other programs see every row then. Does nothing when it is.
    ///
    /// # Errors
    /// [`Error::EditedOutside`] when something else changed the file since it was opened: nothing is
    /// overwritten, and the rows stay in the journal; [`Error::Io`]; [`Error::Poisoned`].
    pub fn fold(&mut self) -> Result<(), Error> {
        self.refuse_if_poisoned()?;
        if self.unfolded == 0 { Ok(()) } else { fold::fold(self) }
    }

    /// Folds and lets go of the table.
    ///
    /// # Errors
    /// As [`fold`](Self::fold); every row that was written is on disk all the same.
    pub fn close(mut self) -> Result<(), Error> {
        self.fold()
    }

    /// Applies what a journal says, if each record can be a row of this table: an edited file may have other
    /// columns than the journal's rows.
    pub(crate) fn replay(&mut self, changes: &[Entry<'_>]) -> Result<(), Error> {
        for change in changes {
            if let Entry::Put(record) = change {
                self.rows.check_record(record).map_err(|problem| Error::InvalidRow { problem })?;
            }
        }
        self.apply(changes);
        Ok(())
    }

    fn apply(&mut self, changes: &[Entry<'_>]) {
        for change in changes {
            match change {
                Entry::Put(record) => self.rows.put(record),
                Entry::Delete(key) => self.rows.remove(key),
                Entry::Fold(_) => {}
            }
        }
    }

    /// Keeps the first failure after which the disk's content is not known.
    pub(crate) fn poison(&mut self, error: Error) -> Error {
        self.poisoned.get_or_insert_with(|| error.to_string());
        error
    }

    fn refuse_if_poisoned(&self) -> Result<(), Error> {
        match &self.poisoned {
            Some(cause) => Err(Error::Poisoned { path: self.storage.path(""), cause: cause.clone() }),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Table {
    /// Without the rows: tables are large.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Table")
            .field("path", &self.storage.path(""))
            .field("rows", &self.len())
            .field("unfolded", &self.unfolded)
            .field("poisoned", &self.poisoned)
            .finish_non_exhaustive()
    }
}
