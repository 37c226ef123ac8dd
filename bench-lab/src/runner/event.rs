//! What the runner tells while it works: all that a progress display may know.
//!
//! Runner and display share these types and nothing else; the runner never waits for a display.

use std::time::Duration;

use lab_core::compare::Change;
use lab_core::model::{BenchmarkId, Invocation, Launch, LookRecord, Scheduled, Skip, TargetId, Warning};

/// One thing that happened, in the order it happened.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// cargo printed a message for people: a compiler error or warning.
    Compiler(&'a str),
    /// A target was claimed and its benchmarks are known.
    Listed {
        /// The target.
        target: &'a TargetId,
        /// The harness that claimed it.
        harness: &'a str,
        /// Benchmarks found, before any filter.
        benchmark_count: usize,
    },
    /// A target contributes nothing.
    Skipped {
        /// The target.
        target: &'a TargetId,
        /// Why.
        skip: &'a Skip,
    },
    /// A benchmark is being tried out before the first block.
    Piloting {
        /// The first benchmark of the process.
        benchmark: &'a BenchmarkId,
        /// From 1.
        number: usize,
        /// How many pilots there are.
        of: usize,
    },
    /// The order is fixed and measuring begins.
    Begun {
        /// Name of the Run.
        run: &'a str,
        /// Benchmarks to measure.
        benchmark_count: usize,
        /// Invocations still to do.
        remaining_count: usize,
    },
    /// A bench process starts.
    Started {
        /// What it is to measure.
        scheduled: &'a Scheduled,
        /// From 1, among those of this session.
        number: usize,
        /// How many this session has to do.
        of: usize,
        /// Expected time until the last one ends; absent while nothing is known.
        remaining: Option<Duration>,
    },
    /// A bench process ended and its row is on disk.
    Finished {
        /// The row.
        invocation: &'a Invocation,
        /// From 1, among those of this session.
        number: usize,
        /// How many this session has to do.
        of: usize,
        /// Expected time for what is still to do; absent while nothing is known.
        remaining: Option<Duration>,
        /// What is known so far about each benchmark of the row.
        estimates: &'a [RunningEstimate],
    },
    /// The Run was held against its baseline: some benchmarks stop, others go on.
    Looked {
        /// What was decided, and what is measured next.
        look: &'a LookRecord,
        /// The invocations at which there are looks.
        counts: &'a [u32],
    },
    /// A match begins.
    MatchBegun {
        /// Name of the match.
        id: &'a str,
        /// Names of both sides.
        sides: [&'a str; 2],
        /// Benchmarks that both have.
        duel_count: usize,
        /// Those of them that are one and the same executable with the same inputs.
        identical_count: usize,
    },
    /// Both sides of a benchmark are tried out before its first launch.
    Calibrating {
        /// The candidate's name.
        benchmark: &'a BenchmarkId,
    },
    /// Instructions of both sides of a benchmark are counted before its first launch.
    Counting {
        /// The candidate's name.
        benchmark: &'a BenchmarkId,
    },
    /// A launch ended and its row is on disk.
    Launched {
        /// The row.
        launch: &'a Launch,
        /// How far the match has come with it.
        progress: MatchProgress,
    },
    /// A verdict stands: the benchmark is launched no more.
    Judged {
        /// The verdict with its figures.
        change: &'a Change,
        /// How far the match has come with it.
        progress: MatchProgress,
    },
    /// The lab examines itself: a launch ended.
    Examined {
        /// Launches so far.
        launched: usize,
        /// Verdicts so far.
        verdicts: usize,
        /// Time that is left.
        left: Duration,
    },
    /// Something that a reader of the Run must know.
    Warned(&'a Warning),
    /// Nothing more is measured; what follows is the result.
    Ended,
}

/// The state of one benchmark while a Run goes on.
#[derive(Clone, Debug, PartialEq)]
pub struct RunningEstimate {
    /// Which benchmark.
    pub benchmark: BenchmarkId,
    /// Median over the invocations so far, in the metric's unit.
    pub median: f64,
    /// Unit of the median.
    pub unit: String,
    /// Invocations that measured it so far.
    pub invocation_count: usize,
}

/// How far a match has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatchProgress {
    /// Launches so far.
    pub launched: usize,
    /// Benchmarks that are launched no more.
    pub decided: usize,
    /// All benchmarks.
    pub of: usize,
    /// Time until the last verdict if no benchmark is decided early; absent while nothing is known.
    pub remaining_max: Option<Duration>,
}

/// Something that is told what happens.
pub trait Observer {
    /// Takes note; must not fail and must not block.
    fn notice(&mut self, event: &Event<'_>);
}
