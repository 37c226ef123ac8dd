//! The fixture package `duel`, built once, and pairs made of its benchmarks.

use std::ffi::OsString;
use std::path::Path;
use std::sync::LazyLock;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bench_lab::duel::{Contender, Contest, Context, Pair, Refusal, Settings};
use bench_lab::host::sysfs::SysRoot;
use bench_lab::runner::context;
use bench_lab::runner::event::{Event, Observer};
use bench_lab::runner::prepare::{Preparation, Prepared, Wanted, prepare};
use bench_lab::runner::spawn::{self, Finished, Launch, SpawnError};
use bench_lab::workspace::{Access, BenchTarget, Packages, Selection, discover};
use lab_core::model::{Aslr, BenchmarkRecord};

pub(crate) static NEVER: AtomicBool = AtomicBool::new(false);

/// Starts a process by the real binary.
pub(crate) fn execute(launch: &Launch<'_>) -> Result<Finished, SpawnError> {
    let launcher = Path::new(env!("CARGO_BIN_EXE_bench-lab"));
    spawn::run(&Launch { launcher, ..launch.clone() }, &SysRoot::live())
}

pub(crate) fn context() -> Context<'static> {
    Context { execute: &execute, stop: &NEVER }
}

pub(crate) fn settings() -> Settings {
    Settings {
        cpus: vec![0],
        threaded_cpus: vec![0],
        aslr: Aslr::Random,
        time_ms: 20,
        timeout: Duration::from_secs(60),
    }
}

pub(crate) struct Deaf;

impl Observer for Deaf {
    fn notice(&mut self, _: &Event<'_>) {}
}

/// Both targets of the package, listed.
static PREPARED: LazyLock<Vec<Prepared>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/workspace");
    let selection = Selection {
        manifest_path: Some(root.join("Cargo.toml")),
        target_dir: Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("fixture-workspace")),
        access: Access::Locked,
        packages: Packages::Named(vec!["duel".into()]),
        ..Selection::default()
    };
    let workspace = discover(&selection, &mut |_| {}).unwrap();
    let mut once = |launch: &Launch<'_>| execute(launch);
    let mut context = context::Context { execute: &mut once, observer: &mut Deaf, stop: &NEVER };
    let wanted = Wanted { time_ms: 20, ..Wanted::default() };
    let Ok(Preparation { prepared, .. }) = prepare(&mut context, &workspace, &wanted) else {
        panic!("the fixture package cannot be prepared");
    };
    prepared
});

/// One benchmark of the package, and the two sides of it as the test wants them.
pub(crate) struct Case {
    prepared: &'static Prepared,
    pub(crate) record: BenchmarkRecord,
    targets: [BenchTarget; 2],
}

/// A benchmark by target and path; both sides are the same executable in the same environment.
pub(crate) fn case(target: &str, path: &str) -> Case {
    let prepared = PREPARED.iter().find(|one| one.target.id.name == target).unwrap();
    let mut records = prepared.benchmarks.iter();
    let record = records.find(|record| record.id.path == path).unwrap_or_else(|| {
        let paths: Vec<_> = prepared.benchmarks.iter().map(|record| &record.id.path).collect();
        panic!("{path} is not among {paths:?}")
    });
    let target = prepared.target.clone();
    Case { prepared, record: record.clone(), targets: [target.clone(), target] }
}

impl Case {
    /// Sets a variable for one side: 0 the baseline, 1 the candidate.
    pub(crate) fn with(mut self, side: usize, name: &str, value: &str) -> Self {
        self.targets[side].environment.push((name.into(), OsString::from(value)));
        self
    }

    pub(crate) fn pair(&self) -> Pair<'_> {
        let contender = |side: usize| Contender {
            target: &self.targets[side],
            harness: self.prepared.harness,
            selection: self.prepared.selection,
            record: &self.record,
            is_threaded: None,
        };
        Pair { baseline: contender(0), candidate: contender(1) }
    }

    pub(crate) fn prepare(&self) -> Result<Contest<'_>, Refusal> {
        Contest::prepare(&context(), self.pair(), &settings())
    }
}
