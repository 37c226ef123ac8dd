//! SQLite: one table, keyed by its first column, in WAL mode with a sync for every commit.

use std::path::Path;

use rusqlite::{Connection, ErrorCode, OptionalExtension as _, params, params_from_iter};

use crate::{COLUMNS, Error, Row, Store};

const FILE: &str = "rows.sqlite";
const READ: &str = "SELECT id, name, city, amount, created, notes FROM rows WHERE id = ?1";
const INSERT: &str = "INSERT INTO rows VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

/// A table in an SQLite database, which is built in.
#[derive(Debug)]
pub struct Sqlite {
    connection: Connection,
}

fn row(found: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    (0..COLUMNS.len()).map(|column| found.get(column)).collect()
}

fn one(changed: usize, key: &str) -> Result<(), Error> {
    if changed == 1 { Ok(()) } else { Err(Error::NotFound(key.to_owned())) }
}

impl Sqlite {
    /// Another connection to the table in a directory.
    pub(crate) fn open(directory: &Path) -> Result<Self, Error> {
        Ok(Self { connection: Connection::open(directory.join(FILE))? })
    }

    fn rows(&self, question: &str, values: &[&str]) -> Result<Vec<Row>, Error> {
        let mut statement = self.connection.prepare_cached(question)?;
        let found = statement.query_map(params_from_iter(values), row)?;
        Ok(found.collect::<Result<_, _>>()?)
    }
}

impl Store for Sqlite {
    fn create(directory: &Path) -> Result<Self, Error> {
        let connection = Connection::open(directory.join(FILE))?;
        // https://www.sqlite.org/pragma.html: in WAL mode FULL syncs the log after every transaction.
        let mode: String =
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
        debug_assert_eq!(mode, "wal");
        connection.pragma_update(None, "synchronous", "FULL")?;
        // Values are texts, as they are in a CSV file; a table without row ids is a tree by its key.
        connection.execute_batch(
            "CREATE TABLE rows (id TEXT PRIMARY KEY NOT NULL, name TEXT, city TEXT, amount TEXT, created TEXT,
             notes TEXT) WITHOUT ROWID",
        )?;
        Ok(Self { connection })
    }

    fn read(&self, key: &str) -> Result<Option<Row>, Error> {
        Ok(self.connection.prepare_cached(READ)?.query_row([key], row).optional()?)
    }

    fn read_many(&self, keys: &[String]) -> Result<Vec<Option<Row>>, Error> {
        // One read transaction: the rows are of one moment, and the locks are taken once.
        let transaction = self.connection.unchecked_transaction()?;
        let found = keys.iter().map(|key| self.read(key)).collect();
        transaction.commit()?;
        found
    }

    fn read_all(&self) -> Result<Vec<Row>, Error> {
        self.rows("SELECT id, name, city, amount, created, notes FROM rows", &[])
    }

    fn insert(&self, rows: &[Row]) -> Result<(), Error> {
        let transaction = self.connection.unchecked_transaction()?;
        let mut statement = self.connection.prepare_cached(INSERT)?;
        for row in rows {
            statement.execute(params_from_iter(row)).map_err(|error| match error.sqlite_error_code() {
                Some(ErrorCode::ConstraintViolation) => Error::KeyExists(row[0].clone()),
                _ => error.into(),
            })?;
        }
        drop(statement);
        Ok(transaction.commit()?)
    }

    fn update(&self, row: &Row) -> Result<(), Error> {
        let mut statement = self.connection.prepare_cached(
            "UPDATE rows SET name = ?2, city = ?3, amount = ?4, created = ?5, notes = ?6 WHERE id = ?1",
        )?;
        one(statement.execute(params_from_iter(row))?, &row[0])
    }

    fn delete(&self, key: &str) -> Result<(), Error> {
        let mut statement = self.connection.prepare_cached("DELETE FROM rows WHERE id = ?1")?;
        one(statement.execute(params![key])?, key)
    }

    fn of_city(&self, city: &str) -> Result<Vec<Row>, Error> {
        self.rows("SELECT id, name, city, amount, created, notes FROM rows WHERE city = ?1", &[city])
    }

    fn count_of_city(&self, city: &str) -> Result<usize, Error> {
        let mut statement = self.connection.prepare_cached("SELECT count(*) FROM rows WHERE city = ?1")?;
        let count: i64 = statement.query_row([city], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or_default())
    }

    fn sum_of_amounts(&self) -> Result<f64, Error> {
        let mut statement = self.connection.prepare_cached("SELECT total(CAST(amount AS REAL)) FROM rows")?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }
}
