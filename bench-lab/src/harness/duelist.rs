//! What a harness must know so that its processes can take turns: how much work each of its samples shall be, and how
//! its clock reads are to be understood.
//!
//! It starts nothing: surveys and duels are run by `duel`, which hands back what came of them.

use turnstile::listener::Pattern;
use turnstile::mapping::Entry;

use super::Request;
use crate::runner::command::Captured;

/// A harness whose timed samples can be played in turns.
pub trait Duelist: Sync {
    /// Plans for both sides, baseline first, under which slice for slice both do the same number of iterations.
    ///
    /// # Errors
    /// [`Unfit`] when their code does not allow it.
    fn plan(&self, sides: [&Trial<'_>; 2], wish: &Wish) -> Result<[Plan; 2], Unfit>;

    /// How a process that follows a plan reads the clock, from the log of one that did so alone.
    ///
    /// # Errors
    /// [`Unfit`] when its clock reads cannot be told apart.
    fn score(
        &self,
        request: &Request<'_>,
        plan: &Plan,
        captured: &Captured,
        log: &[Entry],
    ) -> Result<Score, Unfit>;

    /// Whether what was recorded of each slice is what the harness itself says that it measured.
    ///
    /// # Errors
    /// [`Unfit`] when it is not, which means that other clock reads were taken for its own.
    fn confirm(
        &self,
        request: &Request<'_>,
        plan: &Plan,
        captured: &Captured,
        walls_ns: &[u64],
    ) -> Result<(), Unfit>;
}

/// One side's pilot.
#[derive(Clone, Copy, Debug)]
pub struct Trial<'a> {
    /// What ran, with the settings that the pilot found.
    pub request: Request<'a>,
    /// What came of it.
    pub pilot: &'a Captured,
}

/// What slices are wished for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wish {
    /// Least iterations of a slice.
    pub slice_iterations: u64,
    /// Time of one iteration of the faster side, in nanoseconds, roughly.
    pub iteration_ns: f64,
    /// Rounds that count.
    pub round_count: u32,
    /// Rounds before them that do not.
    pub discarded_count: u32,
}

/// What one side does in a launch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Arguments behind the executable; all else is as for an invocation.
    pub arguments: Vec<String>,
    /// Iterations of each slice, in order.
    pub iterations: Vec<u64>,
    /// The first slices, which are played alone: too short for a turn.
    pub solo_count: u32,
    /// See [`Pattern::warm_up_step_ns`].
    pub warm_up_step_ns: u64,
    /// Whether the process is ended after its last slice, since the harness would measure on.
    pub is_cut_short: bool,
}

/// How one side's clock reads are to be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    /// What is the same for every slice.
    pub pattern: Pattern,
    /// Timed pairs of each slice.
    pub pairs: Vec<u32>,
    /// Iterations of each slice, as they were seen; the plan's are a wish where code fixes settings.
    pub iterations: Vec<u64>,
}

/// Why the samples of a benchmark cannot be played in turns: the second half of a sentence about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unfit(pub String);

impl Unfit {
    /// From a clause such as "reads the clock inside its routine".
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}
