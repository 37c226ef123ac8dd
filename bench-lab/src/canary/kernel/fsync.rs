//! The disk: a small write, and the wait until it is durable.
//!
//! Its file has no name, so that whatever way the process ends nothing of it stays behind.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use rustix::fs::{FsWord, Mode, OFlags, fstatfs, open};

use super::mix::mix;
use super::{Kernel, Work};

const BLOCK_BYTES: usize = 4096;
const BLOCK_WORDS: usize = BLOCK_BYTES / size_of::<u64>();

/// File systems that keep nothing, by their number in statfs(2).
const VOLATILE: &[(FsWord, &str)] = &[(0x0102_1994, "tmpfs"), (0x8584_58f6, "ramfs")];

pub(super) const KERNEL: Kernel = Kernel {
    id: "fsync_v1",
    unit: "4 KiB written over themselves and one fdatasync(2)",
    usual_units: 1,
    usual_result: 0x5152_ac56_1ef1_8cc1,
    expected: |units| units.checked_sub(1).map_or(0, |last| sum_of(&block(last))),
    prime,
};

fn prime(place: &Path) -> Result<Work, String> {
    let file = unnamed(place).map_err(|error| format!("no file in {}: {error}", place.display()))?;
    let kind = fstatfs(&file).map_err(|error| format!("fstatfs: {error}"))?.f_type;
    if let Some((_, name)) = VOLATILE.iter().find(|(number, _)| *number == kind) {
        return Err(format!("{} is on {name}, which keeps nothing", place.display()));
    }
    Ok(Box::new(move |units| work(&file, units)))
}

fn work(file: &File, units: u64) -> io::Result<u64> {
    for index in 0..units {
        file.write_all_at(&block(index), 0)?;
        file.sync_data()?;
    }
    let mut read = [0; BLOCK_BYTES];
    if units > 0 {
        file.read_exact_at(&mut read, 0)?;
    }
    Ok(sum_of(&read))
}

/// A file that never had a name, or where the file system cannot do that, one that lost it at once.
fn unnamed(place: &Path) -> io::Result<File> {
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    match open(place, flags, Mode::RUSR | Mode::WUSR) {
        Ok(file) => Ok(file.into()),
        Err(_) => tempfile::tempfile_in(place),
    }
}

fn block(index: u64) -> [u8; BLOCK_BYTES] {
    let mut block = [0; BLOCK_BYTES];
    for (at, word) in block.chunks_exact_mut(size_of::<u64>()).enumerate() {
        word.copy_from_slice(&mix(index * BLOCK_WORDS as u64 + at as u64).to_le_bytes());
    }
    block
}

fn sum_of(block: &[u8; BLOCK_BYTES]) -> u64 {
    block.chunks_exact(size_of::<u64>()).fold(0, |sum: u64, word| {
        let word = word.try_into().expect("chunks of eight bytes");
        sum.rotate_left(1) ^ u64::from_le_bytes(word)
    })
}
