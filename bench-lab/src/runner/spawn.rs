//! Starts one bench process as ordered, waits for it, and hands back all that came of it.
//!
//! Nothing of the child outlives the call: whatever way it ends, its process group is killed and it is reaped.

use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{self, Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use lab_core::model::{Aslr, Exit, Signals, Warning};

use super::affinity;
use super::capture::{Capture, KEPT_BYTES, Streams};
use super::command::{Captured, CommandSpec};
use super::conversation::{Conversation, Log};
use super::enclosure::Enclosure;
use super::environment;
use super::gate::{self, Waiting};
use super::launch::Order;
use super::leash::Leashed;
pub use super::spawn_error::SpawnError;
use super::watch::{Seat, Seen, Stop};
use crate::host::owner;
use crate::host::sysfs::SysRoot;
use crate::meter::{Scene, Session};

/// The program that becomes the bench process when nothing else is asked for: this one, also after its file was
/// replaced by a new build.
pub const THIS_PROGRAM: &str = "/proc/self/exe";

/// What a child's pipes and connections are given after its end, for what a stranger to its group still holds.
const GRACE: Duration = Duration::from_millis(500);

/// One bench process to be.
#[derive(Clone, Debug)]
pub struct Launch<'a> {
    /// The program to start as launch process: [`THIS_PROGRAM`], or in a test the real binary.
    pub launcher: &'a Path,
    /// The bench executable, as the process and every report name it.
    pub executable: &'a Path,
    /// What is executed in its place: a copy of it. Absent for the file itself.
    pub image: Option<&'a Path>,
    /// Its working directory.
    pub directory: &'a Path,
    /// What the harness wants it to be told.
    pub spec: &'a CommandSpec,
    /// Variables that cargo would set, below those of the spec.
    pub environment: &'a [(String, OsString)],
    /// CPUs to pin it to; empty for all that the runner was started with.
    pub cpus: &'a [u32],
    /// Address layout.
    pub aslr: Aslr,
    /// Bytes of padding in the environment.
    pub padding_bytes: u32,
    /// Kills it when it lives longer.
    pub limit: Duration,
    /// Whether to measure it.
    pub metering: Metering,
    /// Raised by Ctrl-C: kills it.
    pub stop: &'a AtomicBool,
}

/// Whether the meters are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metering {
    /// All of them.
    On,
    /// None, but the process is timed and is looked at as seldom as a measured one: a duel counts from within.
    Inside,
    /// None: for listing, where nothing is measured.
    Off,
}

/// How a launch ended that could be started.
#[derive(Debug)]
pub enum Finished {
    /// The child ended, or was killed at its limit or at the harness's wish.
    Completed(Box<Completed>),
    /// [`Launch::stop`] was raised; the child is gone and what it gave is worth nothing.
    Interrupted,
}

/// All that came of one child.
#[derive(Debug)]
pub struct Completed {
    /// How it ended and what it said.
    pub captured: Captured,
    /// What the meters read; empty with [`Metering::Off`].
    pub signals: Signals,
    /// CPUs it was pinned to, as read back; empty when it was not to be pinned or pinning was refused.
    pub cpus: Vec<u32>,
    /// What was not done as ordered, about the executable.
    pub warnings: Vec<Warning>,
    /// Most threads seen at once; absent when it ended within milliseconds.
    pub thread_count_max: Option<u32>,
}

/// Runs one child from start to end. The calling thread must not be one that ends before the runner: the kernel kills
/// the child when the thread that started it is gone.
///
/// # Errors
/// [`SpawnError`] when the child could not be started as a benchmark, or not be waited for. It is dead then.
pub fn run(launch: &Launch<'_>, sys: &SysRoot) -> Result<Finished, SpawnError> {
    run_in(launch, sys, None)
}

