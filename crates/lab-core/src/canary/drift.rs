//! How far the machine itself moved between two Runs, judged by kernels that did equal work in both.
//!
//! It bounds what the machine may have added to a comparison of stored figures; it never corrects one by it, since a
//! benchmark need not scale as any kernel does.

use lab_stats::{Estimate, Level, Observations, TwoSamples, shift, shift_interval};

use super::catalogue::{Resource, canary};
use super::series::figures;
use crate::model::{CanaryExtract, KernelExtract, Run};

/// Level of each kernel's interval. It takes five processes on either side (two of the 252 splits of ten).
pub const DRIFT_LEVEL: f64 = 0.99;

/// The machine of the candidate against that of the baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct CanaryDrift {
    /// One per kernel that did equal work in both Runs, in the baseline's order.
    pub kernels: Vec<KernelDrift>,
    /// Kernels that cannot be compared, each with its reason. Of two Runs without canaries there is none.
    pub left_out: Vec<LeftOut>,
    /// Whether one and the same executable held the kernels. Another one did the same work, perhaps by other machine
    /// code: part of a drift may then be the compiler's.
    pub is_same_program: bool,
}

/// One kernel.
#[derive(Clone, Debug, PartialEq)]
pub struct KernelDrift {
    /// Its stored name.
    pub id: String,
    /// What decides its time.
    pub resource: Resource,
    /// ln(candidate / baseline): the median over all pairs of processes (Hodges and Lehmann), with the interval that the
    /// Mann-Whitney test does not reject at [`DRIFT_LEVEL`]; positive where the candidate's machine was slower. Without
    /// an interval there were too few processes.
    pub log_ratio: Estimate,
}

/// A kernel of which nothing can be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its stored name.
    pub id: String,
    /// As a short clause.
    pub reason: String,
}

/// The range in which the machine's own part of a log-ratio plausibly lies; it always holds zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Envelope {
    /// At most 0.
    pub lower: f64,
    /// At least 0.
    pub upper: f64,
}

impl Envelope {
    /// The largest plausible drift in either direction, as |ln(candidate / baseline)|.
    pub fn log_ratio(&self) -> f64 {
        self.upper.max(-self.lower)
    }
}

impl CanaryDrift {
    /// The hull of the intervals of all kernels that feel one of these resources: [`Resource::ON_CPU`] for a benchmark
    /// that keeps its CPU busy, [`Resource::ALL`] for one that waits for the disk. A difference of stored figures beyond
    /// it is more than any kernel saw of the machine.
    ///
    /// Absent when no such kernel has an interval: then nothing is known about the machine, which is not a drift of 0.
    pub fn envelope(&self, resources: &[Resource]) -> Option<Envelope> {
        let felt = self.kernels.iter().filter(|kernel| resources.contains(&kernel.resource));
        let intervals: Vec<_> = felt.filter_map(|kernel| kernel.log_ratio.interval).collect();
        let zero = Envelope { lower: 0.0, upper: 0.0 };
        (!intervals.is_empty()).then(|| {
            intervals.iter().fold(zero, |hull, interval| Envelope {
                lower: hull.lower.min(interval.lower()),
                upper: hull.upper.max(interval.upper()),
            })
        })
    }
}

/// Compares the canaries of two Runs, kernel by kernel.
///
/// The processes of a Run count as independent; where the machine drifted within a Run they are not quite, and the
/// intervals are wider for it, since they rest on the spread between processes.
pub fn drift(baseline: &Run, candidate: &Run) -> CanaryDrift {
    drift_between(&figures(baseline), &figures(candidate))
}

/// The same of what was kept of two Runs.
pub fn drift_between(before: &CanaryExtract, after: &CanaryExtract) -> CanaryDrift {
    let mut drift = CanaryDrift {
        kernels: Vec::new(),
        left_out: Vec::new(),
        is_same_program: before.sha256.is_some() && before.sha256 == after.sha256,
    };
    for id in ids(before, after) {
        let compared = equal_work(id, before, after).and_then(|(before, after)| compare(before, after));
        match compared {
            Ok(kernel) => drift.kernels.push(kernel),
            Err(reason) => drift.left_out.push(LeftOut { id: id.to_owned(), reason: reason.to_owned() }),
        }
    }
    drift
}

/// Every kernel of either side, the baseline's first.
fn ids<'a>(baseline: &'a CanaryExtract, candidate: &'a CanaryExtract) -> Vec<&'a str> {
    let only_candidate = candidate.kernels.iter().filter(|kernel| find(baseline, &kernel.id).is_none());
    baseline.kernels.iter().chain(only_candidate).map(|kernel| kernel.id.as_str()).collect()
}

fn find<'a>(extract: &'a CanaryExtract, id: &str) -> Option<&'a KernelExtract> {
    extract.kernels.iter().find(|kernel| kernel.id == id)
}

fn equal_work<'a>(
    id: &str,
    baseline: &'a CanaryExtract,
    candidate: &'a CanaryExtract,
) -> Result<(&'a KernelExtract, &'a KernelExtract), &'static str> {
    let (Some(before), Some(after)) = (find(baseline, id), find(candidate, id)) else {
        return Err(if find(baseline, id).is_none() {
            "not in the baseline"
        } else {
            "not in the candidate"
        });
    };
    if baseline.is_optimised != candidate.is_optimised {
        return Err("one of the two bench-labs was built without optimisations");
    }
    if before.units == after.units { Ok((before, after)) } else { Err("another amount of work per pass") }
}

fn compare(before: &KernelExtract, after: &KernelExtract) -> Result<KernelDrift, &'static str> {
    let resource = canary(&before.id).ok_or("unknown to this bench-lab")?.resource;
    let reference = logarithms(&before.values).ok_or("never measured in the baseline")?;
    let other = logarithms(&after.values).ok_or("never measured in the candidate")?;
    let samples = TwoSamples { reference: &reference, other: &other };
    let level = Level::new(DRIFT_LEVEL).expect("0.99 lies between 0 and 1");
    let log_ratio = Estimate { point: shift(samples), interval: shift_interval(samples, level).ok() };
    Ok(KernelDrift { id: before.id.clone(), resource, log_ratio })
}

fn logarithms(times: &[f64]) -> Option<Observations> {
    Observations::new(times.iter().map(|time| time.ln()).collect::<Vec<_>>()).ok()
}

#[cfg(test)]
mod tests;
