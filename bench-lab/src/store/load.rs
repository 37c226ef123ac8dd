//! Reads the files of a Run's folder into a Run; what they mean is decided by [`lab_core::format`].
//!
//! It changes nothing on the disk.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use lab_core::format::{
    FormatError, INVOCATIONS_FILE, LINE_BYTES_MAX, LOOKS_FILE, RUN_FILE, RunHead, RunReader, SEAL_FILE,
    StoredRun, WARNINGS_FILE, added_by_look, is_canary_line, read_head, read_seal, session_number,
};
use lab_core::model::Seal;

use super::StoreError;
use super::line_file::for_each_piece;

/// What a list shows of a Run that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// What was to be measured.
    pub head: RunHead,
    /// Absent while the Run is open.
    pub seal: Option<Seal>,
    /// Invocations of benchmarks that are finished: the seal's number, or the whole lines so far.
    pub finished_count: u64,
}

/// Reads a whole Run.
pub(super) fn run(folder: &Path, id: &str) -> Result<StoredRun, StoreError> {
    let failed = |source| StoreError::Format { id: id.into(), source };
    let mut reader = RunReader::new(id, &run_document(folder)?).map_err(failed)?;
    for name in session_files(folder)? {
        match document(&folder.join(&name)) {
            Ok(bytes) => reader.session(&name, &bytes).map_err(failed)?,
            Err(error) => reader.unreadable(&name, error.to_string()),
        }
    }
    lines(&mut reader, folder, INVOCATIONS_FILE, RunReader::invocation).map_err(failed)?;
    if folder.join(LOOKS_FILE).exists() {
        lines(&mut reader, folder, LOOKS_FILE, RunReader::look).map_err(failed)?;
    }
    if folder.join(WARNINGS_FILE).exists() {
        lines(&mut reader, folder, WARNINGS_FILE, RunReader::warning).map_err(failed)?;
    }
    match document(&folder.join(SEAL_FILE)) {
        Ok(bytes) => reader.seal(&bytes).map_err(failed)?,
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => reader.unreadable(SEAL_FILE, error.to_string()),
    }
    Ok(reader.finish())
}

/// Reads what a list shows; no invocation is parsed.
pub(super) fn listed(folder: &Path, id: &str) -> Result<Listed, StoreError> {
    let failed = |source| StoreError::Format { id: id.into(), source };
    let mut head = read_head(&run_document(folder)?).map_err(failed)?;
    head.scheduled_count += added_by_looks(&folder.join(LOOKS_FILE))?;
    let path = folder.join(SEAL_FILE);
    let seal = match document(&path) {
        Ok(bytes) => Some(read_seal(&bytes).map_err(failed)?),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(source) => return Err(StoreError::io("read", &path, source)),
    };
    let finished_count = match &seal {
        Some(seal) => u64::from(seal.invocation_count.saturating_sub(seal.canary_count)),
        None => whole_lines(&folder.join(INVOCATIONS_FILE))?,
    };
    Ok(Listed { head, seal, finished_count })
}

fn run_document(folder: &Path) -> Result<Vec<u8>, StoreError> {
    let path = folder.join(RUN_FILE);
    document(&path).map_err(|source| match source.kind() {
        ErrorKind::NotFound => StoreError::NotARun { path: folder.to_owned() },
        _ => StoreError::io("read", &path, source),
    })
}

/// A whole file, unless it is larger than anything that is written.
pub(super) fn document(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LINE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > LINE_BYTES_MAX {
        return Err(io::Error::other(format!("larger than {LINE_BYTES_MAX} bytes")));
    }
    Ok(bytes)
}

pub(super) fn session_files(folder: &Path) -> Result<Vec<String>, StoreError> {
    let failed = |source| StoreError::io("list", folder, source);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        names.extend(session_number(&name).map(|number| (number, name)));
    }
    names.sort();
    Ok(names.into_iter().map(|(_, name)| name).collect())
}

type TakeLine = fn(&mut RunReader, &[u8]) -> Result<(), FormatError>;

fn lines(reader: &mut RunReader, folder: &Path, name: &str, take: TakeLine) -> Result<(), FormatError> {
    let handed = for_each_piece(&folder.join(name), LINE_BYTES_MAX, |piece| take(reader, piece));
    match handed {
        Ok(taken) => return taken,
        Err(error) if error.kind() == ErrorKind::NotFound => reader.missing(name),
        Err(error) => reader.unreadable(name, error.to_string()),
    }
    Ok(())
}

/// Invocations that looks added to the order; none where there was no look.
fn added_by_looks(path: &Path) -> Result<usize, StoreError> {
    let mut count = 0;
    let counted = for_each_piece(path, LINE_BYTES_MAX, |piece| {
        count += added_by_look(piece);
        Ok::<(), StoreError>(())
    });
    match counted {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(StoreError::io("read", path, source)),
        _ => Ok(count),
    }
}

/// Counts whole lines, the canaries' left out; none when the file is missing, which a whole reading names.
fn whole_lines(path: &Path) -> Result<u64, StoreError> {
    let mut count = 0;
    let counted = for_each_piece(path, LINE_BYTES_MAX, |piece| {
        count += u64::from(piece.ends_with(b"\n") && !is_canary_line(piece));
        Ok::<(), StoreError>(())
    });
    match counted {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(StoreError::io("read", path, source)),
        _ => Ok(count),
    }
}
