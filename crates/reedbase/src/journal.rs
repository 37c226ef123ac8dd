//! The row journal: an append-only file of checksummed frames, one frame a batch, one sync a frame.
//!
//! It must never return bytes whose checksum does not hold, and never take damage for a crash: only a bad
//! frame with no good one after it can be the torn end of an unfinished write.
//!
//! ```text
//! file   = header frame*
//! header = "REEDJNL1" first_sequence:u64 csv_length:u64 csv_sha256:[u8;32] delimiter:u8 crc32:u32
//! frame  = length:u32 crc32:u32 sequence:u64 payload           (all numbers little-endian)
//! ```
//! A frame's checksum covers its length, sequence and payload and starts from the header's, so a frame of an
//! earlier journal, or a copy of one inside a value, is not a frame of this one.

use std::io;

use crc32fast::Hasher;

use crate::error::Error;
use crate::identity::CsvIdentity;
use crate::options::Delimiter;
use crate::storage::{self, Storage, StorageFile};

pub(crate) const JOURNAL: &str = "current.jnl";
pub(crate) const NEXT_JOURNAL: &str = "current.jnl.tmp";

const MAGIC: [u8; 8] = *b"REEDJNL1";
const HEADER_BYTES: usize = 8 + 8 + CsvIdentity::BYTES + 1 + 4;
const FRAME_HEAD_BYTES: usize = 4 + 4 + 8;
/// Keeps a length in its `u32` with room to spare, and a batch in memory.
pub(crate) const LONGEST_PAYLOAD: usize = 1 << 30;

/// What a journal says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) first_sequence: u64,
    /// The CSV file that the frames change.
    pub(crate) base: CsvIdentity,
    pub(crate) delimiter: Delimiter,
}

/// A journal open for appending.
#[derive(Debug)]
pub(crate) struct Journal {
    file: Box<dyn StorageFile>,
    /// The header's checksum.
    salt: u32,
    next_sequence: u64,
    length: u64,
    /// Kept between appends for its allocation.
    frame: Vec<u8>,
}

/// A journal as found on disk.
#[derive(Debug)]
pub(crate) struct Recovered {
    pub(crate) journal: Journal,
    pub(crate) header: Header,
    pub(crate) frames: Vec<Frame>,
    /// Length of the torn end that was cut off.
    pub(crate) cut_bytes: u64,
}

/// The payload of one acknowledged (or at least complete) append.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) offset: u64,
    pub(crate) payload: Vec<u8>,
}

impl Journal {
    /// Puts a new, empty journal in the place of the one that may be there, durably and at once.
    pub(crate) fn begin(storage: &dyn Storage, header: &Header) -> Result<Self, Error> {
        let bytes = header.to_bytes();
        storage::write_synced(storage, NEXT_JOURNAL, &bytes)?;
        storage::rename_synced(storage, NEXT_JOURNAL, JOURNAL)?;
        Self::reopen(storage, header_checksum(&bytes), header.first_sequence, HEADER_BYTES as u64)
    }

    fn reopen(storage: &dyn Storage, salt: u32, next_sequence: u64, length: u64) -> Result<Self, Error> {
        let file = storage.open(JOURNAL).map_err(Error::io("open", storage.path(JOURNAL)))?;
        Ok(Self { file, salt, next_sequence, length, frame: Vec::new() })
    }

    /// Returns when the payload, at most [`LONGEST_PAYLOAD`] long, is on disk. After an error the journal
    /// must not be appended to again: what it ends in is not known.
    pub(crate) fn append(&mut self, payload: &[u8]) -> io::Result<()> {
        let length = u32::try_from(payload.len()).map_err(io::Error::other)?;
        let checksum = frame_checksum(self.salt, length, self.next_sequence, payload);
        self.frame.clear();
        self.frame.extend_from_slice(&length.to_le_bytes());
        self.frame.extend_from_slice(&checksum.to_le_bytes());
        self.frame.extend_from_slice(&self.next_sequence.to_le_bytes());
        self.frame.extend_from_slice(payload);
        self.file.append(&self.frame)?;
        self.file.sync()?;
        self.next_sequence += 1;
        self.length += self.frame.len() as u64;
        Ok(())
    }

    /// The sequence number that the next frame will have.
    pub(crate) fn next_sequence(&self) -> u64 {
        self.next_sequence
    }

    /// Size of the file in bytes.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }
}

impl Header {
    fn to_bytes(self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..16].copy_from_slice(&self.first_sequence.to_le_bytes());
        bytes[16..16 + CsvIdentity::BYTES].copy_from_slice(&self.base.to_bytes());
        bytes[HEADER_BYTES - 5] = self.delimiter.byte();
        let checksum = header_checksum(&bytes).to_le_bytes();
        bytes[HEADER_BYTES - 4..].copy_from_slice(&checksum);
        bytes
    }

    fn from_bytes(bytes: &[u8; HEADER_BYTES]) -> Option<Self> {
        let (body, checksum) = bytes.split_last_chunk()?;
        let (&magic, body) = body.split_first_chunk()?;
        let (first_sequence, body) = body.split_first_chunk()?;
        let (&base, delimiter) = body.split_first_chunk()?;
        let whole = magic == MAGIC && header_checksum(bytes) == u32::from_le_bytes(*checksum);
        Some(Self {
            first_sequence: u64::from_le_bytes(*first_sequence),
            base: CsvIdentity::from_bytes(base)?,
            delimiter: Delimiter::ALL.into_iter().find(|known| [known.byte()] == delimiter)?,
        })
        .filter(|_| whole)
    }
}

