//! The evidence on one pair of benchmarks: which metric decides, and the numbers of both sides in it.
//!
//! What is left out is left out by a rule named beforehand, on both sides, and counted.

use lab_stats::{Observations, median};

use super::calibrated::Unlike;
use super::pairing::Pair;
use super::{Columns, Evidence, Obstacle, Typical};
use crate::model::{
    BenchmarkExtract, Direction, Grain, Launch, METRICS, MetricId, Outcome, PRIMARY_KEY, Round, Series, Side,
};
use crate::policy::Policy;

/// A benchmark that spends at least this share of its wall time on its CPU is judged by cycles, from which steal,
/// preemption and most changes of frequency drop out.
const CPU_BOUND_SHARE: f64 = 0.95;

/// A process that ran, or wanted to, for at least this share of its life does not wait for a disk. Start and end of a
/// process take some of it in any case.
pub(crate) const BUSY_SHARE: f64 = 0.8;

/// The metrics a launch can have, the deciding ones first.
const LIVE_METRICS: &[&str] = &["cycles", "wall_ns", "instructions", "task_clock_ns"];

/// What is known of one pair.
#[derive(Debug)]
pub(super) struct Gathered {
    /// Which metric decides.
    pub(super) metric: MetricId,
    pub(super) unit: String,
    pub(super) direction: Direction,
    /// The numbers, or why there are none.
    pub(super) evidence: Result<Evidence, Obstacle>,
    /// Whether it keeps its CPU busy, so that no disk can be the cause of a drift.
    pub(super) is_busy: bool,
    pub(super) typical: Typical,
    pub(super) columns: [Columns; 2],
    /// The numbers of other metrics.
    pub(super) witnesses: Vec<(MetricId, Evidence)>,
    /// Machine time of one replicate in seconds, where it is known.
    pub(super) replicate_seconds: Option<f64>,
    pub(super) notes: Vec<String>,
}

/// Gathers from launches alone where there are any, else from what is stored.
///
/// `share` is what two stored sides may spend of every error rate.
pub(super) fn gather(pair: Pair<'_>, launches: &[&Launch], share: f64, policy: &Policy) -> Gathered {
    if launches.is_empty() { from_stored(pair, share, policy) } else { from_launches(pair, launches, policy) }
}

/// Whether a metric's values depend on the machine and its state, and not only on what was built.
pub(super) fn moves_with_machine(metric: &MetricId, unit: &str) -> bool {
    metric.0 == "cycles" || !matches!(unit, "count" | "bytes")
}

fn from_launches(pair: Pair<'_>, launches: &[&Launch], policy: &Policy) -> Gathered {
    let has_slices = launches.iter().any(|launch| launch.grain == Grain::Slices);
    let grain = if has_slices { Grain::Slices } else { Grain::Processes };
    let of_grain: Vec<&Launch> = launches.iter().copied().filter(|launch| launch.grain == grain).collect();
    let logs = |metric: &MetricId| -> Vec<f64> {
        of_grain.iter().filter_map(|launch| launch.log_ratio(metric)).collect()
    };
    let evidence = |logs: Vec<f64>| if has_slices { Evidence::Duel(logs) } else { Evidence::Blocks(logs) };
    let calibrated = || Some(MetricId(pair.candidate.calibration.0.get(PRIMARY_KEY)?.clone()));
    let metric = policy.metric.clone().or_else(calibrated).unwrap_or_else(|| live_metric(&of_grain));
    let decisive = logs(&metric);
    let failed = of_grain.iter().filter(|launch| launch.outcome != Outcome::Ok).count();
    let mut notes = Vec::new();
    if failed > 0 {
        let why = of_grain.iter().find_map(|launch| reason(&launch.outcome)).unwrap_or_default();
        notes.push(format!("{failed} of {} launches failed: {why}", of_grain.len()));
    }
    if of_grain.len() < launches.len() {
        let left = launches.len() - of_grain.len();
        notes.push(format!("{left} launches of whole processes are left aside: the others took turns"));
    }
    let witnesses = LIVE_METRICS
        .iter()
        .map(|name| MetricId((*name).into()))
        .filter(|witness| *witness != metric)
        .map(|witness| (witness.clone(), evidence(logs(&witness))))
        .filter(|(_, evidence)| evidence.count() > 0)
        .collect();
    // Launches are not invocations; those that failed have their note.
    let columns = Columns { measured: decisive.len(), ..Columns::default() };
    let seconds =
        of_grain.iter().map(|launch| launch.wall_ns as f64 / 1e9).sum::<f64>() / of_grain.len() as f64;
    Gathered {
        unit: if metric.0.ends_with("_ns") { "ns".into() } else { "count".into() },
        direction: Direction::LowerIsBetter,
        evidence: if decisive.is_empty() {
            Err(not_measured(&of_grain, &metric))
        } else {
            Ok(evidence(decisive))
        },
        typical: Typical {
            baseline: per_iteration(&of_grain, Side::Baseline, &metric),
            candidate: per_iteration(&of_grain, Side::Candidate, &metric),
        },
        is_busy: true,
        metric,
        columns: [columns; 2],
        witnesses,
        replicate_seconds: Some(seconds),
        notes,
    }
}

