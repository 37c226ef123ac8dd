//! A harness without processes, for tests: a benchmark called `bad` fails, `hangs` outlives its limit, others work.
//!
//! It never reads what a process printed.

use std::collections::BTreeMap;
use std::time::Duration;

use lab_core::model::{
    BenchmarkId, BenchmarkRecord, Calibration, Exit, Measurement, MetricId, Observation, Outcome, Sample,
    Signals, TargetId, Values,
};

use super::command::{Captured, CommandSpec};
use super::prepare::Prepared;
use super::spawn::Completed;
use crate::harness::{Answer, Harness, Listing, ReadError, Request, Selection};
use crate::workspace::BenchTarget;

/// Its command names the benchmark, and its processes print nothing.
pub(super) struct Fake;

impl Harness for Fake {
    fn id(&self) -> &'static str {
        "fake"
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
        Err(ReadError { what: "a list".into(), tail: captured.stdout_text() })
    }

    fn pilot_command(&self, request: &Request<'_>) -> CommandSpec {
        self.command(request)
    }

    fn calibrate(&self, request: &Request<'_>, _: &Captured) -> Result<Vec<Calibration>, ReadError> {
        Ok(vec![Calibration::default(); request.benchmarks.len()])
    }

    fn command(&self, request: &Request<'_>) -> CommandSpec {
        let arguments = request.benchmarks.iter().map(|record| record.id.path.clone()).collect();
        CommandSpec { arguments, ..CommandSpec::default() }
    }

    fn read(&self, request: &Request<'_>, _: &Captured) -> Answer {
        let observe = |record: &BenchmarkRecord| {
            let outcome = match record.id.path.as_str() {
                "bad" => Outcome::Failed { reason: "is bad".into(), tail: String::new() },
                "hangs" => Outcome::TimedOut { limit_ms: 1, tail: String::new() },
                _ => Outcome::Ok,
            };
            let measurements = if outcome == Outcome::Ok { vec![measurement()] } else { Vec::new() };
            Observation { benchmark: record.id.clone(), outcome, measurements }
        };
        Answer { observations: request.benchmarks.iter().map(observe).collect(), warnings: Vec::new() }
    }
}

fn measurement() -> Measurement {
    Measurement {
        metric: MetricId::wall_ns(),
        unit: "ns".into(),
        values: Values::Samples(vec![Sample { iterations: 1.0, total: 5.0 }]),
        throughput: Vec::new(),
        settings: BTreeMap::new(),
    }
}

pub(super) fn target() -> TargetId {
    TargetId::new("p", "t")
}

pub(super) fn id(path: &str) -> BenchmarkId {
    BenchmarkId::new(target(), path)
}

pub(super) fn record(path: &str) -> BenchmarkRecord {
    BenchmarkRecord {
        id: id(path),
        is_ignored: false,
        calibration: Calibration::default(),
        thread_count_max: None,
    }
}

/// A target of these benchmarks, each in a process of its own.
pub(super) fn prepared(paths: &[&str]) -> Prepared {
    let target = BenchTarget {
        id: target(),
        executable: "/nonexistent".into(),
        package_root: "/".into(),
        source: "/nonexistent.rs".into(),
        environment: Vec::new(),
        dependencies: Vec::new(),
        harness_override: None,
    };
    Prepared {
        target,
        harness: &Fake,
        selection: Selection::Each,
        is_shared: false,
        is_threaded: None,
        benchmarks: paths.iter().map(|path| record(path)).collect(),
    }
}

pub(super) fn completed() -> Completed {
    Completed {
        captured: Captured {
            exit: Exit::Code(0),
            stdout: b"said".to_vec(),
            stderr: Vec::new(),
            wall: Duration::from_millis(1),
            is_connected: false,
            frames: Vec::new(),
            scratch: None,
        },
        signals: Signals::new(),
        cpus: Vec::new(),
        warnings: Vec::new(),
        thread_count_max: None,
    }
}
