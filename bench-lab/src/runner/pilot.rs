//! The first, short process of each benchmark: it calibrates, counts threads, and shows what cannot run.
//!
//! Nothing it measures enters a Run's measurements.

use std::time::Duration;

use lab_core::model::{BenchmarkId, BenchmarkRecord, Calibration, Observation, Outcome, Plan};

use super::context::{Context, Seat, Stopped};
use super::event::Event;
use super::prepare::{Preparation, Prepared};
use super::remaining::Pace;
use super::spawn::{Completed, Metering, SpawnError};
use crate::harness::{Harness, Request, Selection};
use crate::runner::command::{Captured, CommandSpec};

/// How often a pilot is repeated at most: once where the timer saw something, twice where it saw nothing.
const REPEATED_MAX: usize = 2;

/// What one pilot showed of one benchmark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// Which benchmark.
    pub benchmark: BenchmarkId,
    /// Whether it works.
    pub outcome: Outcome,
}

/// Everything the pilots showed.
#[derive(Debug, Default)]
pub struct Pilots {
    /// How long processes will take.
    pub pace: Pace,
    /// One per benchmark.
    pub trials: Vec<Trial>,
}

/// Pilots every unit and writes what it learnt into the benchmark records.
///
/// A pilot that fails is no error: the first block will record the failure with all its evidence.
///
/// # Errors
/// [`Stopped`] when the person stopped it.
pub fn pilot(
    context: &mut Context<'_>,
    preparation: &mut Preparation,
    plan: &Plan,
) -> Result<Pilots, Stopped> {
    let mut of = preparation.units().len();
    let mut pilots = Pilots::default();
    let mut number = 0;
    let mut index = 0;
    while index < preparation.prepared.len() {
        let first_trial = pilots.trials.len();
        for unit in preparation.prepared[index].units() {
            number += 1;
            let ids = &unit.benchmarks;
            context.observer.notice(&Event::Piloting { benchmark: &ids[0], number, of });
            pilot_seated(context, &mut preparation.prepared[index], ids, plan, &mut pilots)?;
        }
        let prepared = &preparation.prepared[index];
        let is_parting = prepared.is_shared && prepared.selection == Selection::Each;
        if is_parting && pilots.trials[first_trial..].iter().any(|trial| trial.outcome != Outcome::Ok) {
            pilots.trials.truncate(first_trial);
            preparation.part(index);
            of =
                number + preparation.prepared[index..].iter().map(|later| later.units().len()).sum::<usize>();
        } else {
            index += 1;
        }
    }
    Ok(pilots)
}

/// Pilots one unit on the CPUs that it will be measured on, and guesses what an invocation of it takes.
fn pilot_seated(
    context: &mut Context<'_>,
    prepared: &mut Prepared,
    ids: &[BenchmarkId],
    plan: &Plan,
    pilots: &mut Pilots,
) -> Result<(), Stopped> {
    let trial_count = pilots.trials.len();
    let had_threads = prepared.wants_threads(&prepared.records(ids));
    let mut wall = pilot_unit(context, prepared, ids, plan, &mut pilots.trials)?;
    let has_moved = !had_threads && prepared.wants_threads(&prepared.records(ids));
    if has_moved && plan.threaded_cpus != plan.cpus {
        // Settings found on one CPU are wrong for threads that will have several.
        pilots.trials.truncate(trial_count);
        wall = pilot_unit(context, prepared, ids, plan, &mut pilots.trials)?;
    }
    let measuring = Duration::from_millis(plan.time_ms) * ids.len() as u32;
    // Criterion warms up for a third of the measuring time on top.
    pilots.pace.guess(&ids[0], wall + measuring * 4 / 3);
    Ok(())
}

/// Runs one pilot, adds one trial per benchmark, and gives its wall time.
fn pilot_unit(
    context: &mut Context<'_>,
    prepared: &mut Prepared,
    ids: &[BenchmarkId],
    plan: &Plan,
    trials: &mut Vec<Trial>,
) -> Result<Duration, Stopped> {
    let records = prepared.records(ids);
    let request = Request {
        target: &prepared.target,
        benchmarks: &records,
        selection: prepared.selection,
        time_ms: plan.time_ms,
    };
    let cpus = if prepared.wants_threads(&records) { &plan.threaded_cpus } else { &plan.cpus };
    let seat = Seat {
        cpus: cpus.clone(),
        aslr: plan.aslr,
        padding_bytes: 0,
        limit: Duration::from_millis(plan.timeout_ms) * ids.len() as u32,
        metering: Metering::Off,
    };
    let spec = prepared.harness.pilot_command(&request);
    let completed = match context.run(&seat, &prepared.target, &spec)? {
        Ok(first) => {
            repeated(prepared.harness, &request, first, |spec| context.run(&seat, &prepared.target, spec))?
        }
        Err(error) => {
            let reason = format!("could not be started: {error}");
            let outcome = Outcome::Failed { reason, tail: String::new() };
            trials.extend(ids.iter().map(|id| Trial { benchmark: id.clone(), outcome: outcome.clone() }));
            return Ok(Duration::ZERO);
        }
    };
    let observations = prepared.harness.read(&request, &completed.captured).observations;
    trials.extend(ids.iter().map(|id| trial(id, &observations)));
    let calibrations = prepared.harness.calibrate(&request, &completed.captured).unwrap_or_default();
    let calibrated = with_calibrations(&records, &calibrations);
    let request = Request { benchmarks: &calibrated, ..request };
    let (calibrations, proof_wall) = prove(context, &seat, (prepared, &request), &completed.captured)?
        .unwrap_or((calibrations, Duration::ZERO));
    for (record, settled) in records.iter().zip(with_calibrations(&records, &calibrations)) {
        let own = prepared.benchmarks.iter_mut().find(|own| own.id == record.id);
        let Some(own) = own else { continue };
        own.thread_count_max = completed.thread_count_max.max(own.thread_count_max);
        own.calibration = settled.calibration;
    }
    completed.captured.clear_scratch();
    Ok(completed.captured.wall.max(proof_wall))
}

