//! The lock of a log that one opener has for itself.
//!
//! It is given back and not only closed: a process that is just being started by another thread holds a copy of every
//! open file until its `exec`, and with the file the lock (flock(2)).

use crate::error::Error;
use crate::storage::{Attempt, LockFile, Storage};

/// Name of the lock file.
const LOCK: &str = "lock";

/// The lock, held until this is dropped.
#[derive(Debug)]
pub(crate) struct Alone(Box<dyn LockFile>);

impl Alone {
    /// Takes the lock, or says who has it.
    pub(crate) fn take(storage: &dyn Storage) -> Result<Self, Error> {
        let failed = |action| Error::io(action, storage.path(LOCK));
        let lock = storage.lock_file(LOCK).map_err(failed("open"))?;
        match lock.try_lock(&format!("process {}", std::process::id())).map_err(failed("lock"))? {
            Attempt::Taken => Ok(Self(lock)),
            Attempt::Held(holder) => Err(Error::Locked { path: storage.path(LOCK), holder }),
        }
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        // Closing gives it back too, unless a copy of the file is open somewhere.
        let _ = self.0.unlock();
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io;

    use super::*;

    /// A lock file of which somebody else has a copy open, as a child between its `fork` and its `exec` has.
    #[derive(Debug)]
    struct Copied {
        file: File,
        _copy: File,
    }

    impl LockFile for Copied {
        fn try_lock(&self, holder: &str) -> io::Result<Attempt> {
            LockFile::try_lock(&self.file, holder)
        }

        fn unlock(&self) -> io::Result<()> {
            LockFile::unlock(&self.file)
        }
    }

    #[test]
    fn it_is_free_as_soon_as_it_is_dropped_though_a_copy_of_the_file_is_open() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(LOCK);
        let file = File::create(&path).unwrap();
        let copy = file.try_clone().unwrap();
        let other = File::open(&path).unwrap();
        assert_eq!(LockFile::try_lock(&file, "one").unwrap(), Attempt::Taken);
        let alone = Alone(Box::new(Copied { file, _copy: copy.try_clone().unwrap() }));
        assert_eq!(LockFile::try_lock(&other, "two").unwrap(), Attempt::Held("one".into()));
        drop(alone);
        assert!(other.try_lock().is_ok(), "the copy still holds it");
        drop(copy);
    }
}
