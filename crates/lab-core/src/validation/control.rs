//! The negative control: what the usual way of comparing would have said of the same launches.
//!
//! One list of processes after the other and a rank test: on a machine that drifts it must alarm often, or the
//! examination did not see the noise that it is about. Reported, never a rule.

use lab_stats::{Observations, TwoSamples, mann_whitney, median};

use crate::model::{Launch, MetricId, Outcome, Round, Side};

/// Processes per side of the usual way; Go's benchstat asks for ten.
const PROCESSES: usize = 10;

/// Its level.
const ALPHA: f64 = 0.05;

/// How often it called the same executable changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Control {
    /// Called changed.
    pub alarms: usize,
    /// Comparisons.
    pub trials: usize,
}

impl Control {
    /// Adds the comparisons that the launches of one exercise allow, nothing being planted: ten processes of the
    /// baseline, then ten of the candidate, then the next.
    pub fn add(&mut self, launches: &[Launch]) {
        let ok = launches.iter().filter(|launch| launch.outcome == Outcome::Ok);
        let levels: Vec<[f64; 2]> = ok
            .filter_map(|launch| Some([level(launch, Side::Baseline)?, level(launch, Side::Candidate)?]))
            .collect();
        for both in levels.chunks_exact(2 * PROCESSES) {
            let (first, second) = both.split_at(PROCESSES);
            let one = Observations::new(first.iter().map(|pair| pair[0]).collect::<Vec<_>>());
            let two = Observations::new(second.iter().map(|pair| pair[1]).collect::<Vec<_>>());
            let (Ok(one), Ok(two)) = (one, two) else { continue };
            let test = mann_whitney(TwoSamples { reference: &one, other: &two });
            self.trials += 1;
            self.alarms += usize::from(test.p.value() < ALPHA);
        }
    }
}

/// What an iteration takes in one process: the median of its slices in wall time.
fn level(launch: &Launch, side: Side) -> Option<f64> {
    let wall = MetricId::wall_ns();
    let of_round = |round: &Round| {
        let slice = if side == Side::Baseline { round.baseline } else { round.candidate };
        Some(slice.value(&wall)? / round.iterations as f64)
    };
    let each: Vec<f64> = launch.rounds.iter().filter_map(of_round).collect();
    Observations::new(each).ok().map(|each| median(&each))
}
