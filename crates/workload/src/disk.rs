//! Finds a folder on a disk for what a suite writes.
//!
//! It must never be memory: on tmpfs a sync costs nothing, and every figure of a durable write would be untrue.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A folder that goes when the returned value does: below the one that the variable
/// `BENCH_DISK` names, which is taken at its word; else below `cargos`, cargo's folder for the temporary files
/// of benches (`CARGO_TARGET_TMPDIR`, which lies in the target folder); else, where a binary has left its cargo
/// behind, below the system's.
///
/// # Panics
/// When that folder is in memory or cannot be written, as nothing measured there would be worth anything.
pub fn folder_on_disk(cargos: impl Into<PathBuf>) -> TempDir {
    if let Some(chosen) = std::env::var_os("BENCH_DISK") {
        return TempDir::new_in(chosen).expect("BENCH_DISK is a folder that can be written");
    }
    let cargos = cargos.into();
    let parent = if std::fs::create_dir_all(&cargos).is_ok() { cargos } else { std::env::temp_dir() };
    assert!(
        !is_in_memory(&parent),
        "{} is in memory, where a sync costs nothing: set BENCH_DISK to a folder on a disk",
        parent.display()
    );
    TempDir::new_in(parent).expect("a folder for temporary files can be written")
}

/// Whether files there are lost when the power is.
#[cfg(target_os = "linux")]
fn is_in_memory(path: &Path) -> bool {
    // TMPFS_MAGIC and RAMFS_MAGIC of statfs(2).
    rustix::fs::statfs(path).is_ok_and(|stat| matches!(stat.f_type, 0x0102_1994 | 0x8584_58f6))
}

#[cfg(not(target_os = "linux"))]
fn is_in_memory(_path: &Path) -> bool {
    false
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn memory_is_told_from_a_disk() {
        // The only folder whose file system a test can know for sure on most systems.
        let shared_memory = Path::new("/dev/shm");
        if shared_memory.is_dir() {
            assert!(is_in_memory(shared_memory));
        }
        assert!(!is_in_memory(Path::new("/proc")));
    }

    #[test]
    fn the_folder_is_made_and_goes() {
        let parent = TempDir::new().expect("a folder for temporary files can be written");
        if is_in_memory(parent.path()) || std::env::var_os("BENCH_DISK").is_some() {
            return;
        }
        let folder = folder_on_disk(parent.path().join("not/yet"));
        let path = folder.path().to_owned();
        assert!(path.starts_with(parent.path()) && path.is_dir());
        drop(folder);
        assert!(!path.exists());
    }
}
