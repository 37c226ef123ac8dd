//! The changes that a caller asks for, checked against the table and against each other.
//!
//! It must never change anything: a batch is checked whole before its first byte is written.

use std::collections::HashMap;

use crate::csv;
use crate::entry::{Changes, Entry};
use crate::error::Error;
use crate::options::Delimiter;
use crate::row::Row;
use crate::snapshot::Snapshot;

/// One change to one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Adds a row whose key no row has.
    Insert(Row),
    /// Replaces all values of the row that has this row's key.
    Update(Row),
    /// Removes the row of this key.
    Delete(String),
}

impl Change {
    /// The key of the row that is changed.
    pub fn key(&self) -> &str {
        match self {
            Self::Insert(row) | Self::Update(row) => row.key(),
            Self::Delete(key) => key,
        }
    }

    /// The row as it is to be; `None` for a row that is to go.
    pub fn row(&self) -> Option<&Row> {
        match self {
            Self::Insert(row) | Self::Update(row) => Some(row),
            Self::Delete(_) => None,
        }
    }
}

/// Refuses the batch unless each change can follow those before it.
pub(crate) fn check(rows: &Snapshot, changes: &[Change]) -> Result<(), Error> {
    // Whether a key that the batch touched exists afterwards.
    let mut touched: HashMap<&str, bool> = HashMap::new();
    for (index, change) in changes.iter().enumerate() {
        if let Change::Insert(row) | Change::Update(row) = change {
            rows.check_row(row).map_err(|problem| Error::InvalidRow { problem })?;
        }
        let key = change.key();
        let exists = touched.get(key).copied().unwrap_or_else(|| rows.contains(key));
        match change {
            Change::Insert(_) if exists => return Err(Error::KeyExists { key: key.to_owned() }),
            Change::Update(_) | Change::Delete(_) if !exists => {
                return Err(Error::NotFound { key: key.to_owned() });
            }
            _ => {}
        }
        // Nobody asks after the last change, and most batches are of one.
        if index + 1 < changes.len() {
            touched.insert(key, !matches!(change, Change::Delete(_)));
        }
    }
    Ok(())
}

/// The journal payload of a batch, and the room it is made in, which is used again for the next one.
#[derive(Debug, Default)]
pub(crate) struct Payload {
    pub(crate) bytes: Vec<u8>,
    record: String,
}

impl Payload {
    /// Above this size, room is given back.
    const KEPT_BYTES: usize = 64 << 10;

    /// Makes it the payload of a batch that was written at a time.
    pub(crate) fn encode(&mut self, changes: &[Change], delimiter: Delimiter, at_ns: u64) {
        Changes::begin(at_ns, &mut self.bytes);
        for change in changes {
            match change {
                Change::Insert(row) | Change::Update(row) => {
                    self.record.clear();
                    csv::push_record(&mut self.record, row.values(), delimiter);
                    Entry::Put(&self.record).encode(&mut self.bytes);
                }
                Change::Delete(key) => Entry::Delete(key).encode(&mut self.bytes),
            }
        }
    }

    /// Lets go of what an ordinary batch does not need.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(Self::KEPT_BYTES);
        self.record.clear();
        self.record.shrink_to(Self::KEPT_BYTES);
    }
}
