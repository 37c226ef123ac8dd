//! The stores and codecs that people use today, made to do what the benchmarks of the bundled systems do.
//!
//! It must never give a peer less than its users give it: prepared statements, transactions around batches,
//! its own recommended settings; nor ask less of it: what a write returned from is on disk, as it is in the
//! systems that it stands beside.

mod csv_file;
mod deltas;
mod error;
mod packed;
mod redb;
mod shared;
mod sqlite;

use std::path::Path;

pub use csv_file::CsvFile;
pub use deltas::{DeltaCodec, Qbsdiff, Vcdiff, ZstdPrefix};
pub use error::Error;
pub use redb::Redb;
pub use shared::{Shared, SharedSqlite};
pub use sqlite::Sqlite;

/// One value a column; the first is the key.
pub type Row = Vec<String>;

/// Where the columns of [`COLUMNS`] are that questions are about.
pub const CITY: usize = 2;
/// See [`CITY`].
pub const AMOUNT: usize = 3;
/// The columns of every table here: those of the seeded workload.
pub const COLUMNS: [&str; 6] = ["id", "name", "city", "amount", "created", "notes"];

/// A table of rows by key that outlives its process. Every write is on disk when it returns.
pub trait Store: Sized {
    /// An empty table in an existing, empty directory.
    ///
    /// # Errors
    /// As the store gives them; so everywhere here.
    fn create(directory: &Path) -> Result<Self, Error>;

    /// The row of a key.
    ///
    /// # Errors
    /// See [`create`](Self::create).
    fn read(&self, key: &str) -> Result<Option<Row>, Error>;

    /// The rows of many keys, in their order, of one moment.
    ///
    /// # Errors
    /// See [`create`](Self::create).
    fn read_many(&self, keys: &[String]) -> Result<Vec<Option<Row>>, Error>;

    /// All rows.
    ///
    /// # Errors
    /// See [`create`](Self::create).
    fn read_all(&self) -> Result<Vec<Row>, Error>;

    /// Adds rows whose keys no row has, all of them or none.
    ///
    /// # Errors
    /// [`Error::KeyExists`]; otherwise see [`create`](Self::create).
    fn insert(&self, rows: &[Row]) -> Result<(), Error>;

    /// Replaces the row of this row's key.
    ///
    /// # Errors
    /// [`Error::NotFound`]; otherwise see [`create`](Self::create).
    fn update(&self, row: &Row) -> Result<(), Error>;

    /// Removes the row of a key.
    ///
    /// # Errors
    /// [`Error::NotFound`]; otherwise see [`create`](Self::create).
    fn delete(&self, key: &str) -> Result<(), Error>;

    /// The rows of a city, for which there is no index.
    ///
    /// # Errors
    /// See [`create`](Self::create).
    fn of_city(&self, city: &str) -> Result<Vec<Row>, Error>;

    /// How many rows a city has.
    ///
    /// # Errors
    /// See [`create`](Self::create).
    fn count_of_city(&self, city: &str) -> Result<usize, Error>;

    /// The sum of all amounts.
    ///
    /// # Errors
    /// See [`create`](Self::create).
    fn sum_of_amounts(&self) -> Result<f64, Error>;
}

/// The amount as a number; what is none counts as nothing, as SQL has it.
fn amount(text: &str) -> f64 {
    text.parse().unwrap_or_default()
}
