//! From the evidence on one pair to its change, before the number of benchmarks is taken into account.
//!
//! It never says more than the evidence carries: what stands in the way is asked first.

use lab_stats::{Estimate, Interval};

use super::gather::{Gathered, gather, moves_with_machine};
use super::meaning::{Meaning, STILL, Work, meaning};
use super::opinion::{Judge, Opinion, Shown};
use super::pairing::Pair;
use super::{
    Change, Doubt, Drift, Equivalence, Evidence, EvidenceKind, More, Obstacle, Reading, Verdict, Witness,
};
use crate::model::{Direction, Launch, LookTaken, MetricId, Testimony};
use crate::policy::Policy;

/// Instructions that the processor counted; what another source counted has its name behind this one.
const INSTRUCTIONS: &str = "instructions";
/// What would take more replicates than this is not going to be decided by more of the same.
const MORE_MAX: f64 = 2000.0;

/// What holds for every pair of a comparison.
#[derive(Debug)]
pub(super) struct Circumstances<'a> {
    pub(super) policy: &'a Policy,
    /// What stands in the way of comparing anything that depends on the machine.
    pub(super) obstacle: Option<Obstacle>,
    pub(super) drift: &'a Drift,
    /// Seconds that one process measures a benchmark, where the plan says it.
    pub(super) invocation_seconds: Option<f64>,
}

/// One pair with what is its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case<'a> {
    pub(super) pair: Pair<'a>,
    pub(super) launches: &'a [&'a Launch],
    /// What was counted of it beside its launches.
    pub(super) testimony: Option<&'a Testimony>,
    /// Smallest change that matters, in ln units.
    pub(super) margin: f64,
    /// One and the same executable with the same inputs.
    pub(super) is_identical: bool,
    /// Where either side ended among its looks; absent where its size was fixed.
    pub(super) looks: [Option<LookTaken>; 2],
}

/// Judges one pair by itself.
pub(super) fn assess(case: Case<'_>, circumstances: &Circumstances<'_>, judge: &mut Judge) -> Change {
    let share = case.looks.iter().flatten().map(|look| look.share).product();
    let gathered = gather(case.pair, case.launches, share, circumstances.policy);
    let (baseline, candidate) = (&case.pair.baseline.id, &case.pair.candidate.id);
    let mut change = Change {
        benchmark: candidate.clone(),
        renamed_from: (baseline != candidate).then(|| baseline.clone()),
        metric: gathered.metric.clone(),
        unit: gathered.unit.clone(),
        direction: gathered.direction,
        evidence: gathered.evidence.as_ref().ok().map(Evidence::kind),
        count: gathered.evidence.as_ref().map_or(0, Evidence::count),
        typical: gathered.typical,
        look: case.looks[1].filter(|_| case.launches.is_empty()),
        ratio: None,
        p: None,
        p_adjusted: None,
        margin: case.margin,
        witnesses: Vec::new(),
        columns: gathered.columns,
        layouts: None,
        verdict: Verdict::Inconclusive(Doubt::Undecided { more: None }),
        notes: gathered.notes.clone(),
    };
    let is_of_machine = moves_with_machine(&gathered.metric, &gathered.unit);
    let obstacle = circumstances.obstacle.as_ref().filter(|_| is_of_machine);
    if obstacle.is_some() {
        change.evidence = None;
    }
    change.verdict = match (obstacle, &gathered.evidence) {
        (Some(obstacle), _) => Verdict::NotComparable(obstacle.clone()),
        (None, Err(Obstacle::NoRatio { .. })) if is_zero_on_both_sides(&gathered) => {
            Verdict::Equivalent(Equivalence::Measured)
        }
        (None, Err(obstacle)) => Verdict::NotComparable(obstacle.clone()),
        (None, Ok(evidence)) => weigh((evidence, &gathered), case, circumstances, judge, &mut change),
    };
    // In a match what is identical is not launched at all; of two Runs it must have worked.
    let was_tried = change.columns.iter().any(|columns| columns.measured + columns.failed > 0);
    let has_worked = change.evidence.is_some() || !was_tried;
    if case.is_identical && case.launches.is_empty() && obstacle.is_none() && has_worked {
        change.p = None;
        change.verdict = Verdict::Equivalent(Equivalence::Identical);
    }
    change
}

fn is_zero_on_both_sides(gathered: &Gathered) -> bool {
    gathered.typical.baseline == Some(0.0) && gathered.typical.candidate == Some(0.0)
}

