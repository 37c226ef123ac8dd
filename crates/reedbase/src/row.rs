//! One row of a table as the caller sees it.
//!
//! It must never hold CSV syntax: values are the exact text, without quotes and delimiters.

use crate::csv;
use crate::options::Delimiter;

/// The values of one row in column order, the key first. Owned, so it outlives the table's next write; two
/// allocations however many values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    text: String,
    /// Where each value ends in `text`.
    ends: Vec<usize>,
}

impl Row {
    /// A row of these values. Whether it fits a table is found out when it is written.
    pub fn new<V: AsRef<str>>(values: impl IntoIterator<Item = V>) -> Self {
        let mut row = Self { text: String::new(), ends: Vec::new() };
        for value in values {
            row.push(value.as_ref());
        }
        row
    }

    pub(crate) fn from_record(record: &str, columns: usize, delimiter: Delimiter) -> Self {
        // Quoting only ever makes a record longer than its values. Written straight to their place: a text of its
        // own that grows takes the lock of the system's allocator, and readers of other threads wait for it.
        let mut row = Self { text: String::with_capacity(record.len()), ends: Vec::with_capacity(columns) };
        for field in csv::fields(record, delimiter) {
            field.push_to(&mut row.text);
            row.ends.push(row.text.len());
        }
        row
    }

    fn push(&mut self, value: &str) {
        self.text.push_str(value);
        self.ends.push(self.text.len());
    }

    /// The first value; empty for a row of no values.
    pub fn key(&self) -> &str {
        self.value(0).unwrap_or_default()
    }

    /// The value of the column at `index`, or `None` beyond the last.
    pub fn value(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)?;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        Some(&self.text[start..end])
    }

    /// All values in column order.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).filter_map(|index| self.value(index))
    }

    /// Number of values.
    pub fn value_count(&self) -> usize {
        self.ends.len()
    }
}
