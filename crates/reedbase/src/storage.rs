//! The one road from a table to its files, so that a test can stand where the disk does.
//!
//! It must never promise more than POSIX: bytes are durable after `sync`, names after `sync_directory`.

use std::any::Any;
use std::fmt::Debug;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use crate::error::Error;

/// The directory of one table. Names are plain file names inside it.
pub trait Storage: Debug + Send + Sync {
    /// Where a file is, for messages; the empty name is the directory itself.
    fn path(&self, name: &str) -> PathBuf;

    /// The whole content of a file.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    fn read(&self, name: &str) -> io::Result<Vec<u8>>;

    /// Whether there is a file of this name.
    ///
    /// # Errors
    /// When that cannot be found out.
    fn exists(&self, name: &str) -> io::Result<bool>;

    /// Makes a file, empty, in place of one that may be there.
    ///
    /// # Errors
    /// As the system gives them.
    fn create(&self, name: &str) -> io::Result<Box<dyn StorageFile>>;

    /// Opens a file to append to it.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    fn open(&self, name: &str) -> io::Result<Box<dyn StorageFile>>;

    /// Gives a file another name, in place of the file that has it. Seen by readers at once and whole;
    /// durable after [`sync_directory`](Self::sync_directory).
    ///
    /// # Errors
    /// As the system gives them.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes every earlier create, rename and remove durable.
    ///
    /// # Errors
    /// As the system gives them; which of the names are durable is not known then.
    fn sync_directory(&self) -> io::Result<()>;

    /// Tries once to become the only holder of the lock file, and leaves `holder` in it for others to read.
    ///
    /// # Errors
    /// When the lock file cannot be opened or written. That another holds it is not an error.
    fn try_lock(&self, name: &str, holder: &str) -> io::Result<LockAttempt>;
}

/// A file that only grows, or is cut back.
pub trait StorageFile: Debug + Send + Sync {
    /// Adds bytes at the end.
    ///
    /// # Errors
    /// As the system gives them; any part of the bytes may have been added then.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Drops everything from `length` on.
    ///
    /// # Errors
    /// As the system gives them.
    fn truncate(&mut self, length: u64) -> io::Result<()>;

    /// Returns when every byte and the length are on disk.
    ///
    /// # Errors
    /// As the system gives them. What is on disk is not known then, and another call that succeeds does not
    /// make it known: Linux reports a failed write-back once and drops the pages.
    fn sync(&mut self) -> io::Result<()>;
}

/// The answer to [`Storage::try_lock`].
#[derive(Debug)]
pub enum LockAttempt {
    /// Held until this value is dropped.
    Taken(Box<dyn Any + Send + Sync>),
    /// Another has it, and said this about itself; empty when it had not yet said anything.
    Held(String),
}

/// Makes a file of this content and returns when it is on disk; its name may not be yet.
pub(crate) fn write_synced(storage: &dyn Storage, name: &str, content: &[u8]) -> Result<(), Error> {
    let failed = |action| Error::io(action, storage.path(name));
    let mut file = storage.create(name).map_err(failed("create"))?;
    file.append(content).map_err(failed("write"))?;
    file.sync().map_err(failed("sync"))
}

/// Puts a synced file in the place of another, durably.
pub(crate) fn rename_synced(storage: &dyn Storage, from: &str, to: &str) -> Result<(), Error> {
    storage.rename(from, to).map_err(Error::io("rename a new file to", storage.path(to)))?;
    storage.sync_directory().map_err(Error::io("sync the directory", storage.path("")))
}

/// A table's directory on a real file system.
#[derive(Debug)]
pub(crate) struct DirectoryStorage {
    directory: PathBuf,
}

impl DirectoryStorage {
    pub(crate) fn new(directory: &Path) -> Self {
        Self { directory: directory.to_path_buf() }
    }

    /// Makes the directory, durably, unless it is there. Its parent has to exist.
    pub(crate) fn create(directory: &Path) -> io::Result<Self> {
        match fs::create_dir(directory) {
            Ok(()) => {
                let parent = directory.parent().filter(|parent| !parent.as_os_str().is_empty());
                File::open(parent.unwrap_or(Path::new(".")))?.sync_all()?;
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        Ok(Self::new(directory))
    }
}

impl Storage for DirectoryStorage {
    fn path(&self, name: &str) -> PathBuf {
        if name.is_empty() { self.directory.clone() } else { self.directory.join(name) }
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.path(name))
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        self.path(name).try_exists()
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn StorageFile>> {
        Ok(Box::new(File::create(self.path(name))?))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn StorageFile>> {
        Ok(Box::new(OpenOptions::new().append(true).open(self.path(name))?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path(from), self.path(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path(name))
    }

    fn sync_directory(&self) -> io::Result<()> {
        File::open(&self.directory)?.sync_all()
    }

    fn try_lock(&self, name: &str, holder: &str) -> io::Result<LockAttempt> {
        let path = self.path(name);
        // Not truncated here: until the lock is taken, what it says is another's.
        let mut file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0)?;
                file.rewind()?;
                file.write_all(holder.as_bytes())?;
                Ok(LockAttempt::Taken(Box::new(file)))
            }
            Err(TryLockError::WouldBlock) => {
                let mut held_by = String::new();
                file.read_to_string(&mut held_by)?;
                Ok(LockAttempt::Held(held_by))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl StorageFile for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    /// `fdatasync`: it leaves out times, but not a length that reading the bytes back needs.
    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}