/// Runs the pilot again for as long as the harness wants another one and it can be had; `run` starts a process.
///
/// # Errors
/// [`Stopped`] when the person stopped it.
pub(crate) fn repeated(
    harness: &dyn Harness,
    request: &Request<'_>,
    first: Completed,
    mut run: impl FnMut(&CommandSpec) -> Result<Result<Completed, SpawnError>, Stopped>,
) -> Result<Completed, Stopped> {
    let mut completed = first;
    for _ in 0..REPEATED_MAX {
        let Some(spec) = harness.repeated_pilot(request, &completed.captured) else { break };
        let Ok(repeated) = run(&spec)? else { break };
        completed.captured.clear_scratch();
        completed = repeated;
    }
    Ok(completed)
}

/// Runs the second pilot where the harness wants one: the settings it leaves, and its wall time.
fn prove(
    context: &mut Context<'_>,
    seat: &Seat,
    (prepared, request): (&Prepared, &Request<'_>),
    pilot: &Captured,
) -> Result<Option<(Vec<Calibration>, Duration)>, Stopped> {
    let Some(spec) = prepared.harness.proof_command(request, pilot) else { return Ok(None) };
    let Ok(proof) = context.run(seat, &prepared.target, &spec)? else { return Ok(None) };
    let settled = prepared.harness.settle(request, pilot, &proof.captured);
    proof.captured.clear_scratch();
    Ok(Some((settled, proof.captured.wall)))
}

fn with_calibrations(records: &[BenchmarkRecord], calibrations: &[Calibration]) -> Vec<BenchmarkRecord> {
    let mut records = records.to_vec();
    for (record, calibration) in records.iter_mut().zip(calibrations) {
        record.calibration = calibration.clone();
    }
    records
}

fn trial(id: &BenchmarkId, observations: &[Observation]) -> Trial {
    let found = observations.iter().find(|observation| observation.benchmark == *id);
    let missing = || Outcome::Missing { reason: "its process said nothing about it".into() };
    Trial {
        benchmark: id.clone(),
        outcome: found.map_or_else(missing, |observation| observation.outcome.clone()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use lab_core::model::Aslr;

    use super::*;
    use crate::runner::event::Observer;
    use crate::runner::fake::{completed, prepared};
    use crate::runner::spawn::{Finished, Launch, SpawnError};

    struct Deaf;

    impl Observer for Deaf {
        fn notice(&mut self, _: &Event<'_>) {}
    }

    /// What was started, the outcomes, and what a block then consists of.
    fn piloted(paths: &[&str], selection: Selection) -> (Vec<String>, Vec<Outcome>, Vec<usize>) {
        let prepared = Prepared { is_shared: true, selection, ..prepared(paths) };
        let mut preparation = Preparation { prepared: vec![prepared], ..Preparation::default() };
        let plan = Plan {
            filters: Vec::new(),
            invocation_count: 1,
            time_ms: 1,
            budget_ms: None,
            timeout_ms: 1,
            seed: 1,
            cpus: Vec::new(),
            threaded_cpus: Vec::new(),
            aslr: Aslr::Random,
            includes_ignored: false,
            build_arguments: Vec::new(),
            looks: None,
        };
        let mut started = Vec::new();
        let mut execute = |launch: &Launch<'_>| -> Result<Finished, SpawnError> {
            started.push(launch.spec.arguments.join("+"));
            Ok(Finished::Completed(Box::new(completed())))
        };
        let stop = AtomicBool::new(false);
        let mut context = Context { execute: &mut execute, observer: &mut Deaf, stop: &stop };
        let pilots = pilot(&mut context, &mut preparation, &plan).unwrap();
        let outcomes = pilots.trials.into_iter().map(|trial| trial.outcome).collect();
        let sizes = preparation.units().iter().map(|unit| unit.benchmarks.len()).collect();
        (started, outcomes, sizes)
    }

    #[test]
    fn benchmarks_that_work_share_the_process_they_were_given() {
        let (started, outcomes, sizes) = piloted(&["a", "b"], Selection::Each);
        assert_eq!((started, outcomes, sizes), (vec!["a+b".into()], vec![Outcome::Ok; 2], vec![2]));
    }

    #[test]
    fn one_that_fails_is_parted_from_those_it_would_take_down() {
        let (started, outcomes, sizes) = piloted(&["a", "bad", "b"], Selection::Each);
        assert_eq!(started, ["a+bad+b", "a", "bad", "b"]);
        assert_eq!(outcomes.len(), 3, "each once: {outcomes:?}");
        assert_eq!(sizes, [1, 1, 1]);
    }

    #[test]
    fn a_target_that_cannot_select_stays_whole() {
        let (started, _, sizes) = piloted(&["a", "bad"], Selection::WholeTarget);
        assert_eq!((started, sizes), (vec!["a+bad".into()], vec![2]));
    }
}
