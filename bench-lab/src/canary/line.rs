//! What the process of the canaries says to the runner: one line of JSON per kernel.
//!
//! Both ends are the same program, so it has no version and is stored nowhere.

use serde::{Deserialize, Serialize};

/// What came of one kernel.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Line {
    /// The kernel's id.
    pub(super) kernel: String,
    /// Its times, or why there are none.
    pub(super) said: Said,
}

/// The answer of one kernel.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Said {
    /// Nanoseconds of each pass, with results that were right.
    PassesNs(Vec<f64>),
    /// It cannot run here.
    Absent(String),
    /// It ran and failed, or gave a wrong result.
    Failed(String),
}
