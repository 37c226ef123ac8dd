//! What is compared: five figures of a slice, all of them the better the smaller.
//!
//! It compares two arms of one visit; what many visits say together is the verdict's business.

use lab_stats::{Observations, interquartile_range, median};

use super::order::Arm;
use crate::doctor::Gaps;

/// From here on the jitter probe calls a step a gap: the least that a figure of gaps can move by.
const GAP_NS: f64 = 1_000.0;

/// What is added to both spreads, so that a canary whose quartiles fall on one tick of the clock has a ratio.
const SPREAD_STEP: f64 = 1e-4;

/// One stretch of time on the bench CPU with a knob in force, or without.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// What the spinning program saw.
    pub gaps: Gaps,
    /// Median time of a pass of the canary.
    pub canary_ns: f64,
    /// Distance of its quartiles as a share of that.
    pub canary_spread: f64,
}

impl Slice {
    /// Joins a look of the jitter probe and the passes of a canary.
    pub fn new(gaps: Gaps, passes_ns: &Observations) -> Self {
        let canary_ns = median(passes_ns);
        let canary_spread = interquartile_range(passes_ns) / canary_ns.max(f64::MIN_POSITIVE);
        Self { gaps, canary_ns, canary_spread }
    }
}

/// One turn of one subject: two slices with it in force and two without, close together in time.
#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    /// In force.
    pub on: [Slice; 2],
    /// Not.
    pub off: [Slice; 2],
}

impl Visit {
    /// The slices of an arm.
    pub fn arm(&self, arm: Arm) -> &[Slice; 2] {
        match arm {
            Arm::On => &self.on,
            Arm::Off => &self.off,
        }
    }
}

/// One of the things that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// Share of the time in which the spinning program did not run.
    LostTime,
    /// How often it was away.
    GapCount,
    /// The longest time that it was away.
    LongestGap,
    /// The canary's median pass.
    CanaryTime,
    /// The distance of the quartiles of its passes.
    CanarySpread,
}

impl Figure {
    /// All of them, in the order of the columns.
    pub const ALL: [Self; 5] =
        [Self::LostTime, Self::GapCount, Self::LongestGap, Self::CanaryTime, Self::CanarySpread];

    /// Name in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::LostTime => "lost_time",
            Self::GapCount => "gap_count",
            Self::LongestGap => "longest_gap",
            Self::CanaryTime => "canary_time",
            Self::CanarySpread => "canary_spread",
        }
    }

    /// Head of its column.
    pub fn title(self) -> &'static str {
        match self {
            Self::LostTime => "lost time",
            Self::GapCount => "gaps",
            Self::LongestGap => "longest gap",
            Self::CanaryTime => "canary time",
            Self::CanarySpread => "canary spread",
        }
    }

    /// Its value over the two slices of an arm, above zero: counts of rare things get half of one more, times away get
    /// one gap of the least length, so that nothing seen has a ratio too.
    pub fn value(self, slices: &[Slice; 2]) -> f64 {
        let mean = |of: &dyn Fn(&Slice) -> f64| slices.iter().map(of).sum::<f64>() / 2.0;
        let longest = || slices.iter().map(|slice| slice.gaps.longest_ns).max().unwrap_or(0);
        match self {
            Self::LostTime => {
                mean(&|slice| (slice.gaps.lost_ns as f64 + GAP_NS) / slice.gaps.watched_ns.max(1) as f64)
            }
            Self::GapCount => mean(&|slice| {
                let count: u64 = slice.gaps.histogram.iter().map(|(_, count)| count).sum();
                (count as f64 + 0.5) / slice.gaps.watched_ns.max(1) as f64
            }),
            Self::LongestGap => longest() as f64 + GAP_NS,
            Self::CanaryTime => mean(&|slice| slice.canary_ns).max(f64::MIN_POSITIVE),
            Self::CanarySpread => mean(&|slice| slice.canary_spread) + SPREAD_STEP,
        }
    }

    /// In force over not in force, as a logarithm: halves and doubles weigh the same.
    pub fn log_ratio(self, visit: &Visit) -> f64 {
        (self.value(&visit.on) / self.value(&visit.off)).ln()
    }
}
