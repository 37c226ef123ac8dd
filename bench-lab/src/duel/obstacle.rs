//! What keeps a pair from taking turns, as far as it can be known before anything is started.
//!
//! It reads the head of an executable and never runs it.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use lab_core::model::Side;

use super::contender::{Pair, about};
use crate::harness::Duelist;

/// Type of the program header that names the loader (`PT_INTERP`, elf.h).
const INTERPRETER: u32 = 3;

/// Bytes that a path may have (`PATH_MAX`, limits.h).
const PATH_MAX: u64 = 4096;

/// The harness that both sides' processes are played by, when nothing stands against it.
///
/// # Errors
/// A sentence on what does.
pub(super) fn duelist(pair: &Pair<'_>) -> Result<&'static dyn Duelist, String> {
    let [baseline, candidate] = [pair.baseline.harness, pair.candidate.harness];
    if baseline.id() != candidate.id() {
        let (of, or) = (baseline.id(), candidate.id());
        return Err(format!("the baseline is measured by {of} and the candidate by {or}"));
    }
    let duelist = baseline
        .duelist()
        .ok_or_else(|| format!("the samples of {} cannot be seen from outside", baseline.id()))?;
    for which in Side::BOTH {
        let target = pair.side(which).target;
        if target.environment.iter().any(|(name, _)| name == "LD_PRELOAD") {
            return Err(about(which, "its environment sets LD_PRELOAD to something else"));
        }
        if is_static(&target.executable) == Some(true) {
            return Err(about(which, "its executable is linked statically, so nothing can be preloaded"));
        }
    }
    Ok(duelist)
}

/// Whether an executable is loaded by the kernel alone; `None` when it is no 64-bit little-endian ELF file or cannot
/// be read, which its start will tell.
fn is_static(executable: &Path) -> Option<bool> {
    Some(loader(executable)?.is_none())
}

/// The program that loads an executable and its libraries; `Some(None)` when the kernel does it alone, `None` when that
/// cannot be told.
pub(super) fn loader(executable: &Path) -> Option<Option<PathBuf>> {
    let mut file = File::open(executable).ok()?;
    let mut head = [0; 64];
    file.read_exact(&mut head).ok()?;
    if !head.starts_with(b"\x7fELF\x02\x01") {
        return None;
    }
    let (table_at, entry_bytes, count) = (word(&head, 32, 8), word(&head, 54, 2), word(&head, 56, 2));
    for place in 0..count {
        let mut entry = [0; 40];
        file.seek(SeekFrom::Start(table_at.checked_add(place * entry_bytes)?)).ok()?;
        file.read_exact(&mut entry).ok()?;
        if word(&entry, 0, 4) == u64::from(INTERPRETER) {
            let (at, length) = (word(&entry, 8, 8), word(&entry, 32, 8).min(PATH_MAX));
            let mut path = vec![0; usize::try_from(length).ok()?];
            file.seek(SeekFrom::Start(at)).ok()?;
            file.read_exact(&mut path).ok()?;
            path.truncate(path.iter().position(|byte| *byte == 0).unwrap_or(path.len()));
            return Some(Some(PathBuf::from(OsString::from_vec(path))));
        }
    }
    Some(None)
}

fn word(head: &[u8], at: usize, bytes: usize) -> u64 {
    head[at..at + bytes].iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_with_a_loader_is_not_static_and_a_text_is_no_program() {
        let own = std::env::current_exe().unwrap();
        assert_eq!(is_static(&own), Some(false));
        assert!(loader(&own).flatten().unwrap().is_file());
        assert_eq!(is_static(Path::new("Cargo.toml")), None);
        assert_eq!(is_static(Path::new("/nonexistent")), None);
    }

    #[test]
    fn a_program_whose_head_names_no_loader_is_static() {
        let mut head = b"\x7fELF\x02\x01".to_vec();
        head.resize(64, 0);
        head[32] = 64;
        head[54] = 56;
        head[56] = 1;
        head.extend([1, 0, 0, 0]);
        head.resize(64 + 56, 0);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("program");
        std::fs::write(&path, head).unwrap();
        assert_eq!(is_static(&path), Some(true));
    }
}
