//! Paths that were compiled into an executable and may be opened by it.
//!
//! Only what is loaded at run time counts: debug information names the folder of every build.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// How ELF files for 64-bit little-endian machines begin (elf(5): `EI_MAG`, `EI_CLASS`, `EI_DATA`).
const ELF_64_LE: &[u8] = b"\x7fELF\x02\x01";

/// Program header type of what is loaded (elf(5)).
const PT_LOAD: u32 = 1;

/// Whether an executable holds a path into `folder` that is more than the place of a generated source in a panic
/// message. A file that is no such ELF is searched as a whole.
pub(crate) fn names(executable: &[u8], folder: &Path) -> bool {
    let prefix = folder.as_os_str().as_bytes();
    let holds = |segment: &[u8]| {
        // Texts stand in an executable without anything between them: what follows need not belong to the path.
        memchr::memmem::find_iter(segment, prefix)
            .any(|at| !is_generated_source(&segment[at + prefix.len()..]))
    };
    match loaded(executable) {
        Some(segments) => segments.into_iter().any(holds),
        None => holds(executable),
    }
}

/// Whether what follows is `/…/out/name.rs`, the place of a panic in what a build script wrote.
fn is_generated_source(rest: &[u8]) -> bool {
    let path = rest.split(|byte| !is_of_a_name(*byte) && *byte != b'/').next().unwrap_or_default();
    let out = memchr::memmem::find(path, b"/out/");
    out.is_some_and(|out| memchr::memmem::find(&path[out..], b".rs").is_some())
}

fn is_of_a_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._-+".contains(&byte)
}

fn loaded(file: &[u8]) -> Option<Vec<&[u8]>> {
    if !file.starts_with(ELF_64_LE) {
        return None;
    }
    let (table, entry_bytes, count) = (word(file, 32)?, half(file, 54)?, half(file, 56)?);
    let mut segments = Vec::new();
    for index in 0..count {
        let header = file.get(table.checked_add(index * entry_bytes)?..)?;
        if u32::from_le_bytes(header.get(..4)?.try_into().ok()?) == PT_LOAD {
            let (offset, bytes) = (word(header, 8)?, word(header, 32)?);
            segments.push(file.get(offset..offset.checked_add(bytes)?)?);
        }
    }
    Some(segments)
}

fn word(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?)).ok()
}

fn half(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_into_the_folder_is_seen_and_its_neighbours_are_not() {
        let holds = |text: &str| names(text.as_bytes(), Path::new("/stage/tree"));
        assert!(holds("x/stage/tree/data/words.txt"));
        assert!(holds("/stage/tree"));
        assert!(holds("/stage/tree\0"));
        assert!(holds("/stage/treeand the text behind it"));
        assert!(!holds("/stage/target/x"));
        let generated = |text: &str| names(text.as_bytes(), Path::new("/stage/target"));
        assert!(!generated("/stage/target/release/build/p-1/out/table.rsindex out of bounds"));
        assert!(generated("/stage/target/release/build/p-1/out/table.bin"));
    }

    #[test]
    fn what_is_not_loaded_does_not_count() {
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert!(loaded(&own).is_some_and(|segments| !segments.is_empty()));
        let loaded_text = std::hint::black_box(env!("CARGO_MANIFEST_DIR"));
        assert!(names(&own, Path::new(loaded_text)), "this very text is loaded");
        // Put together here: a text in one piece would be loaded with this test.
        let behind = ["", "only", "behind"].join("/");
        let mut with_notes = own;
        with_notes.extend(behind.as_bytes());
        assert!(!names(&with_notes, Path::new(&behind)));
    }
}
