//! Programs that make a compressed patch of two texts, and put the later one together again from the earlier
//! one and the patch.

use std::io::{self, Read as _, Write as _};

use oxidelta::compress::{decoder, encoder};
use qbsdiff::{Bsdiff, Bspatch};
use zstd::stream::{read, write};

use crate::Error;

/// A way to store a text as its difference from an earlier one.
pub trait DeltaCodec {
    /// The patch, compressed.
    ///
    /// # Errors
    /// As the codec gives them.
    fn pack(base: &[u8], result: &[u8]) -> Result<Vec<u8>, Error>;

    /// The later text.
    ///
    /// # Errors
    /// As the codec gives them, for a patch that is damaged or for another base.
    fn apply(base: &[u8], patch: &[u8]) -> Result<Vec<u8>, Error>;
}

/// bsdiff 4 in Rust, its parts compressed with bzip2.
#[derive(Debug)]
pub struct Qbsdiff;

impl DeltaCodec for Qbsdiff {
    fn pack(base: &[u8], result: &[u8]) -> Result<Vec<u8>, Error> {
        let mut patch = Vec::new();
        // Level 1: bzip2 gains nothing on a patch by more, and takes longer.
        Bsdiff::new(base, result).compression_level(1).compare(&mut patch)?;
        Ok(patch)
    }

    fn apply(base: &[u8], patch: &[u8]) -> Result<Vec<u8>, Error> {
        let patch = Bspatch::new(patch)?;
        let mut result = Vec::with_capacity(usize::try_from(patch.hint_target_size()).unwrap_or_default());
        patch.apply(base, &mut result)?;
        Ok(result)
    }
}

/// Zstandard with the earlier text as its dictionary, what `zstd --patch-from` does, at level 3.
#[derive(Debug)]
pub struct ZstdPrefix;

impl ZstdPrefix {
    const LEVEL: i32 = 3;

    /// The binary logarithm of a window in which all of the base can be referred to.
    fn window_log(base: &[u8]) -> u32 {
        (base.len().max(1 << 10) as u64 * 2).next_power_of_two().ilog2().clamp(10, 31)
    }
}

impl DeltaCodec for ZstdPrefix {
    fn pack(base: &[u8], result: &[u8]) -> Result<Vec<u8>, Error> {
        let mut encoder = write::Encoder::with_ref_prefix(Vec::new(), Self::LEVEL, base)?;
        encoder.window_log(Self::window_log(base))?;
        encoder.long_distance_matching(true)?;
        encoder.include_checksum(true)?;
        encoder.set_pledged_src_size(Some(result.len() as u64))?;
        encoder.write_all(result)?;
        Ok(encoder.finish()?)
    }

    fn apply(base: &[u8], patch: &[u8]) -> Result<Vec<u8>, Error> {
        let mut decoder = read::Decoder::with_ref_prefix(patch, base)?;
        decoder.window_log_max(Self::window_log(base))?;
        let mut result = Vec::with_capacity(base.len());
        decoder.read_to_end(&mut result)?;
        Ok(result)
    }
}

/// VCDIFF (RFC 3284), the format of xdelta3, at its level 3 and without compressing the patch once more.
#[derive(Debug)]
pub struct Vcdiff;

impl DeltaCodec for Vcdiff {
    fn pack(base: &[u8], result: &[u8]) -> Result<Vec<u8>, Error> {
        let mut patch = Vec::new();
        let options = encoder::CompressOptions { level: 3, ..encoder::CompressOptions::default() };
        encoder::encode_all(&mut patch, base, result, options).map_err(io::Error::other)?;
        Ok(patch)
    }

    fn apply(base: &[u8], patch: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(decoder::decode_all(base, patch).map_err(io::Error::other)?)
    }
}
