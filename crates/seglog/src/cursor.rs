//! Walks through the records of a log in their order, from one segment into the next.
//!
//! It must never return a record out of sequence, nor one whose checksum does not hold.

use std::io;
use std::sync::Arc;

use crate::error::Error;
use crate::record::{self, HEAD_BYTES, Head};
use crate::segment::{HEADER_BYTES, Segment, name_of};
use crate::storage::{Storage, StoredFile};

/// One record of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number: the first of a log is 1, and none is left out.
    pub sequence: u64,
    /// What the writer said that it is.
    pub kind: u8,
    /// The bytes that were appended.
    pub payload: Vec<u8>,
    /// The segment it is in and where in its file, for messages; see [`Log::segment_path`](crate::Log::segment_path).
    pub segment: u64,
    /// First byte of the record in the segment's file.
    pub offset: u64,
}

/// A place between two records.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) segment: Arc<Segment>,
    pub(crate) offset: u64,
    /// The sequence number that the record here has, or will have.
    pub(crate) sequence: u64,
}

#[derive(Debug)]
pub(crate) struct Cursor {
    storage: Arc<dyn Storage>,
    pub(crate) place: Place,
    window: Window,
}

impl Cursor {
    pub(crate) fn new(storage: Arc<dyn Storage>, place: Place) -> Self {
        let window = Window::new(place.segment.file.clone());
        Self { storage, place, window }
    }

    /// The record here, if there is one in sequence; moves behind it.
    pub(crate) fn next(&mut self) -> Result<Option<(Head, Record)>, Error> {
        if let Some(found) = self.take_here()? {
            return Ok(Some(found));
        }
        if !self.move_on()? {
            return Ok(None);
        }
        self.take_here()
    }

    fn take_here(&mut self) -> Result<Option<(Head, Record)>, Error> {
        let Place { segment, offset, sequence } = &mut self.place;
        let path = || self.storage.path(&segment.name());
        let found = self.window.record_at(*offset, segment).map_err(Error::io("read", path()))?;
        let Some((head, payload)) = found.filter(|(head, _)| head.sequence == *sequence) else {
            return Ok(None);
        };
        let record = Record {
            sequence: *sequence,
            kind: head.kind,
            payload: payload.to_vec(),
            segment: segment.number,
            offset: *offset,
        };
        *sequence += 1;
        *offset += head.size();
        Ok(Some((head, record)))
    }

    /// Goes to the next segment if there is one that begins with the record in sequence.
    fn move_on(&mut self) -> Result<bool, Error> {
        let next = name_of(self.place.segment.number + 1);
        let found = self.storage.exists(&next).map_err(Error::io("look for", self.storage.path(&next)))?;
        if !found {
            return Ok(false);
        }
        let segment = Arc::new(Segment::open(&*self.storage, self.place.segment.number + 1)?);
        let mut window = Window::new(segment.file.clone());
        let first = window.record_at(HEADER_BYTES, &segment);
        let first = first.map_err(Error::io("read", self.storage.path(&next)))?;
        if first.is_none_or(|(head, _)| head.sequence != self.place.sequence) {
            return Ok(false);
        }
        self.place = Place { segment, offset: HEADER_BYTES, sequence: self.place.sequence };
        self.window = window;
        Ok(true)
    }
}

/// A part of a file, read ahead.
#[derive(Debug)]
pub(crate) struct Window {
    file: Arc<dyn StoredFile>,
    start: u64,
    bytes: Vec<u8>,
}

/// Small enough for a reader of a few records, large enough to read a segment in few calls.
const FIRST_BYTES: usize = 1 << 12;
const LATER_BYTES: usize = 1 << 18;

impl Window {
    pub(crate) fn new(file: Arc<dyn StoredFile>) -> Self {
        Self { file, start: 0, bytes: Vec::new() }
    }

    /// Bytes from `offset` on: `count` of them, or fewer at the end of the file.
    pub(crate) fn at(&mut self, offset: u64, count: usize) -> io::Result<&[u8]> {
        let inside = |window: &Self| {
            let skip = usize::try_from(offset.checked_sub(window.start)?).ok()?;
            (skip + count <= window.bytes.len()).then_some(skip)
        };
        if let Some(skip) = inside(self) {
            return Ok(&self.bytes[skip..skip + count]);
        }
        let ahead = if self.bytes.is_empty() { FIRST_BYTES } else { LATER_BYTES };
        self.bytes.resize(count.max(ahead), 0);
        self.start = offset;
        let read = self.file.read_at(&mut self.bytes, offset);
        self.bytes.truncate(*read.as_ref().unwrap_or(&0));
        read?;
        Ok(&self.bytes[..count.min(self.bytes.len())])
    }

    /// The record at a place of a segment, if one is there.
    pub(crate) fn record_at(&mut self, offset: u64, segment: &Segment) -> io::Result<Option<(Head, &[u8])>> {
        let Some(head) = self.at(offset, HEAD_BYTES)?.first_chunk().and_then(Head::parse) else {
            return Ok(None);
        };
        let size = HEAD_BYTES as u64 + u64::from(head.1.length);
        if offset + size > segment.length {
            return Ok(None);
        }
        let bytes = self.at(offset, usize::try_from(size).map_err(io::Error::other)?)?;
        Ok(record::record_at(bytes, segment.salt))
    }
}
