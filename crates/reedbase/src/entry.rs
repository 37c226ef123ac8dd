//! What a journal record says: the changes of one batch, or the promise of a fold.
//!
//! Entries must never depend on the rows before them: a put replaces or adds, a delete tolerates absence, so
//! replaying any of them twice ends in the same table.

use crate::identity::CsvIdentity;

/// One change as it is kept in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry<'a> {
    /// This record (CSV text without a line end) is the row of its key from now on.
    Put(&'a str),
    /// No row has this key from now on.
    Delete(&'a str),
    /// Everything before is in a CSV file of this identity, which is about to become `current.csv`.
    Fold(CsvIdentity),
}

const PUT: u8 = 1;
const DELETE: u8 = 2;
const FOLD: u8 = 3;

impl<'a> Entry<'a> {
    /// Appends a kind byte, a length and the content.
    pub(crate) fn encode(self, payload: &mut Vec<u8>) {
        match self {
            Self::Put(record) => encode(PUT, record.as_bytes(), payload),
            Self::Delete(key) => encode(DELETE, key.as_bytes(), payload),
            Self::Fold(identity) => encode(FOLD, &identity.to_bytes(), payload),
        }
    }

    /// Takes the first entry off `payload`; `None` when it is not an entry.
    fn decode(payload: &mut &'a [u8]) -> Option<Self> {
        let (&kind, rest) = payload.split_first()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (content, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
        *payload = rest;
        match kind {
            PUT => str::from_utf8(content).ok().map(Self::Put),
            DELETE => str::from_utf8(content).ok().map(Self::Delete),
            FOLD => CsvIdentity::from_bytes(content.try_into().ok()?).map(Self::Fold),
            _ => None,
        }
    }
}

fn encode(kind: u8, content: &[u8], payload: &mut Vec<u8>) {
    payload.push(kind);
    payload.extend_from_slice(&(content.len() as u64).to_le_bytes());
    payload.extend_from_slice(content);
}

/// All entries of a payload, or `None` when any of it is none.
pub(crate) fn entries(mut payload: &[u8]) -> Option<Vec<Entry<'_>>> {
    let mut entries = Vec::new();
    while !payload.is_empty() {
        entries.push(Entry::decode(&mut payload)?);
    }
    Some(entries)
}
