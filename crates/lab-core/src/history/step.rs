//! A place in a timeline where the level jumps, as far as it can be told from the values alone.
//!
//! It is a suspect: values of different days also tell of the machine.

use lab_stats::{Estimate, Probability};

use super::{AcceptedStep, SettingChange};

/// A jump from one level to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Index in the timeline of the first point on the new level; never 0.
    pub at: usize,
    /// Where it may lie as well: the first and the last index that explain the values about as well as `at`.
    pub between: [usize; 2],
    /// Its commits.
    pub range: StepRange,
    /// Just before it.
    pub before: Level,
    /// Just after it.
    pub after: Level,
    /// ln(after / before) with its interval (95 %), which is absent next to a slope and where there are too few points.
    /// Absent where a value is not above zero.
    pub log_ratio: Option<Estimate>,
    /// At most so probable where nothing jumped: the rank-sum test over both levels, times the places that were looked
    /// at.
    pub p: Probability,
    /// Settings that changed at the same place; then the step may be theirs.
    pub settings: Vec<SettingChange>,
    /// ln of what the machine itself did there, by its canaries: the largest move of a kernel in the direction of the step.
    /// Absent where no kernel was measured on both sides.
    pub canary_log_ratio: Option<f64>,
    /// Who accepted it and why; absent where nobody did.
    pub accepted: Option<AcceptedStep>,
}

/// The level on one side of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// In the unit of the timeline.
    pub value: f64,
    /// Points it rests on.
    pub point_count: usize,
}

/// Which commits a step may be of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepRange {
    /// It came with one of the commits after `good`, up to and including `bad`.
    Commits {
        /// The last one measured on the old level.
        good: String,
        /// The first one measured on the new level.
        bad: String,
        /// How many commits are meant; absent where git does not know them.
        count: Option<usize>,
    },
    /// Both sides are of one commit: the code did not change.
    SameCommit(String),
    /// A side has no commit.
    Unknown,
}

impl Step {
    /// The change as a share: 0.05 is 5 % more. Absent where a value is not above zero.
    pub fn change(&self) -> Option<f64> {
        self.log_ratio.map(|estimate| estimate.point.exp_m1())
    }

    /// Whether the level rises.
    pub fn is_up(&self) -> bool {
        self.after.value > self.before.value
    }
}
