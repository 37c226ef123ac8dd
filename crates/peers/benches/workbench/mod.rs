//! The same tables that ReedBase's suite has, in the stores of the peers.
//!
//! It must never give a store other rows than the next: all come from one seed, which is ReedBase's.

#![allow(dead_code, reason = "each bench target uses a part of it")]

use peers::{Row, Store};
use tempfile::TempDir;
use workload::{Distribution, Picks};

/// Table sizes of benchmarks that show how cost grows.
pub(crate) const SIZES: [usize; 2] = [100, 10_000];
/// The table of the others: about 2 MB.
pub(crate) const ROWS: usize = 10_000;
pub(crate) const BULK: usize = 1000;
pub(crate) const BYTES_PER_ROW: usize = 200;
pub(crate) const SEED: u64 = 20_261_121;
pub(crate) const CITY: &str = "Bergen";

pub(crate) fn rows(row_count: usize, seed: u64) -> Vec<Row> {
    workload::table(row_count, BYTES_PER_ROW, seed).rows
}

pub(crate) fn keys(distribution: Distribution, row_count: usize, count: usize) -> Vec<String> {
    Picks::new(distribution, row_count, SEED).take(count).map(workload::key).collect()
}

/// A store in a directory that goes when this does.
pub(crate) struct Workbench<S> {
    // Before the directory, as it is dropped first.
    pub(crate) store: S,
    _directory: TempDir,
}

impl<S: Store> Workbench<S> {
    pub(crate) fn with_rows(row_count: usize) -> Self {
        let directory = workload::folder_on_disk(env!("CARGO_TARGET_TMPDIR"));
        let store = S::create(directory.path()).expect("an empty directory takes a store");
        if row_count > 0 {
            store.insert(&rows(row_count, SEED)).expect("an empty store takes rows");
        }
        Self { store, _directory: directory }
    }
}
