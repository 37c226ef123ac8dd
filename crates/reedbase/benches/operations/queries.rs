//! Questions about a whole table, and a value that the function cache does not have.

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion};
use reedbase::{
    Aggregate, Call, Comparison, Direction, Filter, FunctionCache, Order, Query, Row, Sorting, Table, Value,
};

use super::workbench::{ROWS, SIZES, Workbench, rows};

/// One of the eight cities of the workload, for which a row in eight is asked.
const CITY: &str = "Bergen";

fn of_city() -> Filter {
    Filter::Compare("city".to_owned(), Comparison::Eq, Value::Text(CITY.to_owned()))
}

/// Checked against the rows that the table was made of.
fn check_filter(table: &Table, query: &Query, rows: &[Row]) {
    let wanted: Vec<&Row> = rows.iter().filter(|row| row.value(2) == Some(CITY)).collect();
    let found = table.query(query).expect("the column is there");
    assert!(!wanted.is_empty() && found.iter().eq(wanted.iter().copied()));
}

fn amount(row: &Row) -> f64 {
    row.value(3).and_then(|amount| amount.parse().ok()).expect("every amount is a number")
}

pub(crate) fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("queries");
    for size in SIZES {
        for (name, is_indexed) in [("filter_indexed", true), ("filter_unindexed", false)] {
            group.bench_function(BenchmarkId::new(name, size), |bencher| {
                let bench = Workbench::with_rows(size);
                let table = bench.table();
                if is_indexed {
                    table.index_column("city").expect("the column is there");
                }
                let query = Query { filter: Some(of_city()), ..Query::default() };
                check_filter(table, &query, &rows(size, super::workbench::SEED));
                bencher.iter(|| table.query(black_box(&query)));
            });
        }
        group.bench_function(BenchmarkId::new("aggregate_count", size), |bencher| {
            let bench = Workbench::with_rows(size);
            let wanted = rows(size, super::workbench::SEED);
            let filter = of_city();
            let count = wanted.iter().filter(|row| row.value(2) == Some(CITY)).count();
            assert_eq!(bench.table().count(Some(&filter)).expect("the column is there"), count);
            bencher.iter(|| bench.table().count(black_box(Some(&filter))));
        });
        group.bench_function(BenchmarkId::new("aggregate_sum", size), |bencher| {
            let bench = Workbench::with_rows(size);
            let wanted: f64 = rows(size, super::workbench::SEED).iter().map(amount).sum();
            let sum = || bench.table().aggregate(None, Aggregate::Sum, black_box("amount"));
            let found = sum().expect("every amount is a number").expect("a sum is always there");
            assert!((found - wanted).abs() < 1e-3, "{found} for {wanted}");
            bencher.iter(sum);
        });
        group.bench_function(BenchmarkId::new("sort", size), |bencher| {
            let bench = Workbench::with_rows(size);
            let order =
                Order { column: "amount".to_owned(), direction: Direction::Ascending, by: Sorting::Number };
            let query = Query { order_by: Some(order), ..Query::default() };
            let sorted = bench.table().query(&query).expect("the column is there");
            assert!(sorted.len() == size && sorted.is_sorted_by(|one, next| amount(one) <= amount(next)));
            bencher.iter(|| bench.table().query(black_box(&query)));
        });
    }
    group.finish();
}

/// A value that an empty cache does not have: looked for, worked out from a row, and kept.
pub(crate) fn function_cache_miss(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("queries");
    group.bench_function("function_cache_miss", |bencher| {
        let bench = Workbench::with_rows(ROWS);
        let snapshot = bench.table().snapshot();
        let key = workload::key(ROWS / 2);
        let arguments = [key.as_str()];
        let call = Call { function: "amount", arguments: &arguments, sequence: snapshot.sequence() };
        let compute = || snapshot.find(&key).map(|row| amount(&row));
        let wanted = amount(&rows(ROWS, super::workbench::SEED)[ROWS / 2]);
        let cache = FunctionCache::new(1000);
        assert_eq!(cache.find_or_compute(&call, compute), Some(wanted));
        assert_eq!((cache.hits(), cache.misses(), cache.find(&call)), (0, 1, Some(Some(wanted))));
        // An empty cache holds room for what comes; few at a time keep that in the processor's caches.
        let miss = |cache: FunctionCache<_>| {
            let value = cache.find_or_compute(black_box(&call), compute);
            (cache, value)
        };
        bencher.iter_batched(|| FunctionCache::new(1000), miss, BatchSize::NumIterations(16));
    });
    group.finish();
}
