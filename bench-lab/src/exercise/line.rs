//! What an exercise's process says to the runner: one line of JSON.
//!
//! Both ends are the same program, so it has no version and is stored nowhere.

use serde::{Deserialize, Serialize};

/// What came of an exercise.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Said {
    /// It is about to begin; what comes next is timed.
    Begins,
    /// Nanoseconds of each slice, and something that depends on all the work.
    Slices {
        /// As the process read them.
        walls_ns: Vec<u64>,
        /// Equal for equal work.
        sum: u64,
    },
    /// It could not be done.
    Failed(String),
}
