//! Where the tables of a benchmark are put.
//!
//! It must never be memory: on tmpfs a sync costs nothing, and every figure of a write would be untrue.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// `REEDBASE_BENCH_DIR` is taken at its word. Without it, it is cargo's directory for the temporary files of
/// benches, or the system's where a binary has left its cargo behind.
pub(crate) fn on_disk() -> TempDir {
    if let Some(chosen) = std::env::var_os("REEDBASE_BENCH_DIR") {
        return TempDir::new_in(chosen).expect("REEDBASE_BENCH_DIR is a directory that can be written");
    }
    let cargos = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let parent = if std::fs::create_dir_all(&cargos).is_ok() { cargos } else { std::env::temp_dir() };
    assert!(
        !is_in_memory(&parent),
        "{} is in memory, where a sync costs nothing: set REEDBASE_BENCH_DIR to a directory on a disk",
        parent.display()
    );
    TempDir::new_in(parent).expect("a directory for temporary files can be written")
}

#[cfg(target_os = "linux")]
fn is_in_memory(path: &Path) -> bool {
    // TMPFS_MAGIC and RAMFS_MAGIC of statfs(2).
    rustix::fs::statfs(path).is_ok_and(|stat| matches!(stat.f_type, 0x0102_1994 | 0x8584_58f6))
}

#[cfg(not(target_os = "linux"))]
fn is_in_memory(_path: &Path) -> bool {
    false
}