/// The same in a group, if the launch belongs there.
///
/// # Errors
/// As [`run`]. A child that the group does not take is a warning.
pub fn run_in(
    launch: &Launch<'_>,
    sys: &SysRoot,
    enclosure: Option<&mut dyn Enclosure>,
) -> Result<Finished, SpawnError> {
    let enclosure = enclosure.filter(|enclosure| !launch.cpus.is_empty() && enclosure.holds(launch.cpus));
    let prepare = |what| {
        let executable = launch.executable.to_owned();
        move |source| SpawnError::Prepare { executable, what, source }
    };
    let wants_stop = Arc::new(AtomicBool::new(false));
    let conversation = launch.spec.dialogue.map(|dialogue| Conversation::start(dialogue, wants_stop));
    let conversation = conversation.transpose().map_err(prepare("socket for the dialogue"))?;
    let scratch = launch.spec.scratch_variable.map(|_| owner::folder_in(&std::env::temp_dir()));
    let scratch = scratch.transpose().map_err(prepare("scratch directory"))?;
    let (line, theirs) = UnixStream::pair().map_err(prepare("socket to the launch process"))?;
    let (stdout, their_stdout) = io::pipe().map_err(prepare("pipe"))?;
    let (stderr, their_stderr) = io::pipe().map_err(prepare("pipe"))?;
    let pipes = [OwnedFd::from(stdout), OwnedFd::from(stderr)];
    let capture = Capture::start(pipes, KEPT_BYTES).map_err(prepare("thread to read its output"))?;

    let scratch_path = scratch.as_ref().map(tempfile::TempDir::path);
    let pinning = if enclosure.is_some() { Pinning::FromOutside } else { Pinning::ByItself };
    let mut command = command(launch, pinning, conversation.as_ref(), scratch_path)?;
    command.stdin(OwnedFd::from(theirs)).stdout(their_stdout).stderr(their_stderr);
    let child = command.spawn().map_err(|source| {
        let launcher = launch.launcher.to_owned();
        SpawnError::Launcher { launcher, what: "does not start".into(), source: Some(source) }
    })?;
    // The command holds our copies of the child's ends: with them open no pipe would ever end.
    drop(command);
    let child = Leashed::new(child).map_err(prepare("pidfd; Linux 5.3 or newer is needed"))?;
    let mut waiting = gate::await_ready(launch, line)?;
    if let Some(enclosure) = enclosure {
        waiting.enclose(launch, child.pid(), enclosure);
    }
    let watched = observe(launch, sys, child, &mut waiting, conversation.as_ref())?;
    if watched.is_interrupted {
        return Ok(Finished::Interrupted);
    }
    let streams = capture.finish(GRACE);
    let log = conversation.map(|conversation| conversation.finish(GRACE)).unwrap_or_default();
    let scratch = scratch.map(tempfile::TempDir::keep);
    Ok(Finished::Completed(Box::new(complete(launch, watched, waiting, (streams, log), scratch))))
}

/// What was measured of a child that is reaped by now.
struct Observed {
    exit: Exit,
    wall: Duration,
    is_interrupted: bool,
    signals: Signals,
    cpus: Vec<u32>,
    seen: Seen,
}

/// Lets the child through the gate and stays with it to its end.
fn observe(
    launch: &Launch<'_>,
    sys: &SysRoot,
    child: Leashed,
    waiting: &mut Waiting,
    conversation: Option<&Conversation>,
) -> Result<Observed, SpawnError> {
    let pid = child.pid();
    let cpus = waiting.pinned_cpus(launch, pid);
    let scene =
        Scene { sys, pid: pid.as_raw_nonzero().get().cast_unsigned(), cpus: &cpus, before: waiting.used };
    let meters = (launch.metering == Metering::On).then(|| Session::begin(&scene));
    let started = Instant::now();
    waiting.open(launch)?;
    waiting.check_layout(launch, sys, pid);
    let is_asked =
        || launch.stop.load(Ordering::Relaxed) || conversation.is_some_and(Conversation::wants_child_stopped);
    let wait_error =
        |source| SpawnError::Wait { executable: launch.executable.to_owned(), pid: scene.pid, source };
    let left = launch.limit.saturating_sub(started.elapsed());
    let (stop, seen) = child.wait(sys, seat(launch.metering, &cpus), left, is_asked).map_err(wait_error)?;
    let wall = started.elapsed();
    let signals = meters.map(|meters| meters.end(&scene, &seen)).unwrap_or_default();
    let status = child.reap().map_err(wait_error)?;
    let exit = match stop {
        Stop::TimedOut => {
            Exit::TimedOut { limit_ms: u64::try_from(launch.limit.as_millis()).unwrap_or(u64::MAX) }
        }
        Stop::Ended | Stop::Asked => exit_of(status),
    };
    let is_interrupted = stop == Stop::Asked && launch.stop.load(Ordering::Relaxed);
    Ok(Observed { exit, wall, is_interrupted, signals, cpus, seen })
}

