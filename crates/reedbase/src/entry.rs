//! What a record of the journal says: the changes of one batch, or which file `current.csv` is.
//!
//! Entries must never depend on the rows before them: a put replaces or adds, a delete tolerates absence, so
//! replaying any of them twice ends in the same table.

use crate::identity::CsvIdentity;
use crate::options::Delimiter;

/// A record of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Note<'a> {
    /// The changes of one batch.
    Changes(Changes<'a>),
    /// Everything before is in a CSV file of this identity, which is about to become `current.csv`.
    Promise(Mark),
    /// `current.csv` is this file, and everything before is in it.
    Settled(Mark),
}

/// The changes of one batch, and when they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Changes<'a> {
    /// Nanoseconds since 1970 by the writer's clock.
    pub(crate) at_ns: u64,
    pub(crate) entries: Vec<Entry<'a>>,
}

/// One change as it is kept in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry<'a> {
    /// This record (CSV text without a line end) is the row of its key from now on.
    Put(&'a str),
    /// No row has this key from now on.
    Delete(&'a str),
}

/// A CSV file and how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) identity: CsvIdentity,
    pub(crate) delimiter: Delimiter,
}

/// Kinds of records in the log.
pub(crate) const CHANGES: u8 = 1;
pub(crate) const PROMISE: u8 = 2;
pub(crate) const SETTLED: u8 = 3;

const PUT: u8 = 1;
const DELETE: u8 = 2;

impl<'a> Note<'a> {
    /// Reads a record of the log; `None` when it has no meaning.
    pub(crate) fn decode(kind: u8, payload: &'a [u8]) -> Option<Self> {
        match kind {
            CHANGES => Changes::decode(payload).map(Self::Changes),
            PROMISE => Mark::decode(payload).map(Self::Promise),
            SETTLED => Mark::decode(payload).map(Self::Settled),
            _ => None,
        }
    }
}

impl<'a> Changes<'a> {
    fn decode(payload: &'a [u8]) -> Option<Self> {
        let (at_ns, mut rest) = payload.split_first_chunk()?;
        let mut entries = Vec::new();
        while !rest.is_empty() {
            entries.push(Entry::decode(&mut rest)?);
        }
        Some(Self { at_ns: u64::from_le_bytes(*at_ns), entries })
    }

    /// Begins a payload anew, to which [`Entry::encode`] adds.
    pub(crate) fn begin(at_ns: u64, payload: &mut Vec<u8>) {
        payload.clear();
        payload.extend_from_slice(&at_ns.to_le_bytes());
    }
}

impl<'a> Entry<'a> {
    /// Appends a kind byte, a length and the content.
    pub(crate) fn encode(self, payload: &mut Vec<u8>) {
        let (kind, content) = match self {
            Self::Put(record) => (PUT, record),
            Self::Delete(key) => (DELETE, key),
        };
        payload.push(kind);
        payload.extend_from_slice(&(content.len() as u64).to_le_bytes());
        payload.extend_from_slice(content.as_bytes());
    }

    /// Takes the first entry off `payload`; `None` when it is not an entry.
    fn decode(payload: &mut &'a [u8]) -> Option<Self> {
        let (&kind, rest) = payload.split_first()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (content, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
        *payload = rest;
        let content = str::from_utf8(content).ok()?;
        match kind {
            PUT => Some(Self::Put(content)),
            DELETE => Some(Self::Delete(content)),
            _ => None,
        }
    }
}

impl Mark {
    pub(crate) fn encode(self) -> Vec<u8> {
        [&self.identity.to_bytes()[..], &[self.delimiter.byte()]].concat()
    }

    fn decode(payload: &[u8]) -> Option<Self> {
        let (identity, delimiter) = payload.split_first_chunk()?;
        let delimiter = Delimiter::ALL.into_iter().find(|known| [known.byte()] == delimiter)?;
        Some(Self { identity: CsvIdentity::from_bytes(*identity)?, delimiter })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn changes_read_back(at_ns: u64, contents: Vec<(bool, String)>) {
            let entries: Vec<Entry<'_>> =
                contents.iter().map(|(put, text)| if *put { Entry::Put(text) } else { Entry::Delete(text) }).collect();
            let mut payload = b"an earlier one".to_vec();
            Changes::begin(at_ns, &mut payload);
            entries.iter().for_each(|entry| entry.encode(&mut payload));
            prop_assert_eq!(Note::decode(CHANGES, &payload), Some(Note::Changes(Changes { at_ns, entries })));
        }

        #[test]
        fn arbitrary_bytes_never_panic(kind in 0u8..5, payload: Vec<u8>) {
            let _ = Note::decode(kind, &payload);
        }
    }
}
