//! One measuring session per host: a lock that the kernel takes back when its holder dies, however it dies.
//!
//! It never measures beside another session, and it never waits longer than it was told to.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};

use super::sysfs::SysRoot;
use holder::Holder;

mod holder;

pub use holder::Holder as LockHolder;

/// Names another lock file: for tests, and for hosts whose usual places cannot be written.
pub const LOCK_VARIABLE: &str = "BENCH_LAB_LOCK";

const NAME: &str = "bench-lab.lock";

/// How often a waiting session asks again. The kernel could wake us, but a wait for a lock cannot be limited in time.
const POLL: Duration = Duration::from_millis(100);

/// What to do when another session is measuring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// Give up at once and name the holder.
    Refuse,
    /// Ask again until the time is over.
    UpTo(Duration),
}

/// The right to measure on this host, held until it is dropped or the process ends.
#[derive(Debug)]
pub struct HostLock {
    /// The descriptor carries the lock; Rust opens it close-on-exec, so that no child can keep it after us.
    file: File,
    path: PathBuf,
}

/// Why there is no lock.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another session is measuring; two at once would measure each other.
    #[error("another session measures on this host: {holder} (lock {})", path.display())]
    Held {
        /// Who.
        holder: Box<LockHolder>,
        /// The lock file.
        path: PathBuf,
    },
    /// None of the places takes a lock file.
    #[error("no lock file could be opened: {}", tried.join("; "))]
    NoPlace {
        /// Each path with its error.
        tried: Vec<String>,
    },
    /// The file system of the lock file refuses locks.
    #[error("cannot lock {}", path.display())]
    Unlockable {
        /// The lock file.
        path: PathBuf,
        /// The kernel's error.
        source: io::Error,
    },
}

/// Takes the lock of this host: the file of `BENCH_LAB_LOCK` if that is set, else the first usable of `/run/lock`,
/// `/var/lock` and the temporary directory.
///
/// # Errors
/// Another session holds it (and still did after the wait), or no lock file can be opened or locked.
pub fn acquire(waiting: Waiting) -> Result<HostLock, LockError> {
    let named = std::env::var_os(LOCK_VARIABLE).filter(|path| !path.is_empty());
    acquire_at(&places(named.as_deref()), waiting)
}

/// Takes the lock at the first of `places` that can be opened.
///
/// # Errors
/// As [`acquire`].
pub fn acquire_at(places: &[PathBuf], waiting: Waiting) -> Result<HostLock, LockError> {
    let (file, path) = open_first(places)?;
    let begin = Instant::now();
    loop {
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {
                let mut lock = HostLock { file, path };
                lock.write_holder();
                return Ok(lock);
            }
            // A signal in the middle of the call says nothing about the lock.
            Err(rustix::io::Errno::INTR) => continue,
            Err(rustix::io::Errno::WOULDBLOCK) => {}
            Err(error) => return Err(LockError::Unlockable { path, source: error.into() }),
        }
        let Waiting::UpTo(limit) = waiting else { return Err(held(path)) };
        let Some(left) = limit.checked_sub(begin.elapsed()).filter(|left| !left.is_zero()) else {
            return Err(held(path));
        };
        thread::sleep(POLL.min(left));
    }
}

impl HostLock {
    /// The lock file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Another descriptor of the lock, for the guard: the host stays locked until the last one is closed.
    ///
    /// # Errors
    /// No descriptor is left.
    pub(super) fn share(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Leaves word of who holds the lock. The lock holds without it, so a file that another user owns, which we may
    /// lock and not write, is no error: the next one is then told that the holder is unknown.
    fn write_holder(&mut self) {
        let text = Holder::this_process(&SysRoot::live()).to_text();
        let written = self.file.set_len(0).and_then(|()| {
            self.file.seek(SeekFrom::Start(0))?;
            self.file.write_all(text.as_bytes())
        });
        // A stale record that cannot be overwritten is found out when it is read: its process is gone or another one.
        drop(written);
    }
}

impl Drop for HostLock {
    fn drop(&mut self) {
        // Emptied before the kernel lets go, so that nobody reads our name beside somebody else's lock. The file stays:
        // removing it would let two sessions lock two files of one name.
        drop(self.file.set_len(0));
    }
}

fn held(path: PathBuf) -> LockError {
    let text = fs::read_to_string(&path).unwrap_or_default();
    LockError::Held { holder: Box::new(Holder::of_text(&text, &SysRoot::live())), path }
}

fn places(named: Option<&OsStr>) -> Vec<PathBuf> {
    match named {
        // A name that was given is the only place: falling back would lock something else than was asked for.
        Some(path) => vec![path.into()],
        None => ["/run/lock", "/var/lock"]
            .map(PathBuf::from)
            .into_iter()
            .chain([std::env::temp_dir()])
            .map(|directory| directory.join(NAME))
            .collect(),
    }
}

fn open_first(places: &[PathBuf]) -> Result<(File, PathBuf), LockError> {
    let mut tried = Vec::new();
    for path in places {
        match open(path) {
            Ok(file) => return Ok((file, path.clone())),
            Err(error) => tried.push(format!("{}: {error}", path.display())),
        }
    }
    Err(LockError::NoPlace { tried })
}

/// Opens the lock file, and makes it only where there is none.
///
/// With `fs.protected_regular` the kernel refuses `O_CREAT` on a file of another user in a directory such as `/run/lock`
/// that everybody may write to (kernel: `Documentation/admin-guide/sysctl/fs.rst`); opening without it is allowed. A
/// file that may be read and not written can still be locked.
fn open(path: &Path) -> io::Result<File> {
    let existing = || {
        let writable = OpenOptions::new().read(true).write(true).custom_flags(libc::O_NOFOLLOW).open(path);
        match writable {
            Err(error) if is_refused(&error) => {
                OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW).open(path)
            }
            other => other,
        }
    };
    match existing() {
        Err(error) if error.kind() == ErrorKind::NotFound => match create(path) {
            // Another session was faster.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => existing(),
            other => other,
        },
        other => other,
    }
}

fn is_refused(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem)
}

/// Everybody may lock, so everybody may write; the mode is set again because the umask takes bits away.
fn create(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o666).open(path)?;
    file.set_permissions(fs::Permissions::from_mode(0o666))?;
    Ok(file)
}
