//! What identifies a bench executable: its digest and the linker's build id.
//!
//! It reads bytes that were read already; it opens no file.

use lab_core::hex::hex;
use lab_core::model::TargetRecord;
use sha2::{Digest, Sha256};

/// Owner name of GNU notes, with the zero that ends it.
const GNU: &[u8] = b"GNU\0";

/// Note type of a build id (`NT_GNU_BUILD_ID`, elf.h).
const BUILD_ID_TYPE: u32 = 3;

/// Fills digest and build id of a record from the bytes of its executable.
pub(super) fn identify(record: &mut TargetRecord, file: &[u8]) {
    record.sha256 = Some(hex(&Sha256::digest(file)));
    record.build_id = build_id(file);
}

/// The GNU build id, hex.
///
/// The note is found by its own header (name size 4, type 3, name "GNU") instead of by the section table, which
/// `strip` may remove.
fn build_id(file: &[u8]) -> Option<String> {
    memchr::memmem::find_iter(file, GNU).find_map(|name_at| {
        let header = file.get(name_at.checked_sub(12)?..name_at)?;
        let word =
            |at: usize| -> Option<u32> { Some(u32::from_le_bytes(header.get(at..at + 4)?.try_into().ok()?)) };
        let (name_bytes, id_bytes, kind) = (word(0)?, word(4)? as usize, word(8)?);
        let is_build_id = name_bytes == 4 && kind == BUILD_ID_TYPE && (8..=64).contains(&id_bytes);
        is_build_id.then(|| file.get(name_at + 4..name_at + 4 + id_bytes).map(hex)).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_id_note_is_found_and_other_notes_are_not() {
        let note = |kind: u32, id: &[u8]| {
            let mut bytes = vec![0xff; 5];
            for word in [4, id.len() as u32, kind] {
                bytes.extend(word.to_le_bytes());
            }
            bytes.extend(GNU);
            bytes.extend(id);
            bytes
        };
        assert_eq!(build_id(&note(3, &[0xab; 20])), Some("ab".repeat(20)));
        assert_eq!(build_id(&note(1, &[0xab; 20])), None);
        assert_eq!(build_id(GNU), None);
    }

    #[test]
    fn this_very_executable_has_the_digest_that_sha256sum_prints() {
        let path = std::env::current_exe().unwrap();
        let file = std::fs::read(&path).unwrap();
        let said = std::process::Command::new("sha256sum").arg(&path).output().unwrap();
        assert!(String::from_utf8_lossy(&said.stdout).starts_with(&hex(&Sha256::digest(&file))));
    }
}
