//! What the runner adds to a bench process: starting, pinning, counting, reaping, against a bare start.
//!
//! The difference of the two is the cost of one invocation in the runner.

use std::hint::black_box;
use std::process::{Command, ExitCode};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bench_lab::host::sysfs::SysRoot;
use bench_lab::runner::command::CommandSpec;
use bench_lab::runner::launch;
use bench_lab::runner::spawn::{self, Finished, Launch, Metering, THIS_PROGRAM};
use criterion::{Criterion, criterion_group};
use lab_core::model::{Aslr, Exit};

const PROGRAM: &str = "/bin/true";

fn bare_start(criterion: &mut Criterion) {
    criterion.bench_function("bare_start", |bencher| {
        bencher.iter(|| Command::new(PROGRAM).status().expect("there is a /bin/true").success());
    });
}

fn spawner(criterion: &mut Criterion) {
    let (spec, stop, root) = (CommandSpec::default(), AtomicBool::new(false), SysRoot::live());
    for (name, metering) in [("spawn_unmetered", Metering::Off), ("spawn_metered", Metering::On)] {
        let launch = Launch {
            image: None,
            launcher: THIS_PROGRAM.as_ref(),
            executable: PROGRAM.as_ref(),
            directory: "/".as_ref(),
            spec: &spec,
            environment: &[],
            cpus: &[],
            aslr: Aslr::Random,
            padding_bytes: 0,
            limit: Duration::from_secs(10),
            metering,
            stop: &stop,
        };
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| match spawn::run(&launch, &root) {
                Ok(Finished::Completed(completed)) => {
                    assert_eq!(completed.captured.exit, Exit::Code(0));
                    black_box(completed.signals.len())
                }
                other => panic!("/bin/true did not run: {other:?}"),
            });
        });
    }
}

criterion_group!(overhead, bare_start, spawner);

fn main() -> ExitCode {
    // The spawner starts this executable again as its launch process.
    if launch::is_launch(std::env::args_os().nth(1).as_deref()) {
        return launch::main();
    }
    overhead();
    Criterion::default().configure_from_args().final_summary();
    ExitCode::SUCCESS
}
