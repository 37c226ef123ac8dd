//! An executable in memory of its own: a copy for one process, so that the physical pages of its code are drawn anew.
//!
//! The page cache keeps a file in the same physical pages for hours, and on some processors where code lies in physical
//! memory moves what it takes: on a guest on an AMD EPYC 9005 one of 60 copies of an executable, equal to the byte, ran
//! one exercise 10.7 % slower than the others until it was evicted and read again (`docs/METHODOLOGY.md`). Two sides
//! that keep their files keep such a difference in every launch, and no number of launches averages it out.
//!
//! It never changes the original, and it never outlives the process that it was made for: what a killed runner left is
//! taken away by the next one.

use std::ffi::OsString;
use std::fs;
use std::hint::black_box;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use lab_core::model::Warning;
use rustix::fs::StatVfsMountFlags;

use crate::host::owner::{Owner, sweep_once};

/// What stands between the name of the original, and its owner and number.
const MARK: &str = ".bench-lab-copy-";

/// A larger executable is run where it is: copying it would take longer than most invocations.
const LARGEST_BYTES: u64 = 256 << 20;

/// Memory that is held while a copy is made, at most; see [`Ballast`].
const BALLAST_BYTES: std::ops::RangeInclusive<u64> = 8 << 20..=64 << 20;

/// Number of the next copy.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A copy that is removed when this is dropped.
#[derive(Debug)]
pub struct OwnCopy {
    path: PathBuf,
}

impl OwnCopy {
    /// Copies `executable` beside itself, or to the folder for temporary files where that may not be. `draw`, any number
    /// that differs from process to process, decides which physical pages are free for it.
    ///
    /// No thread may start a process meanwhile: its child would hold the copy open for writing, and the kernel executes
    /// no such file.
    ///
    /// # Errors
    /// A sentence that says why it runs from the original.
    pub fn make(executable: &Path, draw: u32) -> Result<Self, Warning> {
        let warn = |why: &dyn std::fmt::Display| {
            let text = format!(
                "runs from its own file and not from a copy: {why}; where its code lies in physical memory is the same \
                 for all its processes"
            );
            Warning::new("shared_pages", executable.display(), text)
        };
        let bytes = fs::metadata(executable).map_err(|error| warn(&error))?.len();
        if bytes > LARGEST_BYTES {
            return Err(warn(&format_args!("it is larger than {} MiB", LARGEST_BYTES >> 20)));
        }
        let _ballast = Ballast::take(bytes, draw);
        let beside = |path: &Path| path.parent().map(Path::to_owned);
        // This very program is known by a link of the kernel: beside that nothing can be made, and beside what it points
        // to is where people keep their programs.
        let target = fs::canonicalize(executable).ok().and_then(|path| beside(&path));
        let folders = beside(executable).into_iter().chain([std::env::temp_dir()]).chain(target);
        let mut why = io::Error::from(ErrorKind::NotFound);
        for folder in folders {
            match Self::copy(executable, &folder) {
                Ok(copy) => return Ok(copy),
                Err(error) => why = error,
            }
        }
        Err(warn(&why))
    }

    /// The file to execute.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn copy(executable: &Path, folder: &Path) -> io::Result<Self> {
        if rustix::fs::statvfs(folder)?.f_flag.contains(StatVfsMountFlags::NOEXEC) {
            return Err(ErrorKind::PermissionDenied.into());
        }
        sweep_once(folder, MARK);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let mut name: OsString = executable.file_name().unwrap_or_default().to_owned();
        // Of one width, since the path stands on the stack of the process.
        name.push(format!("{MARK}{}-{number:08}", Owner::this()));
        // Made before the file is: half a copy goes too.
        let copy = Self { path: folder.join(name) };
        fs::copy(executable, &copy.path)?;
        Ok(copy)
    }
}

impl Drop for OwnCopy {
    fn drop(&mut self) {
        // What cannot be removed now is taken away by the next runner that copies to this folder.
        let _ = fs::remove_file(&self.path);
    }
}

/// Memory that is taken while a copy is made. The kernel hands out again what was given back last: without it the copies
/// of a Run would use two sets of pages in turn (measured on Linux 6.18: 2 in 24 copies of 8 MiB, with it 22).
struct Ballast {
    _bytes: Vec<u8>,
}

impl Ballast {
    /// Up to twice the size of what is copied.
    fn take(copied_bytes: u64, draw: u32) -> Self {
        let most = (2 * copied_bytes).clamp(*BALLAST_BYTES.start(), *BALLAST_BYTES.end());
        // A multiplicative hash (Knuth, TAOCP 6.4): neighbouring draws shall not be neighbouring sizes.
        let share = f64::from(draw.wrapping_mul(2_654_435_769)) / f64::from(u32::MAX);
        // Written to, since memory that was only asked for is nowhere.
        Self { _bytes: black_box(vec![1; (most as f64 * share) as usize]) }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_copy_is_the_same_file_beside_its_original_and_goes_with_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let original = folder.path().join("bench-0123");
        fs::write(&original, b"#!/bin/true\n").unwrap();
        fs::set_permissions(&original, fs::Permissions::from_mode(0o755)).unwrap();
        let copies = [1, 2].map(|draw| OwnCopy::make(&original, draw).unwrap());
        assert_ne!(copies[0].path(), copies[1].path());
        for copy in &copies {
            assert_eq!(copy.path().parent(), original.parent());
            assert_eq!(copy.path().as_os_str().len(), copies[0].path().as_os_str().len());
            assert_eq!(fs::read(copy.path()).unwrap(), fs::read(&original).unwrap());
            assert_eq!(fs::metadata(copy.path()).unwrap().permissions().mode() & 0o777, 0o755);
            assert!(std::process::Command::new(copy.path()).status().unwrap().success());
        }
        drop(copies);
        assert_eq!(names(folder.path()), ["bench-0123"]);
    }

    #[test]
    fn what_cannot_be_copied_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let warning = OwnCopy::make(&folder.path().join("absent"), 0).unwrap_err();
        assert!(warning.to_string().contains("not from a copy"), "{warning}");
        let large = folder.path().join("large");
        fs::File::create(&large).unwrap().set_len(LARGEST_BYTES + 1).unwrap();
        let warning = OwnCopy::make(&large, 0).unwrap_err();
        assert!(warning.to_string().contains("256 MiB"), "{warning}");
    }
}
