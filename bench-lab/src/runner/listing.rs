//! Asking a claimed executable for its benchmarks, in the ways its harness knows.
//!
//! It runs the executable's set-up code, as every listing does; it measures nothing.

use std::time::{Duration, Instant};

use lab_core::model::{BenchmarkRecord, Calibration, Skip, Warning};

use super::command::{Captured, CommandSpec};
use super::context::{Context, Seat, Stopped};
use super::spawn::SpawnError;
use crate::harness::{Harness, Listing, Request, Selection};
use crate::workspace::BenchTarget;

/// A listing that takes longer is given up; code outside the measured part runs while listing.
const LIST_LIMIT: Duration = Duration::from_secs(120);

/// A target that cannot even list is run as a whole, once, to see what it holds.
const DISCOVER_LIMIT: Duration = Duration::from_secs(600);

/// Measuring time while a target is run only to see what it holds, in milliseconds.
const DISCOVER_TIME_MS: u64 = 10;

/// A target that answered.
pub(super) struct Listed {
    /// Who claimed it.
    pub(super) harness: &'static dyn Harness,
    /// What it holds.
    pub(super) listing: Listing,
    /// How long the answer took, the target's own set-up included.
    pub(super) wall: Duration,
}

/// Lists a target; the first answer that can be read counts.
pub(super) fn list(
    context: &mut Context<'_>,
    target: &BenchTarget,
    harness: &'static dyn Harness,
) -> Result<Result<Listed, Skip>, Stopped> {
    let mut why = String::from("its harness knows no way to list it");
    for (attempt, spec) in harness.list_commands(target).iter().enumerate() {
        let began = Instant::now();
        let captured = match ask(context, target, spec)? {
            Ok(captured) => captured,
            Err(error) => return Ok(Err(Skip::ListFailed(error.to_string()))),
        };
        let wall = began.elapsed();
        match harness.read_list(&target.id, attempt, &captured) {
            Ok(listing) => {
                let listing = completed(context, target, harness, attempt, listing)?;
                let is_empty = listing.benchmarks.is_empty();
                let listed = Listed { harness, listing, wall };
                return Ok(if is_empty { Err(Skip::NoBenchmarks) } else { Ok(listed) });
            }
            Err(error) => why = error.to_string(),
        }
    }
    Ok(Err(Skip::ListFailed(why)))
}

/// Starts one process that lists, and hands over all it said.
fn ask(
    context: &mut Context<'_>,
    target: &BenchTarget,
    spec: &CommandSpec,
) -> Result<Result<Captured, SpawnError>, Stopped> {
    let ended = context.run(&Seat::unmeasured(LIST_LIMIT), target, spec)?;
    Ok(ended.map(|completed| {
        completed.captured.clear_scratch();
        completed.captured
    }))
}

/// Adds what a list leaves open: thread counts, what is ignored, the contents of a target that cannot list.
fn completed(
    context: &mut Context<'_>,
    target: &BenchTarget,
    harness: &'static dyn Harness,
    attempt: usize,
    mut listing: Listing,
) -> Result<Listing, Stopped> {
    if listing.benchmarks.is_empty() {
        if listing.selection == Selection::WholeTarget {
            listing.benchmarks = discover(context, target, harness)?;
        }
        return Ok(listing);
    }
    let mut details = Vec::new();
    for spec in harness.detail_commands(target, attempt) {
        match ask(context, target, &spec)? {
            Ok(captured) => details.push(captured),
            Err(error) => {
                let text = format!("its list may be incomplete, a further look failed: {error}");
                listing.warnings.push(Warning::new("list_incomplete", &target.id, text));
            }
        }
    }
    Ok(harness.complete(&target.id, attempt, listing, &details))
}

/// Runs a whole target that ignores every flag, and takes what it measured as its list.
fn discover(
    context: &mut Context<'_>,
    target: &BenchTarget,
    harness: &'static dyn Harness,
) -> Result<Vec<BenchmarkRecord>, Stopped> {
    let request =
        Request { target, benchmarks: &[], selection: Selection::WholeTarget, time_ms: DISCOVER_TIME_MS };
    let seat = Seat::unmeasured(DISCOVER_LIMIT);
    let Ok(completed) = context.run(&seat, target, &harness.pilot_command(&request))? else {
        return Ok(Vec::new());
    };
    let answer = harness.read(&request, &completed.captured);
    completed.captured.clear_scratch();
    let record = |observation: lab_core::model::Observation| BenchmarkRecord {
        id: observation.benchmark,
        is_ignored: false,
        calibration: Calibration::default(),
        thread_count_max: completed.thread_count_max,
    };
    Ok(answer.observations.into_iter().map(record).collect())
}
