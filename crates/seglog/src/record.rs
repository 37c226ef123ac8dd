//! Records as bytes: how one is written, and whether one stands at a place.
//!
//! It must never trust a length before the checksum that covers it.
//!
//! ```text
//! record = crc32:u32 length:u32 sequence:u64 unsynced:u32 kind:u8 flags:u8 zero:u16 payload padding
//! ```
//! All numbers are little-endian. The checksum covers everything after itself up to the end of the payload and
//! starts from the segment's salt, so that neither a record of an earlier use of the file nor a copy of one
//! inside a payload is a record. The padding fills up to [`ALIGNMENT`].

use crc32fast::Hasher;

pub(crate) const HEAD_BYTES: usize = 24;
/// Where a record may begin.
pub(crate) const ALIGNMENT: usize = 8;

/// Set on the last record of a batch; a batch without it is unfinished.
const LAST: u8 = 1;

/// Everything about a record but its payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) length: u32,
    pub(crate) sequence: u64,
    /// How many sequence numbers before this one were not known to be on disk when it was written. It is
    /// what tells damage from a torn tail: a record that a later one knew to be on disk was once whole.
    pub(crate) unsynced: u32,
    pub(crate) kind: u8,
    pub(crate) ends_batch: bool,
}

impl Head {
    fn to_bytes(self) -> [u8; HEAD_BYTES - 4] {
        let mut bytes = [0; HEAD_BYTES - 4];
        bytes[..4].copy_from_slice(&self.length.to_le_bytes());
        bytes[4..12].copy_from_slice(&self.sequence.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.unsynced.to_le_bytes());
        bytes[16] = self.kind;
        bytes[17] = u8::from(self.ends_batch) * LAST;
        bytes
    }

    /// Reads a head with its checksum; `None` when it cannot be one whatever its checksum is.
    pub(crate) fn parse(bytes: &[u8; HEAD_BYTES]) -> Option<(u32, Self)> {
        let (checksum, rest) = bytes.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (sequence, rest) = rest.split_first_chunk()?;
        let (unsynced, rest) = rest.split_first_chunk()?;
        let &[kind, flags @ (0 | LAST), 0, 0] = rest else { return None };
        let head = Self {
            length: u32::from_le_bytes(*length),
            sequence: u64::from_le_bytes(*sequence),
            unsynced: u32::from_le_bytes(*unsynced),
            kind,
            ends_batch: flags == LAST,
        };
        (head.sequence > 0).then_some((u32::from_le_bytes(*checksum), head))
    }

    /// Bytes that the record takes up, padding included.
    pub(crate) fn size(&self) -> u64 {
        padded_size(self.length as usize) as u64
    }

    /// The highest sequence number that was known to be on disk when this was written.
    pub(crate) fn synced_before(&self) -> u64 {
        self.sequence.saturating_sub(u64::from(self.unsynced))
    }

    pub(crate) fn checksum(&self, salt: u32, payload: &[u8]) -> u32 {
        let mut hasher = Hasher::new_with_initial(salt);
        hasher.update(&self.to_bytes());
        hasher.update(payload);
        hasher.finalize()
    }
}

/// Bytes that a record of this payload takes up.
pub(crate) fn padded_size(payload_bytes: usize) -> usize {
    (HEAD_BYTES + payload_bytes).next_multiple_of(ALIGNMENT)
}

/// Appends a record to `bytes`; `head.length` is the payload's.
pub(crate) fn encode(head: &Head, payload: &[u8], salt: u32, bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(&head.checksum(salt, payload).to_le_bytes());
    bytes.extend_from_slice(&head.to_bytes());
    bytes.extend_from_slice(payload);
    bytes.resize(bytes.len().next_multiple_of(ALIGNMENT), 0);
}

/// The record that `bytes` begin with, if they do.
pub(crate) fn record_at(bytes: &[u8], salt: u32) -> Option<(Head, &[u8])> {
    let (head, rest) = bytes.split_first_chunk()?;
    let (checksum, head) = Head::parse(head)?;
    let payload = rest.get(..usize::try_from(head.length).ok()?)?;
    (head.checksum(salt, payload) == checksum).then_some((head, payload))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn head(length: usize) -> Head {
        Head { length: length as u32, sequence: 7, unsynced: 2, kind: 3, ends_batch: true }
    }

    proptest! {
        #[test]
        fn a_record_reads_back_and_only_under_its_salt(payload: Vec<u8>, salt: u32, other: u32) {
            let mut bytes = Vec::new();
            encode(&head(payload.len()), &payload, salt, &mut bytes);
            prop_assert_eq!(bytes.len(), padded_size(payload.len()));
            prop_assert_eq!(record_at(&bytes, salt), Some((head(payload.len()), payload.as_slice())));
            prop_assert_eq!(record_at(&bytes, other).is_some(), salt == other);
        }

        #[test]
        fn a_flipped_bit_or_a_missing_byte_makes_it_no_record(
            payload in proptest::collection::vec(any::<u8>(), 0..80), place: prop::sample::Index, bit in 0..8,
        ) {
            let mut bytes = Vec::new();
            encode(&head(payload.len()), &payload, 5, &mut bytes);
            bytes.truncate(HEAD_BYTES + payload.len());
            prop_assert_eq!(record_at(&bytes[..place.index(bytes.len())], 5), None);
            let place = place.index(bytes.len());
            bytes[place] ^= 1u8 << bit;
            prop_assert_eq!(record_at(&bytes, 5), None);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>, salt: u32) {
            let _ = record_at(&bytes, salt);
        }
    }

    #[test]
    fn zeros_are_no_record_under_any_salt_that_occurs() {
        // A sequence number of 0 is refused whatever the checksum says.
        assert_eq!(record_at(&[0; 64], 0), None);
    }
}
