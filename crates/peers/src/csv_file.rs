//! A CSV file and nothing else: read from its beginning for every question, written anew for every change.
//!
//! It is what a script does, made safe: the new file is on disk before it takes the old one's name.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use csv::{Reader, StringRecord, Writer};

use crate::{AMOUNT, CITY, COLUMNS, Error, Row, Store, amount};

/// A table that is a CSV file.
#[derive(Debug)]
pub struct CsvFile {
    directory: PathBuf,
}

fn row(record: &StringRecord) -> Row {
    record.iter().map(str::to_owned).collect()
}

impl CsvFile {
    fn path(&self) -> PathBuf {
        self.directory.join("rows.csv")
    }

    /// Shows every record to `visit`, which says whether it wants more.
    fn visit(&self, mut visit: impl FnMut(&StringRecord) -> bool) -> Result<(), Error> {
        let mut reader = Reader::from_path(self.path())?;
        let mut record = StringRecord::new();
        while reader.read_record(&mut record)? && visit(&record) {}
        Ok(())
    }

    fn replace(&self, rows: &[Row]) -> Result<(), Error> {
        let next = self.directory.join("rows.csv.next");
        let mut writer = Writer::from_writer(BufWriter::new(File::create(&next)?));
        writer.write_record(COLUMNS)?;
        rows.iter().try_for_each(|row| writer.write_record(row))?;
        let mut buffered = writer.into_inner().map_err(|error| error.into_error())?;
        buffered.flush()?;
        buffered.get_ref().sync_all()?;
        fs::rename(next, self.path())?;
        Ok(File::open(&self.directory)?.sync_all()?)
    }

    fn place_of(rows: &[Row], key: &str) -> Result<usize, Error> {
        rows.iter().position(|row| row[0] == key).ok_or_else(|| Error::NotFound(key.to_owned()))
    }
}

impl Store for CsvFile {
    fn create(directory: &Path) -> Result<Self, Error> {
        let created = Self { directory: directory.to_owned() };
        created.replace(&[])?;
        Ok(created)
    }

    fn read(&self, key: &str) -> Result<Option<Row>, Error> {
        let mut found = None;
        self.visit(|record| {
            if &record[0] == key {
                found = Some(row(record));
            }
            found.is_none()
        })?;
        Ok(found)
    }

    fn read_many(&self, keys: &[String]) -> Result<Vec<Option<Row>>, Error> {
        // One pass over the file for all keys.
        let mut wanted: std::collections::HashMap<&str, Option<Row>> =
            keys.iter().map(|key| (key.as_str(), None)).collect();
        self.visit(|record| {
            if let Some(place) = wanted.get_mut(&record[0]) {
                *place = Some(row(record));
            }
            true
        })?;
        Ok(keys.iter().map(|key| wanted.get(key.as_str()).cloned().flatten()).collect())
    }

    fn read_all(&self) -> Result<Vec<Row>, Error> {
        let mut rows = Vec::new();
        self.visit(|record| {
            rows.push(row(record));
            true
        })?;
        Ok(rows)
    }

    fn insert(&self, rows: &[Row]) -> Result<(), Error> {
        let mut all = self.read_all()?;
        let mut known: std::collections::HashSet<String> = all.iter().map(|row| row[0].clone()).collect();
        for row in rows {
            if !known.insert(row[0].clone()) {
                return Err(Error::KeyExists(row[0].clone()));
            }
        }
        all.extend_from_slice(rows);
        self.replace(&all)
    }

    fn update(&self, row: &Row) -> Result<(), Error> {
        let mut all = self.read_all()?;
        let place = Self::place_of(&all, &row[0])?;
        all[place].clone_from(row);
        self.replace(&all)
    }

    fn delete(&self, key: &str) -> Result<(), Error> {
        let mut all = self.read_all()?;
        all.remove(Self::place_of(&all, key)?);
        self.replace(&all)
    }

    fn of_city(&self, city: &str) -> Result<Vec<Row>, Error> {
        let mut found = Vec::new();
        self.visit(|record| {
            if &record[CITY] == city {
                found.push(row(record));
            }
            true
        })?;
        Ok(found)
    }

    fn count_of_city(&self, city: &str) -> Result<usize, Error> {
        let mut count = 0;
        self.visit(|record| {
            count += usize::from(&record[CITY] == city);
            true
        })?;
        Ok(count)
    }

    fn sum_of_amounts(&self) -> Result<f64, Error> {
        let mut sum = 0.0;
        self.visit(|record| {
            sum += amount(&record[AMOUNT]);
            true
        })?;
        Ok(sum)
    }
}
