//! Tells one content of `current.csv` from another.
//!
//! It must never look at names or times, which editors and copies change at will: only at the bytes.

use sha2::{Digest, Sha256};

/// Length and SHA-256 of a CSV file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CsvIdentity {
    pub(crate) length: u64,
    pub(crate) sha256: [u8; 32],
}

impl CsvIdentity {
    pub(crate) const BYTES: usize = 40;

    pub(crate) fn of(content: &[u8]) -> Self {
        Self { length: content.len() as u64, sha256: Sha256::digest(content).into() }
    }

    pub(crate) fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..8].copy_from_slice(&self.length.to_le_bytes());
        bytes[8..].copy_from_slice(&self.sha256);
        bytes
    }

    pub(crate) fn from_bytes(bytes: [u8; Self::BYTES]) -> Option<Self> {
        let (length, sha256) = bytes.split_first_chunk()?;
        Some(Self { length: u64::from_le_bytes(*length), sha256: *sha256.first_chunk()? })
    }
}
