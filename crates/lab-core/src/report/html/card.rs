//! What the page shows of one benchmark: its values process by process, its change, the other metrics.
//!
//! It collects; every decision about the change is in the comparison already.

use std::collections::BTreeMap;

use lab_stats::{Estimate, Observations, median_estimate};

use super::svg::Bar;
use crate::compare::Change;
use crate::model::{
    BenchmarkExtract, BenchmarkId, Extract, Grain, Launch, MetricId, Round, Side, TargetRecord, Throughput,
};
use crate::report::view::LEVEL;

/// How the processes of the two sides stand in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Two Runs: nothing ran at the same time.
    Apart,
    /// Launches of a duel, or pairs: the n-th of both sides belong together.
    Together,
}

/// One side's values, one per process, in the order in which they ended.
#[derive(Clone, Debug)]
pub(super) struct Cloud {
    pub(super) name: &'static str,
    /// Drawn as the side that is judged; so is the only side of a Run.
    pub(super) is_candidate: bool,
    /// NaN where a process gave none.
    pub(super) values: Vec<f64>,
    /// Per value whether its process broke a rule; empty where nobody looked.
    pub(super) tainted: Vec<bool>,
}

/// One metric of a benchmark that is compared with nothing.
#[derive(Clone, Debug)]
pub(super) struct Figure {
    pub(super) metric: MetricId,
    pub(super) unit: String,
    pub(super) estimate: Estimate,
    pub(super) count: usize,
    pub(super) throughput: Vec<Throughput>,
}

/// One benchmark.
#[derive(Clone, Debug)]
pub(super) struct Card<'a> {
    /// From 1; the anchor is `b` with it.
    pub(super) number: usize,
    pub(super) id: &'a BenchmarkId,
    pub(super) target: Option<&'a TargetRecord>,
    /// Absent for a Run by itself.
    pub(super) change: Option<&'a Change>,
    /// Of the values; empty where there are none.
    pub(super) unit: String,
    pub(super) metric: MetricId,
    pub(super) clouds: Vec<Cloud>,
    pub(super) order: Order,
    /// The change and its witnesses; empty without a ratio.
    pub(super) bars: Vec<Bar>,
    /// Empty in a comparison.
    pub(super) figures: Vec<Figure>,
    /// Invocations that should have measured it and did not.
    pub(super) failure_count: u32,
}

impl Cloud {
    /// The values that there are, in their order.
    pub(super) fn finite(&self) -> impl DoubleEndedIterator<Item = f64> + '_ {
        self.values.iter().copied().filter(|value| value.is_finite())
    }

    /// Class of its line.
    pub(super) fn class(&self) -> &'static str {
        if self.is_candidate { "c" } else { "b" }
    }

    fn of(side: Option<Side>, benchmark: Option<&BenchmarkExtract>, metric: &MetricId) -> Self {
        let series = benchmark.and_then(|benchmark| benchmark.series(metric));
        let taints = benchmark.map_or(&[][..], |benchmark| &benchmark.taints);
        Self {
            name: match side {
                Some(Side::Baseline) => "baseline",
                Some(Side::Candidate) => "candidate",
                None => "processes",
            },
            is_candidate: side != Some(Side::Baseline),
            values: series.map(|series| series.values.clone()).unwrap_or_default(),
            tainted: taints.iter().map(|rules| !rules.is_empty()).collect(),
        }
    }
}

