//! The session that a rehearsal kills: lock, guard and knobs as a Run has them, and a child beside it.
//!
//! It measures nothing, and it ends by its own SIGKILL unless it is told otherwise.

use std::env;
use std::ffi::OsStr;
use std::io::{self, BufRead, Read, Write};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use lab_core::format::tuning_value;
use rustix::process::{Signal, getpid, kill_current_process_group, kill_process};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::host::guard;
use crate::host::invoker::Invoker;
use crate::host::lock::{self, Waiting};
use crate::host::session::{GroupNote, Note, Program, Report, Request, Session, SessionError};

/// First argument that makes the program the session of a rehearsal; `main` looks for it before anything else.
pub(super) const VERB: &str = "__rehearse";

/// The program itself, also when its file was replaced meanwhile.
pub(super) const THIS_PROGRAM: &str = "/proc/self/exe";

/// Second argument of the child that stands for a benchmark.
const BYSTANDER: &str = "bystander";

/// How long the lock may take that the rehearsal has just given up.
const LOCK_WAIT: Duration = Duration::from_secs(5);

/// What the session is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Cue {
    /// Set these knobs; with any of them also make a group for benchmarks, as a Run does.
    Apply(Request),
    /// Die by SIGKILL, alone.
    Die,
    /// Die by SIGKILL, with the whole process group.
    DieWithGroup,
    /// End as a session does.
    Finish,
}

/// What it says.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Said {
    /// The knobs are applied.
    Applied {
        /// Process id of the guard.
        guard: u32,
        /// How long it took.
        apply_us: u64,
        /// As a session file keeps it.
        knobs: Value,
        /// What a reader must know.
        notes: Vec<Note>,
        /// The group for benchmarks, with one child in it; absent where there is none.
        group: Option<GroupNote>,
    },
    /// They are not.
    Refused {
        /// Why.
        why: String,
    },
}

/// Whether the program was started for a rehearsal: `first` is its first argument.
pub fn is_actor(first: Option<&OsStr>) -> bool {
    first.is_some_and(|first| first == VERB)
}

/// Runs the session, cues on standard input, words on standard output.
pub fn main() -> ExitCode {
    if env::args_os().nth(2).is_some_and(|word| word == BYSTANDER) {
        // Its input ends with whoever started it.
        let _ = io::stdin().read_to_end(&mut Vec::new());
        return ExitCode::SUCCESS;
    }
    match perform() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            say(&Said::Refused { why });
            ExitCode::from(3)
        }
    }
}

fn perform() -> Result<(), String> {
    let Some(Cue::Apply(request)) = hear() else { return Ok(()) };
    let lock = lock::acquire(Waiting::UpTo(LOCK_WAIT)).map_err(|error| error.to_string())?;
    let program = Program { path: THIS_PROGRAM.into(), arguments: vec![guard::VERB.into()] };
    let mut session = Session::start(&program, Some(&lock)).map_err(|error| error.to_string())?;
    // As in a Run: lent rights are the guard's alone.
    if let Some(invoker) = Invoker::of_process().map_err(|error| error.to_string())? {
        invoker.become_for_good().map_err(|error| error.to_string())?;
    }
    let begin = Instant::now();
    let mut report = session.apply(&request).map_err(|error| error.to_string())?;
    let group = set_apart(&mut session, &request, &mut report)?;
    let apply_us = u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX);
    let bystander = bystander().map_err(|error| format!("a child beside the session: {error}"))?;
    if group.is_some() {
        session.admit(bystander.id()).map_err(|error| error.to_string())?;
    }
    say(&Said::Applied {
        guard: session.guard(),
        apply_us,
        knobs: tuning_value(&report.knobs),
        notes: report.warnings.iter().map(Note::from).collect(),
        group,
    });
    match hear() {
        Some(Cue::Die) => drop(kill_process(getpid(), Signal::KILL)),
        Some(Cue::DieWithGroup) => drop(kill_current_process_group(Signal::KILL)),
        // The rehearsal itself was killed, or is done: either way the session ends and puts back.
        Some(Cue::Finish | Cue::Apply(_)) | None => {}
    }
    session.finish().map(drop).map_err(|error| error.to_string())
}

/// The group that a Run has for its benchmarks; a session that sets nothing makes none.
fn set_apart(
    session: &mut Session,
    request: &Request,
    report: &mut Report,
) -> Result<Option<GroupNote>, String> {
    let Request::Apply { knobs, bench_cpus, .. } = request else { return Ok(None) };
    if knobs.as_ref().is_some_and(Vec::is_empty) {
        return Ok(None);
    }
    match session.set_apart(&Request::cpus(bench_cpus)?, None) {
        Ok((group, more)) => {
            report.knobs.extend(more.knobs);
            report.warnings.extend(more.warnings);
            Ok(group)
        }
        Err(SessionError::Refused { .. }) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

/// Stands for a benchmark in the process group of its session: it must keep neither the lock nor the line to the guard,
/// nor its control group.
fn bystander() -> io::Result<Child> {
    Command::new(THIS_PROGRAM).args([VERB, BYSTANDER]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn()
}

fn hear() -> Option<Cue> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).ok()?;
    serde_json::from_str(&line).ok()
}

fn say(said: &Said) {
    let text = serde_json::to_string(said).expect("texts and numbers have a JSON form");
    // A rehearsal that is gone hears nothing; its input has ended then too.
    let _ = writeln!(io::stdout(), "{text}");
}
