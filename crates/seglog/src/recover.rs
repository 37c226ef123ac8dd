//! Finds the end of a log and settles what a crash left behind it.
//!
//! It must never take damage for a torn tail. Several records may wait for one sync, and the disk may have
//! got them in any order, so whole records behind a bad one prove nothing by themselves. But each says up to
//! where the log was known to be on disk when it was written: when that includes the bad one, it was whole
//! once, and something else than a crash has spoilt it.

use std::io;
use std::sync::Arc;

use crate::cursor::{Cursor, Place, Record, Window};
use crate::error::Error;
use crate::record::{ALIGNMENT, HEAD_BYTES, Head};
use crate::segment::{HEADER_BYTES, Segment, name_of, numbers};
use crate::storage::Storage;

/// Shows all whole batches from `place` on and returns where they end.
pub(crate) fn walk(
    storage: &Arc<dyn Storage>,
    place: Place,
    visit: &mut dyn FnMut(Record),
) -> Result<Walked, Error> {
    let mut cursor = Cursor::new(storage.clone(), place.clone());
    let mut walked = Walked { end: place, begun: Vec::new() };
    let mut batch = Vec::new();
    while let Some((head, record)) = cursor.next()? {
        if record.offset == HEADER_BYTES {
            walked.begun.push((record.segment, record.sequence));
        }
        batch.push(record);
        if head.ends_batch {
            batch.drain(..).for_each(&mut *visit);
            walked.end = cursor.place.clone();
        }
    }
    // Of segments that only an unfinished batch is in, nothing is kept.
    let last = walked.end.segment.number;
    walked.begun.retain(|&(number, _)| number <= last);
    Ok(walked)
}

/// What [`walk`] went through.
pub(crate) struct Walked {
    /// Behind the last whole batch.
    pub(crate) end: Place,
    /// Number and first sequence of each segment whose beginning was passed.
    pub(crate) begun: Vec<(u64, u64)>,
}

/// Makes sure that nothing behind `end` can ever be read as a record, and returns how many bytes were cut
/// off: those of whole records, and one head for a record that is not. Damage is found before anything is
/// changed.
pub(crate) fn settle(storage: &dyn Storage, end: &Place) -> Result<u64, Error> {
    let mut left = Left { end, problem: false, heads: Vec::new(), cut_bytes: 0 };
    left.look_through(storage, &end.segment, end.offset)?;
    let numbers = numbers(storage)?;
    let later: Vec<u64> = numbers.into_iter().filter(|&number| number > end.segment.number).collect();
    for &number in &later {
        left.look_through(storage, &Segment::open(storage, number)?, HEADER_BYTES)?;
    }
    if left.problem && later.first().is_some_and(|&number| number > end.segment.number + 1) {
        let path = storage.path(&name_of(end.segment.number + 1));
        return Err(Error::Corrupt { path, offset: 0, problem: "the segment is missing" });
    }
    if left.problem {
        return Err(Error::Corrupt {
            path: storage.path(&end.segment.name()),
            offset: end.offset,
            problem: "a record that was on disk is not whole, and later ones follow it",
        });
    }
    // From the last, so that a crash in between leaves no gap in the numbers.
    for number in later.into_iter().rev() {
        let name = name_of(number);
        storage.remove(&name).map_err(Error::io("remove", storage.path(&name)))?;
        storage.sync_directory().map_err(Error::io("sync the directory", storage.path("")))?;
    }
    let wiped = wipe(&end.segment, end.offset, &left.heads)
        .map_err(Error::io("cut the torn end off", storage.path(&end.segment.name())))?;
    Ok(left.cut_bytes.max(wiped))
}

/// What is found behind the end.
struct Left<'e> {
    end: &'e Place,
    /// Whether one of them knew a record at the end to be on disk.
    problem: bool,
    /// Where records begin, in the end's own segment.
    heads: Vec<u64>,
    cut_bytes: u64,
}

impl Left<'_> {
    fn look_through(&mut self, storage: &dyn Storage, segment: &Segment, from: u64) -> Result<(), Error> {
        let read = |error| Error::io("read", storage.path(&segment.name()))(error);
        let mut window = Window::new(segment.file.clone());
        let mut offset = from;
        // No more records than this can follow, which spares almost every place its checksum.
        let most = self.end.sequence + segment.length / HEAD_BYTES as u64;
        let plausible = |head: &Head| (self.end.sequence..=most).contains(&head.sequence);
        while offset + HEAD_BYTES as u64 <= segment.length {
            let head = window.at(offset, HEAD_BYTES).map_err(read)?.first_chunk().and_then(Head::parse);
            if head.is_some_and(|(_, head)| plausible(&head))
                && let Some((head, _)) = window.record_at(offset, segment).map_err(read)?
            {
                self.problem |= head.synced_before() >= self.end.sequence;
                self.cut_bytes += head.size();
                if segment.number == self.end.segment.number {
                    self.heads.push(offset);
                }
            }
            offset += ALIGNMENT as u64;
        }
        Ok(())
    }
}

/// Returns how many bytes it had to change at `end` itself. A tail that no crash touched has zeros there.
fn wipe(segment: &Segment, end: u64, heads: &[u64]) -> io::Result<u64> {
    let room = usize::try_from(segment.length - end).map_or(HEAD_BYTES, |room| room.min(HEAD_BYTES));
    let mut found = [0; HEAD_BYTES];
    segment.file.read_at(&mut found[..room], end)?;
    if heads.is_empty() && found == [0; HEAD_BYTES] {
        return Ok(0);
    }
    for &offset in heads {
        segment.file.write_at(&[0; HEAD_BYTES], offset)?;
    }
    segment.file.write_at(&[0; HEAD_BYTES][..room], end)?;
    segment.file.sync()?;
    Ok(room as u64)
}
