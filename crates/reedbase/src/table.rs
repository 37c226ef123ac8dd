//! A table: rows by key, read from memory, written to a journal and from time to time to `current.csv`.
//!
//! It must never let a write return before it is on disk, nor show a row that is not.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use seglog::{DirectoryStorage, Storage};

use crate::base;
use crate::change::Change;
use crate::csv;
use crate::edits::Looks;
use crate::error::Error;
use crate::files::{self, CSV, JOURNAL, LOCK, NEXT_CSV};
use crate::fold;
use crate::group::Shared;
use crate::lock::Lock;
use crate::open::{self, Opening};
use crate::options::Options;
use crate::row::Row;
use crate::snapshot::Snapshot;
use crate::versions::Versions;
use crate::writer::Writer;

/// An open table, shared by threads: every method takes `&self`. Any number of processes may have it open.
/// Dropping it leaves the journal to be replayed; [`close`](Self::close) folds first.
pub struct Table {
    pub(crate) shared: Shared,
    pub(crate) versions: Versions,
    looks: Looks,
    opening: Opening,
}

impl Table {
    /// Makes an empty table in a directory, which is made as well unless it is there. The first column is the
    /// key's.
    ///
    /// # Errors
    /// [`Error::TableExists`]; [`Error::InvalidRow`] for no columns, an empty first name or two of one name;
    /// [`Error::LockTimeout`]; [`Error::Write`]; [`Error::Io`].
    pub fn create(directory: impl AsRef<Path>, columns: &[&str], options: Options) -> Result<Self, Error> {
        let directory = directory.as_ref();
        let storage = DirectoryStorage::create(directory)
            .map_err(Error::write("create the directory", directory.to_path_buf()))?;
        Self::create_on(Arc::new(storage), columns, options)
    }

    /// Opens a table, or takes any CSV file called `current.csv` as one.
    ///
    /// # Errors
    /// [`Error::TableNotFound`]; [`Error::InvalidFormat`] with line and column; [`Error::Corrupt`];
    /// [`Error::EditedOutside`]; [`Error::WrongDelimiter`]; [`Error::OutOfMemory`]; [`Error::LockTimeout`];
    /// [`Error::Write`]; [`Error::Io`].
    pub fn open(directory: impl AsRef<Path>, options: Options) -> Result<Self, Error> {
        Self::open_on(Arc::new(DirectoryStorage::new(directory.as_ref())), options)
    }

