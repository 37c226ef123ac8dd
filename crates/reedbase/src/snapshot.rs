//! The rows of a table at one moment: what readers work on.
//!
//! It must never change, nor touch a file: whoever holds one reads the same rows for as long as it likes.

use std::sync::Arc;

use crate::base::{self, Base};
use crate::csv::{self, FormatProblem};
use crate::entry::{Changes, Entry};
use crate::error::Error;
use crate::options::Delimiter;
use crate::overlay::{Changed, Overlay};
use crate::row::Row;

/// A table at one moment. Cheap to make and to keep: it shares all rows with the table.
#[derive(Debug, Clone)]
pub struct Snapshot {
    base: Arc<Base>,
    overlay: Overlay,
    row_count: usize,
    /// The last record of the journal that is in it.
    sequence: u64,
    /// The columns that queries may use an index for, by number.
    indexed: Arc<[usize]>,
}

impl Snapshot {
    pub(crate) fn new(base: Arc<Base>, sequence: u64, indexed: Arc<[usize]>) -> Self {
        let row_count = base.len() as usize;
        Self { base, overlay: Overlay::default(), row_count, sequence, indexed }
    }

    /// Column names, the key's first.
    pub fn columns(&self) -> &[String] {
        self.base.columns()
    }

    /// The number of a column by its name.
    ///
    /// # Errors
    /// [`Error::ColumnNotFound`].
    pub fn column(&self, name: &str) -> Result<usize, Error> {
        let found = self.columns().iter().position(|column| column == name);
        found.ok_or_else(|| Error::ColumnNotFound { column: name.to_owned() })
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.row_count
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.row_count == 0
    }

    /// Counts up with every group of writes: equal numbers of one table mean equal rows.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Whether a row has this key.
    pub fn contains(&self, key: &str) -> bool {
        self.record(key).is_some()
    }

