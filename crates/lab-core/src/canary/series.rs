//! The figures of one kernel over the processes of a Run, in the order in which they were taken.
//!
//! It keeps the order and leaves out nothing but what was not measured.

use std::collections::BTreeMap;

use crate::model::{Measurement, Outcome, Run};

/// Times of one pass in nanoseconds, one per process, by kernel.
pub(super) fn by_kernel(run: &Run) -> BTreeMap<&str, Vec<f64>> {
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
