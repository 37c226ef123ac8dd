//! The preload library that this program carries, laid down as a file that a process can load.
//!
//! It is compiled by the build script. Where that was impossible the reason is kept, and duels fall back.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::fs::{StatVfsMountFlags, statvfs};
use tempfile::TempDir;

use crate::host::owner;

/// The library; empty when it could not be built.
static BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/turnstile.so"));

/// Why it could not be built; empty when it was.
static REFUSAL: &str = include_str!(concat!(env!("OUT_DIR"), "/turnstile.refusal"));

/// Name of the library's file.
const NAME: &str = "turnstile.so";

/// A folder of this process with the library in it; it goes with the value.
#[derive(Debug)]
pub(super) struct Library {
    folder: TempDir,
}

impl Library {
    /// Lays the library down in the first folder from which a program can load it.
    ///
    /// # Errors
    /// A clause that says why there is no such folder or no library.
    pub(super) fn lay_down() -> Result<Self, String> {
        if !REFUSAL.is_empty() {
            return Err(REFUSAL.to_owned());
        }
        let mut reasons = Vec::new();
        for folder in candidates() {
            match lay_down_in(&folder) {
                Ok(library) => return Ok(library),
                Err(reason) => reasons.push(format!("{}: {reason}", folder.display())),
            }
        }
        Err(format!("no folder takes the library that is to be preloaded: {}", reasons.join("; ")))
    }

    /// Where the library lies, as the loader takes it.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join(NAME)
    }
}

fn candidates() -> Vec<PathBuf> {
    let mut folders = vec![std::env::temp_dir(), "/tmp".into(), "/var/tmp".into(), "/dev/shm".into()];
    folders.dedup();
    folders
}

fn lay_down_in(folder: &Path) -> Result<Library, String> {
    // The loader parts the list of libraries at both (ld.so(8), LD_PRELOAD).
    let text = folder.to_str().ok_or("its name is not text")?;
    if text.contains([' ', ':']) {
        return Err("its name holds a space or a colon".into());
    }
    let mounted = statvfs(folder).map_err(|error| error.to_string())?;
    if mounted.f_flag.contains(StatVfsMountFlags::NOEXEC) {
        return Err("nothing on it may be executed".into());
    }
    let folder = owner::folder_in(folder);
    let library = Library { folder: folder.map_err(|error| error.to_string())? };
    fs::write(library.path(), BYTES).map_err(|error| error.to_string())?;
    let written = fs::read(library.path()).map_err(|error| error.to_string())?;
    if written == BYTES { Ok(library) } else { Err("it gives back other bytes than were written".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_the_loader_could_not_name_is_passed_over() {
        let root = tempfile::tempdir().unwrap();
        let spaced = root.path().join("a folder");
        fs::create_dir(&spaced).unwrap();
        assert!(lay_down_in(&spaced).unwrap_err().contains("space"));
    }

    #[test]
    fn the_library_was_built_here_and_is_gone_with_its_value() {
        let library = Library::lay_down().unwrap();
        let path = library.path();
        assert_eq!(fs::read(&path).unwrap(), BYTES);
        drop(library);
        assert!(!path.exists());
    }
}