/// Why no launch has a value, in the words of one that failed; failures begin with the side that is to blame.
fn not_measured(launches: &[&Launch], metric: &MetricId) -> Obstacle {
    let failure = launches.iter().find_map(|launch| reason(&launch.outcome));
    let why = failure.map_or_else(|| format!("no launch has {metric} on both sides"), str::to_owned);
    let baseline = why.strip_prefix("baseline: ").map(|why| (Side::Baseline, why.to_owned()));
    let candidate = why.strip_prefix("candidate: ").map(|why| (Side::Candidate, why.to_owned()));
    let (side, why) = baseline.or(candidate).unwrap_or((Side::Candidate, why));
    Obstacle::NotMeasured { side, why }
}

/// What an iteration of one side takes: the median over launches of the median over their rounds.
fn per_iteration(launches: &[&Launch], side: Side, metric: &MetricId) -> Option<f64> {
    let middle = |values: Vec<f64>| Observations::new(values).ok().map(|values| median(&values));
    let of_launch = |launch: &&Launch| {
        let of_round = |round: &Round| {
            let slice = if side == Side::Baseline { round.baseline } else { round.candidate };
            Some(slice.value(metric)? / round.iterations as f64).filter(|value| value.is_finite())
        };
        middle(launch.rounds.iter().filter_map(of_round).collect())
    };
    middle(launches.iter().filter_map(of_launch).collect())
}

/// Cycles where every launch has them and both sides kept their CPU busy, wall time otherwise.
fn live_metric(launches: &[&Launch]) -> MetricId {
    let cycles = MetricId("cycles".into());
    let measured = launches.iter().filter(|launch| launch.outcome == Outcome::Ok);
    let has_cycles = measured.clone().all(|launch| launch.log_ratio(&cycles).is_some());
    let shares: Vec<f64> = measured
        .flat_map(|launch| &launch.rounds)
        .flat_map(|round| [round.baseline, round.candidate])
        .filter_map(|slice| Some(slice.task_clock_ns? as f64 / slice.wall_ns as f64))
        .filter(|share| share.is_finite())
        .collect();
    let share = Observations::new(shares).map(|shares| median(&shares)).unwrap_or(0.0);
    if has_cycles && share >= CPU_BOUND_SHARE { cycles } else { MetricId::wall_ns() }
}

fn reason(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::Ok => None,
        Outcome::Failed { reason, .. } | Outcome::Missing { reason } => Some(reason),
        Outcome::TimedOut { .. } => Some("killed after its time limit"),
    }
}

fn from_stored(pair: Pair<'_>, share: f64, policy: &Policy) -> Gathered {
    let metric = policy.metric.clone().unwrap_or_else(|| stored_metric(pair));
    let sides = [pair.baseline, pair.candidate];
    let series = sides.map(|side| side.series(&metric));
    let known = METRICS.iter().find(|known| known.id == metric.0);
    let unit = series.iter().flatten().next().map_or_else(
        || known.map_or_else(String::new, |known| known.unit.into()),
        |series| series.unit.clone(),
    );
    let unlike = Unlike::of(pair);
    let mut notes: Vec<String> = unlike.note().into_iter().collect();
    let witnesses = pair
        .candidate
        .series
        .iter()
        .filter(|witness| witness.metric != metric && unlike.obstacle(&witness.metric).is_none())
        .filter_map(|witness| {
            let evidence = stored(sides, &witness.metric, share, policy, &mut Vec::new()).ok()?;
            Some((witness.metric.clone(), evidence))
        })
        .collect();
    let evidence = match unlike.obstacle(&metric) {
        Some(obstacle) => Err(obstacle),
        None => stored(sides, &metric, share, policy, &mut notes),
    };
    Gathered {
        evidence,
        direction: known.map_or(Direction::LowerIsBetter, |known| known.direction),
        typical: Typical { baseline: typical(series[0]), candidate: typical(series[1]) },
        columns: sides.map(|side| columns(side, policy)),
        is_busy: sides.iter().all(|side| side.busy_share.is_some_and(|share| share >= BUSY_SHARE)),
        metric,
        unit,
        witnesses,
        replicate_seconds: None,
        notes,
    }
}

