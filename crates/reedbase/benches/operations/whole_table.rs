//! Every row of a table: read in memory, read from disk, written anew.

use criterion::{BenchmarkId, Criterion, Throughput};
use reedbase::Table;

use super::measure;
use super::workbench::writes::Folds;
use super::workbench::{ROWS, SIZES, Workbench, options};

pub(crate) fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("whole_table");
    for rows in SIZES {
        group.bench_function(BenchmarkId::new("scan", rows), |bencher| {
            let bench = Workbench::with_rows(rows);
            let table = bench.table();
            assert_eq!(table.snapshot().scan().count(), rows);
            bencher.iter(|| table.snapshot().scan().map(|row| row.value_count()).sum::<usize>());
        });
        group.bench_function(BenchmarkId::new("open", rows), |bencher| {
            let directory = Workbench::with_rows(rows).into_directory();
            let open = || Table::open(directory.path(), options()).expect("a table that was closed opens");
            assert_eq!(open().len(), rows);
            bencher.iter(open);
        });
    }
    group.throughput(Throughput::Elements(ROWS as u64));
    measure(&mut group, BenchmarkId::new("fold", ROWS), || Folds::of(ROWS));
    group.finish();
}
