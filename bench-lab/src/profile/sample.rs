//! Call stacks of a benchmark, sampled by perf.
//!
//! The benchmark runs as in a Run, for longer; perf unwinds what it recorded afterwards.

use std::path::{Path, PathBuf};
use std::process::Command;

use lab_core::model::{Measurement, MetricId, Outcome, Values};
use lab_core::profile::{Stacks, read_script};

use crate::duel::{Context, Sitting, Stopped, Through};

/// How perf samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sampling {
    /// perf.
    pub perf: PathBuf,
    /// What is sampled: perf's name of an event.
    pub event: String,
    /// Samples a second.
    pub hertz: u32,
    /// How stacks are found: perf's word for `--call-graph`.
    pub call_graph: String,
    /// How long the benchmark is measured meanwhile, in milliseconds.
    pub time_ms: u64,
}

/// What sampling gave.
#[derive(Debug)]
pub(super) struct Sampled {
    /// The stacks.
    pub(super) stacks: Stacks,
    /// Mean wall time of one iteration meanwhile, in nanoseconds, where its harness says it.
    pub(super) iteration_ns: Option<f64>,
    /// All that its harness measured meanwhile.
    pub(super) measurements: Vec<Measurement>,
}

/// Samples one benchmark; perf's own file is written to `record`. The inner error says why there are no samples, as the
/// second half of a sentence about it.
///
/// # Errors
/// [`Stopped`].
pub(super) fn sample(
    context: &Context<'_>,
    sitting: &Sitting<'_>,
    sampling: &Sampling,
    record: &Path,
) -> Result<Result<Sampled, String>, Stopped> {
    let hertz = sampling.hertz.to_string();
    let text = record.to_string_lossy();
    let arguments = [
        "record",
        "--quiet",
        "--event",
        &sampling.event,
        "--freq",
        &hertz,
        "--call-graph",
        &sampling.call_graph,
        "--no-buildid",
        "--no-buildid-cache",
        "--output",
        &text,
        "--",
    ];
    let through = Through {
        program: &sampling.perf,
        name: "perf",
        arguments: arguments.map(str::to_owned).to_vec(),
        is_simulated: false,
    };
    let answer = match sitting.work_for(context, &through, sampling.time_ms)? {
        Ok(answer) => answer,
        Err(why) => return Ok(Err(why)),
    };
    let own = answer.observations.into_iter().find(|one| one.benchmark == sitting.record().id);
    let observation = match own {
        Some(observation) if observation.outcome == Outcome::Ok => observation,
        Some(observation) => {
            return Ok(Err(format!("was not measured while it was sampled: {:?}", observation.outcome)));
        }
        None => return Ok(Err("was not measured while it was sampled".into())),
    };
    let mut wall = observation.measurements.iter().filter(|one| one.metric == MetricId::wall_ns());
    let iteration_ns = wall.next().and_then(mean).filter(|ns| *ns > 0.0);
    let measurements = observation.measurements;
    Ok(script(&sampling.perf, record).map(|stacks| Sampled { stacks, iteration_ns, measurements }))
}

/// The mean over all iterations, where the harness says it: samples are of all of them, and what others take of the processor
/// lengthens the mean by as much as it lowers the share of time on it. A median leaves that out, and their product says too
/// little.
fn mean(measurement: &Measurement) -> Option<f64> {
    match &measurement.values {
        Values::Samples(samples) => {
            let iterations: f64 = samples.iter().map(|sample| sample.iterations).sum();
            let total: f64 = samples.iter().map(|sample| sample.total).sum();
            Some(total / iterations).filter(|ns| ns.is_finite())
        }
        Values::Summary(summary) => Some(summary.mean.value).filter(|ns| ns.is_finite()),
        Values::Center { .. } => measurement.representative(),
    }
}

/// What perf recorded, unwound. Inlined functions are left to their callers: to look them up takes minutes.
fn script(perf: &Path, record: &Path) -> Result<Stacks, String> {
    let output = Command::new(perf)
        .args(["script", "--no-inline", "--fields", "comm,tid,time,period,event,ip,sym,dso", "--input"])
        .arg(record)
        .env("LC_ALL", "C")
        .output()
        .map_err(|error| format!("was sampled, and perf script could not be started: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it says nothing");
        return Err(format!("was sampled, and perf script failed: {last}"));
    }
    read_script(&String::from_utf8_lossy(&output.stdout)).map_err(|error| format!("was sampled: {error}"))
}

/// What to do when perf refuses, from what it said.
pub(super) fn advice(reason: &str) -> Option<String> {
    let is_refused = ["perf_event_paranoid", "not permitted", "Permission denied", "No permission"];
    is_refused.iter().any(|words| reason.contains(words)).then(|| {
        "perf may not be used here: sudo sysctl kernel.perf_event_paranoid=2 allows it until the next boot; \
         --instructions and --memory need no permission"
            .into()
    })
}

#[cfg(test)]
mod tests {
    use lab_core::model::Sample;

    use super::*;

    #[test]
    fn a_pause_that_one_sample_had_is_in_the_mean() {
        let sample = |iterations: f64, total: f64| Sample { iterations, total };
        let values = Values::Samples(vec![sample(10.0, 100.0), sample(10.0, 100.0), sample(20.0, 3800.0)]);
        let measurement = Measurement {
            metric: MetricId::wall_ns(),
            unit: "ns".into(),
            values,
            throughput: Vec::new(),
            settings: std::collections::BTreeMap::new(),
        };
        assert_eq!((mean(&measurement), measurement.representative()), (Some(100.0), Some(10.0)));
    }
}
