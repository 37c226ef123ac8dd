//! A file of one record a line that only grows: each line is on the disk before the next is taken.
//!
//! It never rewrites a whole line; only what a crash or a full disk left of one is cut off.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::StoreError;
use super::durable;

/// How much is read at once while looking for the last newline.
const BLOCK_BYTES: u64 = 64 * 1024;

/// An append-only file of lines.
#[derive(Debug)]
pub(super) struct LineFile {
    path: PathBuf,
    file: File,
    /// End of the last line that was acknowledged.
    length: u64,
    trust: Trust,
}

/// Whether what is on the disk is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// The file ends with its last acknowledged line.
    Sure,
    /// A sync or a repair failed. Linux may drop the pages of a failed sync, so a second one proves nothing.
    Unsure,
}

impl LineFile {
    /// A new file that holds these lines.
    pub(super) fn create(path: &Path, lines: &[u8]) -> Result<Self, StoreError> {
        let file = durable::write_new(path, lines)?;
        Ok(Self { path: path.to_owned(), file, length: lines.len() as u64, trust: Trust::Sure })
    }

    /// Opens a file for appending and makes it when it is missing. Nothing is changed yet: the caller locks it,
    /// then calls [`Self::keep_torn_tail`] and [`Self::cut`].
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)
            .map_err(|source| StoreError::io("open", path, source))?;
        Ok(Self { path: path.to_owned(), file, length: 0, trust: Trust::Sure })
    }

    /// The open file, for its lock.
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// The same file under the name it got since.
    pub(super) fn renamed(self, path: PathBuf) -> Self {
        Self { path, ..self }
    }

    /// Whether lines can be added.
    pub(super) fn trust(&self) -> Trust {
        self.trust
    }

    /// Adds one line, its newline included, and returns when it is on the disk.
    ///
    /// What a failed write leaves is cut off again, so that the file ends with a whole line.
    pub(super) fn append(&mut self, line: &[u8]) -> Result<(), StoreError> {
        if let Err(source) = self.file.write_all(line) {
            if self.file.set_len(self.length).is_err() {
                self.trust = Trust::Unsure;
            }
            return Err(StoreError::io("append to", &self.path, source));
        }
        if let Err(source) = self.file.sync_data() {
            self.trust = Trust::Unsure;
            return Err(StoreError::io("sync", &self.path, source));
        }
        self.length += line.len() as u64;
        Ok(())
    }

    /// Copies what stands behind the last newline into a file of its own and returns its size; `None` when the
    /// file ends with a whole line. [`Self::cut`] then removes it here.
    pub(super) fn keep_torn_tail(&mut self, keep: impl Fn() -> PathBuf) -> Result<Option<u64>, StoreError> {
        let failed = |source| StoreError::io("look for a torn line in", &self.path, source);
        let end = self.file.metadata().map_err(failed)?.len();
        self.length = whole_lines_end(&self.file, end).map_err(failed)?;
        if self.length == end {
            return Ok(None);
        }
        copy_tail(&self.file, self.length, &keep())?;
        Ok(Some(end - self.length))
    }

    /// Cuts everything behind the last whole line.
    pub(super) fn cut(&mut self) -> Result<(), StoreError> {
        self.file
            .set_len(self.length)
            .and_then(|()| self.file.sync_all())
            .map_err(|source| StoreError::io("repair", &self.path, source))
    }
}

/// Where the last whole line ends.
fn whole_lines_end(mut file: &File, end: u64) -> io::Result<u64> {
    let mut block_end = end;
    let mut block = Vec::new();
    while block_end > 0 {
        let start = block_end.saturating_sub(BLOCK_BYTES);
        file.seek(SeekFrom::Start(start))?;
        block.clear();
        file.take(block_end - start).read_to_end(&mut block)?;
        if let Some(at) = memchr::memrchr(b'\n', &block) {
            return Ok(start + at as u64 + 1);
        }
        block_end = start;
    }
    Ok(0)
}

fn copy_tail(mut file: &File, start: u64, kept: &Path) -> Result<(), StoreError> {
    let failed = |source| StoreError::io("keep a torn line in", kept, source);
    file.seek(SeekFrom::Start(start)).map_err(failed)?;
    let mut copy = OpenOptions::new().write(true).create_new(true).open(kept).map_err(failed)?;
    io::copy(&mut file, &mut copy).and_then(|_| copy.sync_all()).map_err(failed)
}

/// Hands a file over in pieces that end with a newline, or after `piece_bytes_max`; the last one may lack it.
pub(super) fn for_each_piece<E>(
    path: &Path,
    piece_bytes_max: usize,
    mut take: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<Result<(), E>, io::Error> {
    let mut lines = io::BufReader::with_capacity(BLOCK_BYTES as usize, File::open(path)?);
    let mut piece = Vec::new();
    loop {
        piece.clear();
        let read =
            io::BufRead::read_until(&mut lines.by_ref().take(piece_bytes_max as u64), b'\n', &mut piece);
        match read {
            Ok(0) => return Ok(Ok(())),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        if let Err(error) = take(&piece) {
            return Ok(Err(error));
        }
    }
}
