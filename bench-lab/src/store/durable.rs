//! Writes that a power loss either leaves whole or leaves out.
//!
//! It knows files and folders, not what is in them.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;

use super::StoreError;

/// Makes a new file and waits until it is on the disk; its name is sure only after [`sync_folder`].
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<File, StoreError> {
    let mut file = OpenOptions::new()
        .append(true)
        .create_new(true)
        .open(path)
        .map_err(|source| StoreError::io("create", path, source))?;
    file.write_all(bytes).map_err(|source| StoreError::io("write", path, source))?;
    file.sync_all().map_err(|source| StoreError::io("sync", path, source))?;
    Ok(file)
}

/// Puts a file in place whole: beside it first, then under its name.
pub(crate) fn put(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
    let beside = folder.join(format!(".{name}.new"));
    // A crash may have left one.
    remove_file_if_there(&beside)?;
    write_new(&beside, bytes).inspect_err(|_| {
        // The write failed already; a leftover is cleared at the next attempt.
        let _ = fs::remove_file(&beside);
    })?;
    let path = folder.join(name);
    fs::rename(&beside, &path).map_err(|source| StoreError::io("put in place", &path, source))?;
    sync_folder(folder)
}

/// Makes the names in a folder as sure as the files' contents (fsync(2): a file's entry needs its own sync).
pub(crate) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    File::open(folder)
        .and_then(|handle| handle.sync_all())
        .map_err(|source| StoreError::io("sync", folder, source))
}

fn remove_file_if_there(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(StoreError::io("remove", path, source))
        }
        _ => Ok(()),
    }
}
