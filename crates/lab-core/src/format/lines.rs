//! Files of one record a line, handed in piece by piece.
//!
//! It finds where lines end and says what became of those that do not; it reads nothing of what is in them.

use super::{LINE_BYTES_MAX, Place};

/// Where the reading of a file of lines stands.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// Lines begun so far.
    count: u64,
    /// Bytes of a line that is too long and has not ended yet.
    overlong_bytes: u64,
}

/// What a chunk of a file of lines is.
pub(super) enum Chunk<'a> {
    Line(Place, &'a [u8]),
    Torn(Place, u64),
    Overlong(Place),
    /// More of an overlong line.
    Rest,
}

impl Lines {
    /// What the next piece is: up to and including a newline, or [`LINE_BYTES_MAX`] bytes without one, or the end.
    pub(super) fn next<'a>(&mut self, file: &str, bytes: &'a [u8]) -> Chunk<'a> {
        let is_ended = bytes.last() == Some(&b'\n');
        let is_rest = self.overlong_bytes > 0;
        if !is_rest {
            self.count += 1;
        }
        let place = Place::line(file, self.count);
        let length = self.overlong_bytes + bytes.len() as u64;
        if is_ended {
            self.overlong_bytes = 0;
            return if is_rest { Chunk::Rest } else { Chunk::Line(place, bytes) };
        }
        if bytes.len() >= LINE_BYTES_MAX {
            self.overlong_bytes = length;
            return if is_rest { Chunk::Rest } else { Chunk::Overlong(place) };
        }
        Chunk::Torn(place, length)
    }
}
