//! `bench-lab doctor`: is this host fit to measure?
//!
//! It reads, watches and spins; it changes nothing unless a rehearsal is asked for, and it never probes beside a session
//! that measures.

use std::path::{Path, PathBuf};

use clap::Args;
use lab_core::cpulist::CpuList;
use lab_core::doctor::{self, Lock, Profile, Report, Severity, json, text};
use lab_core::model::{Environment, Warning};
use lab_core::placement::Placement;
use lab_core::report::number;
use lab_core::report::prose::hanging;
use lab_core::report::tone::Line;

use super::error::CommandError;
use super::exit::ExitCode;
use super::lab::Lab;
use super::{output, rehearse, surroundings};
use crate::host::doctor::{self as readings, AtHand, Live, Scene, Stage, Timed};
use crate::host::lock::{self, HostLock, LockError, Waiting};
use crate::host::sysfs::SysRoot;
use crate::host::{revision, topology};
use crate::progress::Display;
use crate::workspace;

#[derive(Args, Debug)]
#[command(after_help = "\
Every check with its thresholds and their reasons: docs/DOCTOR.md.

Examples:
  bench-lab doctor
  bench-lab doctor --fast --json
  bench-lab doctor --gate --strict && bench-lab run
  sudo bench-lab doctor --rehearse")]
