//! A delta as a file: a header that says what it is for, and the compressed body.
//!
//! It must never be applied to another base than the one it was made for, nor trusted for its length.
//!
//! ```text
//! delta  = header body
//! header = "RBD1" content:u8 codec:u8 zero:u16 base_length:u64 result_length:u64 unpacked_length:u64
//!          base_sha256[32] result_sha256[32] body_crc32:u32 header_crc32:u32
//! ```

use sha2::{Digest as _, Sha256};

use super::{Codec, DeltaProblem, compress, decompress, diff, patch};
use crate::options::Delimiter;

const MAGIC: [u8; 4] = *b"RBD1";
const HEADER_BYTES: usize = 4 + 4 + 3 * 8 + 2 * 32 + 4 + 4;

const PATCH: u8 = 1;
const WHOLE: u8 = 2;

/// What the body of a delta is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// A bsdiff patch.
    Patch,
    /// The whole result, which needs no base.
    Whole,
}

/// A delta, taken apart and checked as far as it can be without its base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delta<'b> {
    /// What the body is.
    pub content: Content,
    /// How the body is compressed.
    pub codec: Codec,
    /// Bytes in the text that it applies to; 0 for a whole text.
    pub base_length: u64,
    /// Bytes in the text that it gives.
    pub result_length: u64,
    /// Bytes in the body when it is not compressed.
    pub unpacked_length: u64,
    /// SHA-256 of the text that it applies to.
    pub base_sha256: [u8; 32],
    /// SHA-256 of the text that it gives.
    pub result_sha256: [u8; 32],
    /// Compressed.
    pub body: &'b [u8],
}

impl<'b> Delta<'b> {
    /// The file of the delta from `base` to `result`; without a base, of the whole result.
    ///
    /// # Errors
    /// [`DeltaProblem::Codec`].
    pub fn encode(
        base: Option<&[u8]>,
        result: &[u8],
        codec: Codec,
        delimiter: Delimiter,
    ) -> Result<Vec<u8>, DeltaProblem> {
        let unpacked = base.map(|base| diff(base, result, delimiter));
        let unpacked = unpacked.as_deref().unwrap_or(result);
        let body = compress(codec, unpacked)?;
        let content = if base.is_some() { PATCH } else { WHOLE };
        let base = base.unwrap_or_default();
        let mut file = Vec::with_capacity(HEADER_BYTES + body.len());
        file.extend_from_slice(&MAGIC);
        file.extend_from_slice(&[content, codec.number(), 0, 0]);
        for length in [base.len(), result.len(), unpacked.len()] {
            file.extend_from_slice(&(length as u64).to_le_bytes());
        }
        file.extend_from_slice(&Sha256::digest(base));
        file.extend_from_slice(&Sha256::digest(result));
        file.extend_from_slice(&crc32fast::hash(&body).to_le_bytes());
        file.extend_from_slice(&crc32fast::hash(&file).to_le_bytes());
        file.extend_from_slice(&body);
        Ok(file)
    }

    /// Takes a file apart.
    ///
    /// # Errors
    /// [`DeltaProblem::NotADelta`], [`DeltaProblem::Header`], [`DeltaProblem::Body`],
    /// [`DeltaProblem::Unknown`].
    pub fn decode(file: &'b [u8]) -> Result<Self, DeltaProblem> {
        let rest = file.strip_prefix(&MAGIC).ok_or(DeltaProblem::NotADelta)?;
        let head = file.get(..HEADER_BYTES - 4).ok_or(DeltaProblem::Header)?;
        let (delta, header_crc32, body_crc32) = Self::parse(rest).ok_or(DeltaProblem::Header)?;
        if crc32fast::hash(head) != header_crc32 {
            return Err(DeltaProblem::Header);
        }
        let unknown = |what, found| DeltaProblem::Unknown { what, found };
        let content = match head[4] {
            PATCH => Content::Patch,
            WHOLE => Content::Whole,
            found => return Err(unknown("content", found)),
        };
        let codec = Codec::of(head[5]).ok_or_else(|| unknown("codec", head[5]))?;
        if crc32fast::hash(delta.body) != body_crc32 {
            return Err(DeltaProblem::Body);
        }
        Ok(Self { content, codec, ..delta })
    }

    /// Everything behind the magic, content and codec not yet read, and the checksums of header and body.
    fn parse(rest: &'b [u8]) -> Option<(Self, u32, u32)> {
        let (_, rest) = rest.split_first_chunk::<4>()?;
        let (base_length, rest) = rest.split_first_chunk()?;
        let (result_length, rest) = rest.split_first_chunk()?;
        let (unpacked_length, rest) = rest.split_first_chunk()?;
        let (base_sha256, rest) = rest.split_first_chunk()?;
        let (result_sha256, rest) = rest.split_first_chunk()?;
        let (body_crc32, rest) = rest.split_first_chunk()?;
        let (header_crc32, body) = rest.split_first_chunk()?;
        let delta = Self {
            content: Content::Whole,
            codec: Codec::None,
            base_length: u64::from_le_bytes(*base_length),
            result_length: u64::from_le_bytes(*result_length),
            unpacked_length: u64::from_le_bytes(*unpacked_length),
            base_sha256: *base_sha256,
            result_sha256: *result_sha256,
            body,
        };
        Some((delta, u32::from_le_bytes(*header_crc32), u32::from_le_bytes(*body_crc32)))
    }

    /// The text that this delta gives. `base` is not looked at for a whole text.
    ///
    /// # Errors
    /// [`DeltaProblem::BaseMismatch`], [`DeltaProblem::ResultMismatch`], [`DeltaProblem::TooLarge`],
    /// [`DeltaProblem::Codec`], [`DeltaProblem::Stream`].
    pub fn apply(&self, base: &[u8], limit: u64) -> Result<Vec<u8>, DeltaProblem> {
        let base_is_it =
            || base.len() as u64 == self.base_length && *Sha256::digest(base) == self.base_sha256;
        if self.content == Content::Patch && !base_is_it() {
            return Err(DeltaProblem::BaseMismatch);
        }
        let result = self.apply_unhashed(base, limit)?;
        if *Sha256::digest(&result) != self.result_sha256 {
            return Err(DeltaProblem::ResultMismatch);
        }
        Ok(result)
    }

    fn apply_unhashed(&self, base: &[u8], limit: u64) -> Result<Vec<u8>, DeltaProblem> {
        self.unpack(limit).and_then(|unpacked| self.apply_unpacked(base, unpacked))
    }

    /// The body as it was before it was compressed.
    pub(crate) fn unpack(&self, limit: u64) -> Result<Vec<u8>, DeltaProblem> {
        if self.result_length > limit || self.unpacked_length > limit {
            return Err(DeltaProblem::TooLarge { limit });
        }
        decompress(self.codec, self.body, self.unpacked_length)
    }

    /// The text that an unpacked body gives, for a caller who knows the base to be the right one and hashes the
    /// end of a chain only.
    pub(crate) fn apply_unpacked(&self, base: &[u8], unpacked: Vec<u8>) -> Result<Vec<u8>, DeltaProblem> {
        match self.content {
            Content::Patch => patch(base, &unpacked, self.result_length),
            Content::Whole => Ok(unpacked),
        }
    }
}
