//! redb: one table of packed rows by key, each commit durable at once.

use std::path::Path;

use redb::{
    Database, Durability, ReadableDatabase as _, ReadableTable as _, Table, TableDefinition, WriteTransaction,
};

use crate::packed::{pack, unpack, values};
use crate::{AMOUNT, CITY, Error, Row, Store, amount};

const ROWS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("rows");

/// A table in a redb database.
#[derive(Debug)]
pub struct Redb {
    database: Database,
}

impl Redb {
    /// Runs `work` in a transaction of its own and returns when that is on disk.
    fn write(
        &self,
        work: impl FnOnce(&mut Table<'_, &'static str, &'static [u8]>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut transaction: WriteTransaction = self.database.begin_write().map_err(Error::redb)?;
        transaction.set_durability(Durability::Immediate).map_err(Error::redb)?;
        {
            let mut table = transaction.open_table(ROWS).map_err(Error::redb)?;
            work(&mut table)?;
        }
        transaction.commit().map_err(Error::redb)
    }

    /// Shows every packed row to `visit`, in the order of the keys.
    fn visit(&self, mut visit: impl FnMut(&[u8])) -> Result<(), Error> {
        let transaction = self.database.begin_read().map_err(Error::redb)?;
        let table = transaction.open_table(ROWS).map_err(Error::redb)?;
        for entry in table.iter().map_err(Error::redb)? {
            let (_, packed) = entry.map_err(Error::redb)?;
            visit(packed.value());
        }
        Ok(())
    }
}

fn is_of(packed: &[u8], city: &str) -> bool {
    values(packed).nth(CITY) == Some(city)
}

impl Store for Redb {
    fn create(directory: &Path) -> Result<Self, Error> {
        let created = Self { database: Database::create(directory.join("rows.redb")).map_err(Error::redb)? };
        // Opening a table to write makes it; reads of one that was never made are errors.
        created.write(|_| Ok(()))?;
        Ok(created)
    }

    fn read(&self, key: &str) -> Result<Option<Row>, Error> {
        let transaction = self.database.begin_read().map_err(Error::redb)?;
        let table = transaction.open_table(ROWS).map_err(Error::redb)?;
        Ok(table.get(key).map_err(Error::redb)?.map(|packed| unpack(packed.value())))
    }

    fn read_many(&self, keys: &[String]) -> Result<Vec<Option<Row>>, Error> {
        let transaction = self.database.begin_read().map_err(Error::redb)?;
        let table = transaction.open_table(ROWS).map_err(Error::redb)?;
        let read = |key: &String| {
            let found = table.get(key.as_str()).map_err(Error::redb)?;
            Ok(found.map(|packed| unpack(packed.value())))
        };
        keys.iter().map(read).collect()
    }

    fn read_all(&self) -> Result<Vec<Row>, Error> {
        let mut rows = Vec::new();
        self.visit(|packed| rows.push(unpack(packed)))?;
        Ok(rows)
    }

    fn insert(&self, rows: &[Row]) -> Result<(), Error> {
        self.write(|table| {
            for row in rows {
                let before = table.insert(row[0].as_str(), pack(row).as_slice()).map_err(Error::redb)?;
                // The transaction is given up with the error, and with it this row.
                if before.is_some() {
                    return Err(Error::KeyExists(row[0].clone()));
                }
            }
            Ok(())
        })
    }

    fn update(&self, row: &Row) -> Result<(), Error> {
        self.write(|table| {
            let before = table.insert(row[0].as_str(), pack(row).as_slice()).map_err(Error::redb)?;
            before.map(drop).ok_or_else(|| Error::NotFound(row[0].clone()))
        })
    }

    fn delete(&self, key: &str) -> Result<(), Error> {
        self.write(|table| {
            let before = table.remove(key).map_err(Error::redb)?;
            before.map(drop).ok_or_else(|| Error::NotFound(key.to_owned()))
        })
    }

    fn of_city(&self, city: &str) -> Result<Vec<Row>, Error> {
        let mut found = Vec::new();
        self.visit(|packed| {
            if is_of(packed, city) {
                found.push(unpack(packed));
            }
        })?;
        Ok(found)
    }

    fn count_of_city(&self, city: &str) -> Result<usize, Error> {
        let mut count = 0;
        self.visit(|packed| count += usize::from(is_of(packed, city)))?;
        Ok(count)
    }

    fn sum_of_amounts(&self) -> Result<f64, Error> {
        let mut sum = 0.0;
        self.visit(|packed| sum += values(packed).nth(AMOUNT).map_or(0.0, amount))?;
        Ok(sum)
    }
}
