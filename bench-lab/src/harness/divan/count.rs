//! divan counted: its flags say how many samples of how many iterations a process takes, and no clock has a say.
//!
//! The size of a sample stays the calibrated one, since it can change what is measured.

use super::duel::{FOR_EVER, own_row};
use super::leaf::SAMPLE_SIZE;
use super::{ExternalTime, run_command, table};
use crate::harness::Request;
use crate::harness::countable::{Countable, Order};
use crate::harness::duelist::{Trial, Unfit};
use crate::runner::command::Captured;

/// divan's part in counting.
pub(super) struct ByFlags;

impl Countable for ByFlags {
    fn order(&self, trial: &Trial<'_>, iterations: u64, multiple: u64) -> Result<Order, Unfit> {
        let [record] = trial.request.benchmarks else {
            return Err(Unfit::new("shares its process with others"));
        };
        let size = record.calibration.0.get(SAMPLE_SIZE).and_then(|size| size.parse::<u64>().ok());
        let size = size.unwrap_or(1).clamp(1, iterations.max(1));
        let (size, count) = (size.to_string(), (iterations.div_ceil(size) * multiple).to_string());
        let bounds = ["--sample-size", &size, "--sample-count", &count, "--min-time", "0"];
        let bounds = bounds.into_iter().chain(["--max-time", FOR_EVER]).map(str::to_owned).collect();
        let spec = run_command(&trial.request, bounds, ExternalTime::Skipped);
        Ok(Order { spec, warm_up_step_ns: 0 })
    }

    fn done(&self, request: &Request<'_>, captured: &Captured) -> Result<u64, Unfit> {
        let text = captured.stdout_text();
        let rows = table::rows(&text);
        Ok(own_row(request, &rows)?.time.iteration_count)
    }
}
