//! The guard: a process of its own that applies knobs, and puts everything back when the line to its session ends.
//!
//! It dies of no signal that can be ignored, and starts no other process. Whatever kills the session closes the line;
//! what kills the guard leaves the journal to the next start.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Stdin, Write};
use std::os::fd::AsFd;
use std::process::ExitCode;

use jiff::Timestamp;
use lab_core::cpulist::CpuList;
use lab_core::cpuset::Seats;
use lab_core::machine::KnobWish;
use lab_core::model::Warning;

use super::apply::{self, Applied, Stage};
use super::cpuset::{self, Ground, Group};
use super::journal::Header;
use super::knob::{Knob, Wished};
use super::process::Process;
use super::session::{
    Answer, Files, KernelFiles, LINE_BYTES_MAX, Place, Recorder, Recovery, Request, boot_id, put_back,
    recover,
};
use super::topology;

pub use telling::told;
use telling::worth_telling;
use tuned::Tuned;

mod seclusion;
mod telling;
mod tuned;

/// First argument that makes the program a guard; `main` looks for it before anything else.
pub const VERB: &str = "__guard";

/// Whether the program was started as a guard: `first` is its first argument.
pub fn is_guard(first: Option<&OsStr>) -> bool {
    first.is_some_and(|first| first == VERB)
}

/// Runs the guard over standard input and output until the session ends. Standard error may be the host's lock: it is
/// held and never written.
pub fn main(knobs: &[&dyn Knob]) -> ExitCode {
    // A message of a panic would be written into the lock file.
    std::panic::set_hook(Box::new(|_| ()));
    // Out of reach of whoever kills the group of the session. It fails for the leader of a group only, which a child
    // is not.
    let _ = rustix::process::setsid();
    ignore_signals();
    let _ = env::set_current_dir("/");
    let ears = BufReader::new(io::stdin());
    let Ok(voice) = io::stdout().as_fd().try_clone_to_owned().map(File::from) else {
        return ExitCode::from(2);
    };
    let mut guard =
        Guard { knobs, place: Place::of_process(), runner: seclusion::peer(&io::stdin()), ears, voice };
    guard.answer(&Answer::Ready { version: env!("CARGO_PKG_VERSION").into() });
    match guard.serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            guard.answer(&Answer::Refused { why });
            ExitCode::from(3)
        }
    }
}

/// Everything that a terminal, a closing session or a polite kill sends.
fn ignore_signals() {
    const DEAF_TO: [libc::c_int; 11] = [
        libc::SIGHUP,
        libc::SIGINT,
        libc::SIGQUIT,
        libc::SIGTERM,
        libc::SIGPIPE,
        libc::SIGALRM,
        libc::SIGUSR1,
        libc::SIGUSR2,
        libc::SIGTSTP,
        libc::SIGTTIN,
        libc::SIGTTOU,
    ];
    for signal in DEAF_TO {
        ignore(signal);
    }
}

#[expect(unsafe_code, reason = "neither std nor rustix sets a signal to be ignored")]
fn ignore(signal: libc::c_int) {
    // SAFETY: ignoring a signal installs no handler, and this process has one thread.
    unsafe { libc::signal(signal, libc::SIG_IGN) };
}

struct Guard<'a> {
    knobs: &'a [&'a dyn Knob],
    place: Place,
    /// The process at the other end of the line; absent when the line is none that tells.
    runner: Option<u32>,
    ears: BufReader<Stdin>,
    voice: File,
}

