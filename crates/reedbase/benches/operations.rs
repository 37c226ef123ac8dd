//! ReedBase on Criterion: the core operations and those on whole tables, with their throughput.

mod workbench;

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{
    BatchSize, BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use reedbase::Table;
use workbench::writes::{BulkInserts, Deletes, Folds, Inserts, Operation, Updates};
use workbench::{BULK, ROWS, SIZES, Workbench, csv_bytes, keys, options};
use workload::Distribution;

/// An operation that uses up what it is given. Each is timed alone, which adds the cost of two clock readings
/// (tens of nanoseconds) to operations that take a hundred microseconds and more.
fn measure<O: Operation>(group: &mut BenchmarkGroup<'_, WallTime>, id: &str, operation: fn() -> O) {
    group.bench_function(id, |bencher| {
        let operation = operation();
        bencher.iter_batched(|| operation.prepare(), |input| operation.run(input), BatchSize::PerIteration);
    });
}

fn core_ops(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("core_ops");
    for rows in SIZES {
        group.throughput(Throughput::Elements(1));
        group.bench_function(BenchmarkId::new("read_single_row", rows), |bencher| {
            let bench = Workbench::with_rows(rows);
            let table = bench.table();
            let keys = keys(Distribution::Uniform, rows, 1 << 14);
            assert!(keys.iter().all(|key| table.read(key).is_ok_and(|row| row.key() == key)));
            let mut next = keys.iter().cycle();
            bencher.iter(|| next.next().map(|key| table.read(black_box(key))));
        });
        group.throughput(Throughput::Elements(BULK as u64));
        group.bench_function(BenchmarkId::new("read_bulk_1000", rows), |bencher| {
            let bench = Workbench::with_rows(rows);
            let table = bench.table();
            let keys = keys(Distribution::Sequential, rows, BULK);
            assert!(table.read_many(&keys).iter().all(Option::is_some));
            bencher.iter(|| table.read_many(black_box(&keys)));
        });
    }
    group.throughput(Throughput::Elements(1));
    measure(&mut group, "write_single_row", Inserts::new);
    measure(&mut group, "update_single_row", Updates::new);
    measure(&mut group, "delete_single_row", Deletes::new);
    group.throughput(Throughput::Elements(BULK as u64));
    measure(&mut group, "write_bulk_1000", BulkInserts::new);
    group.finish();
}

fn whole_table(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("whole_table");
    for rows in SIZES {
        let bench = Workbench::with_rows(rows);
        group.throughput(Throughput::Bytes(csv_bytes(bench.as_ref())));
        group.bench_function(BenchmarkId::new("scan", rows), |bencher| {
            let table = bench.table();
            assert_eq!(table.snapshot().scan().count(), rows);
            bencher.iter(|| table.snapshot().scan().map(|row| row.value_count()).sum::<usize>());
        });
        let directory = bench.into_directory();
        let open = || Table::open(directory.path(), options()).expect("a table that was closed opens");
        group.bench_function(BenchmarkId::new("open", rows), |bencher| {
            assert_eq!(open().len(), rows);
            bencher.iter(open);
        });
    }
    let folds = Folds::new();
    group.throughput(Throughput::Bytes(folds.csv_bytes()));
    group.bench_function(BenchmarkId::new("fold", ROWS), |bencher| {
        bencher.iter_batched(|| folds.prepare(), |()| folds.run(()), BatchSize::PerIteration);
    });
    group.finish();
}

criterion_group!(benches, core_ops, whole_table);
criterion_main!(benches);
