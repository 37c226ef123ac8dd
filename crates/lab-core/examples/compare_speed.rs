//! Prints how long a comparison of two large Runs takes, and how the time grows with them.
//!
//! It must never be run by a test: what it prints depends on the machine.
//!
//! `cargo run --release --package lab-core --example compare_speed`

#![expect(clippy::print_stdout, reason = "its output is what it is for")]
#![expect(clippy::disallowed_types, reason = "the law is for the crate; this measures it")]

use std::collections::BTreeSet;
use std::time::Instant;

use lab_core::compare::{Material, Subject, compare};
use lab_core::model::{
    BenchmarkExtract, BenchmarkId, Calibration, CanaryExtract, Environment, Extract, KernelExtract, MetricId,
    Origin, Revision, Series, TargetId,
};
use lab_core::policy::Policy;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Processes of each benchmark on either side.
const INVOCATIONS: usize = 30;

/// One side of `count` benchmarks; every tenth is slower by `slowdown`.
fn side(count: usize, slowdown: f64, random: &mut ChaCha8Rng) -> Extract {
    let mut values = |level: f64| -> Vec<f64> {
        (0..INVOCATIONS).map(|_| level * (1.0 + 0.02 * random.random::<f64>())).collect()
    };
    let benchmarks = (0..count)
        .map(|number| {
            let id = BenchmarkId::new(
                TargetId::new("suite", "bench"),
                format!("group_{}/case_{number}", number % 100),
            );
            let mut benchmark = BenchmarkExtract::empty(id, Calibration::default());
            benchmark.taints = vec![BTreeSet::new(); INVOCATIONS];
            benchmark.busy_share = Some(0.98);
            let level = if number % 10 == 0 { 1000.0 * (1.0 + slowdown) } else { 1000.0 };
            benchmark.series = vec![Series {
                metric: MetricId::wall_ns(),
                unit: "ns".into(),
                values: values(level),
                throughput: Vec::new(),
            }];
            benchmark
        })
        .collect();
    let kernel = KernelExtract { id: "integer_v1".into(), units: 1, values: values(1000.0) };
    Extract {
        origin: Origin::Run(String::new()),
        lab_version: String::new(),
        created_at: String::new(),
        revision: Revision::default(),
        plan: None,
        environment: Environment::default(),
        mixed: Vec::new(),
        targets: Vec::new(),
        benchmarks,
        canary: CanaryExtract { sha256: None, is_optimised: true, kernels: vec![kernel] },
    }
}

fn main() {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    for count in [1_250, 2_500, 5_000, 10_000] {
        let (baseline, candidate) = (side(count, 0.0, &mut random), side(count, 0.05, &mut random));
        let material = Material {
            baseline: Subject { name: "baseline", extract: &baseline },
            candidate: Subject { name: "candidate", extract: &candidate },
            launches: &[],
            duels: &[],
        };
        let begin = Instant::now();
        let compared = compare(&material, &Policy::default());
        let seconds = begin.elapsed().as_secs_f64();
        match compared {
            Ok(comparison) => println!(
                "{count:6} benchmarks of {INVOCATIONS} invocations: {:6.1} ms, {:5.1} µs each; {:?}",
                seconds * 1e3,
                seconds * 1e6 / count as f64,
                comparison.summary()
            ),
            Err(error) => println!("{error}"),
        }
    }
}
