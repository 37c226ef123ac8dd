//! How steady the machine was during one Run, judged by its canaries.
//!
//! It describes and warns; it corrects no figure and removes none.

use lab_stats::{
    Estimate, Level, Observations, Probability, TwoSamples, holm, mann_kendall, median_estimate,
    relative_spread, shift,
};

use super::catalogue::{Resource, canary};
use super::series::figures;
use crate::model::{Outcome, Run, Warning};
use crate::report::number;

/// How sure a trend must be: the chance that a Run on a machine without any is called drifted by one of its kernels
/// (Holm's correction over the kernels). Of eight kernels, one can reach it with six processes, and only by rising or
/// falling all the way.
pub const DRIFT_ALPHA: f64 = 0.05;

/// How large a drift must be to be told, as |ln(last third / first third)|: 2 %, twice the smallest change that is worth
/// a verdict. Blocks spread a drift over all benchmarks alike, so that a smaller one shows as noise of the figures and
/// not as a bias.
pub const DRIFT_LOG_RATIO_MIN: f64 = 0.02;

/// From where on a kernel is noisy: the half-width of its median's interval, as a share. The tolerance of machine
/// definitions too: what is known no better could be another machine's.
pub const NOISE_SHARE_MAX: f64 = 0.05;

/// Processes with which a drift can be seen.
const COUNT_MIN: usize = 6;

/// Level of the intervals of the medians, that of the table of benchmarks.
const LEVEL: f64 = 0.95;

/// The kernels of a Run.
#[derive(Clone, Debug, PartialEq)]
pub struct Steadiness {
    /// One per kernel, in the Run's order.
    pub kernels: Vec<KernelSteadiness>,
    /// Processes of the canaries so far.
    pub invocation_count: usize,
    /// Those with a taint.
    pub tainted_count: usize,
}

/// One kernel over a Run.
#[derive(Clone, Debug, PartialEq)]
pub struct KernelSteadiness {
    /// Its stored name.
    pub id: String,
    /// What people are shown.
    pub name: String,
    /// What was measured; absent when it never was.
    pub figure: Option<KernelFigure>,
    /// Why processes gave no time, each reason once.
    pub failures: Vec<Outcome>,
}

/// The times of one kernel.
#[derive(Clone, Debug, PartialEq)]
pub struct KernelFigure {
    /// Median time of a pass in nanoseconds, with the distribution-free interval.
    pub median_ns: Estimate,
    /// How far single processes lie from the median: scaled median absolute deviation, as a share of it; absent when the
    /// median is zero.
    pub spread_share: Option<f64>,
    /// Processes that measured it.
    pub invocation_count: usize,
    /// How it moved as the Run went on; absent with fewer than three processes.
    pub trend: Option<Trend>,
}

/// A movement from the beginning of a Run to its end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// ln(last third / first third), the median over all pairs of processes (Hodges and Lehmann).
    pub log_ratio: f64,
    /// How probable so steady a rise or fall is on a machine that does not drift (Mann and Kendall), corrected for the
    /// number of kernels.
    pub p: Probability,
}

impl Trend {
    /// Whether it is large and sure enough to be told.
    pub fn is_drift(&self) -> bool {
        self.log_ratio.abs() >= DRIFT_LOG_RATIO_MIN && self.p.value() <= DRIFT_ALPHA
    }
}

/// In one word, how the machine was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No kernel drifted, and none is so noisy that it hides one.
    Steady,
    /// No kernel is known to have drifted, and some are too noisy to tell.
    Noisy,
    /// At least one kernel drifted.
    Drifted,
    /// Too few processes to tell.
    Unknown,
}

impl Verdict {
    /// Name in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::Steady => "steady",
            Self::Noisy => "noisy",
            Self::Drifted => "drifted",
            Self::Unknown => "unknown",
        }
    }
}

impl Steadiness {
    /// The verdict over all kernels.
    pub fn verdict(&self) -> Verdict {
        if self.drifts().next().is_some() {
            Verdict::Drifted
        } else if self.invocation_count < COUNT_MIN {
            Verdict::Unknown
        } else if self.noisy().next().is_some() {
            Verdict::Noisy
        } else {
            Verdict::Steady
        }
    }

