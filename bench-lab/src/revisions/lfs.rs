//! Files that are only a pointer to large content which was not fetched.
//!
//! It only looks; fetching is the user's business.

use std::fs;
use std::path::{Path, PathBuf};

use lab_core::model::Warning;

/// How every pointer begins (git-lfs, docs/spec.md).
const BEGINNING: &[u8] = b"version https://git-lfs.github.com/spec/";

/// A pointer is shorter than this (git-lfs, docs/spec.md).
const POINTER_BYTES_MAX: u64 = 1024;

/// A warning when some of these files are pointers.
pub(super) fn pointers<'a>(folder: &Path, files: impl Iterator<Item = &'a PathBuf>) -> Option<Warning> {
    let is_pointer = |path: &&PathBuf| {
        let file = folder.join(path);
        let is_small = fs::symlink_metadata(&file)
            .is_ok_and(|metadata| metadata.is_file() && metadata.len() < POINTER_BYTES_MAX);
        is_small && fs::read(&file).is_ok_and(|bytes| bytes.starts_with(BEGINNING))
    };
    let found: Vec<&PathBuf> = files.filter(is_pointer).collect();
    let first = found.first()?;
    let others = if found.len() > 1 { format!(" and {} others", found.len() - 1) } else { String::new() };
    let text = format!("git-lfs content that was not fetched (git lfs pull): {}{others}", first.display());
    Some(Warning::new("lfs_pointer", first.display(), text))
}