impl<'a> Card<'a> {
    /// A change of two stored sides.
    pub(super) fn of_stored(
        number: usize,
        change: &'a Change,
        maps: [&BTreeMap<&BenchmarkId, &'a BenchmarkExtract>; 2],
        candidate: &'a Extract,
    ) -> Self {
        let names = [change.renamed_from.as_ref().unwrap_or(&change.benchmark), &change.benchmark];
        let found = [maps[0].get(names[0]).copied(), maps[1].get(names[1]).copied()];
        let cloud = |side: Side| Cloud::of(Some(side), found[side.index()], &change.metric);
        Self {
            clouds: measured(Side::BOTH.map(cloud)),
            order: Order::Apart,
            bars: bars(change, Vec::new()),
            failure_count: found[1].map_or(0, |benchmark| benchmark.failure_count),
            ..Self::of_change(number, change, candidate.target_of(&change.benchmark))
        }
    }

    /// A change of a match, with its launches in the linker's own order.
    pub(super) fn of_duel(
        number: usize,
        change: &'a Change,
        launches: &[&Launch],
        target: Option<&'a TargetRecord>,
    ) -> Self {
        let has_slices = launches.iter().any(|launch| launch.grain == Grain::Slices);
        let grain = if has_slices { Grain::Slices } else { Grain::Processes };
        let own: Vec<&Launch> =
            launches.iter().copied().filter(|launch| launch.grain == grain && launch.layout == 0).collect();
        let cloud = |side: Side| Cloud {
            values: own.iter().map(|launch| per_iteration(launch, side, &change.metric)).collect(),
            tainted: Vec::new(),
            ..Cloud::of(Some(side), None, &change.metric)
        };
        let each = own.iter().filter_map(|launch| launch.log_ratio(&change.metric)).collect();
        Self {
            clouds: measured(Side::BOTH.map(cloud)),
            order: Order::Together,
            bars: bars(change, each),
            ..Self::of_change(number, change, target)
        }
    }

    /// A benchmark of a Run by itself.
    pub(super) fn alone(number: usize, benchmark: &'a BenchmarkExtract, extract: &'a Extract) -> Self {
        let figures: Vec<Figure> = benchmark.series.iter().filter_map(figure).collect();
        let first = figures.first();
        let metric = first.map_or_else(MetricId::wall_ns, |figure| figure.metric.clone());
        let cloud = Cloud::of(None, Some(benchmark), &metric);
        Self {
            number,
            id: &benchmark.id,
            target: extract.target_of(&benchmark.id),
            change: None,
            unit: first.map(|figure| figure.unit.clone()).unwrap_or_default(),
            metric,
            clouds: measured([cloud]),
            order: Order::Apart,
            bars: Vec::new(),
            figures,
            failure_count: benchmark.failure_count,
        }
    }

    fn of_change(number: usize, change: &'a Change, target: Option<&'a TargetRecord>) -> Self {
        Self {
            number,
            id: &change.benchmark,
            target,
            change: Some(change),
            unit: change.unit.clone(),
            metric: change.metric.clone(),
            clouds: Vec::new(),
            order: Order::Apart,
            bars: Vec::new(),
            figures: Vec::new(),
            failure_count: 0,
        }
    }
}

/// Those with a value.
fn measured<const COUNT: usize>(clouds: [Cloud; COUNT]) -> Vec<Cloud> {
    clouds.into_iter().filter(|cloud| cloud.finite().next().is_some()).collect()
}

fn figure(series: &crate::model::Series) -> Option<Figure> {
    let values: Vec<f64> = series.values.iter().copied().filter(|value| value.is_finite()).collect();
    let count = values.len();
    let level = lab_stats::Level::new(LEVEL).expect("0.95 lies between 0 and 1");
    Some(Figure {
        metric: series.metric.clone(),
        unit: series.unit.clone(),
        estimate: median_estimate(&Observations::new(values).ok()?, level),
        count,
        throughput: series.throughput.clone(),
    })
}

/// The change, what link orders say of it, and its witnesses.
fn bars(change: &Change, each: Vec<f64>) -> Vec<Bar> {
    let Some(ratio) = change.ratio else { return Vec::new() };
    let primary = Bar { name: change.metric.0.clone(), ratio, each, class: super::words::class(change) };
    let witness = |witness: &crate::compare::Witness| Bar {
        name: format!("{} (witness)", witness.metric),
        ratio: witness.ratio,
        each: Vec::new(),
        class: "",
    };
    std::iter::once(primary).chain(change.witnesses.iter().map(witness)).collect()
}

/// What an iteration takes in one launch: the median over its rounds; NaN where it has none.
fn per_iteration(launch: &Launch, side: Side, metric: &MetricId) -> f64 {
    let of_round = |round: &Round| {
        let slice = if side == Side::Baseline { round.baseline } else { round.candidate };
        Some(slice.value(metric)? / round.iterations as f64).filter(|value| value.is_finite())
    };
    let values: Vec<f64> = launch.rounds.iter().filter_map(of_round).collect();
    Observations::new(values).map_or(f64::NAN, |values| lab_stats::median(&values))
}
