//! The spawner against real processes: what a child sees, how it ends, what is read of it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

mod child_sees;
mod conversation;
mod ends;
mod meters;

use std::ffi::OsString;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bench_lab::host::sysfs::SysRoot;
use bench_lab::runner::command::CommandSpec;
use bench_lab::runner::spawn::{self, Completed, Finished, Launch, Metering, SpawnError};
use lab_core::model::{Aslr, Exit};

static NEVER: AtomicBool = AtomicBool::new(false);

/// Far beyond what any child here needs, so that only a hang meets it.
const LONG: Duration = Duration::from_secs(60);

/// A shell that runs this script.
fn script(text: &str) -> CommandSpec {
    CommandSpec { arguments: vec!["-c".into(), text.into()], ..CommandSpec::default() }
}

/// A launch of the shell with nothing special asked for.
fn launch<'a>(spec: &'a CommandSpec) -> Launch<'a> {
    Launch {
        image: None,
        launcher: Path::new(env!("CARGO_BIN_EXE_bench-lab")),
        executable: Path::new("/bin/sh"),
        directory: Path::new("/"),
        spec,
        environment: &[],
        cpus: &[],
        aslr: Aslr::Random,
        padding_bytes: 0,
        limit: LONG,
        metering: Metering::Off,
        stop: &NEVER,
    }
}

fn try_run(launch: &Launch<'_>) -> Result<Finished, SpawnError> {
    spawn::run(launch, &SysRoot::live())
}

/// Runs it to its end.
fn run(launch: &Launch<'_>) -> Completed {
    match try_run(launch) {
        Ok(Finished::Completed(completed)) => *completed,
        other => panic!("not completed: {other:?}"),
    }
}

/// Runs a script that must succeed, and gives its output without the last newline.
fn output(launch: &Launch<'_>) -> String {
    let completed = run(launch);
    assert_eq!(completed.captured.exit, Exit::Code(0), "{}", completed.captured.stderr_text());
    completed.captured.stdout_text().trim_end().to_owned()
}

/// A launch of this test binary that runs one of its ignored tests: a child, or a runner to be killed.
fn own_test(name: &str) -> (OsString, CommandSpec) {
    let arguments = ["--ignored", "--exact", name, "--nocapture", "--test-threads=1"];
    let spec = CommandSpec { arguments: arguments.map(String::from).into(), ..CommandSpec::default() };
    (std::env::current_exe().unwrap().into(), spec)
}

/// Whether a process is there and not a zombie that nobody reaped yet.
fn is_alive(pid: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", pid.trim())).unwrap_or_default();
    status.lines().any(|line| line.starts_with("State:") && !line.contains('Z'))
}

/// Waits until something is so. A minute is a hang, not a measurement.
fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..6000 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("never: {what}");
}
