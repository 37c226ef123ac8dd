//! What one list of numbers says: estimate, interval, p value, and whether it moved.
//!
//! Drift of the machine is taken off before anything is called a change, and added to every interval.

use std::collections::HashMap;

use lab_stats::{
    Design, Direction, Finding, Interval, Look, Observations, RankSums, Series, Standing, Unpaired, judge,
    judge_unpaired,
};

use super::Evidence;

/// One-sided error rate of "equivalent" where there is one look; the looks of a live comparison spend as much in all.
const EQUIVALENCE_ALPHA: f64 = 0.05;

/// What the evidence on one benchmark and metric says, in ln units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Opinion {
    /// Hodges-Lehmann estimate of ln(candidate / baseline).
    pub(super) estimate: f64,
    /// Covers the truth at the level of "changed", the drift included.
    pub(super) interval: Interval,
    /// Covers it at the level of "equivalent", the drift included.
    pub(super) equivalence: Interval,
    /// Always-valid p of "it moved by no more than the drift".
    pub(super) p: f64,
    /// What follows.
    pub(super) finding: Shown,
}

/// What an opinion shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// Above zero.
    Up,
    /// Below zero.
    Down,
    /// Inside the margin.
    Equal,
    /// Neither.
    Nothing,
    /// Neither, and it would be one of the others if the machine could not have drifted.
    LostInDrift,
}

/// Forms opinions; it keeps designs and null distributions, which are the same for thousands of benchmarks.
#[derive(Debug)]
pub(super) struct Judge {
    alpha: f64,
    designs: HashMap<(usize, u64, u64), Option<Design>>,
    rank_sums: RankSums,
}

impl Judge {
    pub(super) fn new(alpha: f64) -> Self {
        Self { alpha, designs: HashMap::new(), rank_sums: RankSums::default() }
    }

    /// Replicates from which on a verdict is possible.
    pub(super) fn needed(&mut self, evidence: &Evidence) -> usize {
        match evidence {
            Evidence::Duel(_) | Evidence::Blocks(_) => {
                self.live(0.0).and_then(|design| design.next_count(0)).unwrap_or(usize::MAX)
            }
            Evidence::Stored { share, .. } => self.stored_needed(*share),
        }
    }

    /// The opinion, or nothing when there are too few replicates. `drift` is in ln units and counts for stored
    /// evidence only, since a live comparison cancels it.
    pub(super) fn opinion(&mut self, evidence: &Evidence, margin: f64, drift: f64) -> Option<Opinion> {
        match evidence {
            Evidence::Duel(logs) | Evidence::Blocks(logs) => {
                let series = Series::new(logs.as_slice()).ok()?;
                let standing = judge(self.live(margin)?, &series)?;
                Some(of_standing(&standing))
            }
            Evidence::Stored { baseline, candidate, share } => {
                if baseline.len().min(candidate.len()) < stored_needed(self.alpha) {
                    return None;
                }
                let is_swapped = baseline.len() < candidate.len();
                let (reference, other) =
                    if is_swapped { (candidate, baseline) } else { (baseline, candidate) };
                let opinion = self.stored([reference, other], *share, margin, drift)?;
                Some(if is_swapped { opinion.mirrored() } else { opinion })
            }
        }
    }

    /// Both lists are complete, so there is one look, at all of them: the only one, or the one at which a list ended that
    /// grew. `reference` is the longer one.
    fn stored(
        &mut self,
        [reference, other]: [&[f64]; 2],
        share: f64,
        margin: f64,
        drift: f64,
    ) -> Option<Opinion> {
        let reference = Observations::new(reference).ok()?;
        let series = Series::new(other).ok()?;
        let raw = self.unpaired(&reference, &series, share, margin)?;
        let p_of = |standing: &Standing| (standing.p_value.value() / share).min(1.0);
        let widened = |interval: Interval| {
            Interval::new(interval.lower() - drift, interval.upper() + drift, interval.level()).ok()
        };
        let mut opinion = Opinion { p: p_of(&raw), ..of_standing(&raw) };
        opinion.interval = widened(raw.interval)?;
        opinion.equivalence = widened(raw.equivalence_interval)?;
        if drift == 0.0 {
            return Some(opinion);
        }
        // The worst null is that the machine moved by the whole envelope towards what was seen.
        opinion.p = if raw.estimate.abs() > drift && p_of(&raw) <= self.alpha {
            let towards_zero = -drift.copysign(raw.estimate);
            let shifted: Vec<f64> = other.iter().map(|log| log + towards_zero).collect();
            let series = Series::new(shifted).ok()?;
            p_of(&self.unpaired(&reference, &series, share, margin)?)
        } else {
            1.0
        };
        let is_inside = |interval: Interval| -margin < interval.lower() && interval.upper() < margin;
        opinion.finding = match raw.finding {
            Finding::Changed(direction) if opinion.p <= self.alpha => side_of(direction),
            _ if is_inside(opinion.equivalence) => Shown::Equal,
            Finding::Changed(_) | Finding::Unchanged => Shown::LostInDrift,
            Finding::Undecided | Finding::Exhausted => Shown::Nothing,
        };
        Some(opinion)
    }

