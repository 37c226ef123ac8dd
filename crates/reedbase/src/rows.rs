//! The rows of an open table: the text of `current.csv`, the text of newer rows, and where each key's row is.
//!
//! It must never touch a file. Rows stay CSV text and are read out one at a time, which keeps a table in
//! about its file's size of memory. The file is read, not mapped: it may be edited by others at any time, and
//! a mapped text that changes under a reader is undefined behaviour.

use std::borrow::Cow;
use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::csv::{self, Fault, FormatProblem};
use crate::options::Delimiter;
use crate::row::Row;

/// All rows, by key and in the table's order: as in the CSV file, new keys after it. A changed row keeps its
/// place, so that one version of a file differs from the next only where rows differ.
#[derive(Debug)]
pub(crate) struct Rows {
    records: Records,
    /// Slot numbers under the hash of their key.
    index: HashTable<usize>,
    hasher: DefaultHashBuilder,
    columns: Vec<String>,
}

/// The texts and the places in them, apart from the index so that the index can look while it changes.
#[derive(Debug)]
struct Records {
    /// A whole CSV file.
    base: String,
    /// Records put since, one after another.
    recent: String,
    slots: Vec<Slot>,
    delimiter: Delimiter,
}

/// Where a record is; offsets from `base.len()` on are in `recent`. A deleted row leaves a slot of length 0,
/// which no record has because no key is empty.
#[derive(Debug, Clone, Copy)]
struct Slot {
    offset: usize,
    length: usize,
}

impl Rows {
    /// Reads a whole CSV file; gives it back with the fault if it is not a table.
    pub(crate) fn parse(base: String, delimiter: Delimiter) -> Result<Self, (String, Fault)> {
        let records = Records { base, recent: String::new(), slots: Vec::new(), delimiter };
        let hasher = DefaultHashBuilder::default();
        let mut rows = Self { records, index: HashTable::new(), hasher, columns: Vec::new() };
        match rows.adopt_all() {
            Ok(()) => Ok(rows),
            Err(fault) => Err((rows.records.base, fault)),
        }
    }

    fn adopt_all(&mut self) -> Result<(), Fault> {
        let Records { base, delimiter, .. } = &self.records;
        let start = csv::start_of(base);
        let header = csv::record_at(base, start, *delimiter)?;
        self.columns = csv::values(&base[start..header.end], *delimiter).map(Cow::into_owned).collect();
        check_columns(&self.columns).map_err(|problem| Fault { offset: start, problem })?;
        let mut at = header.next;
        while at < self.records.base.len() {
            at = self.adopt(at)?;
        }
        Ok(())
    }

    /// Takes the record of `base` at `start` as a row and returns where the next begins.
    fn adopt(&mut self, start: usize) -> Result<usize, Fault> {
        let fault = |problem| Fault { offset: start, problem };
        let record = csv::record_at(&self.records.base, start, self.records.delimiter)?;
        self.check_value_count(record.value_count).map_err(fault)?;
        let slot = Slot { offset: start, length: record.end - start };
        let key = self.records.key(slot);
        if key.is_empty() {
            return Err(fault(FormatProblem::EmptyKey));
        }
        if self.find(&key).is_some() {
            return Err(fault(FormatProblem::DuplicateKey { key: key.into_owned() }));
        }
        self.add(slot);
        Ok(record.next)
    }

    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    pub(crate) fn contains(&self, key: &str) -> bool {
        self.find(key).is_some()
    }

