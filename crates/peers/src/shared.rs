//! Stores that several threads of a process use at once, each in the way that its makers advise.
//!
//! It must never make threads take turns where the store itself would not.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::{Error, Redb, Row, Sqlite, Store};

/// A store that threads read and write at once.
pub trait Shared: Sync + Sized {
    /// An empty table in an existing, empty directory.
    ///
    /// # Errors
    /// As the store gives them; so everywhere here.
    fn create(directory: &Path) -> Result<Self, Error>;

    /// What one thread reads the row of a key with.
    ///
    /// # Errors
    /// See [`create`](Self::create).
    fn reader(&self) -> Result<impl Fn(&str) -> Result<Option<Row>, Error> + Send, Error>;

    /// Adds rows whose keys no row has, all of them or none; from any thread. They are on disk when it returns.
    ///
    /// # Errors
    /// [`Error::KeyExists`]; otherwise see [`create`](Self::create).
    fn insert(&self, rows: &[Row]) -> Result<(), Error>;
}

impl Shared for Redb {
    fn create(directory: &Path) -> Result<Self, Error> {
        <Self as Store>::create(directory)
    }

    fn reader(&self) -> Result<impl Fn(&str) -> Result<Option<Row>, Error> + Send, Error> {
        Ok(|key: &str| self.read(key))
    }

    fn insert(&self, rows: &[Row]) -> Result<(), Error> {
        Store::insert(self, rows)
    }
}

/// SQLite with a connection for each thread that reads and one for all that write. SQLite has one writer at a time
/// (<https://www.sqlite.org/wal.html>); a connection for each would poll and sleep where threads of one process can wait
/// for a mutex.
#[derive(Debug)]
pub struct SharedSqlite {
    directory: PathBuf,
    writer: Mutex<Sqlite>,
}

impl Shared for SharedSqlite {
    fn create(directory: &Path) -> Result<Self, Error> {
        Ok(Self { directory: directory.to_owned(), writer: Mutex::new(Sqlite::create(directory)?) })
    }

    fn reader(&self) -> Result<impl Fn(&str) -> Result<Option<Row>, Error> + Send, Error> {
        let connection = Sqlite::open(&self.directory)?;
        Ok(move |key: &str| connection.read(key))
    }

    fn insert(&self, rows: &[Row]) -> Result<(), Error> {
        // A panic of another thread ended its transaction with it.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner).insert(rows)
    }
}
