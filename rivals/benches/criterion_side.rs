//! The workloads as Criterion benchmarks, at Criterion's defaults.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use rivals::side;

fn workloads(criterion: &mut Criterion) {
    for name in side::WORKLOADS {
        criterion.bench_function(name, |bencher| {
            let (mut work, units) = side::ready(name);
            bencher.iter(|| work(black_box(units)));
        });
    }
}

criterion_group!(benches, workloads);
criterion_main!(benches);
