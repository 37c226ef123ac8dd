//! Takes what cargo built out of cargo's folder, where the next revision will overwrite it.
//!
//! Everything lies below the digest of its content: equal executables are one file, and a name never lies.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use lab_core::hex::hex;
use sha2::{Digest, Sha256};

use super::RevisionError;
use crate::workspace::{BenchTarget, Workspace};

/// The variable by which the loader finds libraries.
const LIBRARY_PATH: &str = "LD_LIBRARY_PATH";

/// How cargo calls the variables that name a package's programs.
const PROGRAM_PREFIX: &str = "CARGO_BIN_EXE_";

/// Copies executables, the programs of their packages and the libraries they load; the workspace names the copies
/// afterwards.
pub(super) fn keep(workspace: &mut Workspace, kept: &Path) -> Result<(), RevisionError> {
    for target in &mut workspace.targets {
        let deps = target.executable.parent().unwrap_or(Path::new("")).to_owned();
        let (copy, bytes) = copy(&target.executable, kept)?;
        let libraries = libraries(&deps, &bytes);
        target.executable = copy;
        for (name, value) in &mut target.environment {
            if name.starts_with(PROGRAM_PREFIX) && Path::new(value).is_file() {
                *value = self::copy(Path::new(value), kept)?.0.into();
            }
        }
        let mut folders = Vec::new();
        for library in libraries {
            let (copy, _) = self::copy(&library, kept)?;
            folders.extend(copy.parent().map(Path::to_owned));
        }
        prepend(target, folders);
    }
    Ok(())
}

/// The files of a workspace that lie in the folder of kept ones.
pub(super) fn kept_files(workspace: &Workspace, kept: &Path) -> Vec<PathBuf> {
    let values = workspace.targets.iter().flat_map(|target| &target.environment);
    let in_values = values.flat_map(|(_, value)| std::env::split_paths(value).collect::<Vec<_>>());
    let executables = workspace.targets.iter().map(|target| target.executable.clone());
    executables.chain(in_values).filter(|path| path.starts_with(kept)).collect()
}

/// Copies one file below its digest; what is there already is not written again.
fn copy(from: &Path, kept: &Path) -> Result<(PathBuf, Vec<u8>), RevisionError> {
    let bytes = fs::read(from).map_err(RevisionError::io("read", from))?;
    let folder = kept.join(hex(&Sha256::digest(&bytes)));
    let name = from.file_name().unwrap_or_default();
    let to = folder.join(name);
    if !to.is_file() {
        fs::create_dir_all(&folder).map_err(RevisionError::io("create", &folder))?;
        let mut half = OsString::from(".new-");
        half.push(name);
        let half = folder.join(half);
        // `copy` keeps the permission to execute; a rename makes it whole or absent.
        fs::copy(from, &half).map_err(RevisionError::io("copy", from))?;
        fs::rename(&half, &to).map_err(RevisionError::io("put in place", &to))?;
    }
    Ok((to, bytes))
}

/// Shared libraries beside an executable whose names it holds.
fn libraries(deps: &Path, executable: &[u8]) -> Vec<PathBuf> {
    let entries = fs::read_dir(deps).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "so"))
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().as_bytes();
            memchr::memmem::find(executable, name).is_some()
        })
        .collect();
    found.sort();
    found
}

fn prepend(target: &mut BenchTarget, folders: Vec<PathBuf>) {
    if folders.is_empty() {
        return;
    }
    if let Some((_, value)) = target.environment.iter_mut().find(|(name, _)| name == LIBRARY_PATH) {
        let rest = std::env::split_paths(value).collect::<Vec<_>>();
        if let Ok(joined) = std::env::join_paths(folders.into_iter().chain(rest)) {
            *value = joined;
        }
    }
}