fn weigh(
    (evidence, gathered): (&Evidence, &Gathered),
    case: Case<'_>,
    circumstances: &Circumstances<'_>,
    judge: &mut Judge,
    change: &mut Change,
) -> Verdict {
    let drift = drift_of(evidence.kind(), gathered, circumstances);
    let envelope = drift.clone().unwrap_or(0.0);
    let Some(opinion) = judge.opinion(evidence, case.margin, envelope) else {
        change.ratio = point_of(evidence);
        return Verdict::Inconclusive(Doubt::TooFew {
            count: evidence.count(),
            needed: judge.needed(evidence),
        });
    };
    change.ratio = Some(ratio(&opinion));
    change.witnesses = witnesses(gathered, &opinion, case.margin, judge);
    change.witnesses.extend(case.testimony.and_then(|testimony| counted(testimony, &opinion)));
    if let Err(why) = drift {
        return Verdict::Inconclusive(Doubt::NoCanaries(why));
    }
    change.p = Some(opinion.p);
    change.notes.extend(remarks(&opinion, &change.witnesses, case.testimony));
    if opinion.finding != Shown::Nothing
        && let Some(why) = contradiction(gathered, &opinion, case.margin, &change.witnesses)
    {
        return Verdict::Inconclusive(Doubt::WitnessesDisagree(why));
    }
    match (opinion.finding, gathered.direction) {
        (Shown::Up, Direction::LowerIsBetter) | (Shown::Down, Direction::HigherIsBetter) => {
            Verdict::Regressed
        }
        (Shown::Down, Direction::LowerIsBetter) | (Shown::Up, Direction::HigherIsBetter) => Verdict::Improved,
        (Shown::Equal, _) => Verdict::Equivalent(Equivalence::Measured),
        (Shown::LostInDrift, _) => Verdict::Inconclusive(Doubt::Drift { envelope }),
        (Shown::Nothing, _) => {
            let wanted = more(&opinion, evidence, case.margin, envelope);
            let each = seconds(evidence.kind(), gathered, circumstances);
            Verdict::Inconclusive(match wanted {
                // Not even endless measuring shows less than the machine's own part.
                None if envelope >= case.margin => Doubt::Drift { envelope },
                wanted => Doubt::Undecided {
                    more: wanted.map(|count| More { count, seconds: each.map(|each| each * count as f64) }),
                },
            })
        }
    }
}

/// How far the machine may have moved: nothing for what a live comparison cancels or the machine does not touch.
fn drift_of(
    kind: EvidenceKind,
    gathered: &Gathered,
    circumstances: &Circumstances<'_>,
) -> Result<f64, String> {
    if kind != EvidenceKind::Stored || !moves_with_machine(&gathered.metric, &gathered.unit) {
        return Ok(0.0);
    }
    match circumstances.drift {
        Drift::Within { on_cpu, .. } if gathered.is_busy => Ok(*on_cpu),
        Drift::Within { storage, .. } => {
            storage.ok_or_else(|| "it waits, and no canary felt the disk in both".to_owned())
        }
        Drift::Unknown(why) => Err(why.clone()),
    }
}

fn seconds(kind: EvidenceKind, gathered: &Gathered, circumstances: &Circumstances<'_>) -> Option<f64> {
    match kind {
        EvidenceKind::Duel | EvidenceKind::Blocks => gathered.replicate_seconds,
        // Both sides would have to be measured longer.
        EvidenceKind::Stored => circumstances.invocation_seconds.map(|each| 2.0 * each),
    }
}

fn ratio(opinion: &Opinion) -> Estimate {
    let (lower, upper) = (opinion.interval.lower().exp(), opinion.interval.upper().exp());
    Estimate {
        point: opinion.estimate.exp(),
        interval: Interval::new(lower, upper, opinion.interval.level()).ok(),
    }
}

/// A ratio without an interval, for evidence that carries no test.
fn point_of(evidence: &Evidence) -> Option<Estimate> {
    let middle = |logs: &[f64]| lab_stats::Observations::new(logs).ok().map(|logs| lab_stats::median(&logs));
    let log = match evidence {
        Evidence::Duel(logs) | Evidence::Blocks(logs) => middle(logs)?,
        Evidence::Stored { baseline, candidate, .. } => middle(candidate)? - middle(baseline)?,
    };
    Some(Estimate { point: log.exp(), interval: None })
}

