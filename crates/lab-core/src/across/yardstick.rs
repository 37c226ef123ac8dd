//! What a benchmark is measured by on each machine, so that machines can be set side by side.
//!
//! It is chosen from how a benchmark spends its time and never from how the result looks; all machines get the same one.

use crate::canary::{Resource, canary, drift_between};
use crate::compare::{BUSY_SHARE as BUSY, Subject};
use crate::model::{BenchmarkExtract, BenchmarkId, MetricId};

/// From this share of its life on the CPU, on every machine, a benchmark is measured by the kernels of the processor.
/// It is the share at which a comparison takes a benchmark to wait for no disk.
pub const BUSY_SHARE: f64 = BUSY;

/// Below this share, on every machine, a benchmark is taken to wait for the disk, the one thing a canary waits for.
pub const WAITING_SHARE: f64 = 0.5;

/// Kernels that stand for what a busy benchmark uses. System calls are left out: what one costs differs tenfold with
/// mitigations and sandboxes, and most benchmarks make none while they are timed.
const PROCESSOR: &[Resource] = &[Resource::Core, Resource::Memory];

/// What stands below the fraction line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Yardstick {
    /// The geometric mean of the kernels of core and memory.
    Processor,
    /// The kernel that makes data durable.
    Storage,
    /// Another benchmark, chosen by a person.
    Reference(BenchmarkId),
    /// Nothing fits, and why.
    Missing(String),
}

impl Yardstick {
    /// Name in JSON.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Processor => "processor",
            Self::Storage => "storage",
            Self::Reference(_) => "reference",
            Self::Missing(_) => "missing",
        }
    }
}

/// The canaries of all machines as measures: per machine the logarithms of one process each.
#[derive(Debug)]
pub(super) struct Measures {
    processor: Result<Vec<Vec<f64>>, String>,
    storage: Result<Vec<Vec<f64>>, String>,
    /// Kernels behind the processor's measure.
    pub(super) processor_kernels: Vec<String>,
}

impl Measures {
    /// Takes the kernels that did equal work on every machine.
    pub(super) fn of(sides: &[Subject<'_>]) -> Self {
        let processor = kernels(sides, PROCESSOR);
        let storage = kernels(sides, &[Resource::Storage]);
        Self {
            processor_kernels: processor.clone().unwrap_or_default(),
            processor: processor.map(|ids| means(sides, &ids)),
            storage: storage.map(|ids| means(sides, &ids)),
        }
    }

    /// What a benchmark is measured by, from how it spends its time on each machine that has it.
    pub(super) fn choose(&self, benchmarks: &[&BenchmarkExtract]) -> Yardstick {
        let shares: Vec<f64> = benchmarks.iter().filter_map(|benchmark| benchmark.busy_share).collect();
        let is_busy = shares.iter().all(|share| *share >= BUSY_SHARE);
        // What does not say how busy it was is an import, and measures what runs on a CPU nearly always.
        let waits = !shares.is_empty() && shares.iter().all(|share| *share < WAITING_SHARE);
        match (is_busy, waits) {
            (true, _) => self.or_why(&self.processor, Yardstick::Processor),
            (false, true) => self.or_why(&self.storage, Yardstick::Storage),
            (false, false) => Yardstick::Missing(
                "they neither keep a CPU busy nor wait for most of their lives, and no canary stands for that".into(),
            ),
        }
    }

    fn or_why(&self, measure: &Result<Vec<Vec<f64>>, String>, yardstick: Yardstick) -> Yardstick {
        match measure {
            Ok(_) => yardstick,
            Err(why) => Yardstick::Missing(why.clone()),
        }
    }

    /// The logarithms of a yardstick's values on one machine; empty where it has none.
    pub(super) fn logs(&self, yardstick: &Yardstick, sides: &[Subject<'_>], machine: usize) -> Vec<f64> {
        let of = |measure: &Result<Vec<Vec<f64>>, String>| {
            measure.as_ref().ok().and_then(|machines| machines.get(machine)).cloned().unwrap_or_default()
        };
        match yardstick {
            Yardstick::Processor => of(&self.processor),
            Yardstick::Storage => of(&self.storage),
            Yardstick::Reference(id) => {
                let found = sides[machine].extract.benchmarks.iter().find(|benchmark| benchmark.id == *id);
                found.map(wall_logs).unwrap_or_default()
            }
            Yardstick::Missing(_) => Vec::new(),
        }
    }
}

/// The logarithms of a benchmark's times, those that have one.
pub(super) fn wall_logs(benchmark: &BenchmarkExtract) -> Vec<f64> {
    let values = benchmark.series(&MetricId::wall_ns()).map_or(&[][..], |series| &series.values);
    values.iter().filter(|value| value.is_finite() && **value > 0.0).map(|value| value.ln()).collect()
}

/// Kernels of these resources that did equal work everywhere and were measured by every process, or why there is none.
fn kernels(sides: &[Subject<'_>], resources: &[Resource]) -> Result<Vec<String>, String> {
    let (first, others) = sides.split_first().ok_or("no machine")?;
    let felt = first
        .extract
        .canary
        .kernels
        .iter()
        .filter(|kernel| canary(&kernel.id).is_some_and(|canary| resources.contains(&canary.resource)));
    let is_equal = |id: &str| {
        others.iter().all(|other| {
            let drift = drift_between(&first.extract.canary, &other.extract.canary);
            drift.kernels.iter().any(|kernel| kernel.id == id)
        })
    };
    let usable: Vec<String> = felt
        .map(|kernel| kernel.id.clone())
        .filter(|id| is_equal(id) && sides.iter().all(|side| is_whole(side, id)))
        .collect();
    if usable.is_empty() { Err(why_none(sides, resources)) } else { Ok(usable) }
}

/// Whether every process that ran canaries measured this one, so that its values stand in one row with the others'.
fn is_whole(side: &Subject<'_>, id: &str) -> bool {
    let kernels = &side.extract.canary.kernels;
    let most = kernels.iter().map(|kernel| kernel.values.len()).max().unwrap_or(0);
    most > 0 && kernels.iter().any(|kernel| kernel.id == id && kernel.values.len() == most)
}

fn why_none(sides: &[Subject<'_>], resources: &[Resource]) -> String {
    let what = if resources == PROCESSOR { "canary of core or memory" } else { "canary of the disk" };
    let bare = sides.iter().find(|side| side.extract.canary.kernels.is_empty());
    match bare {
        Some(side) => format!("{} has no canaries", side.name),
        None => format!("no {what} did equal work on all of them"),
    }
}

/// Per machine and process the mean logarithm over the kernels.
fn means(sides: &[Subject<'_>], ids: &[String]) -> Vec<Vec<f64>> {
    let of = |side: &Subject<'_>| {
        let rows: Vec<&Vec<f64>> = side
            .extract
            .canary
            .kernels
            .iter()
            .filter(|kernel| ids.contains(&kernel.id))
            .map(|kernel| &kernel.values)
            .collect();
        let count = rows.iter().map(|row| row.len()).min().unwrap_or(0);
        let mean = |process: usize| rows.iter().map(|row| row[process].ln()).sum::<f64>() / rows.len() as f64;
        (0..count).map(mean).collect()
    };
    sides.iter().map(of).collect()
}