    /// [`create`](Self::create) on another storage than a directory.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn create_on(storage: Arc<dyn Storage>, columns: &[&str], options: Options) -> Result<Self, Error> {
        let names: Vec<String> = columns.iter().copied().map(String::from).collect();
        base::check_columns(&names).map_err(|problem| Error::InvalidRow { problem })?;
        let lock = Lock::open(&*storage, LOCK)?;
        let held = lock.wait(options.lock_timeout)?;
        let journal = storage.directory(JOURNAL).map_err(Error::write("make", storage.path(JOURNAL)))?;
        let segments = journal.list().map_err(Error::io("list", storage.path(JOURNAL)))?;
        let has_csv = storage.exists(CSV).map_err(Error::io("look for", storage.path(CSV)))?;
        // A journal alone may hold the rows of a table whose CSV file was lost: not to be overwritten either.
        if has_csv || segments.iter().any(|name| name.ends_with(".seg")) {
            return Err(Error::TableExists { path: storage.path("") });
        }
        let mut text = String::new();
        csv::push_record(&mut text, columns.iter().copied(), options.delimiter);
        text.push('\n');
        files::write_synced(&*storage, NEXT_CSV, text.as_bytes())?;
        files::rename_synced(&*storage, NEXT_CSV, CSV)?;
        let writer = open::load(&storage, options, Arc::default())?;
        drop(held);
        Self::of(storage, options, lock, writer)
    }

    /// [`open`](Self::open) on another storage than a directory.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_on(storage: Arc<dyn Storage>, options: Options) -> Result<Self, Error> {
        // Asked before the lock, which would leave a lock file in a directory that is no table.
        let found = storage.exists(CSV).map_err(Error::io("look for", storage.path(CSV)))?;
        if !found {
            return Err(Error::TableNotFound { path: storage.path("") });
        }
        let lock = Lock::open(&*storage, LOCK)?;
        let held = lock.wait(options.lock_timeout)?;
        let writer = open::load(&storage, options, Arc::default())?;
        drop(held);
        Self::of(storage, options, lock, writer)
    }

    fn of(storage: Arc<dyn Storage>, options: Options, lock: Lock, writer: Writer) -> Result<Self, Error> {
        let opening = writer.opening;
        let versions = Versions::new(&*storage)?;
        let shared = Shared::new(storage, options, lock, writer);
        Ok(Self { shared, versions, looks: Looks::default(), opening })
    }

    /// What opening the table found: nothing remarkable, or the traces of a crash or an edit.
    pub fn opening(&self) -> Opening {
        self.opening
    }

    /// The rows as they are now: everything whose write returned before, in any thread or process. Never
    /// waits; while another thread of this process is just adopting what another process wrote, the rows are
    /// those before that.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.look();
        self.shared.snapshot.load_full()
    }

    fn look(&self) {
        let seen = self.shared.snapshot.load().sequence();
        if self.shared.published.load() > seen || self.looks.is_due() {
            self.shared.follow();
        }
    }

    fn on_snapshot<R>(&self, read: impl FnOnce(&Snapshot) -> R) -> R {
        self.look();
        read(&self.shared.snapshot.load())
    }

    /// Column names, the key's first.
    pub fn columns(&self) -> Vec<String> {
        self.on_snapshot(|rows| rows.columns().to_vec())
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.on_snapshot(Snapshot::len)
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a row has this key.
    pub fn contains(&self, key: &str) -> bool {
        self.on_snapshot(|rows| rows.contains(key))
    }

    /// The row of a key.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn read(&self, key: &str) -> Result<Row, Error> {
        self.on_snapshot(|rows| rows.read(key))
    }

    /// The rows of many keys at one moment, in the order of the keys; `None` for a key that no row has.
    pub fn read_many<K: AsRef<str>>(&self, keys: impl IntoIterator<Item = K>) -> Vec<Option<Row>> {
        self.on_snapshot(|rows| rows.read_many(keys))
    }

    /// Calls `visit` for every row of one moment: those of `current.csv` in its order, then newer ones as they
    /// were inserted. [`Snapshot::scan`] is the same as an iterator.
    pub fn scan(&self, visit: impl FnMut(Row)) {
        self.snapshot().scan().for_each(visit);
    }

    /// Adds a row. Like every write, it returns when the row is on disk ([`Sync`](crate::Sync) says how).
    ///
    /// # Errors
    /// [`Error::KeyExists`]; otherwise as [`write_batch`](Self::write_batch).
    pub fn insert(&self, row: Row) -> Result<(), Error> {
        self.write_batch(&[Change::Insert(row)])
    }

    /// Replaces all values of the row that has this row's key.
    ///
    /// # Errors
    /// [`Error::NotFound`]; otherwise as [`write_batch`](Self::write_batch).
    pub fn update(&self, row: Row) -> Result<(), Error> {
        self.write_batch(&[Change::Update(row)])
    }

    /// Removes the row of a key.
    ///
    /// # Errors
    /// [`Error::NotFound`]; otherwise as [`write_batch`](Self::write_batch).
    pub fn delete(&self, key: &str) -> Result<(), Error> {
        self.write_batch(&[Change::Delete(key.to_owned())])
    }

    /// Makes all changes or, also after a crash, none; later changes see earlier ones.
    ///
    /// # Errors
    /// [`Error::KeyExists`], [`Error::NotFound`], [`Error::InvalidRow`] for the first change that cannot be
    /// made; [`Error::TooLarge`]; [`Error::LockTimeout`]; [`Error::EditedOutside`] when a fold was due and
    /// cannot be, [`Error::EditSetAside`] when it met an edit; [`Error::Write`], after which the table takes no more writes and the changes may or may not
    /// be there when it is opened again; [`Error::Poisoned`] from then on.
    pub fn write_batch(&self, changes: &[Change]) -> Result<(), Error> {
        self.shared.write(changes)
    }

    /// Sees what others wrote, and whether they edited `current.csv`, now and with all errors: what every
    /// write does as well, and reads do as far as they need not wait.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn refresh(&self) -> Result<(), Error> {
        self.shared.exclusively(|writer| {
            let edited = fold::refuse_to_overwrite_an_edit(writer, &*self.shared.storage);
            edited.or_else(|_| writer.reload(&self.shared.storage))
        })
    }

    /// Changes that are in the journal and not yet in `current.csv`, as far as this process has seen.
    pub fn unfolded_changes(&self) -> u64 {
        self.shared.writer().unfolded
    }

    /// Brings `current.csv` up to date: other programs see every row then. Does nothing when it is.
    ///
    /// # Errors
    /// [`Error::EditedOutside`] when something else changed the file: nothing is overwritten, and the rows
    /// stay in the journal; [`Error::EditSetAside`] when that happened in the moment of the fold, which is done
    /// then; [`Error::LockTimeout`]; [`Error::Write`]; [`Error::Io`]; [`Error::Poisoned`].
    pub fn fold(&self) -> Result<(), Error> {
        self.shared.exclusively(|writer| match writer.unfolded {
            0 => Ok(()),
            _ => fold::fold(writer, &*self.shared.storage),
        })
    }

    /// Folds and lets go of the table.
    ///
    /// # Errors
    /// As [`fold`](Self::fold); every row that was written is on disk all the same.
    pub fn close(self) -> Result<(), Error> {
        self.fold()
    }
}

impl fmt::Debug for Table {
    /// Without the rows: tables are large.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Table")
            .field("path", &self.shared.storage.path(""))
            .field("rows", &self.shared.snapshot.load().len())
            .finish_non_exhaustive()
    }
}
