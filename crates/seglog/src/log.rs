//! The log itself: appends, syncs, rotation and truncation.
//!
//! It must never acknowledge a record that is not on disk, nor let a failed write be followed by another.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::alone::Alone;
use crate::cursor::Place;
use crate::error::Error;
use crate::group::Group;
use crate::open::Recovery;
use crate::options::Options;
use crate::record::{self, HEAD_BYTES, Head, padded_size};
use crate::segment::{HEADER_BYTES, Segment, name_of};
use crate::spare::Spare;
use crate::storage::{SharedWord, Storage};

/// An open log, shared by threads.
#[derive(Debug)]
pub struct Log {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) options: Options,
    pub(crate) tail: Mutex<Tail>,
    pub(crate) group: Group,
    /// Up to which record every process may read without a lock.
    pub(crate) published: Arc<dyn SharedWord>,
    pub(crate) spare: Spare,
    pub(crate) recovery: Recovery,
    /// Held as long as the log is open when it is not shared.
    pub(crate) _lock: Option<Alone>,
}

/// One record to be appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The caller's own; the log gives it back.
    pub kind: u8,
    /// What the record holds.
    pub payload: &'a [u8],
}

#[derive(Debug)]
pub(crate) struct Tail {
    pub(crate) place: Place,
    /// Each segment that is kept, oldest first, with its first record; the last is the place's.
    pub(crate) kept: VecDeque<(u64, u64)>,
    /// Filled segments that no sync has covered since.
    pub(crate) unsynced: Vec<Arc<Segment>>,
    /// Whether a segment got its name since the directory was synced.
    pub(crate) renamed: bool,
    /// Kept between appends for its allocation.
    pub(crate) scratch: Vec<u8>,
}

impl Log {
    /// What opening found.
    pub fn recovery(&self) -> Recovery {
        self.recovery
    }

