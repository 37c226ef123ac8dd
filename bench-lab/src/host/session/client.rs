//! The session's end of the line to its guard.
//!
//! Dropping it ends the line, which is what makes the guard put everything back; so does dying.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use lab_core::cpulist::CpuList;
use lab_core::model::Warning;

use super::protocol::{Answer, GroupNote, LINE_BYTES_MAX, Report, Request};
use crate::host::lock::HostLock;
use crate::host::restore::Restoration;

/// How long a guard may take for one answer. Taking a CPU off line takes tens of milliseconds, so the greatest machines
/// need seconds.
const PATIENCE: Duration = Duration::from_secs(120);

/// What is started as guard.
#[derive(Clone, Debug)]
pub struct Program {
    /// The program.
    pub path: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
}

/// A guard that was started.
#[derive(Debug)]
pub struct Session {
    child: Child,
    line: BufReader<UnixStream>,
    is_over: bool,
}

/// How a session ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionEnd {
    /// What was changed meanwhile, and what could not be put back.
    pub warnings: Vec<Warning>,
    /// File by file; absent when nothing had been written.
    pub restoration: Option<Restoration>,
}

/// Why a guard is of no use.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// It could not be started.
    #[error("cannot start the guard {}", program.display())]
    Start {
        /// What was to be started.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The line to it broke, or it said nothing for two minutes.
    #[error("the guard of the host's settings does not answer")]
    Silent {
        /// Why; absent when it ended.
        source: Option<io::Error>,
    },
    /// It said what we do not understand.
    #[error("the guard of the host's settings said {said:?}")]
    Strange {
        /// Its line.
        said: String,
    },
    /// It refused.
    #[error("{why}")]
    Refused {
        /// Why.
        why: String,
    },
}

impl Session {
    /// Starts a guard and waits until it is out of reach of the signals that may end this process. The guard holds the
    /// host's lock as well, so that nobody measures before it has put everything back.
    ///
    /// # Errors
    /// [`SessionError`]; no guard runs then.
    pub fn start(program: &Program, lock: Option<&HostLock>) -> Result<Self, SessionError> {
        let failed = |source| SessionError::Start { program: program.path.clone(), source };
        let (ours, theirs) = UnixStream::pair().map_err(failed)?;
        ours.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
        let input = OwnedFd::from(theirs.try_clone().map_err(failed)?);
        // The three standard descriptors are all that a child gets of us; the guard writes nothing to its third.
        let third = match lock {
            Some(lock) => Stdio::from(lock.share().map_err(failed)?),
            // sudo says there why it refuses.
            None => Stdio::inherit(),
        };
        let mut command = Command::new(&program.path);
        command.args(&program.arguments).stdin(input).stdout(OwnedFd::from(theirs)).stderr(third);
        let child = command.spawn().map_err(failed)?;
        drop(command);
        let mut session = Self { child, line: BufReader::new(ours), is_over: false };
        match session.hear()? {
            Answer::Ready { version } if version == env!("CARGO_PKG_VERSION") => Ok(session),
            other => Err(strange(&other)),
        }
    }

    /// Has knobs applied.
    ///
    /// # Errors
    /// [`SessionError::Refused`] with the host as it was; else the guard is lost.
    pub fn apply(&mut self, request: &Request) -> Result<Report, SessionError> {
        self.say(request)?;
        match self.hear()? {
            Answer::Applied { knobs, notes } => {
                Report::of(&knobs, notes).map_err(|error| SessionError::Strange { said: error.to_string() })
            }
            Answer::Refused { why } => Err(SessionError::Refused { why }),
            other => Err(strange(&other)),
        }
    }

    /// Has a group made for benchmarks; gives it, if there is one, and what came of the wish.
    ///
    /// # Errors
    /// [`SessionError::Refused`] with no group made; else the guard is lost.
    pub fn set_apart(
        &mut self,
        bench_cpus: &CpuList,
        threaded_cpus: Option<&CpuList>,
    ) -> Result<(Option<GroupNote>, Report), SessionError> {
        self.say(&Request::SetApart {
            bench_cpus: bench_cpus.to_string(),
            threaded_cpus: threaded_cpus.map(ToString::to_string),
        })?;
        match self.hear()? {
            Answer::SetApart { knobs, notes, group } => {
                let strange = |error: serde_json::Error| SessionError::Strange { said: error.to_string() };
                Ok((group, Report::of(&knobs, notes).map_err(strange)?))
            }
            Answer::Refused { why } => Err(SessionError::Refused { why }),
            other => Err(strange(&other)),
        }
    }

    /// Has a child of this process moved into the group.
    ///
    /// # Errors
    /// [`SessionError::Refused`] with the child where it was; else the guard is lost.
    pub fn admit(&mut self, pid: u32) -> Result<(), SessionError> {
        self.say(&Request::Admit { pid })?;
        match self.hear()? {
            Answer::Admitted => Ok(()),
            Answer::Refused { why } => Err(SessionError::Refused { why }),
            other => Err(strange(&other)),
        }
    }

    /// Lets the settings outlive this session.
    ///
    /// # Errors
    /// [`SessionError`]; everything is put back then.
    pub fn keep(mut self) -> Result<(), SessionError> {
        self.say(&Request::Keep)?;
        match self.hear()? {
            Answer::Kept => {
                self.is_over = true;
                self.reap();
                Ok(())
            }
            Answer::Refused { why } => Err(SessionError::Refused { why }),
            other => Err(strange(&other)),
        }
    }

    /// Has everything put back, and waits until it is.
    ///
    /// # Errors
    /// [`SessionError`] when the guard is lost; the journal then tells the next one what to put back.
    pub fn finish(mut self) -> Result<SessionEnd, SessionError> {
        self.say(&Request::Finish)?;
        let answer = self.hear()?;
        self.is_over = true;
        self.reap();
        match answer {
            Answer::Restored { notes, restoration } => {
                Ok(SessionEnd { warnings: notes.into_iter().map(Warning::from).collect(), restoration })
            }
            other => Err(strange(&other)),
        }
    }

    /// The guard's process id.
    pub fn guard(&self) -> u32 {
        self.child.id()
    }

    fn say(&mut self, request: &Request) -> Result<(), SessionError> {
        let text = serde_json::to_string(request).expect("names and numbers have a JSON form") + "\n";
        let said = self.line.get_mut().write_all(text.as_bytes());
        said.map_err(|source| SessionError::Silent { source: Some(source) })
    }

    fn hear(&mut self) -> Result<Answer, SessionError> {
        let mut said = String::new();
        match self.line.by_ref().take(LINE_BYTES_MAX).read_line(&mut said) {
            Ok(0) => Err(SessionError::Silent { source: None }),
            Ok(_) => serde_json::from_str(&said).map_err(|_| SessionError::Strange { said }),
            Err(source) => Err(SessionError::Silent { source: Some(source) }),
        }
    }

    fn reap(&mut self) {
        // It ends by itself: it has nothing to do any more, or its line is closed.
        let _ = self.line.get_ref().shutdown(Shutdown::Both);
        let _ = self.child.wait();
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let _ = self.line.get_ref().shutdown(Shutdown::Write);
        // Its last word says that all is put back; what it says has nobody to hear it.
        if self.line.read_to_string(&mut String::new()).is_ok() {
            self.reap();
        }
    }
}

fn strange(answer: &Answer) -> SessionError {
    SessionError::Strange { said: format!("{answer:?}") }
}
