//! The instructions of a bsdiff patch, without the compression that programs put around them.
//!
//! It must never read or reserve more than the patch has bytes for.
//!
//! ```text
//! patch       = instruction*
//! instruction = add_length:u64 copy_length:u64 seek:i64 added[add_length] copied[copy_length]
//! ```
//! `seek` is sign and magnitude. The result gets `add_length` bytes of the base, each with a byte of `added`
//! added to it (mod 256), then `copied`; the place in the base moves on by `add_length` and then by `seek`.

use super::DeltaProblem;

const CONTROL_BYTES: usize = 24;
const SIGN: u64 = 1 << 63;

/// Applies a patch. The result is at most `limit` bytes.
///
/// # Errors
/// [`DeltaProblem::Stream`], [`DeltaProblem::TooLarge`], [`DeltaProblem::CompressedBsdiff`].
pub fn patch(base: &[u8], stream: &[u8], limit: u64) -> Result<Vec<u8>, DeltaProblem> {
    if stream.starts_with(b"BSDIFF4") || stream.starts_with(b"ENDSLEY/") {
        return Err(DeltaProblem::CompressedBsdiff);
    }
    let mut result = Vec::with_capacity(stream.len());
    let mut rest = stream;
    let mut place = 0usize;
    while !rest.is_empty() {
        let problem = DeltaProblem::Stream { offset: stream.len() - rest.len() };
        step(base, &mut rest, &mut place, &mut result).ok_or(problem)?;
        if result.len() as u64 > limit {
            return Err(DeltaProblem::TooLarge { limit });
        }
    }
    Ok(result)
}

/// Follows one instruction; `None` when it cannot be.
fn step(base: &[u8], rest: &mut &[u8], place: &mut usize, result: &mut Vec<u8>) -> Option<()> {
    let (control, bytes) = rest.split_at_checked(CONTROL_BYTES)?;
    let number = |index: usize| Some(u64::from_le_bytes(*control.get(index * 8..)?.first_chunk()?));
    let (added, bytes) = bytes.split_at_checked(usize::try_from(number(0)?).ok()?)?;
    let (copied, bytes) = bytes.split_at_checked(usize::try_from(number(1)?).ok()?)?;
    let end = place.checked_add(added.len())?;
    let from = base.get(*place..end)?;
    result.extend(from.iter().zip(added).map(|(base, added)| base.wrapping_add(*added)));
    result.extend_from_slice(copied);
    let seek = number(2)?;
    let magnitude = usize::try_from(seek & !SIGN).ok()?;
    *place = if seek & SIGN == 0 { end.checked_add(magnitude)? } else { end.checked_sub(magnitude)? };
    *rest = bytes;
    Some(())
}

/// Writes a patch from runs in the order of the result.
#[derive(Debug)]
pub(super) struct Writer<'t> {
    base: &'t [u8],
    result: &'t [u8],
    stream: Vec<u8>,
    /// Where the instruction that is being gathered adds from, and how much.
    from: usize,
    added: usize,
    /// The part of the result that it makes up.
    start: usize,
    end: usize,
}

impl<'t> Writer<'t> {
    pub(super) fn new(base: &'t [u8], result: &'t [u8]) -> Self {
        // Nearly all of the result is added to something, one byte for each.
        let stream = Vec::with_capacity(result.len() + result.len() / 16 + CONTROL_BYTES);
        Self { base, result, stream, from: 0, added: 0, start: 0, end: 0 }
    }

    /// The next `length` bytes of the result are like those of the base at `from`.
    pub(super) fn add(&mut self, from: usize, length: usize) {
        if length == 0 {
            return;
        }
        let has_copied = self.end > self.start + self.added;
        if has_copied || from != self.from + self.added {
            self.finish_instruction(from);
        }
        self.added += length;
        self.end += length;
    }

    /// The next `length` bytes of the result are like none.
    pub(super) fn copy(&mut self, length: usize) {
        self.end += length;
    }

    fn finish_instruction(&mut self, next_from: usize) {
        let copied = self.end - self.start - self.added;
        let here = self.from + self.added;
        let magnitude = here.abs_diff(next_from) as u64;
        let seek = if next_from < here { magnitude | SIGN } else { magnitude };
        for number in [self.added as u64, copied as u64, seek] {
            self.stream.extend_from_slice(&number.to_le_bytes());
        }
        let split = self.start + self.added;
        let (base, result) = (&self.base[self.from..here], &self.result[self.start..split]);
        if base == result {
            // By far the most, and a memset where the other way is a loop over bytes.
            self.stream.resize(self.stream.len() + base.len(), 0);
        } else {
            self.stream.extend(result.iter().zip(base).map(|(result, base)| result.wrapping_sub(*base)));
        }
        self.stream.extend_from_slice(&self.result[split..self.end]);
        (self.from, self.added, self.start) = (next_from, 0, self.end);
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        if self.end > self.start {
            self.finish_instruction(self.from + self.added);
        }
        self.stream
    }
}
