//! The one road from a log to its files, so that a test can stand where the disk does.
//!
//! It must never promise more than POSIX: bytes are durable after [`StoredFile::sync`], names after
//! [`Storage::sync_directory`], and until then any part of them may be lost, in any order.

use std::fmt::Debug;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// One directory. Names are plain file names inside it.
pub trait Storage: Debug + Send + Sync {
    /// Where a file is, for messages; the empty name is the directory itself.
    fn path(&self, name: &str) -> PathBuf;

    /// The names of all files here, in no order.
    ///
    /// # Errors
    /// As the system gives them.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Whether there is a file of this name.
    ///
    /// # Errors
    /// When that cannot be found out.
    fn exists(&self, name: &str) -> io::Result<bool>;

    /// What tells one state of a file from the next without reading it.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    fn stamp(&self, name: &str) -> io::Result<Stamp>;

    /// Makes a file, empty, in place of one that may be there.
    ///
    /// # Errors
    /// As the system gives them.
    fn create(&self, name: &str) -> io::Result<Arc<dyn StoredFile>>;

    /// Opens a file.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    fn open(&self, name: &str) -> io::Result<Arc<dyn StoredFile>>;

    /// Makes a file of `length` zero bytes whose blocks are all allocated, so that no later write into it
    /// finds the disk full. Writes beyond its length are errors.
    ///
    /// # Errors
    /// `StorageFull` and others as the system gives them; a file of this name may be left behind then.
    fn create_segment(&self, name: &str, length: u64) -> io::Result<Arc<dyn StoredFile>>;

    /// Opens a file that [`create_segment`](Self::create_segment) made.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    fn open_segment(&self, name: &str) -> io::Result<Arc<dyn StoredFile>>;

    /// Gives a file another name, in place of a file that may have it.
    ///
    /// # Errors
    /// As the system gives them.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Lets the files of two names take each other's, in one step. Returns whether that was done: nothing is
    /// changed where the file system does not offer it.
    ///
    /// # Errors
    /// `NotFound` when one of them is not there, and others as the system gives them.
    fn exchange(&self, _one: &str, _other: &str) -> io::Result<bool> {
        Ok(false)
    }

    /// Removes a file.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Returns when every creation, renaming and removal before it is on disk.
    ///
    /// # Errors
    /// As the system gives them.
    fn sync_directory(&self) -> io::Result<()>;

    /// A directory in this one, made durably unless it is there.
    ///
    /// # Errors
    /// As the system gives them.
    fn directory(&self, name: &str) -> io::Result<Arc<dyn Storage>>;

    /// A number that all processes which open this name share, 0 at first. It is never synced: after a crash
    /// it is any value that it had before, or 0.
    ///
    /// # Errors
    /// As the system gives them.
    fn shared_word(&self, name: &str) -> io::Result<Arc<dyn SharedWord>>;

    /// A file to be locked against others that open the same name, made unless it is there.
    ///
    /// # Errors
    /// As the system gives them.
    fn lock_file(&self, name: &str) -> io::Result<Box<dyn LockFile>>;
}

/// See [`Storage::stamp`]. Equal stamps do not prove equal content: clocks have ticks, and times can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Which file has the name: its inode number.
    pub file: u64,
    /// Bytes in it.
    pub length: u64,
    /// When its content last changed, in nanoseconds since 1970.
    pub modified_ns: u64,
}

/// An open file, shared by threads. What one writes, the others (also in other processes) read.
pub trait StoredFile: Debug + Send + Sync {
    /// Bytes in the file.
    ///
    /// # Errors
    /// As the system gives them.
    fn length(&self) -> io::Result<u64>;

    /// Fills `buffer` from `offset` on and returns how many bytes there were: fewer than asked for only at
    /// the end of the file.
    ///
    /// # Errors
    /// As the system gives them.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes all of `bytes` at `offset`.
    ///
    /// # Errors
    /// As the system gives them; any part of the bytes may have been written then. For a segment, only for a
    /// range that is not in it.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Drops everything from `length` on. Not for segments.
    ///
    /// # Errors
    /// As the system gives them.
    fn truncate(&self, length: u64) -> io::Result<()>;

    /// Returns when every byte and the length are on disk.
    ///
    /// # Errors
    /// As the system gives them. What is on disk is not known then, and another call that succeeds does not
    /// make it known: Linux reports a failed write-back once and drops the pages.
    fn sync(&self) -> io::Result<()>;
}

/// See [`Storage::shared_word`].
pub trait SharedWord: Debug + Send + Sync {
    /// The value, with everything that was done before it was stored.
    fn load(&self) -> u64;

    /// Sets the value for all.
    fn store(&self, value: u64);
}

impl SharedWord for AtomicU64 {
    fn load(&self) -> u64 {
        Self::load(self, Ordering::Acquire)
    }

    fn store(&self, value: u64) {
        Self::store(self, value, Ordering::Release);
    }
}

/// An advisory lock. The kernel lets go of it when its holder ends, however that was; nothing else breaks it.
pub trait LockFile: Debug + Send + Sync {
    /// Takes the lock if it is free, and leaves `holder` for those who then find it taken. An opener of its
    /// own excludes every other, also in one process.
    ///
    /// # Errors
    /// As the system gives them.
    fn try_lock(&self, holder: &str) -> io::Result<Attempt>;

    /// Lets go of the lock.
    ///
    /// # Errors
    /// As the system gives them.
    fn unlock(&self) -> io::Result<()>;
}

/// The answer to [`LockFile::try_lock`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// Held until [`LockFile::unlock`], or until the lock file is dropped.
    Taken,
    /// Another has it, and said this about itself; empty when it had not yet said anything.
    Held(String),
}

/// The whole content of a file.
///
/// # Errors
/// As the system gives them.
pub fn read_all(file: &dyn StoredFile) -> io::Result<Vec<u8>> {
    let length = usize::try_from(file.length()?).map_err(io::Error::other)?;
    let mut content = vec![0; length];
    let mut filled = 0;
    while filled < content.len() {
        match file.read_at(&mut content[filled..], filled as u64)? {
            0 => break,
            count => filled += count,
        }
    }
    content.truncate(filled);
    Ok(content)
}
