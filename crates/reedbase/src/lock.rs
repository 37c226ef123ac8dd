//! Makes a table's writer the only one, across processes.
//!
//! It must never break a lock: the kernel drops it when its holder ends, however that was.

use std::any::Any;
use std::thread;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::storage::{LockAttempt, Storage};

pub(crate) const LOCK: &str = "lock";

/// Neither end of the wait matters to correctness. The first keeps a short hold from costing a long wait,
/// the last keeps a long wait from costing a core.
const FIRST_PAUSE: Duration = Duration::from_micros(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(2);

/// Waits up to `timeout` for the lock; it is held until the returned value is dropped.
pub(crate) fn wait(storage: &dyn Storage, timeout: Duration) -> Result<Box<dyn Any + Send + Sync>, Error> {
    let holder = format!("process {}", std::process::id());
    let start = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        match storage.try_lock(LOCK, &holder) {
            Ok(LockAttempt::Taken(guard)) => return Ok(guard),
            Ok(LockAttempt::Held(_)) if start.elapsed() < timeout => {
                thread::sleep(pause);
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            Ok(LockAttempt::Held(said)) => {
                let holder = if said.is_empty() { "an unnamed process".to_owned() } else { said };
                return Err(Error::LockTimeout { path: storage.path(LOCK), waited: start.elapsed(), holder });
            }
            Err(error) => return Err(Error::io("lock", storage.path(LOCK))(error)),
        }
    }
}
