//! The canaries as something that the runner can measure: a target, a harness, benchmarks.
//!
//! It is in no list of harnesses and claims no executable; the runner gets it as a target of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use lab_core::hex::hex;
use lab_core::model::{
    BenchmarkId, BenchmarkRecord, Calibration, Exit, KernelRecord, Measurement, MetricId, Observation,
    Outcome, Sample, TargetId, Values,
};
use sha2::{Digest, Sha256};

use super::ALL;
use super::child::Order;
use super::line::{Line, Said};
use crate::harness::{Answer, Harness, Listing, ReadError, Request, Selection};
use crate::runner::command::{Captured, CommandSpec};
use crate::runner::prepare::Prepared;
use crate::runner::spawn::THIS_PROGRAM;
use crate::workspace::BenchTarget;

/// Timed passes of each kernel in one process; their median is its figure. Three survive one interrupt.
pub const PASSES_PER_INVOCATION: usize = 3;

/// What a process of all kernels takes, until one has been seen.
pub const USUAL_WALL: Duration = Duration::from_millis(50);

/// Name of the calibration that holds a kernel's units.
const UNITS: &str = "units";

/// Every kernel with its usual work.
pub fn kernel_records() -> Vec<KernelRecord> {
    ALL.iter().map(|kernel| KernelRecord { id: kernel.id.into(), units: kernel.units() }).collect()
}

/// SHA-256 of the program that is running, hex; absent when its file cannot be read.
pub fn sha256_of_this_program() -> Option<String> {
    Some(hex(&Sha256::digest(fs::read(THIS_PROGRAM).ok()?)))
}

/// The canaries of a Run, ready to be measured; files are made in `place`.
pub fn prepared(kernels: &[KernelRecord], place: &Path) -> Prepared {
    let target = BenchTarget {
        id: TargetId::canary(),
        executable: THIS_PROGRAM.into(),
        package_root: place.to_owned(),
        source: Path::new(THIS_PROGRAM).to_owned(),
        environment: Vec::new(),
        dependencies: Vec::new(),
        harness_override: None,
    };
    Prepared {
        target,
        harness: &Canaries,
        selection: Selection::WholeTarget,
        is_shared: true,
        is_threaded: Some(false),
        benchmarks: kernels.iter().map(record).collect(),
    }
}

fn record(kernel: &KernelRecord) -> BenchmarkRecord {
    BenchmarkRecord {
        id: BenchmarkId::new(TargetId::canary(), kernel.id.clone()),
        is_ignored: false,
        calibration: Calibration([(UNITS.to_owned(), kernel.units.to_string())].into()),
        thread_count_max: Some(1),
    }
}

/// What drives this program's own kernels.
struct Canaries;

impl Harness for Canaries {
    fn id(&self) -> &'static str {
        "canary"
    }

    fn markers(&self) -> &'static [&'static str] {
        &[]
    }

    fn crate_names(&self) -> &'static [&'static str] {
        &[]
    }

    fn list_commands(&self, _target: &BenchTarget) -> Vec<CommandSpec> {
        Vec::new()
    }

    fn read_list(&self, _: &TargetId, _: usize, captured: &Captured) -> Result<Listing, ReadError> {
        Err(ReadError { what: "the canaries are known without a list".into(), tail: captured.stderr_text() })
    }

    fn pilot_command(&self, request: &Request<'_>) -> CommandSpec {
        self.command(request)
    }

    fn calibrate(&self, request: &Request<'_>, _: &Captured) -> Result<Vec<Calibration>, ReadError> {
        Ok(request.benchmarks.iter().map(|record| record.calibration.clone()).collect())
    }

    fn command(&self, request: &Request<'_>) -> CommandSpec {
        let order = Order {
            place: ".".into(),
            pass_count: PASSES_PER_INVOCATION,
            kernels: request
                .benchmarks
                .iter()
                .map(|record| (record.id.path.clone(), units(record)))
                .collect(),
        };
        CommandSpec { arguments: order.to_arguments(), ..CommandSpec::default() }
    }

    fn read(&self, request: &Request<'_>, captured: &Captured) -> Answer {
        let text = captured.stdout_text();
        let lines: Vec<Line> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let observe = |record: &BenchmarkRecord| {
            let line = lines.iter().find(|line| line.kernel == record.id.path);
            let (outcome, measurements) = match line.map(|line| &line.said) {
                Some(Said::PassesNs(times)) => (Outcome::Ok, vec![measurement(times)]),
                Some(Said::Absent(reason)) => (Outcome::Missing { reason: reason.clone() }, Vec::new()),
                Some(Said::Failed(reason)) => (failed(reason.clone(), String::new()), Vec::new()),
                None => (unsaid(captured), Vec::new()),
            };
            Observation { benchmark: record.id.clone(), outcome, measurements }
        };
        Answer { observations: request.benchmarks.iter().map(observe).collect(), warnings: Vec::new() }
    }
}

fn units(record: &BenchmarkRecord) -> u64 {
    record.calibration.0.get(UNITS).and_then(|units| units.parse().ok()).unwrap_or(0)
}

/// One pass is one iteration.
fn measurement(times: &[f64]) -> Measurement {
    Measurement {
        metric: MetricId::wall_ns(),
        unit: "ns".into(),
        values: Values::Samples(times.iter().map(|time| Sample { iterations: 1.0, total: *time }).collect()),
        throughput: Vec::new(),
        settings: BTreeMap::new(),
    }
}

/// A kernel that its process never came to.
fn unsaid(captured: &Captured) -> Outcome {
    let tail = captured.stderr_text();
    match captured.exit {
        Exit::TimedOut { limit_ms } => Outcome::TimedOut { limit_ms, tail },
        Exit::Signal(signal) => failed(format!("its process was killed by signal {signal}"), tail),
        Exit::Code(code) => failed(format!("its process ended with code {code} before it"), tail),
        Exit::NotStarted => failed("its process could not be started".into(), tail),
    }
}

fn failed(reason: String, tail: String) -> Outcome {
    Outcome::Failed { reason, tail }
}
