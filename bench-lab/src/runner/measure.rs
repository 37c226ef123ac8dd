//! The loop: one scheduled invocation after the other, each row on disk before the next process starts.
//!
//! It never reorders, repeats or drops an invocation by its outcome, except that a benchmark which keeps failing
//! is given up, and says so.

use std::fs;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use lab_core::model::{
    BenchmarkId, BenchmarkRecord, Exit, Invocation, Observation, Outcome, Plan, Scheduled, Signals, Warning,
};
use lab_core::report::number;
use lab_core::taint::{self, Case, Pinned, Thresholds};

use super::command::CommandSpec;
use super::context::{Context, Seat, Stopped};
use super::event::Event;
use super::prepare::Prepared;
use super::remaining::Pace;
use super::spawn::{Completed, Metering, SpawnError};
use super::tally::Tally;
use crate::harness::{Answer, Request};
use crate::store::{OpenRun, StoreError};

/// What is to be measured in this session.
pub struct Work<'a> {
    /// How.
    pub plan: &'a Plan,
    /// With what.
    pub prepared: &'a [Prepared],
    /// The invocations still to do, in order.
    pub schedule: &'a [Scheduled],
    /// What earlier sessions of the Run measured.
    pub earlier: &'a [Invocation],
    /// Number of this session, from 1.
    pub session: u32,
}

/// How a session of measuring ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Everything scheduled was done, or given up with a warning.
    Done,
    /// The budget ran out; the text says at which point.
    BudgetSpent(String),
    /// The person or the system asked to stop.
    Stopped,
}

/// Measures what is left of a schedule and appends every invocation to the open Run.
///
/// # Errors
/// [`StoreError`] when a row could not be written; the rows before it are safe.
pub fn measure(
    context: &mut Context<'_>,
    run: &mut OpenRun,
    work: &Work<'_>,
    pace: &mut Pace,
) -> Result<Ending, StoreError> {
    let mut tally = Tally::of(work.earlier);
    let began = Instant::now();
    let of = work.schedule.len();
    for (done, scheduled) in work.schedule.iter().enumerate() {
        let rest = &work.schedule[done..];
        if tally.has_given_up(scheduled) {
            continue;
        }
        if let Some(why) = spent(work, rest, began.elapsed(), pace) {
            return Ok(Ending::BudgetSpent(why));
        }
        let number = done + 1;
        let remaining = pace.expect(rest.iter().filter(|scheduled| !tally.has_given_up(scheduled)));
        context.observer.notice(&Event::Started { scheduled, number, of, remaining });
        let Ok((invocation, output)) = invoke(context, work, scheduled, &tally) else {
            return Ok(Ending::Stopped);
        };
        run.append(&invocation)?;
        if let Some((stdout, stderr)) = output {
            run.keep_output(scheduled.index, &stdout, &stderr)?;
        }
        pace.note(&scheduled.benchmarks[0], Duration::from_nanos(invocation.wall_ns));
        tally.note(&invocation);
        let estimates = tally.estimates(&invocation);
        context.observer.notice(&Event::Finished {
            invocation: &invocation,
            number,
            of,
            estimates: &estimates,
        });
        let left_out = rest[1..].iter().filter(|later| later.benchmarks == scheduled.benchmarks).count();
        if left_out > 0 && tally.has_given_up(scheduled) {
            let text = format!("is given up; {} left out", number::counted(left_out, "more invocation"));
            let warning = Warning::new("given_up", &scheduled.benchmarks[0], text);
            context.observer.notice(&Event::Warned(&warning));
            run.add_warning(&warning)?;
        }
    }
    Ok(Ending::Done)
}

/// Why the budget allows no further invocation; a block that is not expected to fit is not begun.
fn spent(work: &Work<'_>, rest: &[Scheduled], elapsed: Duration, pace: &Pace) -> Option<String> {
    let budget = Duration::from_millis(work.plan.budget_ms?);
    let block = rest[0].block;
    let is_block_start = rest.len() == work.schedule.len() || {
        let before = &work.schedule[work.schedule.len() - rest.len() - 1];
        before.block != block
    };
    let in_block = rest.iter().take_while(|scheduled| scheduled.block == block);
    let expected = if is_block_start { pace.expect(in_block) } else { pace.expect(rest.first()) };
    let is_first_block = block == work.schedule[0].block;
    let would_end = elapsed + expected.unwrap_or_default();
    // The first block is begun in any case: without it there is nothing at all.
    let is_spent = if is_first_block && is_block_start { false } else { would_end > budget };
    is_spent.then(|| {
        format!(
            "budget of {} s reached after {} of {} blocks",
            budget.as_secs(),
            block,
            work.plan.invocation_count
        )
    })
}

