//! Programs by name, where a shell would look for them.
//!
//! It starts none of them and asks none for its version.

use std::env;
use std::ffi::OsStr;
use std::path::PathBuf;

/// The first file of that name on a search path; relative where the path's entry is.
pub fn find_program(name: &str, path: &OsStr) -> Option<PathBuf> {
    env::split_paths(path).map(|folder| folder.join(name)).find(|file| file.is_file())
}
