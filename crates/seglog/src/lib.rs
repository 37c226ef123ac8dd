//! A log for systems that persist: records in preallocated, mapped, checksummed segments, with group commit,
//! rotation, recycling, and recovery of a torn tail.
//!
//! It must never lose a record whose commit returned, nor return one that was not appended.
//!
//! ```
//! use seglog::{Entry, Log, Options};
//! # let directory = tempfile::tempdir()?;
//! # let options = Options { segment_bytes: 1 << 16, ..Options::default() };
//! let log = Log::open_directory(directory.path(), options, |_record| {})?;
//! let sequence = log.append(&[Entry { kind: 1, payload: b"one" }, Entry { kind: 1, payload: b"two" }])?;
//! log.commit(sequence)?;
//! drop(log);
//!
//! let mut found = Vec::new();
//! let log = Log::open_directory(directory.path(), options, |record| found.push(record.payload))?;
//! assert_eq!(found, [b"one", b"two"]);
//! assert_eq!(log.recovery().cut_bytes, 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is promised
//! - **A commit that returned is on disk**: `fdatasync` of every segment concerned, and of the directory when
//!   one of them is new. [`Log::commit`] shares one sync among all who wait.
//! - **After a crash at any byte** the log opens as a prefix of what was appended that holds all that was
//!   committed. A batch is there whole or not at all.
//! - **Damage is named** ([`Error::Corrupt`] with file and offset) and nothing is changed. Damage to the very
//!   last records, when nothing was appended after they were synced, looks like a write that a crash cut short
//!   and is cut off as one: [`Recovery::cut_bytes`] says so.
//! - **A failed write or sync poisons the log** ([`Error::Poisoned`]): Linux does not say which pages were lost.
//! - **A full disk is an error, not a signal.** Blocks are allocated before a segment is mapped, so a store
//!   never needs a new one; [`Error::Full`] leaves the log as it was. A mapped file that another program cuts
//!   short raises SIGBUS, as for every program that maps files; records are read by `pread`, so a sector that
//!   cannot be read is an error too.
//!
//! # Several processes
//! With [`Sharing::Coordinated`], writers of all processes take a lock of the caller's own, [`Log::refresh`]
//! what the others did, append, commit, and let go. Readers compare [`Log::published`] with what they have
//! seen, which costs a load from memory, and refresh without a lock.

mod alone;
mod cursor;
mod directory;
mod error;
mod follow;
mod group;
mod log;
mod open;
mod options;
mod record;
mod records;
mod recover;
mod segment;
#[cfg(any(test, feature = "simulation"))]
pub mod simulation;
mod spare;
mod storage;

pub use cursor::Record;
pub use directory::DirectoryStorage;
pub use error::Error;
pub use follow::Reach;
pub use log::{Entry, Log};
pub use open::Recovery;
pub use options::{Options, Sharing};
pub use records::Records;
pub use storage::{Attempt, LockFile, SharedWord, Stamp, Storage, StoredFile, read_all};
