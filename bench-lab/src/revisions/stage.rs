//! The folder in which the revisions of one repository are built, outside of that repository.
//!
//! Below the workspace it would inherit the cargo configuration and the toolchain file of the files as they are now,
//! and a baseline built with the candidate's flags is no baseline. Only one process uses it at a time.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use lab_core::hex::hex;
use sha2::{Digest, Sha256};

use super::{Repository, RevisionError};

/// The environment variable that moves the folder of all stages.
pub const BUILDS_VARIABLE: &str = "BENCH_LAB_BUILDS";

/// A repository that was not compared for so long gives its disk space back.
const IDLE_MAX: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Names the repository that a stage belongs to; its time says when the stage was last used.
const REPOSITORY_FILE: &str = "repository";

/// Held while the stage is in use.
const LOCK_FILE: &str = "lock";

/// The place where one repository's revisions are built.
#[derive(Debug)]
pub struct Stage {
    root: PathBuf,
    /// The folder of the repository's files, from the root of the file system.
    inner: PathBuf,
    _lock: File,
}

impl Stage {
    /// Takes the stage of a repository, and removes those of repositories that are gone or were not compared for
    /// thirty days.
    ///
    /// # Errors
    /// [`RevisionError::NoPlace`], [`RevisionError::InUse`], [`RevisionError::Io`].
    pub fn open(repository: &Repository) -> Result<Self, RevisionError> {
        let base = base(|name| env::var_os(name)).ok_or(RevisionError::NoPlace)?;
        let base = std::path::absolute(&base).map_err(RevisionError::io("look at", &base))?;
        Self::open_in(&base, repository)
    }

    /// The same in a folder of the caller's choice.
    ///
    /// # Errors
    /// [`RevisionError::InUse`], [`RevisionError::Io`].
    pub fn open_in(base: &Path, repository: &Repository) -> Result<Self, RevisionError> {
        let name = hex(&Sha256::digest(repository.top.as_os_str().as_bytes())[..8]);
        fs::create_dir_all(base).map_err(RevisionError::io("create", base))?;
        // The compiler sees the path without links; what is compared with it must be the same.
        let base = base.canonicalize().map_err(RevisionError::io("look at", base))?;
        let root = base.join(name);
        fs::create_dir_all(&root).map_err(RevisionError::io("create", &root))?;
        let lock = match lock(&root) {
            Ok(lock) => lock,
            Err(TryLockError::WouldBlock) => return Err(RevisionError::InUse { path: root }),
            Err(TryLockError::Error(source)) => return Err(RevisionError::io("lock", root)(source)),
        };
        let note = root.join(REPOSITORY_FILE);
        fs::write(&note, repository.top.as_os_str().as_bytes()).map_err(RevisionError::io("write", &note))?;
        let inner = repository.top.strip_prefix("/").unwrap_or(&repository.top).to_owned();
        clear_idle(&base, &root);
        Ok(Self { root, inner, _lock: lock })
    }

    /// Where every revision is built. The folders above it are named like those above the repository, so that what
    /// lies there for cargo can be put at the same distance.
    pub(super) fn tree(&self) -> PathBuf {
        self.above().join(&self.inner)
    }

    /// Stands for the root of the file system.
    pub(super) fn above(&self) -> PathBuf {
        self.root.join("above")
    }

    /// The files of one revision for its processes to run in; `name` is the revision's digest.
    pub(super) fn files(&self, name: &str) -> PathBuf {
        self.folder("files").join(name)
    }

    /// A name that no other repository's stage has.
    pub(super) fn name(&self) -> String {
        self.root.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// One of the stage's own folders or files.
    pub(super) fn folder(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }
}

/// Where stages are kept: the variable, else the user's cache.
fn base(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = || {
        Some(set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")))?.join("bench-lab/builds"))
    };
    set(BUILDS_VARIABLE).or_else(cache)
}

fn lock(root: &Path) -> Result<File, TryLockError> {
    let file = File::options().write(true).create(true).truncate(false).open(root.join(LOCK_FILE));
    let file = file.map_err(TryLockError::Error)?;
    file.try_lock()?;
    Ok(file)
}

/// Removes stages that nobody needs; what cannot be removed now is tried again by the next comparison.
fn clear_idle(base: &Path, own: &Path) {
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        let root = entry.path();
        if root != own && is_idle(&root) && lock(&root).is_ok() {
            let _ = fs::remove_dir_all(&root);
        }
    }
}

/// Whether a folder is a stage whose repository is gone or was not compared for long.
fn is_idle(root: &Path) -> bool {
    let note = root.join(REPOSITORY_FILE);
    let Ok(path) = fs::read(&note) else { return false };
    let is_gone = !Path::new(&OsString::from_vec(path)).exists();
    let used = fs::metadata(&note).and_then(|metadata| metadata.modified());
    let age = used.ok().and_then(|used| SystemTime::now().duration_since(used).ok());
    is_gone || age.is_some_and(|age| age > IDLE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_wins_over_the_cache_and_that_over_the_home() {
        let chosen = |set: &[(&str, &str)]| {
            let lookup = |name: &str| {
                let value = set.iter().find(|(key, _)| *key == name)?.1;
                Some(OsString::from(value))
            };
            base(lookup).map(|path| path.display().to_string())
        };
        let all = [(BUILDS_VARIABLE, "/b"), ("XDG_CACHE_HOME", "/c"), ("HOME", "/h")];
        assert_eq!(chosen(&all), Some("/b".into()));
        assert_eq!(chosen(&all[1..]), Some("/c/bench-lab/builds".into()));
        assert_eq!(chosen(&all[2..]), Some("/h/.cache/bench-lab/builds".into()));
        assert_eq!(chosen(&[(BUILDS_VARIABLE, "")]), None);
    }

    fn repository(top: &Path) -> Repository {
        Repository { top: top.into(), git_dir: top.into(), objects: top.into() }
    }

    #[test]
    fn a_stage_is_held_by_one_and_goes_when_its_repository_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let (base, gone, here) =
            (folder.path().join("base"), folder.path().join("gone"), folder.path().join("here"));
        fs::create_dir(&gone).unwrap();
        fs::create_dir(&here).unwrap();
        let first = Stage::open_in(&base, &repository(&gone)).unwrap();
        assert!(matches!(
            Stage::open_in(&base, &repository(&gone)),
            Err(RevisionError::InUse { path }) if path == first.root
        ));
        fs::remove_dir(&gone).unwrap();
        drop(Stage::open_in(&base, &repository(&here)).unwrap());
        assert!(first.root.exists(), "it is in use");
        let root = first.root.clone();
        drop(first);
        let stranger = base.join("stranger");
        fs::create_dir(&stranger).unwrap();
        let second = Stage::open_in(&base, &repository(&here)).unwrap();
        assert!(!root.exists() && stranger.exists());
        let note = File::options().write(true).open(second.root.join(REPOSITORY_FILE)).unwrap();
        note.set_modified(SystemTime::now() - IDLE_MAX - Duration::from_secs(60)).unwrap();
        let idle = second.root.clone();
        drop(second);
        drop(Stage::open_in(&base, &repository(folder.path())).unwrap());
        assert!(!idle.exists());
    }
}
