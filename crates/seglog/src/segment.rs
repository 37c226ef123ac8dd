//! One segment file: its name, its header, and how a file becomes a segment.
//!
//! It must never give a file its final name before the header in it is on disk: a segment without a whole
//! header is damage, not a crash.
//!
//! ```text
//! segment = header[4096] record*
//! header  = "SEGLOG01" number:u64 id:u64 length:u64 crc32:u32, then zeros
//! ```

use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::sync::Arc;

use crate::error::Error;
use crate::record::HEAD_BYTES;
use crate::storage::{Storage, StoredFile};

/// One page, so that records and header never share one.
pub(crate) const HEADER_BYTES: u64 = 4096;
const MAGIC: [u8; 8] = *b"SEGLOG01";
const USED_BYTES: usize = 8 + 8 + 8 + 8 + 4;

/// A file that will be the next segment.
pub(crate) const NEXT: &str = "next.seg";
const SUFFIX: &str = ".seg";

/// An open segment.
#[derive(Debug, Clone)]
pub(crate) struct Segment {
    pub(crate) number: u64,
    /// Header included.
    pub(crate) length: u64,
    /// Where the checksum of each record starts from: another for each use of a file.
    pub(crate) salt: u32,
    pub(crate) file: Arc<dyn StoredFile>,
}

/// The file name of a segment.
pub(crate) fn name_of(number: u64) -> String {
    format!("{number:010}{SUFFIX}")
}

/// The numbers of the segments in a directory, ascending.
pub(crate) fn numbers(storage: &dyn Storage) -> Result<Vec<u64>, Error> {
    let names = storage.list().map_err(Error::io("list", storage.path("")))?;
    let number = |name: &String| name.strip_suffix(SUFFIX).and_then(|digits| digits.parse().ok());
    let mut numbers: Vec<u64> = names.iter().filter_map(number).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Header {
    number: u64,
    /// Random, so that two uses of one file differ.
    id: u64,
    length: u64,
}

impl Header {
    fn to_bytes(self) -> [u8; USED_BYTES] {
        let mut bytes = [0; USED_BYTES];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..16].copy_from_slice(&self.number.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.id.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.length.to_le_bytes());
        let checksum = crc32fast::hash(&bytes[..32]).to_le_bytes();
        bytes[32..].copy_from_slice(&checksum);
        bytes
    }

    fn parse(bytes: &[u8; USED_BYTES]) -> Option<Self> {
        let (magic, rest) = bytes.split_first_chunk()?;
        let (number, rest) = rest.split_first_chunk()?;
        let (id, rest) = rest.split_first_chunk()?;
        let (length, checksum) = rest.split_first_chunk()?;
        let checksum = u32::from_le_bytes(*checksum.first_chunk()?);
        let whole = magic == &MAGIC && checksum == crc32fast::hash(&bytes[..32]);
        let read = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
        whole.then(|| Self { number: read(number), id: read(id), length: read(length) })
    }

    fn salt(self) -> u32 {
        // Not of the checksum as well: the CRC of bytes and their CRC is one number for all.
        crc32fast::hash(&self.to_bytes()[8..32])
    }
}

