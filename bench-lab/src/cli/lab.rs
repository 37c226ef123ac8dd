//! What every measuring command stands on: the host's lock, the stop flag, the display, the stages of a Run.
//!
//! It orders the stages; each does its work elsewhere.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::error::CommandError;
use super::exit::ExitCode;
use crate::host::lock::{self, HostLock, Waiting};
use crate::progress::{self, Display};
use crate::runner::event::Observer;

/// How a laboratory is opened.
pub(super) struct Opening {
    /// Which display tells what happens.
    pub(super) display: Display,
    /// How long another session may hold the host; absent to refuse at once.
    pub(super) waiting: Option<Duration>,
    /// Where Runs are kept, as typed.
    pub(super) store: Option<PathBuf>,
}

/// An opened laboratory: nobody else measures on this host while it lives.
pub(super) struct Lab {
    /// Raised by Ctrl-C, a termination signal or a hang-up.
    pub(super) stop: Arc<AtomicBool>,
    /// Is told what happens.
    pub(super) observer: Box<dyn Observer>,
    /// As typed.
    pub(super) store: Option<PathBuf>,
    _lock: HostLock,
}

impl Lab {
    /// Takes the host, or says who has it.
    pub(super) fn open(opening: Opening) -> Result<Self, CommandError> {
        let stop = stop_flag()?;
        let waiting = opening.waiting.map_or(Waiting::Refuse, Waiting::UpTo);
        let lock = lock::acquire(waiting).map_err(|error| {
            CommandError::new(ExitCode::HostRefused, &error)
                .hint("two sessions on one host would measure each other; --wait 10m waits for the other one")
        })?;
        Ok(Self { stop, observer: progress::open(opening.display), store: opening.store, _lock: lock })
    }

    /// Whether the person asked to stop.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }
}

/// A flag that the first signal raises; a second one ends the program at once.
fn stop_flag() -> Result<Arc<AtomicBool>, CommandError> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        let code = ExitCode::Interrupted as i32;
        // The order matters: the shutdown looks at the flag before it is raised.
        signal_hook::flag::register_conditional_shutdown(signal, code, Arc::clone(&stop))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&stop)))
            .map_err(|error| CommandError::new(ExitCode::Bug, &error))?;
    }
    Ok(stop)
}