    /// The row of a key.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn read(&self, key: &str) -> Result<Row, Error> {
        self.find(key).ok_or_else(|| Error::NotFound { key: key.to_owned() })
    }

    /// The row of a key, if there is one.
    pub fn find(&self, key: &str) -> Option<Row> {
        self.record(key).map(|record| self.row(record))
    }

    /// The rows of many keys, in the order of the keys; `None` for a key that no row has.
    pub fn read_many<K: AsRef<str>>(&self, keys: impl IntoIterator<Item = K>) -> Vec<Option<Row>> {
        keys.into_iter().map(|key| self.find(key.as_ref())).collect()
    }

    /// All rows: those of `current.csv` in its order, then newer ones as they were inserted.
    pub fn scan(&self) -> impl Iterator<Item = Row> {
        self.records().map(|record| self.row(record))
    }

    /// The CSV text of the row of a key.
    pub(crate) fn record(&self, key: &str) -> Option<&str> {
        let hash = self.base.hash(key);
        match self.overlay.find(hash, key) {
            Some(changed) => changed.record(),
            None => self.base.find(hash, key).map(|slot| self.base.record(slot)),
        }
    }

    /// When the row of a key was last written or removed, in nanoseconds since 1970; that of the file for
    /// a row that has been folded.
    pub(crate) fn written_ns(&self, key: &str) -> u64 {
        self.overlay.find(self.base.hash(key), key).map_or(self.base.written_ns(), |changed| changed.at_ns)
    }

    /// The CSV text of all rows in their order.
    pub(crate) fn records(&self) -> impl Iterator<Item = &str> + Clone {
        let (hidden, new) = self.arrange();
        let mut hidden = hidden.into_iter().peekable();
        let from_file =
            (0..self.base.len()).filter_map(move |slot| match hidden.next_if(|(at, _)| *at == slot) {
                Some((_, changed)) => changed.order.map_or(changed.record(), |_| None),
                None => Some(self.base.record(slot)),
            });
        from_file.chain(new.into_iter().filter_map(|changed| changed.record()))
    }

    /// The changes that stand for rows of the file, in its order, and the new rows in theirs.
    pub(crate) fn arrange(&self) -> (Vec<(u32, &Changed)>, Vec<&Changed>) {
        let changes = || self.overlay.iter();
        let mut hidden: Vec<_> =
            changes().filter_map(|changed| changed.hides.map(|slot| (slot, changed))).collect();
        hidden.sort_unstable_by_key(|(slot, _)| *slot);
        let mut new: Vec<_> = changes().filter(|changed| changed.order.is_some()).collect();
        new.sort_unstable_by_key(|changed| changed.order);
        (hidden, new)
    }

    pub(crate) fn row(&self, record: &str) -> Row {
        Row::from_record(record, self.columns().len(), self.delimiter())
    }

    pub(crate) fn base(&self) -> &Arc<Base> {
        &self.base
    }

    pub(crate) fn delimiter(&self) -> Delimiter {
        self.base.delimiter()
    }

    pub(crate) fn changed_count(&self) -> usize {
        self.overlay.len()
    }

    pub(crate) fn is_indexed(&self, column: usize) -> bool {
        self.indexed.contains(&column)
    }

    pub(crate) fn indexed(&self) -> &Arc<[usize]> {
        &self.indexed
    }

    pub(crate) fn set_indexed(&mut self, indexed: Arc<[usize]>) {
        self.indexed = indexed;
    }

    pub(crate) fn set_sequence(&mut self, sequence: u64) {
        self.sequence = sequence;
    }

    /// The same rows as one file. Records are copied as they are, so the quoting that another program chose
    /// stays; line ends become line feeds.
    pub(crate) fn folded(&self, written_ns: u64) -> Base {
        Base::join(self.columns(), self.delimiter(), written_ns, self.records())
    }

    /// Makes the changes of one batch, whose records [`check_record`](Self::check_record) passes.
    pub(crate) fn apply(&mut self, changes: &Changes<'_>) {
        for entry in &changes.entries {
            match entry {
                Entry::Put(record) => self.put(record, changes.at_ns),
                Entry::Delete(key) => self.remove(key, changes.at_ns),
            }
        }
    }

    fn put(&mut self, record: &str, at_ns: u64) {
        let key = csv::value_at(record, 0, self.delimiter());
        let hash = self.base.hash(&key);
        let (hides, order, is_new) = match self.overlay.find(hash, &key) {
            Some(known) if known.record().is_some() => (known.hides, known.order, false),
            // A row that comes back comes last.
            Some(known) => (known.hides, None, true),
            None => {
                let slot = self.base.find(hash, &key);
                (slot, None, slot.is_none())
            }
        };
        let order = if is_new { Some(self.overlay.take_order()) } else { order };
        self.row_count += usize::from(is_new);
        self.overlay.set(hash, Changed::put(&key, record, hides, order, at_ns));
    }

    fn remove(&mut self, key: &str, at_ns: u64) {
        let hash = self.base.hash(key);
        let hides = match self.overlay.find(hash, key) {
            Some(known) if known.record().is_none() => return,
            Some(known) => known.hides,
            None => match self.base.find(hash, key) {
                Some(slot) => Some(slot),
                None => return,
            },
        };
        self.row_count -= 1;
        self.overlay.set(hash, Changed::removed(key, hides, at_ns));
    }

    /// Whether the values can be a row of this table.
    pub(crate) fn check_row(&self, row: &Row) -> Result<(), FormatProblem> {
        base::check_value_count(self.columns(), row.value_count())?;
        if row.key().is_empty() { Err(FormatProblem::EmptyKey) } else { Ok(()) }
    }

    /// Whether the text is one whole record that can be a row of this table.
    pub(crate) fn check_record(&self, text: &str) -> Result<(), FormatProblem> {
        let record = csv::record_at(text, 0, self.delimiter()).map_err(|fault| fault.problem)?;
        if record.end != text.len() {
            return Err(FormatProblem::ValueCount { expected: self.columns().len(), found: 0 });
        }
        self.check_row(&self.row(text))
    }
}