    /// Judges the canaries of a Run; absent when it has none.
    pub fn of(run: &Run) -> Option<Self> {
        if run.canary.kernels.is_empty() {
            return None;
        }
        let rows = &run.canary.invocations;
        let mut kernels: Vec<KernelSteadiness> = figures(run)
            .kernels
            .into_iter()
            .map(|kernel| KernelSteadiness {
                name: canary(&kernel.id).map_or(kernel.id.as_str(), |canary| canary.name).to_owned(),
                figure: figure(&kernel.values),
                failures: failures(run, &kernel.id),
                id: kernel.id,
            })
            .collect();
        correct(&mut kernels);
        let tainted_count = rows.iter().filter(|row| !row.taints.is_empty()).count();
        Some(Self { kernels, invocation_count: rows.len(), tainted_count })
    }

    /// Kernels whose median is known so badly that it says little about the machine. Those of the disk are left out:
    /// disks are noisy, and that is no news about the benchmarks that do not wait for one.
    pub fn noisy(&self) -> impl Iterator<Item = &KernelSteadiness> {
        self.kernels.iter().filter(|kernel| {
            let is_on_cpu =
                canary(&kernel.id).is_some_and(|canary| Resource::ON_CPU.contains(&canary.resource));
            let width = kernel.figure.as_ref().and_then(|figure| figure.median_ns.relative_half_width());
            is_on_cpu && width.is_some_and(|width| width > NOISE_SHARE_MAX)
        })
    }

    /// Kernels that drifted, with their trends.
    pub fn drifts(&self) -> impl Iterator<Item = (&KernelSteadiness, Trend)> {
        let trend = |kernel: &KernelSteadiness| kernel.figure.as_ref()?.trend.filter(Trend::is_drift);
        self.kernels.iter().filter_map(move |kernel| Some((kernel, trend(kernel)?)))
    }

    /// What a reader must know: kernels that drifted, and kernels that went wrong.
    pub fn warnings(&self) -> Vec<Warning> {
        let drifts = self.drifts().map(|(kernel, trend)| {
            let text = format!(
                "drifted by {} between the first and the last third of the Run: blocks spread it over all \
                 benchmarks, and their intervals are wider for it",
                number::change(trend.log_ratio)
            );
            Warning::new("canary_drift", format!("canary {}", kernel.name), text)
        });
        let failed = self.kernels.iter().flat_map(|kernel| {
            kernel.failures.iter().filter_map(|outcome| {
                Some(Warning::new("canary_failed", format!("canary {}", kernel.name), reason(outcome)?))
            })
        });
        drifts.chain(failed).collect()
    }
}

/// What went wrong; nothing for a kernel that cannot run on this host, which is a fact and no fault.
fn reason(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Ok | Outcome::Missing { .. } => None,
        Outcome::Failed { reason, .. } => Some(reason.clone()),
        Outcome::TimedOut { limit_ms, .. } => Some(format!("did not end within {limit_ms} ms")),
    }
}

fn failures(run: &Run, id: &str) -> Vec<Outcome> {
    let observations = run.canary.invocations.iter().flat_map(|row| &row.observations);
    let of_kernel = observations.filter(|observation| observation.benchmark.path == id);
    let mut failures: Vec<Outcome> = Vec::new();
    for outcome in of_kernel.map(|observation| &observation.outcome) {
        if *outcome != Outcome::Ok && !failures.contains(outcome) {
            failures.push(outcome.clone());
        }
    }
    failures
}

fn figure(times: &[f64]) -> Option<KernelFigure> {
    let observations = Observations::new(times).ok()?;
    let level = Level::new(LEVEL).expect("0.95 lies between 0 and 1");
    Some(KernelFigure {
        median_ns: median_estimate(&observations, level),
        spread_share: relative_spread(&observations),
        invocation_count: times.len(),
        trend: trend(times),
    })
}

/// The trend of one kernel alone.
fn trend(times: &[f64]) -> Option<Trend> {
    let third = times.len().div_ceil(3);
    let logarithms: Vec<f64> = times.iter().map(|time| time.ln()).collect();
    let first = Observations::new(&logarithms[..third]).ok()?;
    let last = Observations::new(&logarithms[logarithms.len() - third..]).ok()?;
    (times.len() >= 3).then(|| Trend {
        log_ratio: shift(TwoSamples { reference: &first, other: &last }),
        p: mann_kendall(times).p,
    })
}

/// Corrects the trends for having been asked of several kernels (Holm, Scandinavian Journal of Statistics 6, 1979).
fn correct(kernels: &mut [KernelSteadiness]) {
    let mut trends: Vec<&mut Trend> =
        kernels.iter_mut().filter_map(|kernel| kernel.figure.as_mut()?.trend.as_mut()).collect();
    let corrected = holm(&trends.iter().map(|trend| trend.p).collect::<Vec<_>>());
    for (trend, p) in trends.iter_mut().zip(corrected) {
        trend.p = p;
    }
}

#[cfg(test)]
mod tests;
