//! The first, short process of each benchmark: it calibrates, counts threads, and shows what cannot run.
//!
//! Nothing it measures enters a Run's measurements.

use std::time::Duration;

use lab_core::model::{BenchmarkId, Plan};

use super::context::{Context, Seat, Stopped};
use super::event::Event;
use super::prepare::{Preparation, Prepared};
use super::remaining::Pace;
use super::spawn::{Completed, Metering};
use crate::harness::Request;

/// Pilots every unit and writes what it learnt into the benchmark records; tells how long processes will take.
///
/// A pilot that fails is no error: the first block will record the failure with all its evidence.
///
/// # Errors
/// [`Stopped`] when the person stopped it.
pub fn pilot(context: &mut Context<'_>, preparation: &mut Preparation, plan: &Plan) -> Result<Pace, Stopped> {
    let of = preparation.units().len();
    let mut pace = Pace::default();
    let mut number = 0;
    for prepared in &mut preparation.prepared {
        for unit in prepared.units() {
            number += 1;
            let benchmark = &unit.benchmarks[0];
            context.observer.notice(&Event::Piloting { benchmark, number, of });
            let mut finished = pilot_unit(context, prepared, &unit.benchmarks, plan, &plan.cpus)?;
            let is_threaded = finished.as_ref().is_some_and(|f| f.thread_count_max.is_some_and(|n| n > 1));
            if is_threaded && plan.threaded_cpus != plan.cpus {
                // Settings found on one CPU are wrong for threads that will have several.
                finished = pilot_unit(context, prepared, &unit.benchmarks, plan, &plan.threaded_cpus)?;
            }
            if let Some(finished) = finished {
                let measuring = Duration::from_millis(plan.time_ms) * unit.benchmarks.len() as u32;
                // Criterion warms up for a third of the measuring time on top; divan does not.
                pace.guess(benchmark, finished.captured.wall + measuring * 4 / 3);
            }
        }
    }
    Ok(pace)
}

/// Runs one pilot; absent when the process could not be started, which the first block will record.
fn pilot_unit(
    context: &mut Context<'_>,
    prepared: &mut Prepared,
    ids: &[BenchmarkId],
    plan: &Plan,
    cpus: &[u32],
) -> Result<Option<Completed>, Stopped> {
    let records = prepared.records(ids);
    let request = Request {
        target: &prepared.target,
        benchmarks: &records,
        selection: prepared.selection,
        time_ms: plan.time_ms,
    };
    let seat = Seat {
        cpus: cpus.to_vec(),
        aslr: plan.aslr,
        padding_bytes: 0,
        limit: Duration::from_millis(plan.timeout_ms) * ids.len() as u32,
        metering: Metering::Off,
    };
    let spec = prepared.harness.pilot_command(&request);
    let Some(finished) = context.run(&seat, &prepared.target, &spec)?.ok() else { return Ok(None) };
    let calibrations = prepared.harness.calibrate(&request, &finished.captured).unwrap_or_default();
    for (position, id) in ids.iter().enumerate() {
        let Some(record) = prepared.benchmarks.iter_mut().find(|record| record.id == *id) else { continue };
        record.thread_count_max = finished.thread_count_max;
        if let Some(calibration) = calibrations.get(position) {
            record.calibration = calibration.clone();
        }
    }
    Ok(Some(finished))
}
