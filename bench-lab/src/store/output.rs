//! What failed invocations printed, kept for a person to read.
//!
//! It is bounded, and no result depends on it.

use std::borrow::Cow;
use std::fs;
use std::path::Path;

use super::StoreError;

/// The folder in a Run that holds outputs.
pub const OUTPUT_FOLDER: &str = "output";

/// Most bytes kept of one stream; panics and last words stand at the end, so more of the end is kept.
const HEAD_BYTES: usize = 256 * 1024;
const TAIL_BYTES: usize = 768 * 1024;

/// Writes the streams that hold anything.
pub(super) fn keep(folder: &Path, index: u32, stdout: &[u8], stderr: &[u8]) -> Result<(), StoreError> {
    let folder = folder.join(OUTPUT_FOLDER);
    for (name, bytes) in [("stdout", stdout), ("stderr", stderr)] {
        if bytes.is_empty() {
            continue;
        }
        fs::create_dir_all(&folder).map_err(|source| StoreError::io("create", &folder, source))?;
        let path = folder.join(format!("{index}.{name}.txt"));
        fs::write(&path, capped(bytes)).map_err(|source| StoreError::io("write", &path, source))?;
    }
    Ok(())
}

fn capped(bytes: &[u8]) -> Cow<'_, [u8]> {
    let Some(left_out @ 1..) = bytes.len().checked_sub(HEAD_BYTES + TAIL_BYTES) else {
        return Cow::Borrowed(bytes);
    };
    let mark = format!("\n[bench-lab: {left_out} bytes left out]\n");
    let tail = &bytes[bytes.len() - TAIL_BYTES..];
    Cow::Owned([&bytes[..HEAD_BYTES], mark.as_bytes(), tail].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_output_keeps_its_beginning_and_its_end() {
        let limit = HEAD_BYTES + TAIL_BYTES;
        assert_eq!(capped(&vec![b'x'; limit]).len(), limit);
        let mut long = vec![b'x'; limit + 10];
        long[0] = b'<';
        *long.last_mut().unwrap() = b'>';
        let kept = capped(&long);
        assert_eq!((kept.first(), kept.last()), (Some(&b'<'), Some(&b'>')));
        assert!(String::from_utf8_lossy(&kept).contains("\n[bench-lab: 10 bytes left out]\n"));
    }
}
