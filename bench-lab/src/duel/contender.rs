//! Who fights, where, and by whose hand: what a caller brings to a duel.
//!
//! It is plain values and references; nothing here starts a process.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lab_core::model::{Aslr, BenchmarkRecord, Plan, Side};

use crate::harness::{Harness, Request, Selection};
use crate::runner::command::CommandSpec;
use crate::runner::spawn::{Completed, Finished, Launch, Metering, SpawnError, THIS_PROGRAM};
use crate::workspace::BenchTarget;

/// Starts one process and waits for it. Two threads call it at once.
pub type Execute<'a> = dyn Fn(&Launch<'_>) -> Result<Finished, SpawnError> + Sync + 'a;

/// A duel's way to the outside.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Starts one process and waits for it: [`spawn::run`](crate::runner::spawn::run).
    pub execute: &'a Execute<'a>,
    /// Raised by Ctrl-C.
    pub stop: &'a AtomicBool,
}

/// One side of a duel: a benchmark in an executable.
#[derive(Clone, Copy)]
pub struct Contender<'a> {
    /// The executable with its directory and environment.
    pub target: &'a BenchTarget,
    /// Who drives it.
    pub harness: &'static dyn Harness,
    /// Whether it obeys filters.
    pub selection: Selection,
    /// The benchmark as listed.
    pub record: &'a BenchmarkRecord,
    /// Whether its owner says that it starts threads; absent to let the pilot see.
    pub is_threaded: Option<bool>,
}

/// The two sides.
#[derive(Clone, Copy)]
pub struct Pair<'a> {
    /// What is compared against.
    pub baseline: Contender<'a>,
    /// What is judged.
    pub candidate: Contender<'a>,
}

/// Where and how both sides run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The CPU that both share; empty when nothing is pinned.
    pub cpus: Vec<u32>,
    /// The CPUs that both share when they have several threads.
    pub threaded_cpus: Vec<u32>,
    /// Layout of every process.
    pub aslr: Aslr,
    /// Measuring time of one process of the fallback, in milliseconds.
    pub time_ms: u64,
    /// Kills a process that lives longer.
    pub timeout: Duration,
}

/// A process that came to its end, or could not be started.
pub(super) type End = Result<Completed, SpawnError>;

/// The person or the system asked to stop.
pub(super) use crate::runner::context::Stopped;

impl<'a> Pair<'a> {
    /// One side.
    pub fn side(&self, side: Side) -> &Contender<'a> {
        match side {
            Side::Baseline => &self.baseline,
            Side::Candidate => &self.candidate,
        }
    }

    /// Whether its owners say that it has threads.
    pub(super) fn is_threaded(&self) -> bool {
        let is_said = |contender: &Contender<'_>| contender.is_threaded == Some(true);
        let is_denied = |contender: &Contender<'_>| contender.is_threaded == Some(false);
        let has_shown = |contender: &Contender<'_>| {
            contender.record.thread_count_max.is_some_and(|count| count > 1) && !is_denied(contender)
        };
        let sides = [&self.baseline, &self.candidate];
        sides.iter().any(|contender| is_said(contender) || has_shown(contender))
    }
}

impl Settings {
    /// As a plan says.
    pub fn of_plan(plan: &Plan) -> Self {
        Self {
            cpus: plan.cpus.clone(),
            threaded_cpus: plan.threaded_cpus.clone(),
            aslr: plan.aslr,
            time_ms: plan.time_ms,
            timeout: Duration::from_millis(plan.timeout_ms),
        }
    }

    /// The CPUs for both sides.
    pub(super) fn cpus(&self, is_threaded: bool) -> &[u32] {
        if is_threaded { &self.threaded_cpus } else { &self.cpus }
    }
}

/// Where one process runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) cpus: &'a [u32],
    pub(super) aslr: Aslr,
    pub(super) padding_bytes: u32,
    /// A copy of the executable, to be executed in its place.
    pub(super) image: Option<&'a Path>,
    pub(super) limit: Duration,
    pub(super) metering: Metering,
    /// Whether hardware counters of the timing thread tell of all that runs.
    pub(super) has_counters: bool,
}

impl Context<'_> {
    /// Runs one process, which `stop` ends early.
    ///
    /// # Errors
    /// [`Stopped`] when it was ended by `stop`.
    pub(super) fn run(
        &self,
        contender: &Contender<'_>,
        spec: &CommandSpec,
        place: Place<'_>,
        stop: &AtomicBool,
    ) -> Result<End, Stopped> {
        let launch = Launch {
            launcher: Path::new(THIS_PROGRAM),
            executable: &contender.target.executable,
            image: place.image,
            directory: &contender.target.package_root,
            spec,
            environment: &contender.target.environment,
            cpus: place.cpus,
            aslr: place.aslr,
            padding_bytes: place.padding_bytes,
            limit: place.limit,
            metering: place.metering,
            stop,
        };
        match (self.execute)(&launch) {
            Ok(Finished::Completed(completed)) => Ok(Ok(*completed)),
            Ok(Finished::Interrupted) => Err(Stopped),
            Err(error) => Ok(Err(error)),
        }
    }

    /// Whether somebody asked to stop.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

impl Contender<'_> {
    /// What is asked of its harness, with the settings of `record`.
    pub(super) fn request<'b>(&'b self, record: &'b BenchmarkRecord, time_ms: u64) -> Request<'b> {
        Request {
            target: self.target,
            benchmarks: std::slice::from_ref(record),
            selection: self.selection,
            time_ms,
        }
    }
}

/// Puts the side's name before a sentence about it.
pub(super) fn about(which: Side, text: impl std::fmt::Display) -> String {
    format!("{}: {text}", which.name())
}
