//! A thousand rows at once.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use workload::Distribution;

use super::measure;
use super::workbench::writes::BulkInserts;
use super::workbench::{BULK, ROWS, Workbench, keys};

pub(crate) fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("core_ops");
    group.throughput(Throughput::Elements(BULK as u64));
    group.bench_function(BenchmarkId::new("read_bulk_1000", ROWS), |bencher| {
        let bench = Workbench::with_rows(ROWS);
        let table = bench.table();
        let keys = keys(Distribution::Sequential, ROWS, BULK);
        let found = table.read_many(&keys);
        let is_right = |(row, key): (&Option<_>, &String)| {
            row.as_ref().is_some_and(|row: &reedbase::Row| row.key() == key)
        };
        assert!(found.iter().zip(&keys).all(is_right));
        bencher.iter(|| table.read_many(black_box(&keys)));
    });
    measure(&mut group, BenchmarkId::from_parameter("write_bulk_1000"), BulkInserts::new);
    group.finish();
}
