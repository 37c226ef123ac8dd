//! Everything a report of one Run shows, decided: which rows, which numbers, which remarks.
//!
//! A renderer formats a view; it computes nothing.

use std::collections::{BTreeMap, BTreeSet};

use lab_stats::{Estimate, Level, Observations, median_estimate};

use crate::budget::{Budget, Judged, judge};
use crate::canary::Steadiness;
use crate::compare::{Change, Comparison};
use crate::model::{
    BenchmarkId, Measurement, MetricId, Outcome, Run, State, TaintRule, TargetRecord, Throughput, Warning,
};

/// Confidence level of the shown intervals.
pub const LEVEL: f64 = 0.95;

/// One Run, ready to be rendered.
#[derive(Clone, Debug)]
pub struct RunView<'a> {
    /// The Run itself, for its head.
    pub run: &'a Run,
    /// One per target that has benchmarks, in the workspace's order.
    pub groups: Vec<Group<'a>>,
    /// Targets that contributed nothing.
    pub skipped: Vec<&'a TargetRecord>,
    /// How steady the machine was by its canaries; absent for a Run without them. They are in no count and no row here.
    pub canaries: Option<Steadiness>,
    /// Invocations to be done.
    pub scheduled_count: usize,
    /// Invocations done.
    pub invocation_count: usize,
    /// Invocations with at least one taint.
    pub tainted_count: usize,
    /// Tainted invocations by rule.
    pub taints: BTreeMap<TaintRule, usize>,
    /// The Run's own warnings, those of its invocations and those of its canaries, each once.
    pub warnings: Vec<Warning>,
    /// Targets of its benchmarks, and whether they are kept; empty where none are set.
    pub budgets: Vec<Judged>,
    /// What a comparison says of its benchmarks; empty without one.
    pub changes: BTreeMap<&'a BenchmarkId, &'a Change>,
}

/// The benchmarks of one target.
#[derive(Clone, Debug)]
pub struct Group<'a> {
    /// The target.
    pub target: &'a TargetRecord,
    /// One per benchmark, in the harness's order.
    pub rows: Vec<Row>,
}

/// One benchmark.
#[derive(Clone, Debug)]
pub struct Row {
    /// Which benchmark.
    pub id: BenchmarkId,
    /// One per metric, the harness's own first; empty when it was never measured.
    pub figures: Vec<Figure>,
    /// Invocations that did not measure it, with their reasons.
    pub failures: Vec<Outcome>,
    /// Invocations that measured it and were tainted.
    pub tainted_count: usize,
}

/// One metric of one benchmark over the invocations of a Run.
#[derive(Clone, Debug)]
pub struct Figure {
    /// Which metric.
    pub metric: MetricId,
    /// Unit of the estimate.
    pub unit: String,
    /// Median over the invocations with its distribution-free interval.
    pub estimate: Estimate,
    /// Invocations behind it.
    pub invocation_count: usize,
    /// Work per iteration, when the benchmark declares it.
    pub throughput: Vec<Throughput>,
}

impl<'a> RunView<'a> {
    /// Decides what is shown of a Run.
    pub fn new(run: &'a Run) -> Self {
        let observed = Observed::of(run);
        let groups = run
            .targets
            .iter()
            .map(|target| Group { target, rows: rows_of(run, target, &observed) })
            .filter(|group| !group.rows.is_empty())
            .collect();
        let mut taints = BTreeMap::new();
        for taint in run.invocations.iter().flat_map(|invocation| &invocation.taints) {
            *taints.entry(taint.rule).or_insert(0) += 1;
        }
        let canaries = Steadiness::of(run);
        Self {
            run,
            groups,
            skipped: run.targets.iter().filter(|target| target.skip.is_some()).collect(),
            scheduled_count: run.whole_schedule().filter(|scheduled| !scheduled.is_canary()).count(),
            invocation_count: run.invocations.len(),
            tainted_count: run.invocations.iter().filter(|i| !i.taints.is_empty()).count(),
            taints,
            warnings: warnings_of(run, canaries.as_ref()),
            canaries,
            budgets: Vec::new(),
            changes: BTreeMap::new(),
        }
    }

