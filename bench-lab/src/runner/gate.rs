//! The spawner's side of a launch: hears out the launch process, holds it until the meters are on, and lets it go.
//!
//! It never takes a launch that failed for a benchmark that failed.

use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use lab_core::model::{Aslr, Warning};
use rustix::process::Pid;

use super::affinity;
use super::enclosure::Enclosure;
use super::handshake::{Message, Step};
use super::spawn::Launch;
use super::spawn_error::SpawnError;
use crate::host::sysfs::SysRoot;
use crate::meter::Usage;

/// How long the launch process may take for its few system calls; a host that needs longer cannot measure.
const PATIENCE: Duration = Duration::from_secs(20);

/// The flag of personality(2) that turns address randomisation off.
const ADDR_NO_RANDOMIZE: u32 = libc::ADDR_NO_RANDOMIZE.cast_unsigned();

/// A launch process that is ready and waits at the gate.
pub(super) struct Waiting {
    line: BufReader<UnixStream>,
    /// What it used to get there.
    pub(super) used: Usage,
    /// What was refused on the way.
    pub(super) warnings: Vec<Warning>,
    is_pinning_refused: bool,
    is_layout_refused: bool,
}

/// Listens to the launch process until it is ready.
///
/// # Errors
/// [`SpawnError::Directory`] and [`SpawnError::Launcher`].
pub(super) fn await_ready(launch: &Launch<'_>, line: UnixStream) -> Result<Waiting, SpawnError> {
    let broken = |what: &str, source| {
        let (launcher, what) = (launch.launcher.to_owned(), what.to_owned());
        SpawnError::Launcher { launcher, what, source }
    };
    line.set_read_timeout(Some(PATIENCE)).map_err(|error| broken("cannot be heard", Some(error)))?;
    let mut waiting = Waiting {
        line: BufReader::new(line),
        used: Usage::default(),
        warnings: Vec::new(),
        is_pinning_refused: false,
        is_layout_refused: false,
    };
    loop {
        match waiting.hear().map_err(|error| broken("does not answer", Some(error)))? {
            None => return Err(broken("ended before it was ready", None)),
            Some(Message::Ready(used)) => return Ok(Waiting { used, ..waiting }),
            Some(Message::Refused { step, errno }) => waiting.note_refusal(launch, step, errno),
            Some(Message::Failed { step, errno }) => return Err(failure(launch, step, errno)),
        }
    }
}

impl Waiting {
    /// Has the child moved into a group, then pins it. One that stays outside is pinned there, if the kernel lets it.
    pub(super) fn enclose(&mut self, launch: &Launch<'_>, pid: Pid, enclosure: &mut dyn Enclosure) {
        if let Err(why) = enclosure.admit(pid.as_raw_nonzero().get().cast_unsigned()) {
            self.warn(
                launch,
                "cpuset_refused",
                format!("runs outside of the group of the benchmarks: {why}"),
            );
        }
        if let Err(error) = affinity::set(Some(pid), launch.cpus) {
            self.note_refusal(launch, Step::Pin, error.raw_os_error().unwrap_or(0));
        }
    }

    /// The CPUs that the child is pinned to, read back; empty when it is not.
    pub(super) fn pinned_cpus(&mut self, launch: &Launch<'_>, pid: Pid) -> Vec<u32> {
        if launch.cpus.is_empty() || self.is_pinning_refused {
            return Vec::new();
        }
        let mut wanted = launch.cpus.to_vec();
        wanted.sort_unstable();
        wanted.dedup();
        match affinity::allowed(Some(pid)) {
            Ok(reached) => {
                if reached != wanted {
                    let text = format!("asked for CPUs {wanted:?}, the kernel allowed {reached:?}");
                    self.warn(launch, "pinning_partial", text);
                }
                reached
            }
            Err(error) => {
                self.warn(launch, "pinning_unknown", format!("its CPUs cannot be read back: {error}"));
                Vec::new()
            }
        }
    }

