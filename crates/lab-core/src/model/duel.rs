//! A live comparison: two executables alive at once on one CPU, taking turns.
//!
//! It holds what was measured; whether a difference means anything is decided by `compare`.

use lab_stats::{Observations, median};

use super::{BenchmarkId, MetricId, Outcome, Warning};

/// One of the two sides of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// What it is compared against.
    Baseline,
    /// What is judged.
    Candidate,
}

impl Side {
    /// Both, baseline first.
    pub const BOTH: [Self; 2] = [Self::Baseline, Self::Candidate];

    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Baseline => Self::Candidate,
            Self::Candidate => Self::Baseline,
        }
    }

    /// Its place in arrays: baseline first.
    pub fn index(self) -> usize {
        match self {
            Self::Baseline => 0,
            Self::Candidate => 1,
        }
    }

    /// It in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Candidate => "candidate",
        }
    }
}

/// How finely the two sides were interleaved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Grain {
    /// Both processes alive at once, in turns of about a millisecond.
    Slices,
    /// Whole processes one after the other, in an order drawn by lot.
    Processes,
}

/// One timed interval of one side: a fixed number of iterations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// Monotonic clock, as the harness read it.
    pub wall_ns: u64,
    /// CPU cycles in user and kernel mode; absent where the host has no counter.
    pub cycles: Option<u64>,
    /// Instructions retired in user mode; absent where the host has no counter.
    pub instructions: Option<u64>,
    /// Time on the CPU in nanoseconds; absent where it could not be read.
    pub task_clock_ns: Option<u64>,
}

/// One slice of each side, back to back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Round {
    /// Which side went first.
    pub first: Side,
    /// Iterations of either slice: equal on both sides, by plan and as checked.
    pub iterations: u64,
    /// The baseline's slice.
    pub baseline: Slice,
    /// The candidate's slice.
    pub candidate: Slice,
}

/// A fresh pair of processes, the unit of replication of a duel.
///
/// Rounds of a launch share address layout and machine state, so they refine its one number and never count as
/// replicates.
#[derive(Clone, Debug, PartialEq)]
pub struct Launch {
    /// From 0 within its duel.
    pub index: u32,
    /// What was measured; both sides know it by this name or by a declared rename.
    pub benchmark: BenchmarkId,
    /// How finely the sides were interleaved.
    pub grain: Grain,
    /// Who was to go first, drawn by lot.
    pub starter: Side,
    /// Link order of both sides, from 0; 0 is the linker's own.
    pub layout: u32,
    /// Bytes of padding in the environments, baseline's and candidate's.
    pub padding_bytes: [u32; 2],
    /// RFC 3339 in UTC.
    pub started_at: String,
    /// From the first start to the last exit, runner's clock.
    pub wall_ns: u64,
    /// Whether both sides were measured; a failure names its side.
    pub outcome: Outcome,
    /// In the order they were run, the discarded first ones left out; one round for [`Grain::Processes`].
    pub rounds: Vec<Round>,
    /// What was odd about it.
    pub warnings: Vec<Warning>,
}

impl Slice {
    /// Its value in a metric a slice can have: `wall_ns`, `cycles`, `instructions`, `task_clock_ns`.
    pub fn value(&self, metric: &MetricId) -> Option<f64> {
        let value = match metric.0.as_str() {
            "wall_ns" => Some(self.wall_ns),
            "cycles" => self.cycles,
            "instructions" => self.instructions,
            "task_clock_ns" => self.task_clock_ns,
            _ => None,
        };
        // Counts of a slice are far below 2^53.
        value.map(|value| value as f64)
    }
}

impl Launch {
    /// The one number this launch contributes: the median over its rounds of ln(candidate / baseline).
    ///
    /// `None` when it was not measured, or no round has a positive value of the metric on both sides.
    pub fn log_ratio(&self, metric: &MetricId) -> Option<f64> {
        let of_round = |round: &Round| {
            let (baseline, candidate) = (round.baseline.value(metric)?, round.candidate.value(metric)?);
            (baseline > 0.0 && candidate > 0.0).then(|| (candidate / baseline).ln())
        };
        let each: Vec<f64> = self.rounds.iter().filter_map(of_round).collect();
        if self.outcome != Outcome::Ok {
            return None;
        }
        Observations::new(each).ok().map(|each| median(&each))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TargetId;

    fn slice(wall_ns: u64) -> Slice {
        Slice { wall_ns, cycles: None, instructions: Some(0), task_clock_ns: None }
    }

    fn launch(outcome: Outcome, pairs: &[(u64, u64)]) -> Launch {
        let rounds = pairs.iter().map(|&(baseline, candidate)| Round {
            first: Side::Baseline,
            iterations: 1,
            baseline: slice(baseline),
            candidate: slice(candidate),
        });
        let target = TargetId::new("p", "t");
        Launch {
            index: 0,
            benchmark: BenchmarkId::new(target, "b"),
            grain: Grain::Slices,
            starter: Side::Baseline,
            layout: 0,
            padding_bytes: [0, 0],
            started_at: String::new(),
            wall_ns: 1,
            outcome,
            rounds: rounds.collect(),
            warnings: Vec::new(),
        }
    }

    #[test]
    fn a_launch_contributes_the_median_of_its_paired_log_ratios() {
        let launch = launch(Outcome::Ok, &[(100, 110), (200, 260), (50, 50)]);
        assert_eq!(launch.log_ratio(&MetricId::wall_ns()), Some(1.1_f64.ln()));
    }

    #[test]
    fn a_metric_without_positive_values_on_both_sides_has_no_ratio() {
        let launch = launch(Outcome::Ok, &[(100, 0)]);
        for metric in ["wall_ns", "cycles", "instructions", "alloc_count"] {
            assert_eq!(launch.log_ratio(&MetricId(metric.into())), None, "{metric}");
        }
    }

    #[test]
    fn a_launch_that_failed_contributes_nothing() {
        let outcome = Outcome::Missing { reason: "candidate: not run".into() };
        assert_eq!(launch(outcome, &[(1, 1)]).log_ratio(&MetricId::wall_ns()), None);
    }
}
