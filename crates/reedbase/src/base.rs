//! The rows of `current.csv` as they are in memory: its text, and where the row of each key is in it.
//!
//! It must never change once it is made: snapshots share it. The file is read, not mapped: others may edit it
//! at any time, and a mapped text that changes under a reader is undefined behaviour.

use std::borrow::Cow;
use std::hash::BuildHasher as _;
use std::sync::OnceLock;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::column_index::ColumnIndex;
use crate::csv::{self, Fault, FormatProblem};
use crate::identity::CsvIdentity;
use crate::options::Delimiter;

/// A whole CSV file, by key and in its order.
#[derive(Debug)]
pub(crate) struct Base {
    text: String,
    delimiter: Delimiter,
    columns: Vec<String>,
    slots: Vec<Slot>,
    /// Slot numbers under the hash of their key.
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
    identity: CsvIdentity,
    /// When the file was last written, in nanoseconds since 1970: no row of it is younger.
    written_ns: u64,
    /// One a column, made when it is first asked for.
    column_indexes: Vec<OnceLock<ColumnIndex>>,
}

/// Where a record is, without its line end.
#[derive(Debug, Clone, Copy)]
struct Slot {
    offset: u64,
    length: u32,
}

impl Base {
    /// Reads a whole CSV file; gives it back with the fault if it is not a table.
    pub(crate) fn parse(
        text: String,
        delimiter: Delimiter,
        written_ns: u64,
    ) -> Result<Self, (String, Fault)> {
        let identity = CsvIdentity::of(text.as_bytes());
        let mut base = Self::without_rows(text, delimiter, written_ns, identity);
        match base.adopt_all() {
            Ok(()) => Ok(base),
            Err(fault) => Err((base.text, fault)),
        }
    }

    /// Joins records that are known to be rows of distinct keys to a file.
    pub(crate) fn join<'r>(
        columns: &[String],
        delimiter: Delimiter,
        written_ns: u64,
        records: impl Iterator<Item = &'r str> + Clone,
    ) -> Self {
        let (count, bytes) =
            records.clone().fold((0, 256), |(count, bytes), record| (count + 1, bytes + record.len() + 1));
        let mut text = String::with_capacity(bytes);
        csv::push_record(&mut text, columns.iter().map(String::as_str), delimiter);
        text.push('\n');
        let mut slots = Vec::with_capacity(count);
        for record in records {
            slots.push(Slot { offset: text.len() as u64, length: record.len() as u32 });
            text.push_str(record);
            text.push('\n');
        }
        let identity = CsvIdentity::of(text.as_bytes());
        let mut base = Self::without_rows(text, delimiter, written_ns, identity);
        base.set_columns(columns.to_vec());
        base.slots = slots;
        base.index = HashTable::with_capacity(count);
        for number in 0..count as u32 {
            base.add_to_index(number);
        }
        base
    }

    fn without_rows(text: String, delimiter: Delimiter, written_ns: u64, identity: CsvIdentity) -> Self {
        Self {
            text,
            delimiter,
            columns: Vec::new(),
            slots: Vec::new(),
            index: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            identity,
            written_ns,
            column_indexes: Vec::new(),
        }
    }

    fn adopt_all(&mut self) -> Result<(), Fault> {
        let start = csv::start_of(&self.text);
        let header = csv::record_at(&self.text, start, self.delimiter)?;
        let names = csv::fields(&self.text[start..header.end], self.delimiter);
        let columns = names.map(|name| name.value().into_owned()).collect();
        self.set_columns(columns);
        check_columns(&self.columns).map_err(|problem| Fault { offset: start, problem })?;
        let mut at = header.next;
        while at < self.text.len() {
            at = self.adopt(at)?;
        }
        self.slots.shrink_to_fit();
        Ok(())
    }

    fn set_columns(&mut self, columns: Vec<String>) {
        self.column_indexes = columns.iter().map(|_| OnceLock::new()).collect();
        self.columns = columns;
    }

    /// Takes the record at `start` as a row and returns where the next begins.
    fn adopt(&mut self, start: usize) -> Result<usize, Fault> {
        let fault = |problem| Fault { offset: start, problem };
        let record = csv::record_at(&self.text, start, self.delimiter)?;
        check_value_count(&self.columns, record.value_count).map_err(fault)?;
        let too_long = |_| fault(FormatProblem::TooLong);
        let length = u32::try_from(record.end - start).map_err(too_long)?;
        let number = u32::try_from(self.slots.len()).map_err(too_long)?;
        self.slots.push(Slot { offset: start as u64, length });
        let key = self.key(number);
        if key.is_empty() {
            return Err(fault(FormatProblem::EmptyKey));
        }
        if self.find(self.hash(&key), &key).is_some() {
            return Err(fault(FormatProblem::DuplicateKey { key: key.into_owned() }));
        }
        self.add_to_index(number);
        Ok(record.next)
    }

    fn add_to_index(&mut self, number: u32) {
        let Self { index, hasher, text, slots, delimiter, .. } = self;
        let hash_of = |&number: &u32| {
            hasher.hash_one(key_of(record_of(text, slots[number as usize]), *delimiter).as_ref())
        };
        index.insert_unique(hash_of(&number), number, hash_of);
    }

    pub(crate) fn hash(&self, key: &str) -> u64 {
        self.hasher.hash_one(key)
    }

    /// The slot of a key whose [`hash`](Self::hash) is given.
    pub(crate) fn find(&self, hash: u64, key: &str) -> Option<u32> {
        self.index.find(hash, |&number| self.key(number) == key).copied()
    }

    /// The CSV text of a row.
    pub(crate) fn record(&self, number: u32) -> &str {
        record_of(&self.text, self.slots[number as usize])
    }

    fn key(&self, number: u32) -> Cow<'_, str> {
        key_of(self.record(number), self.delimiter)
    }

    /// The value of a column in a row.
    pub(crate) fn value(&self, number: u32, column: usize) -> Cow<'_, str> {
        csv::value_at(self.record(number), column, self.delimiter)
    }

    /// Rows in the file.
    pub(crate) fn len(&self) -> u32 {
        self.slots.len() as u32
    }

    /// Whether a row of the file has another's key is answered by its index; this by its text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    pub(crate) fn delimiter(&self) -> Delimiter {
        self.delimiter
    }

    pub(crate) fn identity(&self) -> CsvIdentity {
        self.identity
    }

    pub(crate) fn written_ns(&self) -> u64 {
        self.written_ns
    }

    pub(crate) fn column_index(&self, column: usize) -> &ColumnIndex {
        self.column_indexes[column].get_or_init(|| ColumnIndex::of(self, column))
    }
}

fn record_of(text: &str, slot: Slot) -> &str {
    // A slot was measured in this very text, whose length is a usize.
    let start = slot.offset as usize;
    &text[start..start + slot.length as usize]
}

fn key_of(record: &str, delimiter: Delimiter) -> Cow<'_, str> {
    csv::value_at(record, 0, delimiter)
}

/// Whether these can be the columns of a table.
pub(crate) fn check_columns(columns: &[String]) -> Result<(), FormatProblem> {
    if columns.first().is_none_or(String::is_empty) {
        return Err(FormatProblem::MissingHeader);
    }
    for (index, name) in columns.iter().enumerate() {
        if columns[..index].contains(name) {
            return Err(FormatProblem::DuplicateColumn { name: name.clone() });
        }
    }
    Ok(())
}

pub(crate) fn check_value_count(columns: &[String], found: usize) -> Result<(), FormatProblem> {
    let expected = columns.len();
    if found == expected { Ok(()) } else { Err(FormatProblem::ValueCount { expected, found }) }
}
