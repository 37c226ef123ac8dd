//! The figures of one kernel over the processes of a Run, in the order in which they were taken.
//!
//! It keeps the order and leaves out nothing but what was not measured.

use std::collections::BTreeMap;

use crate::model::{CanaryExtract, KernelExtract, Measurement, Outcome, Run};

/// What the canaries of a Run gave, without what else their processes saw.
pub fn figures(run: &Run) -> CanaryExtract {
    let mut series = by_kernel(run);
    let kernels = run.canary.kernels.iter().map(|kernel| KernelExtract {
        id: kernel.id.clone(),
        units: kernel.units,
        values: series.remove(kernel.id.as_str()).unwrap_or_default(),
    });
    CanaryExtract {
        sha256: run.canary.sha256.clone(),
        is_optimised: run.canary.is_optimised,
        kernels: kernels.collect(),
    }
}

/// Times of one pass in nanoseconds, one per process, by kernel.
fn by_kernel(run: &Run) -> BTreeMap<&str, Vec<f64>> {
    let mut rows: Vec<_> = run.canary.invocations.iter().collect();
    // A resumed Run may have been written in another order than it was laid out in.
    rows.sort_by_key(|row| (row.session, row.index));
    let observations = rows.into_iter().flat_map(|row| &row.observations);
    let mut series: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for observation in observations.filter(|observation| observation.outcome == Outcome::Ok) {
        let value = observation.measurements.first().and_then(Measurement::representative);
        series.entry(&observation.benchmark.path).or_default().extend(value.filter(|value| *value > 0.0));
    }
    series
}
