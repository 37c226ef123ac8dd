//! Coming in: the flag by which a person stops the lab, and the wait for the host to be free.
//!
//! It begins nothing; whoever has the lock may.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::error::CommandError;
use super::exit::ExitCode;
use crate::host::lock::{self, HostLock, LockError, Waiting};

/// Takes the host's lock, in short waits, so that a person may lose patience.
pub(super) fn acquire(limit: Option<Duration>, stop: &AtomicBool) -> Result<HostLock, CommandError> {
    const SLICE: Duration = Duration::from_millis(500);
    let begin = Instant::now();
    loop {
        let left = limit.map(|limit| limit.saturating_sub(begin.elapsed())).filter(|left| !left.is_zero());
        let waiting = left.map_or(Waiting::Refuse, |left| Waiting::UpTo(left.min(SLICE)));
        match lock::acquire(waiting) {
            Err(LockError::Held { .. }) if stop.load(Ordering::SeqCst) => {
                return Err(CommandError::text(ExitCode::Interrupted, "stopped while waiting for the host"));
            }
            Err(LockError::Held { .. }) if left.is_some() => {}
            ended => {
                return ended.map_err(|error| {
                    let hint = "two sessions on one host would measure each other; --wait 10m waits for the \
                                other one";
                    CommandError::new(ExitCode::HostRefused, &error).hint(hint)
                });
            }
        }
    }
}

/// A flag that the first signal raises; a second one ends the program at once.
pub(super) fn stop_flag() -> Result<Arc<AtomicBool>, CommandError> {
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
