//! Where a tuning session keeps its journal and its lock, and which files it tunes.
//!
//! A process with borrowed rights takes no place from its environment: the one who lends them decides.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::host::journal::JOURNAL_FILE;
use crate::host::sysfs::SysRoot;

/// Names another folder for journal and lock: for tests and rehearsals.
pub const FOLDER_VARIABLE: &str = "BENCH_LAB_RUN_DIR";
/// Names a folder of captured kernel files to tune instead of the host's: for tests and rehearsals.
pub const ROOT_VARIABLE: &str = "BENCH_LAB_HOST_ROOT";

const FOLDER: &str = "/run/bench-lab";
const LOCK_FILE: &str = "lock";

/// What tells that the rights of this process were lent to it (sudo(8), doas(1), pkexec(1)).
const LENDERS: [&str; 3] = ["SUDO_UID", "DOAS_USER", "PKEXEC_UID"];

/// The place of a session.
#[derive(Clone, Debug)]
pub struct Place {
    /// The kernel's files.
    pub root: SysRoot,
    folder: PathBuf,
}

/// The right to tune this host, until it is dropped.
#[derive(Debug)]
pub struct TuningLock {
    _file: File,
}

/// Why nothing can be tuned that would have to be put back.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// The folder cannot be made or used.
    #[error("no journal can be kept in {}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Somebody else could write what would be replayed with our rights.
    #[error("{} {why}, so its journal cannot be trusted", folder.display())]
    Untrusted {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The folder is root's, and we are not.
    #[error("only root may set what has to be put back; its journal is kept in {}", folder.display())]
    NeedsRoot {
        /// The folder.
        folder: PathBuf,
    },
    /// Another session tunes.
    #[error("another session tunes this host")]
    Busy,
}

impl Place {
    /// The place of this process: `/run/bench-lab` and the host, or what [`FOLDER_VARIABLE`] and [`ROOT_VARIABLE`]
    /// name. The variables count only in a process whose rights are its own.
    pub fn of_process() -> Self {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty() && !is_lent());
        Self {
            root: variable(ROOT_VARIABLE).map_or_else(SysRoot::live, SysRoot::at),
            folder: variable(FOLDER_VARIABLE).map_or_else(|| FOLDER.into(), PathBuf::from),
        }
    }

    /// A named place.
    pub fn at(root: SysRoot, folder: impl Into<PathBuf>) -> Self {
        Self { root, folder: folder.into() }
    }

    /// The journal.
    pub fn journal(&self) -> PathBuf {
        self.folder.join(JOURNAL_FILE)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes the folder if need be, makes sure that nobody else can write in it, and takes the lock.
    ///
    /// # Errors
    /// [`PlaceError`].
    pub fn lock(&self) -> Result<TuningLock, PlaceError> {
        let failed = |source| PlaceError::Folder { folder: self.folder.clone(), source };
        let needs_root = || PlaceError::NeedsRoot { folder: self.folder.clone() };
        match DirBuilder::new().mode(0o755).create(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Err(needs_root()),
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(failed(error)),
            _ => {}
        }
        self.refuse_open_folder()?;
        let path = self.folder.join(LOCK_FILE);
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true).mode(0o600).custom_flags(libc::O_NOFOLLOW);
        let file = options.open(path).map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(TuningLock { _file: file }),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(PlaceError::Busy),
            Err(error) => Err(failed(error.into())),
        }
    }

    fn refuse_open_folder(&self) -> Result<(), PlaceError> {
        let found = fs::symlink_metadata(&self.folder)
            .map_err(|source| PlaceError::Folder { folder: self.folder.clone(), source })?;
        let user = rustix::process::geteuid().as_raw();
        if found.uid() == 0 && user != 0 {
            return Err(PlaceError::NeedsRoot { folder: self.folder.clone() });
        }
        let why = if !found.is_dir() {
            "is no folder".to_owned()
        } else if found.uid() != user {
            format!("belongs to user {}", found.uid())
        } else if found.mode() & 0o022 != 0 {
            "can be written by others".to_owned()
        } else {
            return Ok(());
        };
        Err(PlaceError::Untrusted { folder: self.folder.clone(), why })
    }
}

/// Whether the rights of this process were lent: by the set-user-ID bit or a capability of its file, or by a program
/// that says so in a variable that its caller cannot take away.
pub fn is_lent() -> bool {
    rustix::process::getuid() != rustix::process::geteuid()
        || rustix::process::getgid() != rustix::process::getegid()
        || is_secure_execution()
        || LENDERS.iter().any(|name| std::env::var_os(name).is_some())
}

/// The kernel's own word on it, which covers capabilities of the file (getauxval(3), `AT_SECURE`). Where it cannot be
/// read, borrowed rights are the safe answer.
fn is_secure_execution() -> bool {
    const AT_SECURE: usize = 23;
    const WORD: usize = size_of::<usize>();
    let Ok(vector) = fs::read("/proc/self/auxv") else { return true };
    let word = |bytes: &[u8]| bytes.try_into().map(usize::from_ne_bytes).unwrap_or(0);
    let entry = vector.chunks_exact(2 * WORD).find(|entry| word(&entry[..WORD]) == AT_SECURE);
    entry.is_some_and(|entry| word(&entry[WORD..]) != 0)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_folder_that_others_may_write_is_not_trusted() {
        let parent = tempfile::tempdir().unwrap();
        let place = Place::at(SysRoot::live(), parent.path().join("run"));
        drop(place.lock().unwrap());
        assert_eq!(fs::metadata(place.folder()).unwrap().permissions().mode() & 0o777, 0o755);
        fs::set_permissions(place.folder(), fs::Permissions::from_mode(0o777)).unwrap();
        assert!(matches!(place.lock(), Err(PlaceError::Untrusted { .. })));
        let link = Place::at(SysRoot::live(), parent.path().join("link"));
        std::os::unix::fs::symlink("/", link.folder()).unwrap();
        assert!(matches!(link.lock(), Err(PlaceError::Untrusted { .. })));
    }

    #[test]
    fn only_one_session_tunes_at_a_time() {
        let parent = tempfile::tempdir().unwrap();
        let place = Place::at(SysRoot::live(), parent.path().join("run"));
        let first = place.lock().unwrap();
        assert!(matches!(place.lock(), Err(PlaceError::Busy)));
        drop(first);
        place.lock().unwrap();
    }
}
