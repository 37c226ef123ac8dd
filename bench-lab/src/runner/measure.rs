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
use lab_core::taint::{self, Case, Pinned, Threads, Thresholds};

use super::command::CommandSpec;
use super::context::{Context, Seat, Stopped};
use super::event::Event;
use super::prepare::Prepared;
use super::remaining::{Left, Pace};
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
    /// The canaries, where the schedule has places for them.
    pub canary: Option<&'a Prepared>,
    /// The invocations still to do, in order.
    pub schedule: &'a [Scheduled],
    /// What earlier sessions of the Run measured.
    pub earlier: &'a [Invocation],
    /// Number of this session, from 1.
    pub session: u32,
    /// Since when the budget is being spent: the beginning of the pilots.
    pub began: Instant,
    /// From where on an invocation is tainted.
    pub thresholds: Thresholds,
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
    let mut left = Left::of(work.schedule, &tally);
    let mut count = Count::of(work.schedule);
    let mut begun_block = None;
    for (place, scheduled) in work.schedule.iter().enumerate() {
        count.turn(scheduled);
        if tally.has_given_up(scheduled) {
            continue;
        }
        if begun_block != Some(scheduled.block) {
            let block = block_at(work.schedule, place).iter().filter(|one| !tally.has_given_up(one));
            match budget(work, pace.expect(block), (begun_block, scheduled.block)) {
                Budget::Fits => {}
                Budget::Exceeded(text) => warn(context, run, &Warning::new("budget_exceeded", "", text))?,
                Budget::Spent(why) => return Ok(Ending::BudgetSpent(why)),
            }
            begun_block = Some(scheduled.block);
        }
        if !scheduled.is_canary() {
            let (Count { number, of }, remaining) = (count, left.expect(pace));
            context.observer.notice(&Event::Started { scheduled, number, of, remaining });
        }
        let started = Instant::now();
        let Ok((invocation, output)) = invoke(context, work, scheduled, &tally) else {
            return Ok(Ending::Stopped);
        };
        run.append(&invocation)?;
        if let Some((stdout, stderr)) = output {
            run.keep_output(scheduled.index, &stdout, &stderr)?;
        }
        pace.note(&scheduled.benchmarks[0], started.elapsed());
        tally.note(&invocation);
        left.done(scheduled);
        let left_out = if tally.has_given_up(scheduled) { left.give_up(scheduled) } else { 0 };
        if !scheduled.is_canary() {
            let (Count { number, of }, remaining) = (count, left.expect(pace));
            let (invocation, estimates) = (&invocation, &tally.estimates(&invocation));
            context.observer.notice(&Event::Finished { invocation, number, of, remaining, estimates });
        }
        if left_out > 0 {
            let text = format!("is given up; {} left out", number::counted(left_out, "more invocation"));
            warn(context, run, &Warning::new("given_up", subject(scheduled), text))?;
        }
    }
    Ok(Ending::Done)
}

/// How far a session has come in invocations of benchmarks. The canaries take milliseconds and are no benchmarks: a
/// display counts and names none of them.
#[derive(Clone, Copy)]
struct Count {
    /// From 1.
    number: usize,
    of: usize,
}

impl Count {
    fn of(schedule: &[Scheduled]) -> Self {
        Self { number: 0, of: schedule.iter().filter(|scheduled| !scheduled.is_canary()).count() }
    }

    fn turn(&mut self, scheduled: &Scheduled) {
        self.number += usize::from(!scheduled.is_canary());
    }
}

/// What a warning about a whole process is about.
fn subject(scheduled: &Scheduled) -> String {
    let first = &scheduled.benchmarks[0];
    if scheduled.is_canary() { first.target.to_string() } else { first.to_string() }
}

/// What is left of the block that the place belongs to.
fn block_at(schedule: &[Scheduled], place: usize) -> &[Scheduled] {
    let rest = &schedule[place..];
    let end = rest.iter().position(|later| later.block != rest[0].block).unwrap_or(rest.len());
    &rest[..end]
}

/// Tells and keeps a warning.
fn warn(context: &mut Context<'_>, run: &mut OpenRun, warning: &Warning) -> Result<(), StoreError> {
    context.observer.notice(&Event::Warned(warning));
    run.add_warning(warning)
}

/// What the budget says to a block.
enum Budget {
    /// It may begin.
    Fits,
    /// It begins, since without it there would be nothing, and takes longer than the budget allows.
    Exceeded(String),
    /// It is left out with all that follow.
    Spent(String),
}

/// Judges a block by the time it is expected to take. One that has begun is finished, whatever it takes: a part of
/// a block would measure some benchmarks more often than others.
fn budget(work: &Work<'_>, expected: Option<Duration>, (begun, next): (Option<u32>, u32)) -> Budget {
    let Some(budget_ms) = work.plan.budget_ms else { return Budget::Fits };
    let limit = Duration::from_millis(budget_ms);
    let expected = expected.unwrap_or_default();
    if work.began.elapsed() + expected <= limit {
        return Budget::Fits;
    }
    let shown = number::span(limit.as_secs_f64());
    // What a look added only makes a Run surer that is whole without it.
    if begun.is_none() && next < work.plan.invocation_count {
        let expected = number::span(expected.as_secs_f64());
        return Budget::Exceeded(format!(
            "one invocation of every benchmark is expected to take {expected}, and what came before counts too: \
             the budget of {shown} allows no more than one"
        ));
    }
    let all = work.schedule.last().map_or(next, |last| last.block + 1);
    Budget::Spent(format!("budget of {shown} reached after {next} of {all} blocks"))
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
        .chain(work.canary)
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
            let pilot_counts = records.iter().map(|record| record.thread_count_max);
            let thread_count = pilot_counts.chain([completed.thread_count_max]).max().flatten();
            let answer = prepared.harness.read(&request, &completed.captured);
            let output = fill(&mut row, completed, answer);
            row.taints = taint::judge(
                &Case {
                    signals: &row.signals,
                    wall_ns: row.wall_ns,
                    pinned: Pinned::to_count(row.cpus.len()),
                    threads: Threads::from_count(thread_count),
                    usual_clock_ghz: tally.usual_clock_ghz(),
                },
                &work.thresholds,
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

#[cfg(test)]
mod tests;