    /// Writes all records or, also after a crash, none; returns the last one's sequence number. They are on
    /// disk when [`commit`](Self::commit) of it has returned.
    ///
    /// # Errors
    /// [`Error::TooLarge`] and [`Error::Full`], which leave the log as it was; [`Error::Io`] and then
    /// [`Error::Poisoned`].
    pub fn append(&self, batch: &[Entry<'_>]) -> Result<u64, Error> {
        self.refuse_if_poisoned()?;
        let mut tail = self.lock_tail();
        let bytes: u64 = batch.iter().map(|entry| padded_size(entry.payload.len()) as u64).sum();
        if bytes > Self::BATCH_BYTES_MAX {
            return Err(Error::TooLarge { bytes, limit: Self::BATCH_BYTES_MAX });
        }
        if tail.place.offset + bytes > tail.place.segment.length {
            self.rotate(&mut tail, bytes)?;
        }
        let durable = self.group.durable();
        let Tail { place, scratch, .. } = &mut *tail;
        scratch.clear();
        for (index, entry) in batch.iter().enumerate() {
            let sequence = place.sequence + index as u64;
            let head = Head {
                length: u32::try_from(entry.payload.len()).expect("the batch is below the largest"),
                sequence,
                unsynced: u32::try_from(sequence - durable).unwrap_or(u32::MAX),
                kind: entry.kind,
                ends_batch: index + 1 == batch.len(),
            };
            record::encode(&head, entry.payload, place.segment.salt, scratch);
        }
        // What an earlier use of the file left behind the end is cut off, as far as there is room.
        let room = usize::try_from(place.segment.length - place.offset).unwrap_or(usize::MAX);
        scratch.resize((scratch.len() + HEAD_BYTES).min(room), 0);
        if let Err(source) = place.segment.file.write_at(scratch, place.offset) {
            let path = self.storage.path(&place.segment.name());
            return Err(self.poison(Error::Io { action: "write to", path, source }));
        }
        place.offset += bytes;
        place.sequence += batch.len() as u64;
        Ok(place.sequence - 1)
    }

    /// Larger batches need a segment whose length no 32-bit record could fill.
    const BATCH_BYTES_MAX: u64 = 1 << 31;

    /// Returns when everything up to `sequence` is on disk, and has published it then. One sync serves all
    /// who wait.
    ///
    /// # Errors
    /// [`Error::Poisoned`] when this or an earlier sync failed: what is on disk is not known then.
    pub fn commit(&self, sequence: u64) -> Result<(), Error> {
        let committed = self.group.wait(sequence, || {
            self.sync().inspect(|&durable| self.published.store(durable)).map_err(|error| say(&error))
        });
        committed.map_err(|cause| Error::Poisoned { path: self.storage.path(""), cause })
    }

    /// Lets other processes read up to `sequence`, which may not be on disk: for callers who leave the syncs
    /// to the system.
    pub fn publish(&self, sequence: u64) {
        self.published.store(sequence);
    }

    /// The last record that other processes may read: those of all processes, also such as this one has not
    /// yet seen. Costs a load from memory.
    pub fn published(&self) -> u64 {
        self.published.load()
    }

    /// What [`published`](Self::published) reads, for callers who look without the log at hand.
    pub fn published_word(&self) -> Arc<dyn SharedWord> {
        self.published.clone()
    }

    /// The last record that is on disk, as far as this process knows.
    pub fn durable(&self) -> u64 {
        self.group.durable()
    }

    /// The first record that is kept, or the number that the first ever will have.
    pub fn first(&self) -> u64 {
        self.lock_tail().kept.front().map_or(1, |&(_, begins)| begins)
    }

    /// The last record that this process has written or seen.
    pub fn last(&self) -> u64 {
        self.lock_tail().place.sequence - 1
    }

    /// Lets go of all segments whose records are all before `sequence`, and keeps one of the files for the
    /// next segment. The last record of the log is always kept: the count goes on from it.
    ///
    /// # Errors
    /// [`Error::Io`]; some of the segments may be gone then.
    pub fn truncate_before(&self, sequence: u64) -> Result<(), Error> {
        self.refuse_if_poisoned()?;
        let sequence = sequence.min(self.group.durable());
        let mut tail = self.lock_tail();
        while let Some(&(_, next_begins)) = tail.kept.get(1)
            && next_begins <= sequence
        {
            let Some((number, _)) = tail.kept.pop_front() else { break };
            let current = tail.place.segment.number;
            self.spare.recycle(number, current + 1).map_err(|error| self.poison(error))?;
        }
        Ok(())
    }

    /// Where the file of a [`Record::segment`](crate::Record::segment) is, for messages.
    pub fn segment_path(&self, segment: u64) -> PathBuf {
        self.storage.path(&name_of(segment))
    }

    fn rotate(&self, tail: &mut Tail, bytes: u64) -> Result<(), Error> {
        let number = tail.place.segment.number + 1;
        let length = self.options.segment_bytes.max(HEADER_BYTES + bytes);
        // Nothing is changed yet when there is no room for a segment.
        let segment = self.spare.take(number, length)?;
        let filled = std::mem::replace(&mut tail.place.segment, Arc::new(segment));
        tail.place.offset = HEADER_BYTES;
        tail.kept.push_back((number, tail.place.sequence));
        tail.unsynced.push(filled);
        tail.renamed = true;
        self.spare.expect(number + 1);
        Ok(())
    }

    /// Writes everything that was appended so far, and returns up to where that is.
    fn sync(&self) -> Result<u64, Error> {
        let (filled, place, renamed) = {
            let mut tail = self.lock_tail();
            (std::mem::take(&mut tail.unsynced), tail.place.clone(), std::mem::take(&mut tail.renamed))
        };
        for segment in filled.iter().chain([&place.segment]) {
            let failed = |error| Error::io("sync", self.storage.path(&segment.name()))(error);
            segment.file.sync().map_err(failed)?;
        }
        if renamed {
            self.storage.sync_directory().map_err(Error::io("sync the directory", self.storage.path("")))?;
        }
        Ok(place.sequence - 1)
    }

    fn poison(&self, error: Error) -> Error {
        self.group.fail(say(&error));
        error
    }

    fn refuse_if_poisoned(&self) -> Result<(), Error> {
        match self.group.failure() {
            Some(cause) => Err(Error::Poisoned { path: self.storage.path(""), cause }),
            None => Ok(()),
        }
    }

    pub(crate) fn lock_tail(&self) -> MutexGuard<'_, Tail> {
        // The tail is changed at the end of each operation only, so a panic in one leaves it whole.
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tail {
    /// Moves to where another process has got.
    pub(crate) fn take(&mut self, place: Place, begun: Vec<(u64, u64)>) {
        let last = self.kept.back().map_or(0, |&(number, _)| number);
        self.kept.extend(begun.into_iter().filter(|&(number, _)| number > last));
        self.place = place;
    }
}

/// An error with its causes, in one line.
fn say(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        said = format!("{said}: {cause}");
        source = cause.source();
    }
    said
}