/// Wall time where both sides have it, else the first metric that both have.
fn stored_metric(pair: Pair<'_>) -> MetricId {
    let wall = MetricId::wall_ns();
    let has_both =
        |metric: &MetricId| pair.baseline.series(metric).is_some() && pair.candidate.series(metric).is_some();
    if has_both(&wall) {
        return wall;
    }
    let mut common =
        pair.candidate.series.iter().map(|series| &series.metric).filter(|metric| has_both(metric));
    common.next().cloned().unwrap_or(wall)
}

/// The logarithms of both sides' values, or why there are none.
fn stored(
    sides: [&BenchmarkExtract; 2],
    metric: &MetricId,
    share: f64,
    policy: &Policy,
    notes: &mut Vec<String>,
) -> Result<Evidence, Obstacle> {
    let mut logs = Vec::with_capacity(2);
    let mut units = Vec::with_capacity(2);
    for (side, benchmark) in Side::BOTH.into_iter().zip(sides) {
        let Some(series) = benchmark.series(metric) else {
            let why = match (benchmark.taints.is_empty(), benchmark.failure_count) {
                (true, 0) => "it was not run".to_owned(),
                (true, count) => format!("all of its {count} invocations failed"),
                (false, _) => format!("it has no {metric}"),
            };
            return Err(Obstacle::NotMeasured { side, why });
        };
        units.push(&series.unit);
        logs.push(logs_of(side, benchmark, series, policy, notes)?);
    }
    if units[0] != units[1] {
        return Err(Obstacle::OtherUnit { baseline: units[0].clone(), candidate: units[1].clone() });
    }
    let candidate = logs.pop().unwrap_or_default();
    let baseline = logs.pop().unwrap_or_default();
    Ok(Evidence::Stored { baseline, candidate, share })
}

fn logs_of(
    side: Side,
    benchmark: &BenchmarkExtract,
    series: &Series,
    policy: &Policy,
    notes: &mut Vec<String>,
) -> Result<Vec<f64>, Obstacle> {
    let is_kept =
        |column: usize| benchmark.taints.get(column).is_none_or(|rules| rules.is_disjoint(&policy.leave_out));
    let kept: Vec<f64> = series
        .values
        .iter()
        .enumerate()
        .filter(|(column, _)| is_kept(*column))
        .map(|(_, value)| *value)
        .collect();
    let usable: Vec<f64> = kept.iter().copied().filter(|value| value.is_finite()).collect();
    let name = match side {
        Side::Baseline => "baseline",
        Side::Candidate => "candidate",
    };
    if usable.is_empty() {
        let why = if kept.len() < series.values.len() {
            format!("none of its {} invocations is left after the rules of leave_out", series.values.len())
        } else {
            format!("none of its {} values is a number", kept.len())
        };
        return Err(Obstacle::NotMeasured { side, why });
    }
    if usable.len() < kept.len() {
        notes.push(format!(
            "{} of the {name}'s {} values are no numbers",
            kept.len() - usable.len(),
            kept.len()
        ));
    }
    let zero_count = usable.iter().filter(|value| **value <= 0.0).count();
    if zero_count > 0 {
        let what = format!("{zero_count} of {} values are zero or less", usable.len());
        return Err(Obstacle::NoRatio { side, what });
    }
    Ok(usable.iter().map(|value| value.ln()).collect())
}

fn columns(benchmark: &BenchmarkExtract, policy: &Policy) -> Columns {
    Columns {
        measured: benchmark.taints.len(),
        tainted: benchmark.tainted_count(),
        left_out: benchmark.taints.iter().filter(|rules| !rules.is_disjoint(&policy.leave_out)).count(),
        failed: benchmark.failure_count as usize,
    }
}

fn typical(series: Option<&Series>) -> Option<f64> {
    let usable: Vec<f64> = series?.values.iter().copied().filter(|value| value.is_finite()).collect();
    Observations::new(usable).ok().map(|values| median(&values))
}