impl Guard<'_> {
    fn serve(&mut self) -> Result<(), String> {
        let Some(Request::Apply { knobs, wishes, bench_cpus, command, user }) = self.hear()? else {
            return Ok(());
        };
        let bench_cpus = self.present(&bench_cpus)?;
        let chosen = choose(self.knobs, knobs.as_deref())?;
        let wishes = wishes.into_iter().map(|(id, wanted)| (id, wanted.into())).collect();
        let chosen = with_wishes(&chosen, &wishes)?;
        let chosen: Vec<&dyn Knob> = chosen.iter().map(|knob| knob as &dyn Knob).collect();
        let place = self.place.clone();
        let asked = Asked { bench_cpus: &bench_cpus, command: printable(&command), user: printable(&user) };
        let (mut tuned, mut warnings) = tune(&place, &chosen, asked)?;
        warnings.extend(worth_telling(&chosen, &tuned.applied));
        self.answer(&Answer::applied(&tuned.applied.knobs, &warnings));
        loop {
            match self.hear() {
                Ok(Some(Request::Keep)) if tuned.keep() => {
                    self.answer(&Answer::Kept);
                    return Ok(());
                }
                Ok(Some(Request::Keep)) => {
                    self.answer(&Answer::Refused { why: "the journal cannot be kept, so nothing is".into() });
                }
                Ok(Some(Request::SetApart { bench_cpus, threaded_cpus })) => {
                    let answer = self.set_apart(&mut tuned, &bench_cpus, threaded_cpus.as_deref());
                    self.answer(&answer.unwrap_or_else(|why| Answer::Refused { why }));
                }
                Ok(Some(Request::Admit { pid })) => {
                    let admitted = seclusion::admit(&place.root, tuned.group.as_ref(), self.runner, pid);
                    self.answer(&admitted.map_or_else(|why| Answer::Refused { why }, |()| Answer::Admitted));
                }
                // Whatever else was said, and silence, ends the session.
                _ => break,
            }
        }
        let (notes, restoration) = tuned.finish();
        self.answer(&Answer::Restored { notes, restoration });
        Ok(())
    }

    fn set_apart(
        &self,
        tuned: &mut Tuned<'_>,
        bench: &str,
        threaded: Option<&str>,
    ) -> Result<Answer, String> {
        let bench = self.present(bench)?;
        let threaded = threaded.map(|cpus| self.present(cpus)).transpose()?;
        if tuned.group.is_some() {
            return Err("this session has a group already".into());
        }
        let seats = Seats { bench: &bench, threaded: threaded.as_ref() };
        let ground = Ground { files: &KernelFiles, root: &self.place.root, guard: Process::this() };
        let apart = cpuset::set_apart(&ground, &seats, self.runner, &mut tuned.recorder);
        tuned.group = apart.group;
        let group = tuned.group.as_ref().map(Group::to_note);
        Ok(Answer::set_apart(apart.record, &apart.warnings, group))
    }

    /// The CPUs of a request, all of which this machine has.
    fn present(&self, text: &str) -> Result<CpuList, String> {
        let cpus = Request::cpus(text)?;
        let topology = topology::read(&self.place.root);
        let missing = cpus.iter().find(|cpu| topology.cpu(*cpu).is_none());
        match missing {
            Some(missing) => Err(format!("this machine has no CPU {missing}")),
            None => Ok(cpus),
        }
    }

    fn hear(&mut self) -> Result<Option<Request>, String> {
        let mut said = String::new();
        let read = self.ears.by_ref().take(LINE_BYTES_MAX).read_line(&mut said);
        match read {
            Ok(0) | Err(_) => Ok(None),
            // The end of a line that broke off is the end of the session.
            Ok(_) if !said.ends_with('\n') => Ok(None),
            Ok(_) => serde_json::from_str(&said).map(Some).map_err(|error| format!("no request: {error}")),
        }
    }

    fn answer(&mut self, answer: &Answer) {
        let text = serde_json::to_string(answer).expect("texts and numbers have a JSON form") + "\n";
        // A session that is gone hears nothing; what is to be done is done all the same.
        let _ = self.voice.write_all(text.as_bytes());
    }
}

/// Who asks for what.
struct Asked<'a> {
    bench_cpus: &'a CpuList,
    command: String,
    user: String,
}