/// Reads the journal and cuts off a torn end; `None` when there is no journal.
pub(crate) fn recover(storage: &dyn Storage) -> Result<Option<Recovered>, Error> {
    let bytes = match storage.read(JOURNAL) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("read", storage.path(JOURNAL))(error)),
    };
    let corrupt = |offset: usize, problem| Error::Corrupt {
        path: storage.path(JOURNAL),
        offset: offset as u64,
        problem,
    };
    let head = bytes.first_chunk().ok_or_else(|| corrupt(0, "shorter than its header"))?;
    let header = Header::from_bytes(head).ok_or_else(|| corrupt(0, "the header's checksum does not hold"))?;
    let salt = header_checksum(head);

    let mut frames = Vec::new();
    let mut sequence = header.first_sequence;
    let mut offset = HEADER_BYTES;
    while let Some((found, payload)) = frame_at(&bytes[offset..], salt)
        && found == sequence
    {
        frames.push(Frame { offset: offset as u64, payload: payload.to_vec() });
        offset += FRAME_HEAD_BYTES + payload.len();
        sequence += 1;
    }
    if has_frame_after(&bytes[offset..], salt, sequence) {
        return Err(corrupt(offset, "a record's checksum does not hold, and whole records follow it"));
    }
    let cut_bytes = (bytes.len() - offset) as u64;
    let mut journal = Journal::reopen(storage, salt, sequence, offset as u64)?;
    if cut_bytes > 0 {
        let cut = journal.file.truncate(offset as u64);
        cut.map_err(Error::io("cut the torn end off", storage.path(JOURNAL)))?;
    }
    // A process that was killed between its write and its sync left a record that may be in memory only.
    journal.file.sync().map_err(Error::io("sync", storage.path(JOURNAL)))?;
    Ok(Some(Recovered { journal, header, frames, cut_bytes }))
}

/// The sequence and payload of the frame that `bytes` begin with, if they do.
fn frame_at(bytes: &[u8], salt: u32) -> Option<(u64, &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (checksum, rest) = rest.split_first_chunk()?;
    let (sequence, rest) = rest.split_first_chunk()?;
    let (length, sequence) = (u32::from_le_bytes(*length), u64::from_le_bytes(*sequence));
    let payload = rest.get(..usize::try_from(length).ok()?)?;
    let whole = frame_checksum(salt, length, sequence, payload) == u32::from_le_bytes(*checksum);
    whole.then_some((sequence, payload))
}

/// Whether a whole frame that belongs after `expected` begins anywhere behind the first byte.
fn has_frame_after(bytes: &[u8], salt: u32, expected: u64) -> bool {
    // No more frames than this can follow, which spares almost every position its checksum.
    let last = expected + (bytes.len() / FRAME_HEAD_BYTES) as u64;
    (1..bytes.len()).any(|start| {
        let sequence = bytes[start..].get(8..FRAME_HEAD_BYTES).and_then(|bytes| bytes.first_chunk());
        sequence.is_some_and(|bytes| (expected..=last).contains(&u64::from_le_bytes(*bytes)))
            && frame_at(&bytes[start..], salt).is_some()
    })
}

/// The checksum of all but its own bytes: with them, the CRC of any header would be one and the same number.
fn header_checksum(header: &[u8; HEADER_BYTES]) -> u32 {
    crc32fast::hash(&header[..HEADER_BYTES - 4])
}

fn frame_checksum(salt: u32, length: u32, sequence: u64, payload: &[u8]) -> u32 {
    let mut hasher = Hasher::new_with_initial(salt);
    hasher.update(&length.to_le_bytes());
    hasher.update(&sequence.to_le_bytes());
    hasher.update(payload);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::DirectoryStorage;

    fn header(first_sequence: u64, csv: &[u8]) -> Header {
        Header { first_sequence, base: CsvIdentity::of(csv), delimiter: Delimiter::Comma }
    }

    #[test]
    fn what_is_appended_is_recovered_in_order() {
        let directory = tempfile::tempdir().unwrap();
        let storage = DirectoryStorage::new(directory.path());
        assert!(recover(&storage).unwrap().is_none());
        let mut journal = Journal::begin(&storage, &header(7, b"csv")).unwrap();
        for payload in [&b"one"[..], b"", b"three"] {
            journal.append(payload).unwrap();
        }
        let recovered = recover(&storage).unwrap().unwrap();
        assert_eq!(recovered.header, header(7, b"csv"));
        assert_eq!(recovered.journal.next_sequence(), 10);
        assert_eq!(recovered.journal.length(), journal.length());
        let payloads: Vec<&[u8]> = recovered.frames.iter().map(|frame| &frame.payload[..]).collect();
        assert_eq!(payloads, [&b"one"[..], b"", b"three"]);
    }

    #[test]
    fn a_copy_of_another_journals_frame_inside_a_torn_one_is_no_frame() {
        let directory = tempfile::tempdir().unwrap();
        let storage = DirectoryStorage::new(directory.path());
        let mut other = Journal::begin(&storage, &header(2, b"another csv")).unwrap();
        other.append(b"frame two of another journal").unwrap();
        let copy = storage.read(JOURNAL).unwrap().split_off(HEADER_BYTES);

        let mut journal = Journal::begin(&storage, &header(1, b"csv")).unwrap();
        let payload = [copy.as_slice(), b"and what the crash cuts off"].concat();
        journal.append(&payload).unwrap();
        storage.open(JOURNAL).unwrap().truncate(journal.length() - 5).unwrap();
        let recovered = recover(&storage).unwrap().unwrap();
        assert_eq!(recovered.frames, []);
        assert_eq!(recovered.cut_bytes, journal.length() - HEADER_BYTES as u64 - 5);
    }
}