    /// The same beside a comparison in which it is the candidate.
    pub fn beside(self, comparison: &'a Comparison) -> Self {
        let changes = comparison.changes.iter().map(|change| (&change.benchmark, change)).collect();
        Self { changes, ..self }
    }

    /// The same with budgets.
    pub fn with_budgets(self, budgets: &[Budget]) -> Self {
        Self { budgets: judge(self.run, budgets), ..self }
    }

    /// Benchmarks with at least one figure.
    pub fn measured_count(&self) -> usize {
        self.rows().filter(|row| !row.figures.is_empty()).count()
    }

    /// Benchmarks that failed in at least one invocation, or that have no figure although their turn came.
    pub fn failed_count(&self) -> usize {
        self.rows().filter(|row| !row.failures.is_empty()).count()
    }

    /// Whether every scheduled invocation was done, or the Run was ended on purpose.
    pub fn is_whole(&self) -> bool {
        matches!(self.run.state, State::Sealed(_))
    }

    /// All rows, group by group.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.groups.iter().flat_map(|group| &group.rows)
    }
}

/// What the invocations say about each benchmark.
struct Observed<'a> {
    measurements: BTreeMap<&'a BenchmarkId, Vec<&'a [Measurement]>>,
    failures: BTreeMap<&'a BenchmarkId, Vec<&'a Outcome>>,
    tainted: BTreeMap<&'a BenchmarkId, usize>,
}

impl<'a> Observed<'a> {
    fn of(run: &'a Run) -> Self {
        let mut observed =
            Self { measurements: BTreeMap::new(), failures: BTreeMap::new(), tainted: BTreeMap::new() };
        for invocation in &run.invocations {
            for observation in &invocation.observations {
                let id = &observation.benchmark;
                if observation.outcome == Outcome::Ok {
                    observed.measurements.entry(id).or_default().push(&observation.measurements);
                    *observed.tainted.entry(id).or_default() += usize::from(!invocation.taints.is_empty());
                } else {
                    observed.failures.entry(id).or_default().push(&observation.outcome);
                }
            }
        }
        observed
    }
}

fn rows_of(run: &Run, target: &TargetRecord, observed: &Observed<'_>) -> Vec<Row> {
    run.benchmarks
        .iter()
        .filter(|record| record.id.target == target.id)
        .map(|record| Row {
            id: record.id.clone(),
            figures: figures_of(observed.measurements.get(&record.id).map_or(&[], Vec::as_slice)),
            failures: observed
                .failures
                .get(&record.id)
                .map(|outcomes| outcomes.iter().map(|outcome| (*outcome).clone()).collect())
                .unwrap_or_default(),
            tainted_count: observed.tainted.get(&record.id).copied().unwrap_or(0),
        })
        .collect()
}

fn figures_of(invocations: &[&[Measurement]]) -> Vec<Figure> {
    let Some(metrics) = invocations.first() else { return Vec::new() };
    metrics.iter().filter_map(|first| figure_of(first, invocations)).collect()
}

/// The figure of the metric that `first` measures; absent when no invocation has a usable value.
fn figure_of(first: &Measurement, invocations: &[&[Measurement]]) -> Option<Figure> {
    let values: Vec<f64> = invocations
        .iter()
        .filter_map(|measurements| {
            measurements.iter().find(|m| m.metric == first.metric && m.unit == first.unit)
        })
        .filter_map(Measurement::representative)
        .collect();
    let invocation_count = values.len();
    let observations = Observations::new(values).ok()?;
    let level = Level::new(LEVEL).expect("0.95 lies between 0 and 1");
    Some(Figure {
        metric: first.metric.clone(),
        unit: first.unit.clone(),
        estimate: median_estimate(&observations, level),
        invocation_count,
        throughput: first.throughput.clone(),
    })
}

/// Each warning once, the Run's own first and what its canaries say last.
fn warnings_of(run: &Run, canaries: Option<&Steadiness>) -> Vec<Warning> {
    let of_invocations = run.all_invocations().flat_map(|invocation| &invocation.warnings).cloned();
    let of_canaries = canaries.map(Steadiness::warnings).unwrap_or_default();
    let all: Vec<Warning> = run.warnings.iter().cloned().chain(of_invocations).chain(of_canaries).collect();
    let mut seen = BTreeSet::new();
    all.iter().filter(|warning| seen.insert(*warning)).cloned().collect()
}