/// Takes the lock, clears up after an earlier session, and applies.
fn tune<'a>(
    place: &'a Place,
    knobs: &[&dyn Knob],
    asked: Asked<'_>,
) -> Result<(Tuned<'a>, Vec<Warning>), String> {
    let files = KernelFiles;
    let mut warnings = Vec::new();
    let (lock, recorder) = match place.lock() {
        Ok(lock) => match recover(&files, place).map_err(|error| error.to_string())? {
            Recovery::Kept(header) => {
                let why = format!("the host is tuned by hand since {} ({})", header.since, header.command);
                warnings.push(Warning::new(
                    "tuned_by_hand",
                    "",
                    format!("{why}; bench-lab tune restore ends that"),
                ));
                (Some(lock), Recorder::Never(why))
            }
            recovery => {
                warnings.extend(told(&recovery));
                let boot_id = boot_id(&files, &place.root).map_err(|error| error.to_string())?;
                let header = Box::new(header(boot_id, &asked));
                (Some(lock), Recorder::Ready { path: place.journal(), header })
            }
        },
        Err(super::session::PlaceError::Busy) => return Err("another session tunes this host".into()),
        Err(error) => {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
            (None, Recorder::Never(format!("{error}{}", cause.unwrap_or_default())))
        }
    };
    let applied = Applied::default();
    let mut tuned = Tuned { place, applied, recorder, group: None, is_over: false, _lock: lock };
    let stage = Stage { files: &files, root: &place.root, bench_cpus: asked.bench_cpus };
    tuned.applied = apply::apply(&stage, knobs, &mut tuned.recorder);
    Ok((tuned, warnings))
}

fn header(boot_id: String, asked: &Asked<'_>) -> Header {
    Header {
        journal: Header::VERSION,
        boot_id,
        owner: Process::this(),
        user: asked.user.clone(),
        since: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        command: asked.command.clone(),
        bench_cpus: asked.bench_cpus.to_string(),
    }
}

/// The knobs of those names, in the order of the list; all of them when none is named.
fn choose<'a>(all: &[&'a dyn Knob], names: Option<&[String]>) -> Result<Vec<&'a dyn Knob>, String> {
    let Some(names) = names else { return Ok(all.to_vec()) };
    match names.iter().find(|name| !all.iter().any(|knob| knob.id() == **name)) {
        Some(unknown) => {
            let known: Vec<&str> = all.iter().map(|knob| knob.id()).collect();
            Err(format!("no knob is named {:?}; there are: {}", printable(unknown), known.join(", ")))
        }
        None => Ok(all.iter().copied().filter(|knob| names.iter().any(|name| name == knob.id())).collect()),
    }
}

/// Each knob with what is wanted of it.
fn with_wishes<'a>(
    knobs: &[&'a dyn Knob],
    wishes: &'a BTreeMap<String, KnobWish>,
) -> Result<Vec<Wished<'a>>, String> {
    knobs.iter().map(|knob| Wished::new(*knob, wishes.get(knob.id()))).collect()
}

/// What people type is shown to others: without control characters, and not for ever.
fn printable(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(500).collect()
}

/// What a restore by hand is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Whatever a journal says, kept on purpose or left behind.
    Everything,
    /// What a dead session left behind, and nothing that is kept on purpose.
    Crashed,
}

/// Puts back what a journal says.
///
/// # Errors
/// Why it cannot be done; the host is as it was.
pub fn restore_by_hand(files: &dyn Files, place: &Place, reach: Reach) -> Result<Recovery, String> {
    let _lock = place.lock().map_err(|error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
        format!("{error}{}", cause.unwrap_or_default())
    })?;
    match recover(files, place).map_err(|error| error.to_string())? {
        Recovery::Kept(_) if reach == Reach::Everything => {
            put_back(files, place).map_err(|error| error.to_string())
        }
        other => Ok(other),
    }
}
