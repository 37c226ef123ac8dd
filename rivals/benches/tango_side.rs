//! The workloads as tango benchmarks.
//!
//! Both its processes inherit one environment, so the amount of work comes by the name of the executable.

use std::hint::black_box;

use tango_bench::{Benchmark, benchmark_fn, tango_benchmarks};
use rivals::side;

fn workloads() -> Vec<Benchmark> {
    let each = side::WORKLOADS.iter().map(|name| {
        benchmark_fn(*name, |bencher| {
            let mut work = side::work(name);
            let units = side::units_of_name();
            bencher.iter(move || work(black_box(units)))
        })
    });
    each.collect()
}

tango_benchmarks!(workloads());
