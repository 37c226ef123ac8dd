//! Writing for good: pages written to a file without a name, then forced to the disk.
//!
//! A unit is a hundredth of a write of 4 KiB; an iteration ends with one `fdatasync`.

use std::fs::File;
use std::os::unix::fs::FileExt;

use super::Exercise;

const PIECE_BYTES: usize = 41;

pub(super) const EXERCISE: Exercise = Exercise {
    id: "fsync",
    is_busy: false,
    is_memory: false,
    prime: |ground| {
        let file: File = tempfile::tempfile_in(ground.place)?;
        Ok(Box::new(move |units| {
            let mut sum = 0;
            for unit in 0..units {
                let piece = [unit as u8; PIECE_BYTES];
                file.write_all_at(&piece, unit * PIECE_BYTES as u64)?;
                sum += unit;
            }
            file.sync_data()?;
            Ok(sum)
        }))
    },
};
