//! The benchmark frameworks the lab can drive: one file each, one line in [`ALL`] each.
//!
//! A harness says what to start and reads what came back. It never starts a process and never prints.

mod claim;
pub mod countable;
mod criterion;
mod divan;
pub mod duelist;
mod ending;
pub mod foreign;
mod libtest;

use lab_core::model::{BenchmarkRecord, Calibration, Observation, TargetId, Warning};

use crate::runner::command::{Captured, CommandSpec};
use crate::workspace::BenchTarget;

pub use claim::{Claim, Owner, UnknownHarness, claim, version};
pub use countable::Countable;
pub use criterion::Criterion;
pub use divan::Divan;
pub use duelist::Duelist;
pub use libtest::Libtest;

/// Every harness, in the order in which they are asked; the first whose marker is in the file claims it.
pub const ALL: &[&dyn Harness] = &[&Criterion, &Divan, &Libtest];

/// A framework that owns bench executables.
pub trait Harness: Sync {
    /// Stored name: `criterion`, `divan`.
    fn id(&self) -> &'static str;

    /// Byte strings of which each one, found in an executable, says that this harness runs it.
    fn markers(&self) -> &'static [&'static str];

    /// Registry names of the crates that confirm the claim and give its version.
    fn crate_names(&self) -> &'static [&'static str];

    /// Commands that list the benchmarks of a target, best first; the next is tried when one cannot be read.
    fn list_commands(&self, target: &BenchTarget) -> Vec<CommandSpec>;

    /// Reads the answer to `list_commands()[attempt]`.
    ///
    /// # Errors
    /// [`ReadError`] when the answer is none that this harness gives.
    fn read_list(&self, target: &TargetId, attempt: usize, captured: &Captured)
    -> Result<Listing, ReadError>;

    /// Commands for what a list leaves open: which benchmarks are ignored, at which thread counts they run.
    ///
    /// `attempt` is that of the list command that was read. Each is run once; [`complete`](Self::complete) gets
    /// all the answers.
    fn detail_commands(&self, _target: &BenchTarget, _attempt: usize) -> Vec<CommandSpec> {
        Vec::new()
    }

    /// Completes a listing by the answers to `detail_commands`, in their order.
    ///
    /// Never fails: what cannot be read stays open, with a warning.
    fn complete(
        &self,
        _target: &TargetId,
        _attempt: usize,
        listing: Listing,
        _details: &[Captured],
    ) -> Listing {
        listing
    }

    /// A short process that calibrates the benchmarks and shows whether they work and how many threads they
    /// start.
    fn pilot_command(&self, request: &Request<'_>) -> CommandSpec;

    /// The pilot again, where this one shows too little to calibrate by; it takes this one's place. `None` when it is enough.
    fn repeated_pilot(&self, _request: &Request<'_>, _pilot: &Captured) -> Option<CommandSpec> {
        None
    }

    /// What the pilot says about each benchmark's settings, in the order of the request.
    ///
    /// # Errors
    /// [`ReadError`] when the pilot measured nothing.
    fn calibrate(&self, request: &Request<'_>, captured: &Captured) -> Result<Vec<Calibration>, ReadError>;

    /// A second pilot with the settings that the first one gave the benchmarks of the request, for a harness whose
    /// settings can change what is measured; `None` when the first was enough.
    fn proof_command(&self, _request: &Request<'_>, _pilot: &Captured) -> Option<CommandSpec> {
        None
    }

    /// The settings that are left after both pilots, in the order of the request.
    fn settle(&self, request: &Request<'_>, _pilot: &Captured, _proof: &Captured) -> Vec<Calibration> {
        request.benchmarks.iter().map(|record| record.calibration.clone()).collect()
    }

    /// The command of one invocation.
    fn command(&self, request: &Request<'_>) -> CommandSpec;

    /// Reads one invocation: one observation per requested benchmark, and one for each that ran unasked.
    ///
    /// Never fails: what cannot be read is an observation that failed, with the reason.
    fn read(&self, request: &Request<'_>, captured: &Captured) -> Answer;

    /// The settings under which both sides of a comparison do equal work, from those that each one's own pilots found.
    fn common(&self, baseline: &Calibration, _candidate: &Calibration) -> Calibration {
        baseline.clone()
    }

    /// How its processes take turns in a duel; `None` when its samples cannot be seen from outside.
    fn duelist(&self) -> Option<&dyn Duelist> {
        None
    }

    /// How its work is counted; `None` when only the clock decides how many iterations it does.
    fn countable(&self) -> Option<&dyn Countable> {
        None
    }
}

/// What one process shall measure.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The executable.
    pub target: &'a BenchTarget,
    /// The benchmarks, all of this target; every one of the target when it cannot select.
    pub benchmarks: &'a [BenchmarkRecord],
    /// Whether the target obeys filters.
    pub selection: Selection,
    /// Time to measure each benchmark, in milliseconds; warm-up comes on top.
    pub time_ms: u64,
}

/// Whether one process can be told to run one benchmark only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// A filter picks single benchmarks.
    Each,
    /// Its `main` ignores filters: every process runs the whole target.
    WholeTarget,
}

/// The benchmarks of a target.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// In the harness's own order. Empty together with [`Selection::WholeTarget`] when the target cannot even
    /// list: its benchmarks are then known from the pilot.
    pub benchmarks: Vec<BenchmarkRecord>,
    /// Whether single benchmarks can be picked.
    pub selection: Selection,
    /// The harness's version as the executable said it; absent when it does not say.
    pub harness_version: Option<String>,
    /// What was odd: duplicate ids, a `main` that ignores flags.
    pub warnings: Vec<Warning>,
}

/// What one invocation gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// One per benchmark.
    pub observations: Vec<Observation>,
    /// What was odd about the process.
    pub warnings: Vec<Warning>,
}

/// An answer that a harness cannot make sense of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}; output ends with: {tail}")]
pub struct ReadError {
    /// What was expected and not found.
    pub what: String,
    /// The last lines of the child's output.
    pub tail: String,
}
