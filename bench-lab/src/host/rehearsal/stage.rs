//! The rehearsal's end of the line to the session that it kills.
//!
//! It starts the session in a process group of its own, so that no kill reaches the rehearsal.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

use lab_core::cpulist::CpuList;
use lab_core::model::{KnobRecord, Warning};
use rustix::process::{Pid, Signal, kill_process};

use super::RehearsalError;
use super::actor::{Cue, Said, THIS_PROGRAM, VERB};
use crate::host::session::{GroupNote, Report, Request};

/// A session that runs and has set what it was to set.
pub(super) struct Actor {
    child: Child,
    cues: ChildStdin,
    guard: u32,
    /// What it says that it has set.
    pub(super) knobs: Vec<KnobRecord>,
    /// What a reader of it must know.
    pub(super) warnings: Vec<Warning>,
    /// The group for benchmarks, if there is one.
    pub(super) group: Option<GroupNote>,
    /// How long that took.
    pub(super) apply: Duration,
}

impl Actor {
    /// Starts a session and has it set these knobs; all of them when none is named.
    pub(super) fn start(knobs: Option<Vec<String>>, bench_cpus: &CpuList) -> Result<Self, RehearsalError> {
        let failed = |what: String| RehearsalError::Actor { what };
        let mut command = Command::new(THIS_PROGRAM);
        command.arg(VERB).process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| failed(format!("could not be started: {error}")))?;
        let (Some(cues), Some(voice)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(failed("has no line to the rehearsal".into()));
        };
        let mut actor = Self {
            child,
            cues,
            guard: 0,
            knobs: Vec::new(),
            warnings: Vec::new(),
            group: None,
            apply: Duration::ZERO,
        };
        actor.cue(&Cue::Apply(Request::Apply {
            knobs,
            wishes: BTreeMap::new(),
            bench_cpus: bench_cpus.to_string(),
            command: "bench-lab doctor --rehearse".into(),
            user: format!("uid {}", rustix::process::getuid().as_raw()),
        }));
        actor.hear(voice)?;
        Ok(actor)
    }

    fn hear(&mut self, voice: ChildStdout) -> Result<(), RehearsalError> {
        let failed = |what: String| RehearsalError::Actor { what };
        let mut line = String::new();
        let read = BufReader::new(voice).read_line(&mut line);
        read.map_err(|error| failed(format!("cannot be heard: {error}")))?;
        match serde_json::from_str(&line) {
            Ok(Said::Applied { guard, apply_us, knobs, notes, group }) => {
                let report = Report::of(&knobs, notes)
                    .map_err(|error| failed(format!("said what cannot be read: {error}")))?;
                (self.guard, self.apply) = (guard, Duration::from_micros(apply_us));
                (self.knobs, self.warnings, self.group) = (report.knobs, report.warnings, group);
                Ok(())
            }
            Ok(Said::Refused { why }) => Err(failed(format!("refused: {why}"))),
            Err(_) => Err(failed(format!("broke off: it said {line:?}"))),
        }
    }

    /// Ends the guard.
    pub(super) fn kill_guard(&self) -> Result<(), RehearsalError> {
        let guard = i32::try_from(self.guard).ok().and_then(Pid::from_raw);
        let killed = guard.ok_or(rustix::io::Errno::SRCH).and_then(|pid| kill_process(pid, Signal::KILL));
        killed.map_err(|error| RehearsalError::Actor {
            what: format!("has a guard that cannot be killed: {error}"),
        })
    }

    /// Has it do its last, and gives how it ended.
    pub(super) fn end(mut self, cue: &Cue) -> Result<ExitStatus, RehearsalError> {
        self.cue(cue);
        self.child
            .wait()
            .map_err(|error| RehearsalError::Actor { what: format!("cannot be waited for: {error}") })
    }

    fn cue(&mut self, cue: &Cue) {
        let text = serde_json::to_string(cue).expect("names and numbers have a JSON form");
        // One that is gone is told by what it says next.
        let _ = writeln!(self.cues, "{text}");
    }
}
