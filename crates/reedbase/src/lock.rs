//! Makes whoever changes a table the only one, across processes.
//!
//! It must never break a lock: the kernel drops it when its holder ends, however that was.

use std::thread;
use std::time::{Duration, Instant};

use seglog::{Attempt, LockFile, Storage};

use crate::error::Error;

/// Neither end of the wait matters to correctness. The first keeps a short hold from costing a long wait,
/// the last keeps a long wait from costing a core.
const FIRST_PAUSE: Duration = Duration::from_micros(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(2);

/// A lock file that is kept open.
#[derive(Debug)]
pub(crate) struct Lock {
    file: Box<dyn LockFile>,
    path: std::path::PathBuf,
    /// What others are told.
    holder: String,
}

impl Lock {
    pub(crate) fn open(storage: &dyn Storage, name: &str) -> Result<Self, Error> {
        let path = storage.path(name);
        let file = storage.lock_file(name).map_err(Error::write("open", path.clone()))?;
        Ok(Self { file, path, holder: format!("process {}", std::process::id()) })
    }

    /// Waits up to `timeout` for the lock; it is held until the returned value is dropped.
    pub(crate) fn wait(&self, timeout: Duration) -> Result<Held<'_>, Error> {
        let start = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            match self.attempt()? {
                Ok(held) => return Ok(held),
                Err(_) if start.elapsed() < timeout => {
                    thread::sleep(pause.min(timeout));
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(said) => {
                    let holder = if said.is_empty() { "an unnamed process".to_owned() } else { said };
                    return Err(Error::LockTimeout {
                        path: self.path.clone(),
                        waited: start.elapsed(),
                        holder,
                    });
                }
            }
        }
    }

    /// Takes the lock if it is free.
    pub(crate) fn take(&self) -> Result<Option<Held<'_>>, Error> {
        self.attempt().map(Result::ok)
    }

    /// The lock, or who has it.
    fn attempt(&self) -> Result<Result<Held<'_>, String>, Error> {
        match self.file.try_lock(&self.holder) {
            Ok(Attempt::Taken) => Ok(Ok(Held(&*self.file))),
            Ok(Attempt::Held(said)) => Ok(Err(said)),
            Err(error) => Err(Error::io("lock", self.path.clone())(error)),
        }
    }
}

/// A lock that is held.
#[derive(Debug)]
pub(crate) struct Held<'l>(&'l dyn LockFile);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        // An unlock that fails leaves the lock to the end of the process, and others to their timeout.
        let _ = self.0.unlock();
    }
}
