//! The peers on Criterion: many rows at once, as in ReedBase's target of this name.

mod workbench;

use std::cell::RefCell;
use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{
    BatchSize, BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use peers::{CsvFile, Redb, Row, Sqlite, Store};
use workbench::{BULK, CITY, ROWS, SEED, SIZES, Workbench, keys, rows};
use workload::Distribution;

type Group<'g> = BenchmarkGroup<'g, WallTime>;

fn core_ops(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("core_ops");
    group.throughput(Throughput::Elements(BULK as u64));
    bulk::<Sqlite>(&mut group, "sqlite");
    bulk::<Redb>(&mut group, "redb");
    bulk::<CsvFile>(&mut group, "csv");
    group.finish();
}

fn bulk<S: Store>(group: &mut Group<'_>, name: &str) {
    group.bench_function(BenchmarkId::new(format!("read_bulk_1000/{name}"), ROWS), |bencher| {
        let bench = Workbench::<S>::with_rows(ROWS);
        let keys = keys(Distribution::Sequential, ROWS, BULK);
        let found = bench.store.read_many(&keys).expect("the store can be read");
        assert!(found.into_iter().flatten().eq(rows(BULK, SEED)));
        bencher.iter(|| bench.store.read_many(black_box(&keys)));
    });
    group.bench_function(format!("write_bulk_1000/{name}"), |bencher| {
        let rows = rows(BULK, SEED);
        // The old one goes outside of what is timed.
        let bench = RefCell::new(None);
        let fresh = || drop(bench.replace(Some(Workbench::<S>::with_rows(0))));
        let write = |()| {
            let bench = bench.borrow();
            let bench = bench.as_ref().expect("it was just made");
            bench.store.insert(black_box(&rows)).expect("an empty store takes rows");
        };
        fresh();
        write(());
        let found = bench.borrow().as_ref().map(|bench| bench.store.read_all().expect("it was written"));
        assert_eq!(found.as_ref(), Some(&rows));
        bencher.iter_batched(fresh, write, BatchSize::PerIteration);
    });
}

fn queries(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("queries");
    for size in SIZES {
        questions::<Sqlite>(&mut group, "sqlite", size);
        questions::<Redb>(&mut group, "redb", size);
        questions::<CsvFile>(&mut group, "csv", size);
    }
    group.finish();
}

fn questions<S: Store>(group: &mut Group<'_>, name: &str, size: usize) {
    let id = |question: &str| BenchmarkId::new(format!("{question}/{name}"), size);
    let of_city = || rows(size, SEED).into_iter().filter(|row: &Row| row[peers::CITY] == CITY);
    group.bench_function(id("filter_unindexed"), |bencher| {
        let bench = Workbench::<S>::with_rows(size);
        assert!(bench.store.of_city(CITY).expect("the store can be read").into_iter().eq(of_city()));
        bencher.iter(|| bench.store.of_city(black_box(CITY)));
    });
    group.bench_function(id("aggregate_count"), |bencher| {
        let bench = Workbench::<S>::with_rows(size);
        assert_eq!(bench.store.count_of_city(CITY).expect("the store can be read"), of_city().count());
        bencher.iter(|| bench.store.count_of_city(black_box(CITY)));
    });
    group.bench_function(id("aggregate_sum"), |bencher| {
        let bench = Workbench::<S>::with_rows(size);
        let amount = |row: &Row| row[peers::AMOUNT].parse::<f64>().expect("every amount is a number");
        let wanted: f64 = rows(size, SEED).iter().map(amount).sum();
        let found = bench.store.sum_of_amounts().expect("the store can be read");
        assert!((found - wanted).abs() < 1e-3, "{found} for {wanted}");
        bencher.iter(|| bench.store.sum_of_amounts());
    });
}

fn whole_table(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("whole_table");
    for size in SIZES {
        scan::<Sqlite>(&mut group, "sqlite", size);
        scan::<Redb>(&mut group, "redb", size);
        scan::<CsvFile>(&mut group, "csv", size);
    }
    group.finish();
}

fn scan<S: Store>(group: &mut Group<'_>, name: &str, size: usize) {
    group.bench_function(BenchmarkId::new(format!("scan/{name}"), size), |bencher| {
        let bench = Workbench::<S>::with_rows(size);
        assert_eq!(bench.store.read_all().expect("the store can be read"), rows(size, SEED));
        bencher.iter(|| bench.store.read_all());
    });
}

criterion_group!(benches, core_ops, queries, whole_table);
criterion_main!(benches);
