//! The door to `/sys`, `/proc` and other kernel files, with a root that tests can move.
//!
//! It reads and lists; it never writes.

use std::fs;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// Where the kernel's files are: `/` on a live host, a folder of captured files in a test.
#[derive(Clone, Debug)]
pub struct SysRoot(PathBuf);

/// Why a kernel file gave no text, as a short clause without its path.
pub type Absence = String;

impl SysRoot {
    /// The running machine.
    pub fn live() -> Self {
        Self(PathBuf::from("/"))
    }

    /// A folder that holds `sys/`, `proc/`, `etc/` as captured.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self(root.into())
    }

    /// The real path of an absolute kernel path.
    pub fn path(&self, path: &str) -> PathBuf {
        self.0.join(path.trim_start_matches('/'))
    }

    /// The text of a file, trimmed at both ends.
    ///
    /// # Errors
    /// A clause that says why there is none: no such file, permission denied, or the kernel's own error.
    pub fn read(&self, path: &str) -> Result<String, Absence> {
        let bytes = fs::read(self.path(path)).map_err(|error| describe(path, &error))?;
        Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
    }

    /// The value of a file that is four bytes and no text (`/dev/cpu_dma_latency`).
    ///
    /// # Errors
    /// The same.
    pub fn read_i32(&self, path: &str) -> Result<i32, Absence> {
        let mut value = [0; 4];
        let read = fs::File::open(self.path(path)).and_then(|mut file| file.read_exact(&mut value));
        read.map_err(|error| describe(path, &error))?;
        Ok(i32::from_ne_bytes(value))
    }

    /// The names in a directory, sorted; empty when there is no such directory.
    pub fn names(&self, path: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path(path)) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
        names.sort();
        names
    }

    /// Whether the path is there at all.
    pub fn exists(&self, path: &str) -> bool {
        Path::exists(&self.path(path))
    }
}

fn describe(path: &str, error: &io::Error) -> Absence {
    match error.kind() {
        ErrorKind::NotFound => format!("no {path}"),
        ErrorKind::PermissionDenied => format!("{path}: permission denied"),
        _ => format!("{path}: {error}"),
    }
}
