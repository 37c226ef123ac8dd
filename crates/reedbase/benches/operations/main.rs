//! ReedBase on Criterion: operations on many rows or a whole table, with their throughput.

#[path = "../workbench/mod.rs"]
mod workbench;

mod core_ops;
mod io;
mod queries;
mod whole_table;

use std::cell::OnceCell;

use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, BenchmarkId, criterion_group, criterion_main};
use workbench::writes::Operation;

/// An operation that uses up what it is given. Each is timed alone, which adds the cost of two clock readings
/// (tens of nanoseconds) to operations that take a hundred microseconds and more.
fn measure<O: Operation>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    id: BenchmarkId,
    operation: impl Fn() -> O,
) {
    // Criterion calls the closure for every sample; what is worked on is made once.
    let made = OnceCell::new();
    group.bench_function(id, |bencher| {
        let operation = made.get_or_init(&operation);
        bencher.iter_batched(|| operation.prepare(), |input| operation.run(input), BatchSize::PerIteration);
    });
}

criterion_group!(
    benches,
    core_ops::benches,
    queries::benches,
    queries::function_cache_miss,
    io::benches,
    whole_table::benches
);
criterion_main!(benches);