fn complete(
    launch: &Launch<'_>,
    observed: Observed,
    waiting: Waiting,
    (streams, log): (Streams, Log),
    scratch: Option<PathBuf>,
) -> Completed {
    let mut warnings = waiting.warnings;
    let mut warn = |kind, text| warnings.push(Warning::new(kind, launch.executable.display(), text));
    for (name, stream) in [("standard output", &streams.stdout), ("standard error", &streams.stderr)] {
        if stream.cut_bytes > 0 {
            warn(
                "output_cut",
                format!("{} bytes in the middle of its {name} were not kept", stream.cut_bytes),
            );
        }
    }
    if streams.is_held_open {
        let text = "a process that it started left its process group and outlives it, and may disturb what is \
                    measured next";
        warn("process_left_behind", text.into());
    }
    for error in &log.errors {
        warn("dialogue_broken", format!("the conversation with it broke off: {error}"));
    }
    let captured = Captured {
        exit: observed.exit,
        stdout: streams.stdout.bytes,
        stderr: streams.stderr.bytes,
        wall: observed.wall,
        is_connected: log.connection_count > 0,
        frames: log.frames,
        scratch,
    };
    let thread_count_max = observed.seen.thread_count_max;
    Completed { captured, signals: observed.signals, cpus: observed.cpus, warnings, thread_count_max }
}

/// Who pins a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pinning {
    /// The launch process itself.
    ByItself,
    /// The runner, once the child is in a group: no process outside of a partition may be pinned to its CPUs, and moving
    /// a process to a group resets its mask on some kernels.
    FromOutside,
}

/// The launch process's command line and the whole environment that the benchmark will see.
fn command(
    launch: &Launch<'_>,
    pinning: Pinning,
    conversation: Option<&Conversation>,
    scratch: Option<&Path>,
) -> Result<Command, SpawnError> {
    // Made absolute here, since the launch process changes its directory before it executes.
    let absolute = |path: &Path| {
        path::absolute(path)
            .map_err(|source| SpawnError::Exec { executable: launch.executable.to_owned(), source })
    };
    let executable = absolute(launch.executable)?;
    let image = absolute(launch.image.unwrap_or(launch.executable))?;
    let cpus = match pinning {
        Pinning::FromOutside => &[],
        Pinning::ByItself if launch.cpus.is_empty() => affinity::original().unwrap_or_default(),
        Pinning::ByItself => launch.cpus,
    };
    let order = Order {
        runner: rustix::process::getpid().as_raw_nonzero().get(),
        cpus: cpus.to_vec(),
        aslr: launch.aslr,
        directory: launch.directory.to_owned(),
        executable,
        image,
        arguments: launch.spec.arguments.iter().map(OsString::from).collect(),
    };
    let mut wanted = launch.environment.to_vec();
    wanted.extend(launch.spec.environment.iter().map(|(name, value)| (name.clone(), value.into())));
    if let (Some(variable), Some(path)) = (launch.spec.scratch_variable, scratch) {
        wanted.push((variable.into(), path.into()));
    }
    if let (Some(dialogue), Some(conversation)) = (launch.spec.dialogue, conversation) {
        wanted.push((dialogue.port_variable.into(), conversation.port().to_string().into()));
    }
    let mut command = Command::new(launch.launcher);
    command
        .args(order.to_arguments())
        .env_clear()
        .envs(environment::compose(wanted, launch.padding_bytes))
        // Ctrl-C of the terminal goes to the runner's group only, and the child's can be killed as a whole.
        .process_group(0);
    Ok(command)
}

fn exit_of(status: ExitStatus) -> Exit {
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, Some(signal)) => Exit::Signal(signal),
        (None, None) => Exit::NotStarted,
    }
}

/// Where this thread sits relative to the child.
fn seat(metering: Metering, cpus: &[u32]) -> Seat {
    if metering == Metering::Off {
        return Seat::Untimed;
    }
    let mine = affinity::allowed(None).unwrap_or_default();
    if !cpus.is_empty() && mine.iter().any(|cpu| !cpus.contains(cpu)) { Seat::Apart } else { Seat::Shared }
}
