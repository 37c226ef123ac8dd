//! One side's first, short process: whether the benchmark works, its settings, and how long an iteration takes.
//!
//! Nothing it measures enters a launch.

use lab_core::model::{BenchmarkRecord, Measurement, MetricId, Outcome, Values};

use super::contender::{Contender, Context, Place, Stopped};
use crate::runner::command::{Captured, CommandSpec};
use crate::runner::pilot::repeated;

/// What a pilot showed of a benchmark that works.
pub(super) struct Piloted {
    /// The benchmark with the settings that the harness found.
    pub(super) record: BenchmarkRecord,
    /// The pilot's output.
    pub(super) captured: Captured,
    /// Wall time of one iteration in nanoseconds; absent when the harness measured something else or zero.
    pub(super) iteration_ns: Option<f64>,
    /// How many times as long the process lived as what it timed took: more than any set-up within it.
    pub(super) strain_max: f64,
}

/// Pilots one side.
///
/// # Errors
/// Outer: the person stopped it. Inner: the benchmark does not work, and how.
pub(super) fn pilot(
    context: &Context<'_>,
    contender: &Contender<'_>,
    place: Place<'_>,
    time_ms: u64,
) -> Result<Result<Piloted, Outcome>, Stopped> {
    let mut record = contender.record.clone();
    let request = contender.request(&record, time_ms);
    let run = |spec: &CommandSpec| context.run(contender, spec, place, context.stop);
    let completed = match run(&contender.harness.pilot_command(&request))? {
        Ok(first) => repeated(contender.harness, &request, first, run)?,
        Err(error) => {
            let (reason, tail) = (format!("could not be started: {error}"), String::new());
            return Ok(Err(Outcome::Failed { reason, tail }));
        }
    };
    let captured = completed.captured;
    let answer = contender.harness.read(&request, &captured);
    let own = answer.observations.into_iter().find(|observation| observation.benchmark == record.id);
    let Some(observation) = own.filter(|observation| observation.outcome == Outcome::Ok) else {
        let again = contender.harness.read(&request, &captured).observations.into_iter();
        let outcome = again.map(|observation| observation.outcome).find(|outcome| *outcome != Outcome::Ok);
        captured.clear_scratch();
        let missing = || Outcome::Missing { reason: "its process said nothing about it".into() };
        return Ok(Err(outcome.unwrap_or_else(missing)));
    };
    let mut wall = observation.measurements.iter().filter(|one| one.metric == MetricId::wall_ns());
    let wall = wall.next();
    let iteration_ns = wall.and_then(Measurement::representative).filter(|ns| *ns > 0.0);
    let timed_ns = wall.map_or(0.0, |wall| timed_ns(&wall.values)).max(1.0);
    let strain_max = (captured.wall.as_nanos() as f64 / timed_ns).max(1.0);
    let found = contender.harness.calibrate(&request, &captured).unwrap_or_default();
    let thread_count_max = completed.thread_count_max.max(record.thread_count_max);
    record.thread_count_max = thread_count_max;
    record.calibration = found.into_iter().next().unwrap_or_default();
    let request = contender.request(&record, time_ms);
    if let Some(spec) = contender.harness.proof_command(&request, &captured)
        && let Ok(proof) = run(&spec)?
    {
        let settled = contender.harness.settle(&request, &captured, &proof.captured);
        proof.captured.clear_scratch();
        if let Some(calibration) = settled.into_iter().next() {
            record.calibration = calibration;
        }
    }
    captured.clear_scratch();
    Ok(Ok(Piloted { record, captured, iteration_ns, strain_max }))
}

fn timed_ns(values: &Values) -> f64 {
    match values {
        Values::Samples(samples) => samples.iter().map(|sample| sample.total).sum(),
        Values::Summary(summary) => summary.mean.value * summary.iteration_count as f64,
        Values::Center { .. } => 0.0,
    }
}
