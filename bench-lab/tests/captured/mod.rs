//! What bench processes once said, read back from `tests/fixtures/harness`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bench_lab::harness::{Harness, Listing, ReadError, Request, Selection};
use bench_lab::runner::command::Captured;
use bench_lab::workspace::BenchTarget;
use lab_core::model::{BenchmarkId, BenchmarkRecord, Calibration, Exit, Observation, TargetId};

/// The output of one process as it would come from the spawner.
pub(crate) fn captured(path: &str) -> Captured {
    let at = |ending: &str| {
        let name = format!("tests/fixtures/harness/{path}.{ending}");
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(&name))
            .unwrap_or_else(|e| panic!("{name}: {e}"))
    };
    let code = String::from_utf8(at("code")).unwrap().trim().parse().unwrap();
    Captured { stdout: at("out"), stderr: at("err"), ..ended(Exit::Code(code)) }
}

/// A process that ended like this and said nothing.
pub(crate) fn ended(exit: Exit) -> Captured {
    Captured {
        exit,
        stdout: Vec::new(),
        stderr: Vec::new(),
        wall: Duration::from_millis(100),
        is_connected: false,
        frames: Vec::new(),
        scratch: None,
    }
}

/// A target of that name without dependencies.
pub(crate) fn target(name: &str) -> BenchTarget {
    BenchTarget {
        id: TargetId::new("fixture", name),
        executable: PathBuf::from("/nowhere"),
        package_root: PathBuf::from("/nowhere"),
        source: PathBuf::from("benches/fixture.rs"),
        environment: Vec::new(),
        dependencies: Vec::new(),
        harness_override: None,
    }
}

/// A listed benchmark with settings.
pub(crate) fn record(target: &BenchTarget, path: &str, settings: &[(&str, &str)]) -> BenchmarkRecord {
    let settings = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    BenchmarkRecord {
        id: BenchmarkId::new(target.id.clone(), path),
        is_ignored: false,
        calibration: Calibration(settings),
        thread_count_max: None,
    }
}

/// A request for single benchmarks at half a second each.
pub(crate) fn request<'a>(target: &'a BenchTarget, benchmarks: &'a [BenchmarkRecord]) -> Request<'a> {
    Request { target, benchmarks, selection: Selection::Each, time_ms: 500 }
}

/// Lists as the runner does: the first command that can be read, completed by its details.
pub(crate) fn list(
    harness: &dyn Harness,
    target: &BenchTarget,
    answer: impl Fn(&[String], bool) -> Captured,
) -> Result<Listing, ReadError> {
    let ask = |spec: &bench_lab::runner::command::CommandSpec| {
        answer(&spec.arguments, spec.environment.contains(&("NEXTEST".into(), "1".into())))
    };
    let mut last = None;
    for (attempt, spec) in harness.list_commands(target).iter().enumerate() {
        match harness.read_list(&target.id, attempt, &ask(spec)) {
            Ok(listing) => {
                let details: Vec<Captured> =
                    harness.detail_commands(target, attempt).iter().map(ask).collect();
                return Ok(harness.complete(&target.id, attempt, listing, &details));
            }
            Err(error) => last = Some(error),
        }
    }
    Err(last.expect("a harness has a command that lists"))
}

/// What one process said of the one benchmark it was asked for.
pub(crate) fn observed(harness: &dyn Harness, path: &str, output: &Captured) -> Observation {
    let target = target("fixture");
    let benchmarks = [record(&target, path, &[])];
    let mut answer = harness.read(&request(&target, &benchmarks), output);
    assert_eq!(answer.observations.len(), 1, "{answer:?}");
    answer.observations.remove(0)
}
