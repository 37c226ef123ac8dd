//! The exercises as something that a duel can play: targets, a harness, its samples in turns.
//!
//! It is in no list of harnesses and claims no executable; `validate` alone uses it.

use std::collections::BTreeMap;
use std::path::Path;

use lab_core::model::{
    BenchmarkId, BenchmarkRecord, Calibration, Measurement, MetricId, Observation, Outcome, Sample, TargetId,
    Values,
};
use lab_core::validation::Plant;
use turnstile::listener::Pattern;
use turnstile::mapping::Entry;

use super::child::{FAR_VARIABLE, Order, UNITS_VARIABLE};
use super::line::Said;
use super::work::{Exercise, FAR_BYTES, NEAR_BYTES, UNITS};
use crate::harness::duelist::{Duelist, Plan, Score, Trial, Unfit, Wish};
use crate::harness::{Answer, Harness, Listing, ReadError, Request};
use crate::runner::command::{Captured, CommandSpec};
use crate::workspace::BenchTarget;

/// Iterations of the pilot, one slice each.
const PILOT_SLICES: u64 = 5;

/// Slices of a process that is measured as a whole.
const PROCESS_SLICES: u64 = 20;

/// What drives this program's own exercises.
pub(super) static EXERCISES: Exercises = Exercises;

/// One side of an exercise: this program with so much work. Files are made in `place`.
pub(super) fn contender_target(executable: &Path, place: &Path, plant: Plant) -> BenchTarget {
    let units = if let Plant::Work(percent) = plant { UNITS + u64::from(percent) } else { UNITS };
    let far_bytes = if plant == Plant::Memory { FAR_BYTES } else { NEAR_BYTES };
    // Numbers of equal width, so that the amount of work moves no stack.
    let environment = vec![
        (FAR_VARIABLE.to_owned(), format!("{far_bytes:010}").into()),
        (UNITS_VARIABLE.to_owned(), format!("{units:010}").into()),
    ];
    BenchTarget {
        id: target_id(),
        executable: executable.to_owned(),
        package_root: place.to_owned(),
        source: executable.to_owned(),
        environment,
        dependencies: Vec::new(),
        harness_override: None,
    }
}

/// An exercise as a benchmark.
pub(super) fn record(exercise: &Exercise) -> BenchmarkRecord {
    BenchmarkRecord {
        id: BenchmarkId::new(target_id(), exercise.id),
        is_ignored: false,
        calibration: Calibration::default(),
        thread_count_max: None,
    }
}

fn target_id() -> TargetId {
    TargetId::new("bench-lab", "validate")
}

/// See [`EXERCISES`].
pub(super) struct Exercises;

impl Exercises {
    fn spec(request: &Request<'_>, iterations: u64, slices: u64) -> CommandSpec {
        CommandSpec { arguments: order(request, iterations, slices), ..CommandSpec::default() }
    }
}

fn order(request: &Request<'_>, iterations: u64, slices: u64) -> Vec<String> {
    let exercise = request.benchmarks.first().map(|record| record.id.path.clone()).unwrap_or_default();
    Order { exercise, iterations, slices }.to_arguments()
}