impl Segment {
    /// Makes the file [`NEXT`] ready to become segment `number`; recycles one that is there.
    pub(crate) fn prepare(storage: &dyn Storage, number: u64, length: u64) -> Result<Self, Error> {
        let path = || storage.path(NEXT);
        if let Some(prepared) = open_next(storage, length)? {
            let found = read_header(&*prepared).map_err(Error::io("read", path()))?;
            return match found {
                Some(header) if header.number == number && header.length == length => {
                    // Whoever wrote the header may have died before its sync.
                    prepared.sync().map_err(Error::io("sync", path()))?;
                    Ok(Self { number, length, salt: header.salt(), file: prepared })
                }
                _ => {
                    // It may have been a segment a moment ago, whose name comes back in a crash until then.
                    storage.sync_directory().map_err(Error::io("sync the directory", storage.path("")))?;
                    Self::begin(storage, prepared, number, length)
                }
            };
        }
        let made = storage.create_segment(NEXT, length).map_err(|source| {
            // What was reserved so far is of use to nobody.
            let _ = storage.remove(NEXT);
            match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                    Error::Full { path: path(), bytes: length, source }
                }
                _ => Error::Io { action: "create", path: path(), source },
            }
        })?;
        Self::begin(storage, made, number, length)
    }

    /// Makes sure that a file [`NEXT`] of before a crash is begun anew: it may have been a segment with records
    /// in it, whose name was lost.
    pub(crate) fn distrust_next(storage: &dyn Storage) -> Result<(), Error> {
        let file = match storage.open_segment(NEXT) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(Error::io("open", storage.path(NEXT))(error)),
        };
        let length = file.length().map_err(Error::io("read", storage.path(NEXT)))?;
        if length < HEADER_BYTES {
            return storage.remove(NEXT).map_err(Error::io("remove", storage.path(NEXT)));
        }
        // Not synced: should this be lost, the next open does it again.
        file.write_at(&[0; USED_BYTES], 0).map_err(Error::io("write to", storage.path(NEXT)))
    }

    /// Writes and syncs a header.
    fn begin(
        storage: &dyn Storage,
        file: Arc<dyn StoredFile>,
        number: u64,
        length: u64,
    ) -> Result<Self, Error> {
        let id = RandomState::new().hash_one((std::process::id(), number));
        let header = Header { number, id, length };
        let write = |file: &dyn StoredFile| {
            // The reader stops at a head of zeros without looking at what was here before.
            file.write_at(&[0; HEAD_BYTES], HEADER_BYTES)?;
            file.write_at(&header.to_bytes(), 0)?;
            file.sync()
        };
        write(&*file).map_err(Error::io("write the header of", storage.path(NEXT)))?;
        Ok(Self { number, length, salt: header.salt(), file })
    }

    /// Opens the segment of a number.
    pub(crate) fn open(storage: &dyn Storage, number: u64) -> Result<Self, Error> {
        let name = name_of(number);
        let file = storage.open_segment(&name).map_err(Error::io("open", storage.path(&name)))?;
        let read = |file: &dyn StoredFile| Ok((read_header(file)?, file.length()?));
        let (header, length) = read(&*file).map_err(Error::io("read", storage.path(&name)))?;
        let corrupt = |problem| Error::Corrupt { path: storage.path(&name), offset: 0, problem };
        let header = header.ok_or_else(|| corrupt("the header's checksum does not hold"))?;
        if header.number != number {
            return Err(corrupt("the header is another segment's"));
        }
        if header.length != length {
            return Err(corrupt("the file is not as long as its header says"));
        }
        Ok(Self { number, length, salt: header.salt(), file })
    }

    pub(crate) fn name(&self) -> String {
        name_of(self.number)
    }
}

/// A file left ready for recycling, if it has the right length.
fn open_next(storage: &dyn Storage, length: u64) -> Result<Option<Arc<dyn StoredFile>>, Error> {
    let failed = |action| Error::io(action, storage.path(NEXT));
    match storage.open_segment(NEXT) {
        Ok(file) if file.length().map_err(failed("read"))? == length => Ok(Some(file)),
        Ok(_) => {
            storage.remove(NEXT).map_err(failed("remove"))?;
            Ok(None)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("open")(error)),
    }
}

fn read_header(file: &dyn StoredFile) -> io::Result<Option<Header>> {
    let mut bytes = [0; USED_BYTES];
    let count = file.read_at(&mut bytes, 0)?;
    Ok((count == USED_BYTES).then(|| Header::parse(&bytes)).flatten())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_header_reads_back_and_not_with_a_flipped_bit(
            number: u64, id: u64, length: u64, place in 0..USED_BYTES, bit in 0..8,
        ) {
            let header = Header { number, id, length };
            let mut bytes = header.to_bytes();
            prop_assert_eq!(Header::parse(&bytes), Some(header));
            bytes[place] ^= 1u8 << bit;
            prop_assert_eq!(Header::parse(&bytes), None);
        }

        #[test]
        fn headers_of_other_ids_have_other_salts(number: u64, id: u64, other: u64, length: u64) {
            let salt = |id| Header { number, id, length }.salt();
            // The CRC of inputs that differ within 32 consecutive bits always differs; beyond, nearly always.
            prop_assert!(id == other || id >> 32 != other >> 32 || salt(id) != salt(other));
        }
    }
}
