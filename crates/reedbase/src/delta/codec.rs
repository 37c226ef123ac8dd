//! Compression of deltas.
//!
//! It must never unpack more than the caller allows: a few bytes can stand for a disk full of zeros.

use std::io::{self, Read as _, Write as _};
use std::thread;

use xz2::stream::{Check, MtStreamBuilder, Stream};

use super::DeltaProblem;

/// How a delta is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Codec {
    /// Not at all.
    None,
    /// XZ, on all cores.
    #[default]
    Xz,
    /// Zstandard at level 3: many times faster, and about as small.
    Zstd,
}

impl Codec {
    pub(super) fn number(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Xz => 1,
            Self::Zstd => 2,
        }
    }

    pub(super) fn of(number: u8) -> Option<Self> {
        [Self::None, Self::Xz, Self::Zstd].into_iter().find(|codec| codec.number() == number)
    }
}

const XZ_PRESET: u32 = 1;
/// Blocks are compressed apart, each on a core of its own.
const XZ_BLOCK_BYTES: u64 = 256 << 10;
/// Far above what any preset needs to unpack.
const XZ_MEMORY_BYTES: u64 = 256 << 20;
const ZSTD_LEVEL: i32 = 3;

/// Compresses bytes.
///
/// # Errors
/// [`DeltaProblem::Codec`] when there is no memory or no thread for it.
pub fn compress(codec: Codec, bytes: &[u8]) -> Result<Vec<u8>, DeltaProblem> {
    match codec {
        Codec::None => Ok(bytes.to_vec()),
        Codec::Xz => compress_xz(bytes).map_err(|error| failed(&error)),
        Codec::Zstd => zstd::bulk::compress(bytes, ZSTD_LEVEL).map_err(|error| failed(&error)),
    }
}

fn compress_xz(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get().min(16) as u32);
    let blocks = (bytes.len() as u64).div_ceil(XZ_BLOCK_BYTES).clamp(1, 16) as u32;
    let stream = if blocks == 1 {
        Stream::new_easy_encoder(XZ_PRESET, Check::Crc32)?
    } else {
        let mut builder = MtStreamBuilder::new();
        builder.threads(cores.min(blocks)).preset(XZ_PRESET).block_size(XZ_BLOCK_BYTES).check(Check::Crc32);
        builder.encoder()?
    };
    let mut encoder = xz2::write::XzEncoder::new_stream(Vec::with_capacity(bytes.len() / 8), stream);
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Takes back what [`compress`] did, as long as it gives at most `limit` bytes.
///
/// # Errors
/// [`DeltaProblem::Codec`], [`DeltaProblem::TooLarge`].
pub fn decompress(codec: Codec, bytes: &[u8], limit: u64) -> Result<Vec<u8>, DeltaProblem> {
    let mut unpacked = Vec::new();
    // One more than allowed shows that there is more.
    let read = match codec {
        Codec::None => bytes.take(limit.saturating_add(1)).read_to_end(&mut unpacked),
        Codec::Xz => {
            Stream::new_stream_decoder(XZ_MEMORY_BYTES, 0).map_err(io::Error::from).and_then(|stream| {
                let decoder = xz2::bufread::XzDecoder::new_stream(bytes, stream);
                decoder.take(limit.saturating_add(1)).read_to_end(&mut unpacked)
            })
        }
        Codec::Zstd => zstd::stream::read::Decoder::with_buffer(bytes)
            .and_then(|decoder| decoder.take(limit.saturating_add(1)).read_to_end(&mut unpacked)),
    };
    read.map_err(|error| failed(&error))?;
    if unpacked.len() as u64 > limit { Err(DeltaProblem::TooLarge { limit }) } else { Ok(unpacked) }
}

fn failed(error: &io::Error) -> DeltaProblem {
    DeltaProblem::Codec { cause: error.to_string() }
}
