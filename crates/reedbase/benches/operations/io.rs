//! What the disk has a part in: a whole file read, a whole file replaced.

use std::cell::OnceCell;

use criterion::{BenchmarkId, Criterion, Throughput};
use reedbase::Table;

use super::measure;
use super::workbench::writes::Folds;
use super::workbench::{BULK, Workbench, csv_bytes, options};

/// Rows of a table of about 10 MB, and its size to the byte: a process that measures something else need not make
/// it to learn that.
const ROWS_OF_10_MB: usize = 50_000;
const BYTES_OF_10_MB: u64 = 10_390_055;

pub(crate) fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("io");
    group.throughput(Throughput::Bytes(BYTES_OF_10_MB));
    let made = OnceCell::new();
    group.bench_function("sequential_read/10MB", |bencher| {
        let directory = made.get_or_init(|| Workbench::with_rows(ROWS_OF_10_MB).into_directory());
        let read = || {
            let table = Table::open(directory.path(), options()).expect("a table that was closed opens");
            let mut bytes = 0;
            table.scan(|row| bytes += row.values().map(str::len).sum::<usize>());
            bytes
        };
        assert_eq!(csv_bytes(directory.path()), BYTES_OF_10_MB);
        assert_eq!(read(), ROWS_OF_10_MB * 200);
        bencher.iter(read);
    });
    group.throughput(Throughput::Elements(BULK as u64));
    measure(&mut group, BenchmarkId::new("atomic_write", BULK), || Folds::of(BULK));
    group.finish();
}
