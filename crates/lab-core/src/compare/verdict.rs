//! What can be said of one change.
//!
//! No difference seen is not no difference: equivalence is a claim of its own, with its own error rate.

use crate::model::Side;

/// The answer for one benchmark and metric.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The candidate is worse.
    Regressed,
    /// The candidate is better.
    Improved,
    /// Any change is smaller than the smallest that matters.
    Equivalent(Equivalence),
    /// The evidence does not carry an answer.
    Inconclusive(Doubt),
    /// The question cannot be asked of these two sides.
    NotComparable(Obstacle),
}

/// Why two sides count as equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Equivalence {
    /// The interval lies inside the margin (TOST: Schuirmann, J. Pharmacokinet. Biopharm. 15, 1987).
    Measured,
    /// One and the same executable with the same inputs: there is nothing that could differ. LLVM's LNT has the rule.
    Identical,
}

/// Why there is no answer although both sides were measured.
#[derive(Clone, Debug, PartialEq)]
pub enum Doubt {
    /// Too few replicates for any verdict at the level asked for.
    TooFew {
        /// How many there are, on the side that has fewer.
        count: usize,
        /// With how many a verdict begins to be possible.
        needed: usize,
    },
    /// Neither a change nor its absence is shown.
    Undecided {
        /// What would probably decide it; absent when no amount of the same evidence would.
        more: Option<More>,
    },
    /// A change by itself, and not among so many benchmarks: chance alone gives one now and then.
    Suspect {
        /// Its p value after the correction of Benjamini and Hochberg.
        adjusted: f64,
    },
    /// Two metrics that should agree do not: which, as a clause.
    WitnessesDisagree(String),
    /// Two Runs, and nothing that says what the machine did between them: why, as a clause.
    NoCanaries(String),
    /// The executables differ, and in how many of the planned link orders they were compared so far.
    LayoutOpen {
        /// Link orders that were measured.
        count: usize,
        /// Link orders that are to be.
        planned: usize,
    },
    /// The executables differ, and link orders alone may do as much: it is no finding about the code.
    LayoutNotExcluded,
    /// It was a regression at first, and when it was measured again it was not.
    NotConfirmed,
    /// The machine itself may have moved by as much as the change, or by as much as the margin.
    Drift {
        /// By how much, in ln units.
        envelope: f64,
    },
}

/// How much more evidence of the same kind would probably decide.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct More {
    /// Replicates on top of those there are.
    pub count: usize,
    /// Their machine time in seconds, where the time of the others is known.
    pub seconds: Option<f64>,
}

/// Why a comparison of the two sides would mean nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Obstacle {
    /// Times of two machines.
    OtherMachine,
    /// Facts that move times by more than any code change: their names.
    OtherSettings(Vec<String>),
    /// A side was measured in several sessions, between which facts changed that move times by more than any code change.
    MixedSettings {
        /// Which side.
        side: Side,
        /// The facts.
        facts: Vec<String>,
    },
    /// The two sides state the metric in different units.
    OtherUnit {
        /// The baseline's.
        baseline: String,
        /// The candidate's.
        candidate: String,
    },
    /// The harness measured the two sides in different ways, so that the values are of two things: which setting says so.
    OtherCalibration {
        /// The setting.
        setting: String,
        /// The baseline's.
        baseline: String,
        /// The candidate's.
        candidate: String,
    },
    /// One side has no value of the metric: which one, and why, as a clause.
    NotMeasured {
        /// The side without.
        side: Side,
        /// Why.
        why: String,
    },
    /// Values of which no ratio can be formed: which side, and what they are.
    NoRatio {
        /// The side that has them.
        side: Side,
        /// In words (`3 of 10 values are zero`).
        what: String,
    },
}

impl Verdict {
    /// Stored name.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Regressed => "regressed",
            Self::Improved => "improved",
            Self::Equivalent(_) => "equivalent",
            Self::Inconclusive(_) => "inconclusive",
            Self::NotComparable(_) => "not_comparable",
        }
    }

    /// The verdict with the two sides changed over.
    pub fn mirrored(self) -> Self {
        match self {
            Self::Regressed => Self::Improved,
            Self::Improved => Self::Regressed,
            other => other,
        }
    }
}

impl Doubt {
    /// Stored name.
    pub fn id(&self) -> &'static str {
        match self {
            Self::TooFew { .. } => "too_few",
            Self::Undecided { .. } => "undecided",
            Self::Suspect { .. } => "suspect",
            Self::WitnessesDisagree(_) => "witnesses_disagree",
            Self::NoCanaries(_) => "no_canaries",
            Self::LayoutOpen { .. } => "layout_open",
            Self::LayoutNotExcluded => "layout_not_excluded",
            Self::NotConfirmed => "not_confirmed",
            Self::Drift { .. } => "drift",
        }
    }
}

impl Obstacle {
    /// Stored name.
    pub fn id(&self) -> &'static str {
        match self {
            Self::OtherMachine => "other_machine",
            Self::OtherSettings(_) => "other_settings",
            Self::MixedSettings { .. } => "mixed_settings",
            Self::OtherUnit { .. } => "other_unit",
            Self::OtherCalibration { .. } => "other_calibration",
            Self::NotMeasured { .. } => "not_measured",
            Self::NoRatio { .. } => "no_ratio",
        }
    }
}
