//! The workloads as divan benchmarks, at divan's defaults.

use std::hint::black_box;

use divan::Bencher;
use rivals::side;

fn main() {
    divan::main();
}

macro_rules! benchmarks {
    ($($name:ident)*) => {
        $(
            #[divan::bench]
            fn $name(bencher: Bencher<'_, '_>) {
                let (mut work, units) = side::ready(stringify!($name));
                bencher.bench_local(|| work(black_box(units)));
            }
        )*
    };
}

benchmarks! { hash sort map alloc memcpy parse }