fn witnesses(gathered: &Gathered, primary: &Opinion, margin: f64, judge: &mut Judge) -> Vec<Witness> {
    gathered
        .witnesses
        .iter()
        .filter_map(|(metric, evidence)| {
            let (ratio, has_moved) = match judge.opinion(evidence, margin, 0.0) {
                Some(opinion) if metric.0 == INSTRUCTIONS => {
                    (ratio(&opinion), opinion.estimate.abs() >= STILL)
                }
                Some(opinion) => (ratio(&opinion), !opinion.interval.contains(0.0)),
                None => (point_of(evidence)?, false),
            };
            let reading = reading(has_moved, ratio.point.ln(), primary);
            Some(Witness { metric: metric.clone(), ratio, reading })
        })
        .collect()
}

fn reading(has_moved: bool, log: f64, primary: &Opinion) -> Reading {
    let primary_moved = matches!(primary.finding, Shown::Up | Shown::Down);
    match (has_moved, log * primary.estimate > 0.0 && primary_moved) {
        (false, _) => Reading::Still,
        (true, true) => Reading::Agrees,
        (true, false) => Reading::Differs,
    }
}

/// What was counted beside the launches, as a witness: `instructions:callgrind`.
fn counted(testimony: &Testimony, primary: &Opinion) -> Option<Witness> {
    let (log, unsure) = testimony.log_ratio()?;
    Some(Witness {
        metric: MetricId(format!("{INSTRUCTIONS}:{}", testimony.source)),
        ratio: Estimate { point: log.exp(), interval: None },
        reading: reading(Work { log, unsure }.has_moved(), log, primary),
    })
}

/// Wall time that leaves out what cycles say, beside cycles: the clock itself moved, or the process slept. Half a margin
/// between them is nothing that anybody would act on.
fn contradiction(
    gathered: &Gathered,
    primary: &Opinion,
    margin: f64,
    witnesses: &[Witness],
) -> Option<String> {
    if gathered.metric.0 != "cycles" {
        return None;
    }
    let wall = witnesses.iter().find(|witness| witness.metric == MetricId::wall_ns())?;
    let is_left_out = !wall.ratio.interval?.contains(primary.estimate.exp());
    let is_far = (wall.ratio.point.ln() - primary.estimate).abs() >= margin / 2.0;
    let percent = |ratio: f64| format!("{:+.2} %", (ratio - 1.0) * 100.0);
    (is_left_out && is_far).then(|| {
        format!(
            "cycles say {}, wall time says {}",
            percent(primary.estimate.exp()),
            percent(wall.ratio.point)
        )
    })
}

/// What instruction counts add, as sentences. The processor's own come first: they are of the launches that decide.
fn remarks(primary: &Opinion, witnesses: &[Witness], testimony: Option<&Testimony>) -> Vec<String> {
    let by_counters = witnesses.iter().find(|witness| witness.metric.0 == INSTRUCTIONS);
    let by_counters = by_counters.map(|witness| Work { log: witness.ratio.point.ln(), unsure: 0.0 });
    let counted = testimony.and_then(Testimony::log_ratio).map(|(log, unsure)| Work { log, unsure });
    let meant = by_counters.or(counted).and_then(|work| meaning(primary.finding, work));
    let missing = testimony.and_then(|testimony| {
        let why = testimony.counted.as_ref().err()?;
        Some(format!("not countable by {}: it {why}", testimony.source))
    });
    meant.map(Meaning::sentence).into_iter().chain(missing).collect()
}

/// Replicates on top that would probably decide, from the rule that an interval narrows with the root of its count.
fn more(opinion: &Opinion, evidence: &Evidence, margin: f64, drift: f64) -> Option<usize> {
    let count = evidence.count() as f64;
    let distance = opinion.estimate.abs();
    let room = |half_width: f64, target: f64| {
        (target > 0.0).then(|| count * (half_width / target).powi(2)).filter(|wanted| *wanted <= MORE_MAX)
    };
    let to_change = room(opinion.interval.half_width() - drift, distance - drift);
    let to_equal = room(opinion.equivalence.half_width() - drift, margin - distance - drift);
    let wanted = match (to_change.filter(|_| distance >= margin / 2.0), to_equal) {
        (Some(one), Some(two)) => one.min(two),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => return None,
    };
    Some((wanted - count).ceil().max(1.0) as usize)
}
