//! A Run reduced to one value per benchmark, metric and invocation: what comparisons read and baselines keep.
//!
//! It never averages over invocations, since those are the replicates.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    BenchmarkId, Calibration, Environment, Invocation, MetricId, Observation, Outcome, Plan, Revision, Run,
    TaintRule, TargetRecord, Throughput,
};

/// Where the values come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A Run of bench-lab, by its id.
    Run(String),
    /// Another program's files, by its name and where they lay.
    Import {
        /// `criterion`.
        program: String,
        /// As typed.
        path: String,
    },
}

/// One value per benchmark, metric and invocation, with what decides whether they may be compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Extract {
    /// Where the values come from.
    pub origin: Origin,
    /// Version of the bench-lab that measured, or of the other program; empty when unknown.
    pub lab_version: String,
    /// When measuring began, RFC 3339 in UTC.
    pub created_at: String,
    /// The source that was measured.
    pub revision: Revision,
    /// How it was measured; absent for imports.
    pub plan: Option<Plan>,
    /// The host and the build as of the first session; empty for imports.
    pub environment: Environment,
    /// The bench targets that hold a benchmark.
    pub targets: Vec<TargetRecord>,
    /// Every selected benchmark, in the harness's order.
    pub benchmarks: Vec<BenchmarkExtract>,
}

/// One benchmark. Its columns are the invocations that measured it, in the order in which they ended.
#[derive(Clone, Debug, PartialEq)]
pub struct BenchmarkExtract {
    /// Which benchmark.
    pub id: BenchmarkId,
    /// Settings fixed for the Run.
    pub calibration: Calibration,
    /// Per column the rules that the invocation broke.
    pub taints: Vec<BTreeSet<TaintRule>>,
    /// Invocations that should have measured it and did not.
    pub failure_count: u32,
    /// One per metric, the harness's own first.
    pub series: Vec<Series>,
}

/// The values of one metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Which metric.
    pub metric: MetricId,
    /// Unit of the values.
    pub unit: String,
    /// Per column the process's one number, [`Measurement::representative`](super::Measurement::representative);
    /// NaN where it gave none that can be used.
    pub values: Vec<f64>,
    /// Work of one iteration as the benchmark declares it.
    pub throughput: Vec<Throughput>,
}

impl Extract {
    /// Reduces a Run. The environment is that of its first session.
    pub fn of_run(run: &Run) -> Self {
        let mut benchmarks: Vec<BenchmarkExtract> = run
            .benchmarks
            .iter()
            .map(|record| BenchmarkExtract::empty(record.id.clone(), record.calibration.clone()))
            .collect();
        let places: HashMap<&BenchmarkId, usize> =
            run.benchmarks.iter().enumerate().map(|(place, record)| (&record.id, place)).collect();
        for invocation in &run.invocations {
            for observation in &invocation.observations {
                // A benchmark that ran unasked and is not listed has no place in a comparison either.
                if let Some(place) = places.get(&observation.benchmark) {
                    benchmarks[*place].add(invocation, observation);
                }
            }
        }
        let holders: BTreeSet<_> = run.benchmarks.iter().map(|record| &record.id.target).collect();
        Self {
            origin: Origin::Run(run.id.clone()),
            lab_version: run.lab_version.clone(),
            created_at: run.created_at.clone(),
            revision: run.revision.clone(),
            plan: Some(run.plan.clone()),
            environment: run
                .sessions
                .first()
                .map_or_else(Environment::default, |session| session.environment.clone()),
            targets: run.targets.iter().filter(|target| holders.contains(&target.id)).cloned().collect(),
            benchmarks,
        }
    }

    /// The record of a benchmark's target.
    pub fn target_of(&self, id: &BenchmarkId) -> Option<&TargetRecord> {
        self.targets.iter().find(|target| target.id == id.target)
    }

    /// Every benchmark by its id.
    pub fn by_id(&self) -> BTreeMap<&BenchmarkId, &BenchmarkExtract> {
        self.benchmarks.iter().map(|benchmark| (&benchmark.id, benchmark)).collect()
    }
}

impl BenchmarkExtract {
    /// A benchmark that nothing is known of yet.
    pub fn empty(id: BenchmarkId, calibration: Calibration) -> Self {
        Self { id, calibration, taints: Vec::new(), failure_count: 0, series: Vec::new() }
    }

    /// The values of a metric.
    pub fn series(&self, metric: &MetricId) -> Option<&Series> {
        self.series.iter().find(|series| series.metric == *metric)
    }

    /// Invocations that measured it and broke at least one rule.
    pub fn tainted_count(&self) -> usize {
        self.taints.iter().filter(|rules| !rules.is_empty()).count()
    }

    fn add(&mut self, invocation: &Invocation, observation: &Observation) {
        if observation.outcome != Outcome::Ok {
            self.failure_count += 1;
            return;
        }
        let column = self.taints.len();
        self.taints.push(invocation.taints.iter().map(|taint| taint.rule).collect());
        for measurement in &observation.measurements {
            let known = self
                .series
                .iter()
                .position(|series| series.metric == measurement.metric && series.unit == measurement.unit);
            let place = known.unwrap_or_else(|| {
                self.series.push(Series {
                    metric: measurement.metric.clone(),
                    unit: measurement.unit.clone(),
                    values: Vec::new(),
                    throughput: measurement.throughput.clone(),
                });
                self.series.len() - 1
            });
            let values = &mut self.series[place].values;
            values.resize(column, f64::NAN);
            values.push(measurement.representative().unwrap_or(f64::NAN));
        }
        for series in &mut self.series {
            series.values.resize(column + 1, f64::NAN);
        }
    }
}
