//! The tables that all bench targets work on, and what each operation is given next.
//!
//! It must never let the untimed part between two operations cost much more than the operations: tables are
//! made once a benchmark, and what operations use up is put back in large batches. No operation folds while
//! it is timed, as folds are a benchmark of their own.

#![allow(dead_code, reason = "each bench target uses a part of it")]

pub(crate) mod edits;
pub(crate) mod writes;

use std::path::Path;

use reedbase::{Change, Options, Row, Table};
use tempfile::TempDir;
use workload::{Distribution, Picks, TableRows};

/// Table sizes of benchmarks that show how cost grows.
pub(crate) const SIZES: [usize; 2] = [100, 10_000];
/// Where growth is to be shown further, behind `--include-ignored`: 200 MB, which every process first has to
/// make and read for several seconds.
pub(crate) const LARGE: [usize; 1] = [1_000_000];
/// The table of the others: about 2 MB.
pub(crate) const ROWS: usize = 10_000;
pub(crate) const BULK: usize = 1000;

pub(crate) const BYTES_PER_ROW: usize = 200;
pub(crate) const SEED: u64 = 20_261_121;

pub(crate) fn options() -> Options {
    Options { fold_at_bytes: u64::MAX, ..Options::default() }
}

/// A folder for a table, which goes when the value does.
pub(crate) fn on_disk() -> TempDir {
    workload::folder_on_disk(env!("CARGO_TARGET_TMPDIR"))
}

/// The first rows of any table here; of the same keys and other values for another `seed`.
pub(crate) fn rows(row_count: usize, seed: u64) -> Vec<Row> {
    workload::table(row_count, BYTES_PER_ROW, seed).rows.iter().map(Row::new).collect()
}

/// `count` keys of a table of `row_count` rows.
pub(crate) fn keys(distribution: Distribution, row_count: usize, count: usize) -> Vec<String> {
    Picks::new(distribution, row_count, SEED).take(count).map(workload::key).collect()
}

/// The table as the CSV file that a store of tables would keep.
pub(crate) fn csv_text(table: &TableRows) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&table.columns).expect("memory takes what is written");
    for row in &table.rows {
        writer.write_record(row).expect("every row has as many values as there are columns");
    }
    writer.into_inner().expect("memory takes what is written")
}

/// A table in a directory that goes when this does.
pub(crate) struct Workbench {
    // Before the directory, as it is dropped first.
    table: Table,
    directory: TempDir,
}

impl Workbench {
    pub(crate) fn empty() -> Self {
        let directory = on_disk();
        let columns = workload::table(0, BYTES_PER_ROW, SEED).columns;
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let table = Table::create(directory.path(), &columns, options());
        Self { table: table.expect("an empty directory takes a table"), directory }
    }

    /// A table of the first `row_count` rows, folded.
    pub(crate) fn with_rows(row_count: usize) -> Self {
        let directory = on_disk();
        let text = csv_text(&workload::table(row_count, BYTES_PER_ROW, SEED));
        std::fs::write(directory.path().join("current.csv"), text).expect("the directory can be written");
        let table = Table::open(directory.path(), options()).expect("any CSV file with keys is a table");
        assert_eq!((table.len(), table.unfolded_changes()), (row_count, 0));
        Self { table, directory }
    }

    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    pub(crate) fn write(&self, changes: &[Change]) {
        self.table.write_batch(changes).expect("the changes follow from the table");
    }

    pub(crate) fn fold(&self) {
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
