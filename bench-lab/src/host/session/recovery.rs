//! What an earlier session left: replayed, put aside, or respected, before anything new is set.
//!
//! It never lets a new session take tuned values for originals.

use std::path::PathBuf;

use super::recorder::with_cause;
use super::{Files, Place};
use crate::host::journal::{self, Header, JournalError};
use crate::host::restore::{self, JournalEnd, Restoration};
use crate::host::sysfs::SysRoot;

/// Where the kernel names this boot.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// What was found and done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// No journal.
    Nothing,
    /// A journal of another boot was put aside: the kernel's own values are in force since.
    OtherBoot(PathBuf),
    /// A session had ended without putting back; that is done now.
    Replayed(Restoration),
    /// The host is tuned by hand, and stays so until `tune restore`.
    Kept(Box<Header>),
}

/// Why nothing new may be set.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryError {
    /// The kernel does not say which boot this is.
    #[error("cannot tell which boot this is: {0}")]
    NoBoot(String),
    /// The session that tuned this host still runs.
    #[error("process {} ({}) of {} tunes this host since {}", .0.owner.pid, .0.command, .0.user, .0.since)]
    Alive(Box<Header>),
    /// The journal cannot be read or removed.
    #[error("{}", with_cause(.0))]
    Journal(#[from] JournalError),
    /// Some files of an earlier session could not be put back.
    #[error("an earlier session's settings could not all be put back: {}", first_failure(.0))]
    Incomplete(Box<Restoration>),
}

/// This boot.
///
/// # Errors
/// [`RecoveryError::NoBoot`].
pub fn boot_id(files: &dyn Files, root: &SysRoot) -> Result<String, RecoveryError> {
    let text = files.read(&root.path(BOOT_ID)).map_err(|error| RecoveryError::NoBoot(error.to_string()))?;
    match text.trim() {
        "" => Err(RecoveryError::NoBoot(format!("{BOOT_ID} is empty"))),
        id => Ok(id.to_owned()),
    }
}

/// Deals with the journal that is there. The caller holds the tuning lock.
///
/// # Errors
/// [`RecoveryError`]: nothing may be set then.
pub fn recover(files: &dyn Files, place: &Place) -> Result<Recovery, RecoveryError> {
    let path = place.journal();
    let Some(recorded) = journal::read(files, &path)? else { return Ok(Recovery::Nothing) };
    if recorded.header.boot_id != boot_id(files, &place.root)? {
        let aside = journal::archive(files, &path, &recorded.header.boot_id)?;
        return Ok(Recovery::OtherBoot(aside));
    }
    if recorded.is_kept && recorded.left.is_none() {
        return Ok(Recovery::Kept(Box::new(recorded.header)));
    }
    // Its owner holds the lock as long as it lives, unless somebody removed the lock file under it.
    if recorded.header.owner.is_alive() && recorded.header.owner.pid != std::process::id() {
        return Err(RecoveryError::Alive(Box::new(recorded.header)));
    }
    put_back(files, place)
}

/// Puts back what the journal of this boot says, kept or not.
///
/// # Errors
/// [`RecoveryError`].
pub fn put_back(files: &dyn Files, place: &Place) -> Result<Recovery, RecoveryError> {
    match restore::restore(files, &place.root, &place.journal())? {
        None => Ok(Recovery::Nothing),
        Some(done) if done.journal == JournalEnd::Stays => Err(RecoveryError::Incomplete(Box::new(done))),
        Some(done) => Ok(Recovery::Replayed(done)),
    }
}

fn first_failure(restoration: &Restoration) -> String {
    let failed = restoration.files.iter().find(|file| file.ending == restore::Ending::Failed);
    failed.map_or_else(String::new, |file| {
        format!("{}: {}", file.path, file.reason.as_deref().unwrap_or("not as it was"))
    })
}
