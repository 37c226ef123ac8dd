//! Changes to a table that two sides make, and texts of which one came of the other.
//!
//! They must never depend on what was measured before: each is a function of the seed.

use reedbase::{Change, Row, Snapshot};
use workload::TableRows;

use super::{BULK, BYTES_PER_ROW, SEED, csv_text, rows};

/// A version of a table and the next, as CSV.
pub(crate) struct Revision {
    pub(crate) base: Vec<u8>,
    pub(crate) result: Vec<u8>,
}

impl Revision {
    /// A table in which one row in ten has other values.
    pub(crate) fn of_a_tenth(row_count: usize) -> Self {
        Self::of(row_count, row_count / 10)
    }

    /// 1,000 rows of 200 bytes, each with other values: their delta is 200 kB, and nothing of it is a copy.
    pub(crate) fn of_every_row() -> Self {
        Self::of(BULK, BULK)
    }

    fn of(row_count: usize, changed_count: usize) -> Self {
        let base = workload::table(row_count, BYTES_PER_ROW, SEED);
        let result = later(&base, changed_count, 1);
        Self { base: csv_text(&base), result: csv_text(&result) }
    }
}

/// The table some time later: `step` tells one such time from another.
pub(crate) fn later(table: &TableRows, changed_count: usize, step: u64) -> TableRows {
    workload::changed(table, changed_count, BYTES_PER_ROW, SEED + step)
}

/// Two batches of 1,000 changed rows each, made to one state of a table.
pub(crate) struct Sides {
    pub(crate) ours: Vec<Change>,
    pub(crate) theirs: Vec<Change>,
    /// Rows that are in both, with different values.
    pub(crate) overlap: usize,
}

impl Sides {
    /// Of a table with at least 2,000 rows of this workload.
    pub(crate) fn overlapping_by(overlap: usize) -> Self {
        let (ours, theirs) = (rows(2 * BULK, SEED + 1), rows(2 * BULK, SEED + 2));
        let batch = |rows: &[Row]| rows.iter().cloned().map(Change::Update).collect();
        let first_of_theirs = BULK - overlap;
        Self {
            ours: batch(&ours[..BULK]),
            theirs: batch(&theirs[first_of_theirs..first_of_theirs + BULK]),
            overlap,
        }
    }

    /// Whether every row of both sides is there as its side wants it.
    pub(crate) fn are_both_in(&self, rows: &Snapshot) -> bool {
        let is_in = |change: &Change| rows.find(change.key()).as_ref() == change.row();
        self.ours.iter().chain(&self.theirs).all(is_in)
    }
}