    pub(crate) fn read(&self, key: &str) -> Option<Row> {
        self.find(key).map(|number| self.row(self.records.slots[number]))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Row> {
        self.live_slots().map(|slot| self.row(slot))
    }

    /// Makes this the row of its key. `record` is CSV text that [`check_record`](Self::check_record) passes.
    pub(crate) fn put(&mut self, record: &str) {
        let slot = Slot { offset: self.records.base.len() + self.records.recent.len(), length: record.len() };
        self.records.recent.push_str(record);
        let known = self.find(&self.records.key(slot));
        match known {
            Some(number) => self.records.slots[number] = slot,
            None => self.add(slot),
        }
    }

    /// Drops the row of a key, if there is one.
    pub(crate) fn remove(&mut self, key: &str) {
        let Self { records, index, hasher, .. } = self;
        if let Ok(found) = index.find_entry(hasher.hash_one(key), |&number| records.key_of(number) == key) {
            let (number, _) = found.remove();
            records.slots[number].length = 0;
        }
    }

    /// Whether the values can be a row of this table.
    pub(crate) fn check_row(&self, row: &Row) -> Result<(), FormatProblem> {
        self.check_value_count(row.value_count())?;
        if row.key().is_empty() { Err(FormatProblem::EmptyKey) } else { Ok(()) }
    }

    /// Whether the text is one whole record that can be a row of this table.
    pub(crate) fn check_record(&self, text: &str) -> Result<(), FormatProblem> {
        let record = csv::record_at(text, 0, self.records.delimiter).map_err(|fault| fault.problem)?;
        if record.end != text.len() {
            return Err(FormatProblem::ValueCount { expected: self.columns.len(), found: 0 });
        }
        self.check_row(&Row::from_record(text, self.columns.len(), self.records.delimiter))
    }

    fn check_value_count(&self, found: usize) -> Result<(), FormatProblem> {
        let expected = self.columns.len();
        if found == expected { Ok(()) } else { Err(FormatProblem::ValueCount { expected, found }) }
    }

    /// The same rows as one CSV text without leftovers. Records are copied as they are, so the quoting that
    /// another program chose stays; line ends become line feeds.
    pub(crate) fn folded(&self) -> Self {
        let delimiter = self.records.delimiter;
        let size = self.live_slots().map(|slot| slot.length + 1).sum::<usize>();
        let mut records = Records {
            base: String::with_capacity(size + 256),
            recent: String::new(),
            slots: Vec::with_capacity(self.len()),
            delimiter,
        };
        csv::push_record(&mut records.base, self.columns.iter().map(String::as_str), delimiter);
        records.base.push('\n');
        for slot in self.live_slots() {
            records.slots.push(Slot { offset: records.base.len(), length: slot.length });
            records.base.push_str(self.records.text(slot));
            records.base.push('\n');
        }
        let hasher = self.hasher.clone();
        let mut index = HashTable::with_capacity(self.len());
        for number in 0..records.slots.len() {
            let hash_of = |&number: &usize| hasher.hash_one(records.key_of(number).as_ref());
            index.insert_unique(hash_of(&number), number, hash_of);
        }
        Self { records, index, hasher, columns: self.columns.clone() }
    }

    /// The CSV text, as long as nothing was put or removed since it was read or folded.
    pub(crate) fn base(&self) -> &str {
        &self.records.base
    }

    fn live_slots(&self) -> impl Iterator<Item = Slot> {
        self.records.slots.iter().copied().filter(|slot| slot.length > 0)
    }

    fn row(&self, slot: Slot) -> Row {
        Row::from_record(self.records.text(slot), self.columns.len(), self.records.delimiter)
    }

    fn find(&self, key: &str) -> Option<usize> {
        let hash = self.hasher.hash_one(key);
        self.index.find(hash, |&number| self.records.key_of(number) == key).copied()
    }

    /// Adds a slot whose key no other has.
    fn add(&mut self, slot: Slot) {
        let Self { records, index, hasher, .. } = self;
        let number = records.slots.len();
        records.slots.push(slot);
        let hash_of = |&number: &usize| hasher.hash_one(records.key_of(number).as_ref());
        index.insert_unique(hash_of(&number), number, hash_of);
    }
}

impl Records {
    fn text(&self, slot: Slot) -> &str {
        let (text, offset) = match slot.offset.checked_sub(self.base.len()) {
            Some(offset) => (&self.recent, offset),
            None => (&self.base, slot.offset),
        };
        &text[offset..offset + slot.length]
    }

    fn key(&self, slot: Slot) -> Cow<'_, str> {
        csv::values(self.text(slot), self.delimiter).next().unwrap_or_default()
    }

    fn key_of(&self, number: usize) -> Cow<'_, str> {
        self.key(self.slots[number])
    }
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
