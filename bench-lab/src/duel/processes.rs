//! The coarser duel: whole processes one after the other, in an order drawn by lot, for what cannot take turns.
//!
//! It gives a launch of one round, whose slices are the medians that the harness itself reports.

use std::path::Path;
use std::time::Instant;

use jiff::Timestamp;
use lab_core::lot::Lot;
use lab_core::model::{MetricId, Outcome, Round, Side, Slice};

use super::contender::{Contender, Context, Place, Stopped, about};
use crate::harness::Request;

/// Iterations that a slice stands for: enough for picoseconds to show in whole nanoseconds.
pub(super) const ITERATIONS: u64 = 1_000_000;

/// What came of a pair of processes.
pub(super) struct Sequence {
    pub(super) outcome: Outcome,
    pub(super) rounds: Vec<Round>,
    pub(super) started_at: String,
    pub(super) wall_ns: u64,
}

/// Runs both sides one after the other.
///
/// # Errors
/// The person stopped it.
pub(super) fn play(
    context: &Context<'_>,
    sides: [(&Contender<'_>, Request<'_>); 2],
    images: [Option<&Path>; 2],
    place: Place<'_>,
    lot: Lot,
) -> Result<Sequence, Stopped> {
    let started_at = Timestamp::now().to_string();
    let began = Instant::now();
    let mut walls = [0_u64; 2];
    let mut outcome = Outcome::Ok;
    for which in [lot.starter, lot.starter.other()] {
        let at = which.index();
        let place = Place { padding_bytes: lot.padding_bytes[at], image: images[at], ..place };
        match measure(context, &sides[at], place)? {
            Ok(iteration_ns) => walls[at] = (iteration_ns * ITERATIONS as f64).round() as u64,
            Err(failure) => {
                outcome = blame(which, failure);
                break;
            }
        }
    }
    let rounds = if outcome == Outcome::Ok {
        let slice = |wall_ns| Slice { wall_ns, cycles: None, instructions: None, task_clock_ns: None };
        let [baseline, candidate] = walls.map(slice);
        vec![Round { first: lot.starter, iterations: ITERATIONS, baseline, candidate }]
    } else {
        Vec::new()
    };
    let wall_ns = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
    Ok(Sequence { outcome, rounds, started_at, wall_ns })
}

/// Time of one iteration in one process, in nanoseconds.
fn measure(
    context: &Context<'_>,
    (contender, request): &(&Contender<'_>, Request<'_>),
    place: Place<'_>,
) -> Result<Result<f64, Outcome>, Stopped> {
    let spec = contender.harness.command(request);
    let completed = match context.run(contender, &spec, place, context.stop)? {
        Ok(completed) => completed,
        Err(error) => {
            let (reason, tail) = (format!("could not be started: {error}"), String::new());
            return Ok(Err(Outcome::Failed { reason, tail }));
        }
    };
    let answer = contender.harness.read(request, &completed.captured);
    completed.captured.clear_scratch();
    let own = answer.observations.into_iter().find(|one| one.benchmark == contender.record.id);
    let Some(observation) = own else {
        return Ok(Err(Outcome::Missing { reason: "its process said nothing about it".into() }));
    };
    if observation.outcome != Outcome::Ok {
        return Ok(Err(observation.outcome));
    }
    let mut wall = observation.measurements.iter().filter(|one| one.metric == MetricId::wall_ns());
    let value = wall.next().and_then(|one| one.representative()).filter(|ns| *ns > 0.0);
    Ok(value.ok_or_else(|| Outcome::Missing { reason: "it measured no wall time".into() }))
}

/// A failure with its side's name.
pub(super) fn blame(which: Side, failure: Outcome) -> Outcome {
    match failure {
        Outcome::Ok => Outcome::Ok,
        Outcome::Failed { reason, tail } => Outcome::Failed { reason: about(which, reason), tail },
        Outcome::TimedOut { limit_ms, tail } => {
            Outcome::TimedOut { limit_ms, tail: about(which, format_args!("did not end in time\n{tail}")) }
        }
        Outcome::Missing { reason } => Outcome::Missing { reason: about(which, reason) },
    }
}
