//! What one process says about each benchmark it was asked for, and about each that ran unasked.
//!
//! Every requested benchmark gets exactly one outcome, whatever the process did.

use std::collections::BTreeMap;

use lab_core::model::{BenchmarkId, Exit, Observation, Outcome, TargetId, Warning};

use super::listing::is_cut;
use super::settings::Settings;
use super::sighting::{Progress, Sighting, ZERO_TIME_HINT};
use crate::harness::ending::{bad_ending, tail};
use crate::harness::{Answer, Request};
use crate::runner::command::Captured;

/// Observes each requested benchmark, then each that ran unasked in the order in which they ran.
pub(super) fn observe(
    request: &Request<'_>,
    asked: &Settings,
    captured: &Captured,
    sightings: Vec<Sighting>,
) -> Answer {
    let process = Process { captured, interrupted: interrupted(captured, &sightings) };
    let mut rest = number(&request.target.id, sightings);
    let mut answer = Answer { observations: Vec::new(), warnings: Vec::new() };
    let mut is_first_absent = true;
    for benchmark in request.benchmarks {
        let place = rest.iter().position(|(id, _)| is_same(id, &benchmark.id));
        match place.map(|place| rest.remove(place)) {
            Some((_, sighting)) => process.add(&mut answer, benchmark.id.clone(), &sighting, asked),
            None => {
                let outcome = process.absent(is_first_absent);
                is_first_absent = false;
                let measurements = Vec::new();
                answer.observations.push(Observation {
                    benchmark: benchmark.id.clone(),
                    outcome,
                    measurements,
                });
            }
        }
    }
    for (id, sighting) in rest {
        process.add(&mut answer, id, &sighting, asked);
    }
    let is_all_well = answer.observations.iter().all(|observation| observation.outcome == Outcome::Ok);
    if let Some(ending) = bad_ending(captured).filter(|_| is_all_well && !answer.observations.is_empty()) {
        let text = format!("its process {} after it had measured everything", brief(&ending));
        answer.warnings.push(Warning::new("bad_ending", &request.target.id, text));
    }
    answer
}

/// Gives every sighting its id; those of one path are numbered in the order in which they ran, as in the listing.
fn number(target: &TargetId, sightings: Vec<Sighting>) -> Vec<(BenchmarkId, Sighting)> {
    let mut occurrences = BTreeMap::<String, u32>::new();
    let with_id = |sighting: Sighting| {
        let occurrence =
            occurrences.entry(sighting.path.clone()).and_modify(|count| *count += 1).or_insert(1);
        let id = BenchmarkId { target: target.clone(), path: sighting.path.clone(), occurrence: *occurrence };
        (id, sighting)
    };
    sightings.into_iter().map(with_id).collect()
}

/// Whether a sighting is of this benchmark, whose path may be the cut name from a printed list.
fn is_same(seen: &BenchmarkId, listed: &BenchmarkId) -> bool {
    let is_prefix = || is_cut(&listed.path) && seen.path.starts_with(listed.path.trim_end_matches("..."));
    seen.occurrence == listed.occurrence && (seen.path == listed.path || is_prefix())
}

/// The benchmark that was running when the process ended badly.
fn interrupted(captured: &Captured, sightings: &[Sighting]) -> Option<String> {
    let last = sightings.last().filter(|last| last.progress == Progress::Begun)?;
    (captured.exit != Exit::Code(0)).then(|| last.path.clone())
}

/// The process as far as it explains an outcome.
struct Process<'a> {
    captured: &'a Captured,
    interrupted: Option<String>,
}

impl Process<'_> {
    /// Adds what was seen of one benchmark.
    fn add(&self, answer: &mut Answer, benchmark: BenchmarkId, sighting: &Sighting, asked: &Settings) {
        let mut measurements = Vec::new();
        let outcome = match &sighting.progress {
            Progress::Begun => self.unfinished(&sighting.path),
            Progress::ZeroTime => Outcome::Failed {
                reason: format!("a sample took zero time; {ZERO_TIME_HINT}"),
                tail: tail(self.captured),
            },
            Progress::Measured(batches) => match batches.to_measurement(&sighting.throughput) {
                Ok(measurement) => {
                    measurements.push(measurement);
                    let differences = batches.in_force.as_ref().map(|s| s.differences_from(asked));
                    let differences = differences.unwrap_or_default();
                    if !differences.is_empty() {
                        let text = format!("its code sets {}", differences.join(", "));
                        answer.warnings.push(Warning::new("settings_in_code", &benchmark, text));
                    }
                    Outcome::Ok
                }
                Err(reason) => Outcome::Failed { reason, tail: tail(self.captured) },
            },
        };
        answer.observations.push(Observation { benchmark, outcome, measurements });
    }

    /// The outcome of a benchmark that began and never completed.
    fn unfinished(&self, path: &str) -> Outcome {
        let was_running = self.interrupted.as_deref() == Some(path);
        bad_ending(self.captured).filter(|_| was_running).unwrap_or_else(|| Outcome::Failed {
            reason: "it began and gave no result, and its process did not fail".into(),
            tail: tail(self.captured),
        })
    }

    /// The outcome of a benchmark that never began.
    fn absent(&self, is_first: bool) -> Outcome {
        let missing = |reason: String| Outcome::Missing { reason };
        match (bad_ending(self.captured), &self.interrupted) {
            (None, _) => missing("it was listed, and its process ended well without it: perhaps its name changes from process to process (a time, a random value)".into()),
            (Some(ending), Some(path)) => {
                missing(format!("its process {} in {path:?}, before its turn", brief(&ending)))
            }
            // Nobody was running, so the target's own code hung: once is enough to say that.
            (Some(Outcome::TimedOut { limit_ms, .. }), None) if !is_first => {
                missing(format!("its process was stopped after {limit_ms} ms, before its turn"))
            }
            (Some(ending), None) => ending,
        }
    }
}

/// A bad ending as the second half of a sentence about the process.
pub(super) fn brief(ending: &Outcome) -> String {
    match ending {
        Outcome::TimedOut { limit_ms, .. } => format!("was stopped after {limit_ms} ms"),
        Outcome::Failed { reason, .. } => reason.clone(),
        Outcome::Missing { .. } | Outcome::Ok => "ended".into(),
    }
}