pub(super) struct Arguments {
    /// One JSON object on standard output
    #[arg(long)]
    json: bool,
    /// Count every warning as a failure
    #[arg(long)]
    strict: bool,
    /// Exit with 3 when a check fails
    #[arg(long)]
    gate: bool,
    /// Only the checks that need no watching, as every Run asks them
    #[arg(long)]
    fast: bool,
    /// CPUs to measure on, as in 1 or 2-5,8 [default: chosen as a Run would]
    #[arg(long, value_name = "LIST")]
    cpus: Option<CpuList>,
    /// Set the host, kill the session with SIGKILL, and prove that every setting comes back; needs root
    #[arg(long, conflicts_with_all = ["strict", "gate", "fast"])]
    rehearse: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, CommandError> {
    if arguments.rehearse {
        return rehearse::run(arguments.cpus.as_ref(), arguments.json);
    }
    let root = SysRoot::live();
    let placement = surroundings::placement(&root, arguments.cpus.as_ref())
        .map_err(|error| CommandError::new(ExitCode::Usage, &error))?;
    // Held to the end: a session that began meanwhile would be disturbed by the probes, and disturb them.
    let (lock_state, lock) = take_lock();
    let is_loud = !arguments.json;
    let timed = match (arguments.fast, lock.is_some()) {
        (true, _) => Err("not asked for"),
        (false, false) => Err("not probed: it would disturb the session that measures"),
        (false, true) => Ok(take_timed(&root, &placement, is_loud)),
    };
    let here = std::env::current_dir().map_err(|error| error.to_string());
    let live = Live::take(&root, lock_state, here.and_then(|here| at_hand(&here)));
    let environment = surroundings::host(&root);
    let timed = timed.as_ref().map_err(|why| *why);
    let report = examine(&root, &placement, &environment, &live, timed);
    let report = if arguments.fast { report.fast() } else { report };
    let report = if arguments.strict { report.strict() } else { report };
    if arguments.json {
        let mut value = json::render(&report);
        value["bench_cpus"] = placement.cpus.to_string().into();
        value["housekeeping_cpus"] = placement.housekeeping.to_string().into();
        value["machine"] = environment.text("machine.name").into();
        output::json(&value)?;
    } else {
        let head = head(&environment, &placement);
        let width = output::width();
        let mut lines: Vec<Line> = hanging(&head, 8, width).into_iter().map(Line::from).collect();
        lines.push("".into());
        lines.extend(text::lines(&report, width));
        output::lines(&lines)?;
    }
    let refuses = arguments.gate && report.counts().fail > 0;
    Ok(if refuses { ExitCode::HostRefused } else { ExitCode::Fine })
}

/// The fast checks, as a Run asks them by itself: before it builds, since building is load too. The lock is its own.
pub(super) fn look(root: &SysRoot, cpus: Option<&CpuList>, manifest: Result<Option<&Path>, &str>) -> Report {
    // CPUs that cannot be had are an error of the Run, which says so when it places its benchmarks.
    let Ok(placement) = surroundings::placement(root, cpus) else { return Report { findings: Vec::new() } };
    let directory = manifest
        .unwrap_or_default()
        .map(|path| if path.is_dir() { path } else { path.parent().unwrap_or(path) });
    // An empty parent is the current directory, as is no manifest at all.
    let directory = directory.filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let directory = std::path::absolute(directory).map_err(|error| error.to_string());
    let directory = manifest.map_err(str::to_owned).and(directory);
    let workspace = directory.and_then(|directory| at_hand(&directory));
    let live = Live::take(root, Ok(Lock::Free), workspace);
    let environment = surroundings::host(root);
    examine(root, &placement, &environment, &live, Err("a Run does not wait for it")).fast()
}

/// Shows what was found, a line each, and hands it on to be stored. A quiet Run shows failures only.
pub(super) fn tell(lab: &mut Lab, report: &Report, display: Display) -> Vec<Warning> {
    let found = report.warnings();
    for (severity, warning) in &found {
        if display != Display::Quiet || *severity == Severity::Fail {
            lab.warn(warning);
        }
    }
    found.into_iter().map(|(_, warning)| warning).collect()
}

fn examine(
    root: &SysRoot,
    placement: &Placement,
    environment: &Environment,
    live: &Live,
    timed: Result<&Timed, &str>,
) -> Report {
    let topology = topology::read(root);
    doctor::examine(&readings::read(&Scene {
        root,
        topology: &topology,
        placement,
        environment,
        live,
        timed,
    }))
}

/// The lock of the host, and who has it when we have not.
fn take_lock() -> (Result<Lock, String>, Option<HostLock>) {
    match lock::acquire(Waiting::Refuse) {
        Ok(lock) => (Ok(Lock::Free), Some(lock)),
        Err(LockError::Held { holder, .. }) => (Ok(Lock::Held(holder.to_string())), None),
        Err(error) => (Err(error.to_string()), None),
    }
}

fn take_timed(root: &SysRoot, placement: &Placement, is_loud: bool) -> Timed {
    let all: CpuList = placement.cpus.iter().chain(placement.threaded_cpus.iter()).collect();
    let bench = placement.cpus.first().unwrap_or(0);
    Timed::take(root, bench, &all, |stage| {
        if is_loud {
            output::pass_on(format!("{}\n", describe(stage)).as_bytes());
        }
    })
}

fn describe(stage: Stage) -> String {
    match stage {
        Stage::Rest(length) => {
            format!("watching the host for {}", number::span(length.as_secs_f64()))
        }
        Stage::Spin(cpu, length) => {
            format!("spinning on CPU {cpu} for {}", number::span(length.as_secs_f64()))
        }
        Stage::Clock => "measuring the clock".into(),
    }
}

fn head(environment: &Environment, placement: &Placement) -> String {
    let text = |name: &str| environment.text(name).unwrap_or("unknown");
    format!(
        "machine {} ({}), kernel {}; bench CPU {}, for threads {}, the rest on {}",
        text("machine.name"),
        text("cpu.brand"),
        text("kernel.release"),
        placement.cpus,
        placement.threaded_cpus,
        placement.housekeeping
    )
}

/// The workspace around a directory, as far as a look at its files tells.
fn at_hand(directory: &Path) -> Result<AtHand, String> {
    let outline = workspace::outline(directory).ok_or("no Cargo.toml here or above")?;
    let root = outline.manifest.parent().map_or_else(PathBuf::new, Path::to_owned);
    let source = revision::read(&root);
    let is_dirty = source.revision.is_dirty;
    Ok(AtHand {
        rustflags: outline.rustflags,
        profile: outline.profile.map(|profile| Profile {
            opt_level: profile.opt_level,
            has_debug_assertions: profile.has_debug_assertions,
        }),
        manifest: outline.manifest.display().to_string(),
        is_dirty: is_dirty.ok_or_else(|| source.absence.unwrap_or_else(|| "git status failed".into())),
    })
}
