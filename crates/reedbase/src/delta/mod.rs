//! Deltas: what turns one text into another, as bytes that can be kept.
//!
//! It must never return a text that is not the one the delta was made for: both ends are hashed.
//!
//! The stream inside is bsdiff's: what [`bsdiff::patch`](https://docs.rs/bsdiff/0.2.1) applies, and what
//! [`diff`] writes. [`patch`] applies any such stream, also of other programs.

mod codec;
mod file;
mod rows;
mod stream;

pub use codec::{Codec, compress, decompress};
pub use file::{Content, Delta};
pub use rows::diff;
pub use stream::patch;

/// What is wrong with a delta.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeltaProblem {
    /// Not a file of this kind.
    #[error("not a delta: it does not begin with RBD1")]
    NotADelta,
    /// A patch of another program, whose parts are compressed with bzip2.
    #[error("a BSDIFF40 or BSDIFF43 file: only their stream without header and bzip2 is read")]
    CompressedBsdiff,
    /// The header's checksum does not hold, or it is cut short.
    #[error("the header is damaged")]
    Header,
    /// The body's checksum does not hold, or it is cut short.
    #[error("the body is damaged")]
    Body,
    /// Made by a later version of this program.
    #[error("made with a {what} that is not known here: {found}")]
    Unknown {
        /// Codec or content.
        what: &'static str,
        /// Its number.
        found: u8,
    },
    /// The codec did not accept the body, or does not work here.
    #[error("the codec failed: {cause}")]
    Codec {
        /// What it said.
        cause: String,
    },
    /// The stream asks for bytes that the base does not have, or ends too early.
    #[error("the patch is not one for this base: it fails at its byte {offset}")]
    Stream {
        /// Where the instruction begins that cannot be followed.
        offset: usize,
    },
    /// Unpacked, it would be larger than allowed.
    #[error("more than {limit} bytes when unpacked")]
    TooLarge {
        /// The largest allowed.
        limit: u64,
    },
    /// Made for another base.
    #[error("made for another base")]
    BaseMismatch,
    /// Applied, it does not give what it was made for.
    #[error("does not give the text that it was made for")]
    ResultMismatch,
}
