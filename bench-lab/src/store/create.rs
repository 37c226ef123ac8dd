//! How folders of the store appear and vanish: whole, by one rename.
//!
//! The caller holds the store's lock, so a name that begins with a dot is what a crash left behind.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use lab_core::format::{
    INVOCATIONS_FILE, LINE_BYTES_MAX, RUN_FILE, invocation_line, run_document, session_document, session_file,
};
use lab_core::model::Run;

use super::line_file::LineFile;
use super::open_run::Counts;
use super::{OpenRun, RUNS_FOLDER, StoreError, durable, id, open_run};

/// Makes the store's folder with what belongs into it; does nothing when it is there.
pub(super) fn store(path: &Path) -> Result<(), StoreError> {
    let in_the_way = |source: std::io::Error, path: &Path| match source.kind() {
        ErrorKind::AlreadyExists => StoreError::NotAFolder { path: path.to_owned(), tried: "make a store" },
        _ => StoreError::io("make a store in", path, source),
    };
    fs::create_dir_all(path).map_err(|source| in_the_way(source, path))?;
    let runs = path.join(RUNS_FOLDER);
    if runs.is_dir() {
        return Ok(());
    }
    if is_our_own(path)? {
        durable::put(path, ".gitignore", b"*\n")?;
    }
    fs::create_dir(&runs).or_else(|source| match source.kind() {
        ErrorKind::AlreadyExists if runs.is_dir() => Ok(()),
        _ => Err(in_the_way(source, &runs)),
    })?;
    durable::sync_folder(path)
}

/// Whether nothing but a store's beginning is in a folder. In one with other files the `.gitignore` would hide
/// those as well.
fn is_our_own(path: &Path) -> Result<bool, StoreError> {
    let failed = |source| StoreError::io("list", path, source);
    for entry in fs::read_dir(path).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        if name != ".gitignore" && name != "..gitignore.new" {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Makes the folder of a Run under the first free id.
pub(super) fn run(runs: &Path, run: &Run) -> Result<OpenRun, StoreError> {
    clear_leftovers(runs)?;
    let mut attempt = 1;
    let id = loop {
        let id = id::run_id(&run.created_at, run.revision.commit.as_deref(), attempt)?;
        if fs::symlink_metadata(runs.join(&id)).is_err() {
            break id;
        }
        attempt += 1;
    };
    let half_made = runs.join(format!(".new-{id}"));
    let made = fill(&half_made, &id, run).and_then(|invocations| {
        let folder = runs.join(&id);
        fs::rename(&half_made, &folder).map_err(|source| StoreError::io("put in place", &folder, source))?;
        durable::sync_folder(runs)?;
        let invocations = invocations.renamed(folder.join(INVOCATIONS_FILE));
        Ok(OpenRun::fresh(id, folder, invocations, Counts::of(run)))
    });
    made.inspect_err(|_| {
        // It failed already; the next Run clears what cannot be removed now.
        let _ = fs::remove_dir_all(&half_made);
    })
}

/// Writes every file of the Run and syncs them; the lock is taken before anyone can see the folder.
fn fill(folder: &Path, id: &str, run: &Run) -> Result<LineFile, StoreError> {
    fs::create_dir(folder).map_err(|source| StoreError::io("create", folder, source))?;
    let named = Run { id: id.into(), invocations: Vec::new(), ..run.clone() };
    let head = run_document(&named).map_err(|source| StoreError::Format { id: id.into(), source })?;
    if head.len() > LINE_BYTES_MAX {
        return Err(StoreError::TooLarge {
            id: id.into(),
            what: RUN_FILE.into(),
            bytes: head.len(),
            limit_bytes: LINE_BYTES_MAX,
        });
    }
    durable::write_new(&folder.join(RUN_FILE), &head)?;
    for session in &run.sessions {
        durable::write_new(&folder.join(session_file(session.number)), &session_document(session))?;
    }
    let lines: Vec<u8> = run.all_invocations().flat_map(invocation_line).collect();
    let path = folder.join(INVOCATIONS_FILE);
    let invocations = LineFile::create(&path, &lines)?;
    open_run::lock(invocations.file(), id, &path)?;
    durable::sync_folder(folder)?;
    Ok(invocations)
}

/// Takes a Run out of sight by one rename, then removes its files.
pub(super) fn discard(runs: &Path, id: &str) -> Result<(), StoreError> {
    clear_leftovers(runs)?;
    let (folder, hidden) = (runs.join(id), runs.join(format!(".removed-{id}")));
    fs::rename(&folder, &hidden).map_err(|source| StoreError::io("remove", &folder, source))?;
    fs::remove_dir_all(&hidden).map_err(|source| StoreError::io("remove", &hidden, source))?;
    durable::sync_folder(runs)
}

/// Removes what a crash left half made or half removed.
pub(super) fn clear_leftovers(runs: &Path) -> Result<(), StoreError> {
    let failed = |source| StoreError::io("list", runs, source);
    for entry in fs::read_dir(runs).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(".new-") || name.starts_with(".removed-") {
            let path = entry.path();
            fs::remove_dir_all(&path).map_err(|source| StoreError::io("clear", &path, source))?;
        }
    }
    Ok(())
}