    fn unpaired(
        &mut self,
        reference: &Observations,
        other: &Series,
        share: f64,
        margin: f64,
    ) -> Option<Standing> {
        let (count, alpha) = (other.count(), self.alpha);
        let design = self
            .designs
            .entry((count, margin.to_bits(), share.to_bits()))
            .or_insert_with(|| {
                let equivalence_alpha = EQUIVALENCE_ALPHA * share;
                let look = Look { count, change_alpha: alpha * share, equivalence_alpha };
                Design::of_two_lists(&[look], margin).ok()
            })
            .as_ref()?;
        judge_unpaired(design, Unpaired { reference, other }, &mut self.rank_sums)
    }

    /// Processes of either side from which on a share of the level can show something: of the C(2n, n) ways to split two
    /// lists of n, two are as far apart as can be.
    fn stored_needed(&self, share: f64) -> usize {
        let splits = |count: usize| -> f64 { (1..=count).map(|n| (count + n) as f64 / n as f64).product() };
        let fewest = stored_needed(self.alpha);
        let is_enough = |count: &usize| 2.0 / splits(*count) <= self.alpha * share;
        (fewest..).find(is_enough).unwrap_or(fewest)
    }

    /// The looks of a live comparison, their spending scaled to the level asked for. Looks that cannot reach theirs
    /// are left out, and what they would have spent is saved.
    fn live(&mut self, margin: f64) -> Option<&Design> {
        let alpha = self.alpha;
        self.designs.entry((0, margin.to_bits(), 0)).or_insert_with(|| live_design(alpha, margin)).as_ref()
    }
}

/// The looks of a live comparison at a level; absent where the level is beyond what any of them can reach.
pub fn live_design(alpha: f64, margin: f64) -> Option<Design> {
    let spent: f64 = Design::LOOKS_DEFAULT.iter().map(|look| look.change_alpha).sum();
    let scaled = |look: &Look| Look { change_alpha: look.change_alpha * alpha / spent, ..*look };
    let looks: Vec<Look> = Design::LOOKS_DEFAULT.iter().map(scaled).collect();
    (0..looks.len()).find_map(|first| Design::new(&looks[first..], margin).ok())
}

/// Processes of either side from which on two stored Runs may be judged: a list of n signs can point one way by chance
/// twice in 2ⁿ times.
pub fn stored_needed(alpha: f64) -> usize {
    (2.0 / alpha).log2().ceil() as usize
}

impl Opinion {
    /// The same with the two sides changed over.
    fn mirrored(self) -> Self {
        let turned = |interval: Interval| {
            Interval::new(-interval.upper(), -interval.lower(), interval.level())
                .expect("an interval turned over keeps its order")
        };
        Self {
            estimate: -self.estimate,
            interval: turned(self.interval),
            equivalence: turned(self.equivalence),
            p: self.p,
            finding: match self.finding {
                Shown::Up => Shown::Down,
                Shown::Down => Shown::Up,
                other => other,
            },
        }
    }
}

fn of_standing(standing: &Standing) -> Opinion {
    Opinion {
        estimate: standing.estimate,
        interval: standing.interval,
        equivalence: standing.equivalence_interval,
        p: standing.always_valid_p.value(),
        finding: match standing.finding {
            Finding::Changed(direction) => side_of(direction),
            Finding::Unchanged => Shown::Equal,
            Finding::Undecided | Finding::Exhausted => Shown::Nothing,
        },
    }
}

fn side_of(direction: Direction) -> Shown {
    match direction {
        Direction::Up => Shown::Up,
        Direction::Down => Shown::Down,
    }
}
