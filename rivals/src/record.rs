//! What a file of comparisons holds: a line for each session, and one for each comparison as it ends.
//!
//! It is data; reading and writing are the journal's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::tool::{Rule, Tool};

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Line {
    /// A session begins.
    Session(Box<Session>),
    /// A comparison ended.
    Comparison(Comparison),
}

/// The circumstances of the comparisons behind it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// RFC 3339 in UTC.
    pub started_at: String,
    /// Version of the rivals, and of what it measures with.
    pub version: String,
    /// The machine's name.
    pub machine: String,
    /// Kernel release; absent where it is unknown.
    pub kernel: Option<String>,
    /// Commit of the sources; absent outside a repository.
    pub commit: Option<String>,
    /// Whether tracked files differed from it.
    pub is_dirty: bool,
    /// The command line, as typed.
    pub command: String,
    /// Seed of every draw.
    pub seed: u64,
    /// The CPU that everything but tango was pinned to.
    pub cpu: u32,
    /// Load average over the last minute before it began; absent where it is unknown.
    pub load: Option<f64>,
    /// Every tool that was asked for: its version, or why it takes no part.
    pub tools: BTreeMap<Tool, Presence>,
    /// critcmp, which takes no time of its own; absent when Criterion was not asked for.
    pub critcmp: Option<Presence>,
}

/// Whether a tool is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// Its version.
    Version(String),
    /// Why it takes no part, as the table says it.
    Absent(String),
}

/// One comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// By which tool.
    pub tool: Tool,
    /// Of what.
    pub workload: String,
    /// How much more work the candidate had, in per cent; zero for none.
    pub planted_percent: u32,
    /// Machine time for both sides, without calibration, in seconds.
    pub seconds: f64,
    /// What the tool's calibration takes once per benchmark, in seconds; zero where there is none.
    pub calibration_seconds: f64,
    /// What each rule said; empty when it failed.
    pub answers: BTreeMap<Rule, Answer>,
    /// Why there is no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// What a rule said.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// In one word.
    pub verdict: Verdict,
    /// The change that it named, in per cent of the baseline.
    pub percent: f64,
}

/// A rule's word on the candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Slower.
    Slower,
    /// Faster.
    Faster,
    /// No change said; bench-lab alone means that any is smaller than its margin.
    Unchanged,
    /// It says that it cannot tell.
    Undecided,
}

impl Answer {
    /// From a change and whether it counts as one.
    pub fn of(percent: f64, is_change: bool) -> Self {
        let verdict = match (is_change, percent > 0.0) {
            (false, _) => Verdict::Unchanged,
            (true, true) => Verdict::Slower,
            (true, false) => Verdict::Faster,
        };
        Self { verdict, percent }
    }
}

impl Comparison {
    /// What a user waits for it.
    pub fn whole_seconds(&self) -> f64 {
        self.seconds + self.calibration_seconds
    }
}
