//! A Run reduced to one value per benchmark, metric and invocation: what comparisons read and baselines keep.
//!
//! It never averages over invocations, since those are the replicates.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use lab_stats::{Observations, median};

use super::{
    BenchmarkId, Calibration, Environment, Invocation, MetricId, Observation, Outcome, Plan, Reading,
    Revision, Run, TaintRule, TargetRecord, Throughput,
};
use crate::canary::figures;
use crate::compare::mixed;

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
    /// Facts that forbid a comparison and were not the same in all sessions, by name; empty for a Run of one session.
    pub mixed: Vec<String>,
    /// The bench targets that hold a benchmark.
    pub targets: Vec<TargetRecord>,
    /// Every selected benchmark, in the harness's order.
    pub benchmarks: Vec<BenchmarkExtract>,
    /// What the kernels gave that measure the machine meanwhile.
    pub canary: CanaryExtract,
}

/// The canaries of a Run, one value per process.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CanaryExtract {
    /// See [`CanaryRecord::sha256`](super::CanaryRecord::sha256).
    pub sha256: Option<String>,
    /// See [`CanaryRecord::is_optimised`](super::CanaryRecord::is_optimised).
    pub is_optimised: bool,
    /// In the order in which each process ran them; empty where none ran.
    pub kernels: Vec<KernelExtract>,
}

/// One kernel.
#[derive(Clone, Debug, PartialEq)]
pub struct KernelExtract {
    /// Its name with the version of its work.
    pub id: String,
    /// Units of work in one pass.
    pub units: u64,
    /// Nanoseconds of one pass, above zero, one per process that gave a figure, in the order in which they ran.
    pub values: Vec<f64>,
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
    /// Share of their life that its processes ran or wanted to run, the median over them: near 1 for one that waits for
    /// nothing, more with several threads. Absent where it was not read.
    pub busy_share: Option<f64>,
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
    /// Reduces a Run. The environment is that of its first session; where a later one contradicts it is in `mixed`.
    pub fn of_run(run: &Run) -> Self {
        let mut benchmarks: Vec<BenchmarkExtract> = run
            .benchmarks
            .iter()
            .map(|record| BenchmarkExtract::empty(record.id.clone(), record.calibration.clone()))
            .collect();
        let places: HashMap<&BenchmarkId, usize> =
            run.benchmarks.iter().enumerate().map(|(place, record)| (&record.id, place)).collect();
        let mut shares: Vec<Vec<f64>> = vec![Vec::new(); benchmarks.len()];
        for invocation in &run.invocations {
            for observation in &invocation.observations {
                // A benchmark that ran unasked and is not listed has no place in a comparison either.
                if let Some(place) = places.get(&observation.benchmark) {
                    benchmarks[*place].add(invocation, observation);
                    shares[*place].extend(busy_share(invocation));
                }
            }
        }
        for (benchmark, shares) in benchmarks.iter_mut().zip(shares) {
            benchmark.busy_share = Observations::new(shares).ok().map(|shares| median(&shares));
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
            mixed: mixed(&run.sessions),
            targets: run.targets.iter().filter(|target| holders.contains(&target.id)).cloned().collect(),
            benchmarks,
            canary: figures(run),
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
        Self { id, calibration, taints: Vec::new(), failure_count: 0, busy_share: None, series: Vec::new() }
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

/// What a process spent running, waiting for its CPU, or robbed of it, of its whole life.
fn busy_share(invocation: &Invocation) -> Option<f64> {
    let reading = |id: &str| invocation.signals.get(id).and_then(Reading::value);
    let run_ns = reading("cpu_user_ns")? + reading("cpu_system_ns")?;
    let kept_waiting_ns = reading("run_queue_wait_ns").unwrap_or(0.0) + reading("steal_ns").unwrap_or(0.0);
    Some((run_ns + kept_waiting_ns) / invocation.wall_ns as f64).filter(|share| share.is_finite())
}
