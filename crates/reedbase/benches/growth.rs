//! What grows with the table, from 100 rows to a million, on divan, whose benchmarks can be ignored unless asked for:
//! each process first makes its table, 200 MB at most.
//!
//! It must never stand for the targets, which `operations` measures on Criterion.

mod workbench;

use divan::{Bencher, black_box};
use reedbase::{Aggregate, Comparison, Direction, Filter, Order, Query, Sorting, Table, Value};
use workbench::{BULK, Workbench, keys, options};
use workload::Distribution;

const SIZES: [usize; 3] = [100, 10_000, 1_000_000];
/// One of the eight cities of the workload.
const CITY: &str = "Bergen";

fn main() {
    divan::main();
}

fn of_city() -> Query {
    let filter = Filter::Compare("city".to_owned(), Comparison::Eq, Value::Text(CITY.to_owned()));
    Query { filter: Some(filter), ..Query::default() }
}

fn filter(bencher: Bencher<'_, '_>, bench: &Workbench) {
    let (table, query) = (bench.table(), of_city());
    let wanted = table.snapshot().scan().filter(|row| row.value(2) == Some(CITY)).count();
    let found = table.query(&query).expect("the column is there");
    assert!(wanted > 0 && found.len() == wanted && found.iter().all(|row| row.value(2) == Some(CITY)));
    bencher.bench_local(|| table.query(black_box(&query)));
}

#[divan::bench(args = SIZES, ignore)]
fn filter_indexed(bencher: Bencher<'_, '_>, rows: usize) {
    let bench = Workbench::with_rows(rows);
    bench.table().index_column("city").expect("the column is there");
    filter(bencher, &bench);
}

#[divan::bench(args = SIZES, ignore)]
fn filter_unindexed(bencher: Bencher<'_, '_>, rows: usize) {
    filter(bencher, &Workbench::with_rows(rows));
}

#[divan::bench(args = SIZES, ignore)]
fn aggregate_sum(bencher: Bencher<'_, '_>, rows: usize) {
    let bench = Workbench::with_rows(rows);
    let amount = |row: reedbase::Row| row.value(3).and_then(|amount| amount.parse::<f64>().ok());
    let wanted: f64 = bench.table().snapshot().scan().filter_map(amount).sum();
    let sum = || bench.table().aggregate(None, Aggregate::Sum, black_box("amount"));
    let found = sum().expect("every amount is a number").expect("a sum is always there");
    assert!((found - wanted).abs() <= 1e-9 * wanted, "{found} for {wanted}");
    bencher.bench_local(sum);
}

#[divan::bench(args = SIZES, ignore)]
fn sort(bencher: Bencher<'_, '_>, rows: usize) {
    let bench = Workbench::with_rows(rows);
    let order = Order { column: "name".to_owned(), direction: Direction::Ascending, by: Sorting::Text };
    let query = Query { order_by: Some(order), ..Query::default() };
    let sorted = bench.table().query(&query).expect("the column is there");
    assert!(sorted.len() == rows && sorted.is_sorted_by(|one, next| one.value(1) <= next.value(1)));
    drop(sorted);
    bencher.bench_local(|| bench.table().query(black_box(&query)));
}

#[divan::bench(args = SIZES, ignore)]
fn scan(bencher: Bencher<'_, '_>, rows: usize) {
    let bench = Workbench::with_rows(rows);
    let count = || bench.table().snapshot().scan().map(|row| row.value_count()).sum::<usize>();
    assert_eq!(count(), rows * 6);
    bencher.bench_local(count);
}

#[divan::bench(args = SIZES, ignore)]
fn open(bencher: Bencher<'_, '_>, rows: usize) {
    let directory = Workbench::with_rows(rows).into_directory();
    let open = || Table::open(directory.path(), options()).expect("a table that was closed opens").len();
    assert_eq!(open(), rows);
    bencher.bench_local(open);
}

/// A thousand random keys, many of them more than once in a table of 100.
#[divan::bench(args = SIZES, ignore)]
fn read_bulk_1000(bencher: Bencher<'_, '_>, rows: usize) {
    let bench = Workbench::with_rows(rows);
    let keys = keys(Distribution::Uniform, rows, BULK);
    let found = bench.table().read_many(&keys);
    assert!(found.iter().flatten().map(|row| row.key()).eq(keys.iter().map(String::as_str)));
    bencher.bench_local(|| bench.table().read_many(black_box(&keys)));
}
