//! One benchmark and metric, baseline against candidate.
//!
//! It carries everything a reader needs to doubt the verdict; a renderer computes nothing.

use lab_stats::{Estimate, OverLayouts};

use super::{EvidenceKind, Verdict};
use crate::model::{BenchmarkId, Direction, LookTaken, MetricId};

/// One benchmark in its primary metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The benchmark, by the candidate's name.
    pub benchmark: BenchmarkId,
    /// The baseline's name where it was another.
    pub renamed_from: Option<BenchmarkId>,
    /// Which metric decides.
    pub metric: MetricId,
    /// Its unit.
    pub unit: String,
    /// Which way is better.
    pub direction: Direction,
    /// What it rests on; absent where nothing could be compared.
    pub evidence: Option<EvidenceKind>,
    /// Replicates: launches, pairs, or processes of the side that has fewer.
    pub count: usize,
    /// The two sides' own values, where they are known.
    pub typical: Typical,
    /// Where the candidate ended among the looks of its Run; absent where its size was fixed, and in a live comparison.
    pub look: Option<LookTaken>,
    /// candidate / baseline with its interval, the drift of the machine included; absent where there is none.
    pub ratio: Option<Estimate>,
    /// Always-valid p value of "no change"; absent without a test.
    pub p: Option<f64>,
    /// The same, corrected for the number of benchmarks.
    pub p_adjusted: Option<f64>,
    /// Smallest change that matters for this benchmark, in ln units.
    pub margin: f64,
    /// Other metrics of the same benchmark; they never alarm.
    pub witnesses: Vec<Witness>,
    /// How many invocations stand behind each side, and how many of them are tainted or left out.
    pub columns: [Columns; 2],
    /// What other link orders say; absent where none was tried.
    pub layouts: Option<Layouts>,
    /// What is to be said of it.
    pub verdict: Verdict,
    /// What a reader should know besides, as sentences.
    pub notes: Vec<String>,
}

/// The change in other link orders, the same on both sides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layouts {
    /// One value per link order, taken together; its p is corrected for the number of suspects.
    pub over: OverLayouts,
    /// Whether link orders move this benchmark by as much as the change.
    pub is_sensitive: bool,
    /// Link orders that would probably show a change of the size that the executables have.
    pub needed: Option<usize>,
}

/// The typical value of each side, in the metric's unit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Typical {
    /// Median over the baseline's processes.
    pub baseline: Option<f64>,
    /// Median over the candidate's processes.
    pub candidate: Option<f64>,
}

/// Invocations of one side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// Those that measured the benchmark.
    pub measured: usize,
    /// Those of them that broke a rule.
    pub tainted: usize,
    /// Those that were left out by a rule that the policy names.
    pub left_out: usize,
    /// Those that should have measured it and did not.
    pub failed: usize,
}

/// Another metric of the same benchmark.
#[derive(Clone, Debug, PartialEq)]
pub struct Witness {
    /// Which metric.
    pub metric: MetricId,
    /// candidate / baseline, with an interval where there are enough replicates.
    pub ratio: Estimate,
    /// How it relates to the primary metric.
    pub reading: Reading,
}

/// What a witness says about the primary metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// It moved the same way.
    Agrees,
    /// It did not move.
    Still,
    /// It moved the other way, or moved while the primary metric did not.
    Differs,
}

impl Change {
    /// Whether it may be a regression: it is one, or no answer was found and the candidate looks worse by more than the
    /// smallest change that matters.
    pub fn may_be_regressed(&self) -> bool {
        match self.verdict {
            Verdict::Regressed => true,
            Verdict::Inconclusive(_) => self.worsening() > self.margin,
            Verdict::Improved | Verdict::Equivalent(_) | Verdict::NotComparable(_) => false,
        }
    }

    /// How much worse the candidate is, in ln units: above zero is worse whichever way the metric goes. Zero without
    /// a ratio.
    pub fn worsening(&self) -> f64 {
        let log = self.ratio.map_or(0.0, |ratio| ratio.point.ln());
        match self.direction {
            Direction::LowerIsBetter => log,
            Direction::HigherIsBetter => -log,
        }
    }
}