/// What a failed process printed: standard output and standard error.
type Output = (Vec<u8>, Vec<u8>);

/// Runs one process and makes its row; with the output when something went wrong.
fn invoke(
    context: &mut Context<'_>,
    work: &Work<'_>,
    scheduled: &Scheduled,
    tally: &Tally,
) -> Result<(Invocation, Option<Output>), Stopped> {
    let prepared = work
        .prepared
        .iter()
        .find(|prepared| prepared.target.id == scheduled.benchmarks[0].target)
        .expect("a schedule is made from prepared targets");
    let records = prepared.records(&scheduled.benchmarks);
    let request = Request {
        target: &prepared.target,
        benchmarks: &records,
        selection: prepared.selection,
        time_ms: work.plan.time_ms,
    };
    let seat = seat(work.plan, scheduled, prepared, &records);
    let spec = prepared.harness.command(&request);
    let mut row = empty_row(work, scheduled, &spec);
    match context.run(&seat, &prepared.target, &spec)? {
        Ok(completed) => {
            let answer = prepared.harness.read(&request, &completed.captured);
            let output = fill(&mut row, completed, answer);
            row.taints = taint::judge(
                &Case {
                    signals: &row.signals,
                    wall_ns: row.wall_ns,
                    pinned: Pinned::to_count(row.cpus.len()),
                    usual_clock_ghz: tally.usual_clock_ghz(),
                },
                &Thresholds::default(),
            );
            Ok((row, output))
        }
        Err(error) => {
            row.observations = records.iter().map(|record| unstarted(&record.id, &error)).collect();
            Ok((row, None))
        }
    }
}

fn seat(plan: &Plan, scheduled: &Scheduled, prepared: &Prepared, records: &[BenchmarkRecord]) -> Seat {
    let cpus = if prepared.wants_threads(records) { &plan.threaded_cpus } else { &plan.cpus };
    Seat {
        cpus: cpus.clone(),
        aslr: plan.aslr,
        padding_bytes: scheduled.padding_bytes,
        limit: Duration::from_millis(plan.timeout_ms) * records.len() as u32,
        metering: Metering::On,
    }
}

fn empty_row(work: &Work<'_>, scheduled: &Scheduled, spec: &CommandSpec) -> Invocation {
    Invocation {
        index: scheduled.index,
        session: work.session,
        target: scheduled.benchmarks[0].target.clone(),
        arguments: spec.arguments.clone(),
        cpus: Vec::new(),
        padding_bytes: scheduled.padding_bytes,
        started_at: Timestamp::now().to_string(),
        wall_ns: 0,
        exit: Exit::NotStarted,
        observations: Vec::new(),
        signals: Signals::new(),
        taints: Vec::new(),
        warnings: Vec::new(),
    }
}

/// Fills a row from a process that ran; gives its output back when an observation of it is not ok.
fn fill(row: &mut Invocation, completed: Completed, answer: Answer) -> Option<Output> {
    let captured = completed.captured;
    row.cpus = completed.cpus;
    row.wall_ns = u64::try_from(captured.wall.as_nanos()).unwrap_or(u64::MAX);
    row.exit = captured.exit;
    row.signals = completed.signals;
    row.warnings = completed.warnings;
    row.warnings.extend(answer.warnings);
    row.observations = answer.observations;
    if let Some(scratch) = &captured.scratch
        && let Err(error) = fs::remove_dir_all(scratch)
    {
        let text = format!("left behind, it could not be removed: {error}");
        row.warnings.push(Warning::new("scratch_left", scratch.display(), text));
    }
    let is_bad = row.observations.iter().any(|observation| observation.outcome != Outcome::Ok);
    is_bad.then_some((captured.stdout, captured.stderr))
}

fn unstarted(id: &BenchmarkId, error: &SpawnError) -> Observation {
    let reason = format!("could not be started: {error}");
    Observation {
        benchmark: id.clone(),
        outcome: Outcome::Failed { reason, tail: String::new() },
        measurements: Vec::new(),
    }
}