impl Harness for Exercises {
    fn id(&self) -> &'static str {
        "exercise"
    }

    fn markers(&self) -> &'static [&'static str] {
        &[]
    }

    fn crate_names(&self) -> &'static [&'static str] {
        &[]
    }

    fn list_commands(&self, _: &BenchTarget) -> Vec<CommandSpec> {
        Vec::new()
    }

    fn read_list(&self, _: &TargetId, _: usize, captured: &Captured) -> Result<Listing, ReadError> {
        Err(ReadError { what: "the exercises are known without a list".into(), tail: captured.stderr_text() })
    }

    fn pilot_command(&self, request: &Request<'_>) -> CommandSpec {
        Self::spec(request, 1, PILOT_SLICES)
    }

    fn calibrate(&self, request: &Request<'_>, _: &Captured) -> Result<Vec<Calibration>, ReadError> {
        Ok(request.benchmarks.iter().map(|record| record.calibration.clone()).collect())
    }

    fn command(&self, request: &Request<'_>) -> CommandSpec {
        Self::spec(request, 1, PROCESS_SLICES)
    }

    fn read(&self, request: &Request<'_>, captured: &Captured) -> Answer {
        let (outcome, measurements) = match said(captured) {
            Ok(walls_ns) => (Outcome::Ok, vec![measurement(&walls_ns)]),
            Err(reason) => (Outcome::Failed { reason, tail: captured.stderr_text() }, Vec::new()),
        };
        let observe = |record: &BenchmarkRecord| Observation {
            benchmark: record.id.clone(),
            outcome: outcome.clone(),
            measurements: measurements.clone(),
        };
        Answer { observations: request.benchmarks.iter().map(observe).collect(), warnings: Vec::new() }
    }

    fn duelist(&self) -> Option<&dyn Duelist> {
        Some(&InTurns)
    }
}

/// Turns of slices that the process itself announces.
struct InTurns;

impl Duelist for InTurns {
    fn plan(&self, sides: [&Trial<'_>; 2], wish: &Wish) -> Result<[Plan; 2], Unfit> {
        let slices = u64::from(wish.round_count + wish.discarded_count);
        let iterations = wish.slice_iterations.max(1);
        Ok(sides.map(|side| Plan {
            arguments: order(&side.request, iterations, slices),
            iterations: vec![iterations; slices as usize],
            solo_count: 0,
            warm_up_step_ns: 0,
            is_cut_short: false,
        }))
    }

    fn score(
        &self,
        _: &Request<'_>,
        plan: &Plan,
        captured: &Captured,
        log: &[Entry],
    ) -> Result<Score, Unfit> {
        let walls_ns = said(captured).map_err(Unfit)?;
        let begins = log.iter().position(|entry| matches!(entry, Entry::Output));
        let begins = begins.ok_or_else(|| Unfit::new("does not say when it begins"))?;
        let reads = log[begins..].iter().filter(|entry| matches!(entry, Entry::Read { .. })).count();
        let slice_count = plan.iterations.len();
        if walls_ns.len() != slice_count || reads < 2 * slice_count {
            let text = format!("reads the clock {reads} times in {} slices", walls_ns.len());
            return Err(Unfit(text));
        }
        Ok(Score {
            pattern: Pattern { output_count: 1, slice_count: slice_count as u32, ..Pattern::default() },
            pairs: vec![1; slice_count],
            iterations: plan.iterations.clone(),
        })
    }

    fn confirm(&self, _: &Request<'_>, _: &Plan, captured: &Captured, walls_ns: &[u64]) -> Result<(), Unfit> {
        let said = said(captured).map_err(Unfit)?;
        // The process reads the very clock values that are recorded.
        if said == walls_ns {
            return Ok(());
        }
        Err(Unfit::new("says other times than were recorded"))
    }
}

/// The slices that a process reported.
fn said(captured: &Captured) -> Result<Vec<u64>, String> {
    let text = captured.stdout_text();
    let lines = text.lines().filter_map(|line| serde_json::from_str(line).ok());
    let mut why = None;
    for line in lines {
        match line {
            Said::Slices { walls_ns, .. } => return Ok(walls_ns),
            Said::Failed(reason) => why = Some(reason),
            Said::Begins => {}
        }
    }
    Err(why.unwrap_or_else(|| format!("its process ended without a word: {:?}", captured.exit)))
}

fn measurement(walls_ns: &[u64]) -> Measurement {
    let sample = |wall_ns: &u64| Sample { iterations: 1.0, total: *wall_ns as f64 };
    Measurement {
        metric: MetricId::wall_ns(),
        unit: "ns".into(),
        values: Values::Samples(walls_ns.iter().map(sample).collect()),
        throughput: Vec::new(),
        settings: BTreeMap::new(),
    }
}
