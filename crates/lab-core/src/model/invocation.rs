//! One child process and what it gave: the unit of replication.
//!
//! A failure is a row with its reason; it is never dropped.

use super::{BenchmarkId, Measurement, Signals, Taint, TargetId, Warning};

/// How the child process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It exited with this code.
    Code(i32),
    /// It was killed by this signal number.
    Signal(i32),
    /// It outlived its limit and was killed by the runner.
    TimedOut {
        /// The limit in milliseconds.
        limit_ms: u64,
    },
    /// It could not be started.
    NotStarted,
}

/// What one invocation saw of one benchmark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was measured.
    Ok,
    /// It panicked, exited with an error, printed what cannot be read, or measured nothing.
    Failed {
        /// One sentence.
        reason: String,
        /// The last lines of the child's output.
        tail: String,
    },
    /// It did not finish in time.
    TimedOut {
        /// The limit in milliseconds.
        limit_ms: u64,
        /// The last lines of the child's output.
        tail: String,
    },
    /// It was listed, and the process that should have run it ended well without it.
    Missing {
        /// One sentence.
        reason: String,
    },
}

/// One benchmark in one invocation.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// Which benchmark.
    pub benchmark: BenchmarkId,
    /// Whether it was measured.
    pub outcome: Outcome,
    /// One per metric; empty unless the outcome is [`Outcome::Ok`].
    pub measurements: Vec<Measurement>,
}

/// One child process.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    /// Place in the schedule, from 0; names the invocation within its Run.
    pub index: u32,
    /// Which session of the Run measured it, from 1; a resumed Run has several.
    pub session: u32,
    /// Which executable ran.
    pub target: TargetId,
    /// Arguments the executable was given.
    pub arguments: Vec<String>,
    /// CPUs the process was allowed; empty when pinning was refused.
    pub cpus: Vec<u32>,
    /// Bytes of padding in the environment, which shifts the stack.
    pub padding_bytes: u32,
    /// Start, RFC 3339 in UTC.
    pub started_at: String,
    /// From `exec` to exit, runner's clock.
    pub wall_ns: u64,
    /// How the process ended.
    pub exit: Exit,
    /// One per benchmark it was asked for or that it ran unasked.
    pub observations: Vec<Observation>,
    /// What the host did meanwhile.
    pub signals: Signals,
    /// Which rules it broke.
    pub taints: Vec<Taint>,
    /// What was odd about it.
    pub warnings: Vec<Warning>,
}
