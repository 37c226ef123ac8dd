//! The tables that both bench targets work on, and what each operation is given next.
//!
//! It must never let the untimed part between two operations cost much more than the operations: tables are
//! made once a benchmark, and what operations use up is put back in large batches. No operation folds while
//! it is timed, as folds are a benchmark of their own.

#![allow(dead_code, reason = "each bench target uses a part of it")]

mod place;
pub(crate) mod writes;

use std::path::Path;

use reedbase::{Change, Options, Row, Table};
use tempfile::TempDir;
use workload::{Distribution, Picks};

/// Table sizes of benchmarks that show how cost grows.
pub(crate) const SIZES: [usize; 2] = [100, 10_000];
/// The table of the others: about 2 MB.
pub(crate) const ROWS: usize = 10_000;
pub(crate) const BULK: usize = 1000;

const BYTES_PER_ROW: usize = 200;
const SEED: u64 = 20_261_121;

pub(crate) fn options() -> Options {
    Options { fold_at_bytes: u64::MAX, ..Options::default() }
}

/// Row number `i` of any table here, and of the same key but other values for another `seed`.
fn rows(seed: u64) -> Vec<Row> {
    workload::table(ROWS, BYTES_PER_ROW, seed).rows.iter().map(Row::new).collect()
}

/// `count` keys of a table of `row_count` rows.
pub(crate) fn keys(distribution: Distribution, row_count: usize, count: usize) -> Vec<String> {
    Picks::new(distribution, row_count, SEED).take(count).map(workload::key).collect()
}

/// A table in a directory that goes when this does.
pub(crate) struct Workbench {
    // Before the directory, as it is dropped first.
    table: Table,
    directory: TempDir,
}

impl Workbench {
    fn empty() -> Self {
        let directory = place::on_disk();
        let columns = workload::table(0, BYTES_PER_ROW, SEED).columns;
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let table = Table::create(directory.path(), &columns, options());
        Self { table: table.expect("an empty directory takes a table"), directory }
    }

    /// A table of the first `row_count` rows, folded.
    pub(crate) fn with_rows(row_count: usize) -> Self {
        let bench = Self::empty();
        bench.write(&rows(SEED).into_iter().take(row_count).map(Change::Insert).collect::<Vec<_>>());
        bench.fold();
        let table = bench.table();
        assert_eq!((table.len(), table.unfolded_changes()), (row_count, 0));
        bench
    }

    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    fn write(&self, changes: &[Change]) {
        self.table.write_batch(changes).expect("the changes follow from the table");
    }

    fn fold(&self) {
        self.table.fold().expect("nothing else edits the table");
    }

    fn clear(&self) {
        let delete = |row: Row| Change::Delete(row.key().to_owned());
        let all: Vec<Change> = self.table.snapshot().scan().map(delete).collect();
        self.write(&all);
    }

    /// Lets go of the table, which can then be opened by its path as long as the directory is kept.
    pub(crate) fn into_directory(self) -> TempDir {
        self.table.close().expect("nothing else edits the table");
        self.directory
    }
}

/// Size of a table's CSV file.
pub(crate) fn csv_bytes(directory: &Path) -> u64 {
    std::fs::metadata(directory.join("current.csv")).expect("a table has its CSV file").len()
}

impl AsRef<Path> for Workbench {
    fn as_ref(&self) -> &Path {
        self.directory.path()
    }
}