    /// Lets the child go and waits until it has become the benchmark, which closes the line.
    ///
    /// # Errors
    /// [`SpawnError::Exec`] when it could not, [`SpawnError::Launcher`] when it did neither.
    pub(super) fn open(&mut self, launch: &Launch<'_>) -> Result<(), SpawnError> {
        let heard = self.line.get_mut().write_all(b"g").and_then(|()| self.hear());
        match heard {
            Ok(None) => Ok(()),
            Ok(Some(Message::Failed { step, errno })) => Err(failure(launch, step, errno)),
            Ok(Some(_)) => Err(SpawnError::Launcher {
                launcher: launch.launcher.to_owned(),
                what: "spoke out of turn".into(),
                source: None,
            }),
            Err(error) => Err(SpawnError::Launcher {
                launcher: launch.launcher.to_owned(),
                what: "did not become the benchmark".into(),
                source: Some(error),
            }),
        }
    }

    /// Looks whether the layout asked for is in effect in the benchmark: a security module may reset it at `exec`, and
    /// the host may have randomisation off for all.
    pub(super) fn check_layout(&mut self, launch: &Launch<'_>, sys: &SysRoot, pid: Pid) {
        // A refusal has been told already.
        if self.is_layout_refused {
            return;
        }
        let is_off_for_all = sys.read("/proc/sys/kernel/randomize_va_space").is_ok_and(|value| value == "0");
        let persona = sys.read(&format!("/proc/{}/personality", pid.as_raw_nonzero()));
        let persona = persona.ok().and_then(|hex| u32::from_str_radix(&hex, 16).ok());
        let is_fixed = persona.map(|persona| persona & ADDR_NO_RANDOMIZE != 0);
        match launch.aslr {
            Aslr::Random if is_off_for_all || is_fixed == Some(true) => {
                let text = "address randomisation is off on this host, so every process has the same layout";
                self.warn(launch, "aslr_off", text.into());
            }
            Aslr::Fixed if is_fixed == Some(false) && !is_off_for_all => {
                let text = "address randomisation was turned on again when the benchmark was executed";
                self.warn(launch, "aslr_left_on", text.into());
            }
            Aslr::Random | Aslr::Fixed => {}
        }
    }

    fn hear(&mut self) -> io::Result<Option<Message>> {
        let mut text = String::new();
        match self.line.read_line(&mut text) {
            Ok(0) => Ok(None),
            Ok(_) => {
                let unknown = || io::Error::new(ErrorKind::InvalidData, format!("it said {text:?}"));
                text.parse().map(Some).map_err(|()| unknown())
            }
            Err(error) => Err(error),
        }
    }

    fn note_refusal(&mut self, launch: &Launch<'_>, step: Step, errno: i32) {
        let error = io::Error::from_raw_os_error(errno);
        match step {
            // Widening back to all CPUs is a courtesy to a child that is not to be pinned; it may stay narrowed.
            Step::Pin if launch.cpus.is_empty() => {
                self.warn(launch, "unpinning_refused", format!("stays on the runner's CPUs: {error}"));
            }
            Step::Pin => {
                self.is_pinning_refused = true;
                self.warn(launch, "pinning_refused", format!("not pinned to {:?}: {error}", launch.cpus));
            }
            Step::Layout => {
                self.is_layout_refused = true;
                let (kind, state) = match launch.aslr {
                    Aslr::Fixed => ("aslr_left_on", "left on"),
                    Aslr::Random => ("aslr_left_off", "left off"),
                };
                let text = format!("address randomisation {state}: personality(2) says {error}");
                self.warn(launch, kind, text);
            }
            Step::Leash | Step::Enter | Step::Exec => {}
        }
    }

    fn warn(&mut self, launch: &Launch<'_>, kind: &str, text: String) {
        self.warnings.push(Warning::new(kind, launch.executable.display(), text));
    }
}

fn failure(launch: &Launch<'_>, step: Step, errno: i32) -> SpawnError {
    let source = io::Error::from_raw_os_error(errno);
    match step {
        Step::Exec => SpawnError::Exec { executable: launch.executable.to_owned(), source },
        Step::Enter => SpawnError::Directory { directory: launch.directory.to_owned(), source },
        Step::Leash | Step::Pin | Step::Layout => SpawnError::Launcher {
            launcher: launch.launcher.to_owned(),
            what: "cannot be tied to the runner".into(),
            source: Some(source),
        },
    }
}
