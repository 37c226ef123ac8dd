//! The log itself: appends, syncs, rotation and truncation.
//!
//! It must never acknowledge a record that is not on disk, nor let a failed write be followed by another.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::cursor::{Cursor, Place, Record};
use crate::directory::DirectoryStorage;
use crate::error::Error;
use crate::group::Group;
use crate::options::{Options, Sharing};
use crate::record::{self, HEAD_BYTES, Head, padded_size};
use crate::recover::{Walked, settle, walk};
use crate::segment::{HEADER_BYTES, NEXT, Segment, name_of, numbers};
use crate::spare::Spare;
use crate::storage::{Attempt, LockFile, SharedWord, Storage};

const LOCK: &str = "lock";
const PUBLISHED: &str = "published";

/// An open log, shared by threads.
#[derive(Debug)]
pub struct Log {
    storage: Arc<dyn Storage>,
    options: Options,
    tail: Mutex<Tail>,
    group: Group,
    /// Up to which record every process may read without a lock.
    published: Arc<dyn SharedWord>,
    spare: Spare,
    recovery: Recovery,
    /// Held as long as the log is open when it is not shared.
    _lock: Option<Box<dyn LockFile>>,
}

/// What opening a log found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recovery {
    /// The first record that is kept, or the number that the first ever will have.
    pub first_sequence: u64,
    /// The last record; one less than `first_sequence` in a log that has none.
    pub last_sequence: u64,
    /// Bytes of unfinished writes that were cut off the end: not 0 after a crash only. A last record that was
    /// damaged when nothing had been written after it looks the same.
    pub cut_bytes: u64,
}

/// One record to be appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The caller's own; the log gives it back.
    pub kind: u8,
    /// What the record holds.
    pub payload: &'a [u8],
}

/// Up to where [`Log::refresh`] reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// What is published: needs no lock. Fails with [`Error::Truncated`] when the records were recycled
    /// meanwhile.
    Published,
    /// Everything that is there, also what a process wrote that died before it could publish it; that is
    /// synced before the call returns. Needs the lock that all writers take.
    Everything,
}

#[derive(Debug)]
struct Tail {
    place: Place,
    /// Each segment that is kept, oldest first, with its first record; the last is the place's.
    kept: VecDeque<(u64, u64)>,
    /// Filled segments that no sync has covered since.
    unsynced: Vec<Arc<Segment>>,
    /// Whether a segment got its name since the directory was synced.
    renamed: bool,
    /// Kept between appends for its allocation.
    scratch: Vec<u8>,
}

impl Log {
    /// Opens the log in a directory, makes it if there is none, and shows every record that it keeps, in
    /// order. When it returns an error, what was shown is to be forgotten.
    ///
    /// # Errors
    /// [`Error::Corrupt`], [`Error::Full`], [`Error::Locked`], [`Error::Io`].
    pub fn open_directory(
        directory: &Path,
        options: Options,
        visit: impl FnMut(Record),
    ) -> Result<Self, Error> {
        let storage = DirectoryStorage::create(directory)
            .map_err(Error::io("create the directory", directory.to_path_buf()))?;
        Self::open(Arc::new(storage), options, visit)
    }

    /// [`open_directory`](Self::open_directory) on any storage. A log that several processes share is opened
    /// under the lock that its writers take.
    ///
    /// # Errors
    /// As [`open_directory`](Self::open_directory).
    pub fn open(
        storage: Arc<dyn Storage>,
        options: Options,
        mut visit: impl FnMut(Record),
    ) -> Result<Self, Error> {
        let lock = match options.sharing {
            Sharing::Alone => Some(take_lock(&*storage)?),
            Sharing::Coordinated => None,
        };
        let published = storage.shared_word(PUBLISHED);
        let published = published.map_err(Error::io("open", storage.path(PUBLISHED)))?;
        let first = first_place(&*storage, &options)?;
        let (first_number, first_sequence) = (first.segment.number, first.sequence);
        let Walked { end, mut begun } = walk(&storage, first, &mut visit)?;
        let cut_bytes = settle(&*storage, &end)?;
        // Names that were seen need not be on disk; and until they are, what is the next segment may become an
        // old one again.
        storage.sync_directory().map_err(Error::io("sync the directory", storage.path("")))?;
        Segment::distrust_next(&*storage)?;
        // The first may be empty, when the first batch was too large for it.
        if begun.first().is_none_or(|&(number, _)| number != first_number) {
            begun.insert(0, (first_number, first_sequence));
        }
        // Whoever died between its write and its sync left records that may be in memory only.
        for &(number, _) in &begun {
            let segment = Segment::open(&*storage, number)?;
            segment.file.sync().map_err(Error::io("sync", storage.path(&segment.name())))?;
        }
        let recovery = Recovery { first_sequence, last_sequence: end.sequence - 1, cut_bytes };
        published.store(recovery.last_sequence);
        let spare = Spare::new(storage.clone(), options);
        spare.expect(end.segment.number + 1);
        let tail = Tail {
            place: end,
            kept: begun.into(),
            unsynced: Vec::new(),
            renamed: false,
            scratch: Vec::new(),
        };
        Ok(Self {
            storage,
            options,
            tail: Mutex::new(tail),
            group: Group::new(recovery.last_sequence),
            published,
            spare,
            recovery,
            _lock: lock,
        })
    }

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

    /// Shows the records that other processes appended since this one last looked.
    ///
    /// # Errors
    /// [`Error::Truncated`] when some of them are no longer kept: the log is to be opened again;
    /// [`Error::Corrupt`]; [`Error::Io`].
    pub fn refresh(&self, reach: Reach, mut visit: impl FnMut(Record)) -> Result<(), Error> {
        let mut tail = self.lock_tail();
        let published = self.published.load();
        if published < tail.place.sequence && (reach == Reach::Published || self.is_at_end(&tail)?) {
            return Ok(());
        }
        match reach {
            Reach::Published => self.follow(&mut tail, published, &mut visit),
            Reach::Everything => self.adopt(&mut tail, published, &mut visit),
        }
    }

    /// Whether nothing stands at the tail.
    fn is_at_end(&self, tail: &Tail) -> Result<bool, Error> {
        let mut head = [0; HEAD_BYTES];
        let read = tail.place.segment.file.read_at(&mut head, tail.place.offset);
        read.map_err(Error::io("read", self.storage.path(&tail.place.segment.name())))?;
        Ok(head == [0; HEAD_BYTES])
    }

    fn follow(&self, tail: &mut Tail, published: u64, visit: &mut dyn FnMut(Record)) -> Result<(), Error> {
        let asked = tail.place.sequence;
        let truncated = || Error::Truncated { path: self.storage.path(""), asked };
        let mut cursor = Cursor::new(self.storage.clone(), tail.place.clone());
        let mut records = Vec::new();
        let mut begun = Vec::new();
        while cursor.place.sequence <= published {
            // A file that is recycled while it is read looks damaged; whether one is, the next open says.
            let Ok(Some((_, record))) = cursor.next() else { return Err(truncated()) };
            if record.offset == HEADER_BYTES {
                begun.push((record.segment, record.sequence));
            }
            records.push(record);
        }
        tail.take(cursor.place, begun);
        records.into_iter().for_each(visit);
        Ok(())
    }

    fn adopt(&self, tail: &mut Tail, published: u64, visit: &mut dyn FnMut(Record)) -> Result<(), Error> {
        let asked = tail.place.sequence;
        let Walked { end, begun } = walk(&self.storage, tail.place.clone(), visit)?;
        if end.sequence <= published {
            // Recycled, or damaged: the next open says which.
            return Err(Error::Truncated { path: self.storage.path(""), asked });
        }
        settle(&*self.storage, &end)?;
        tail.take(end, begun);
        if tail.place.sequence - 1 > published {
            self.sync_tail(tail)?;
        }
        let last = tail.place.sequence - 1;
        self.group.advance(last);
        self.published.store(last);
        Ok(())
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

    /// The records that are kept from `sequence` on, up to the last one now.
    ///
    /// # Errors
    /// [`Error::Truncated`], [`Error::Corrupt`], [`Error::Io`].
    pub fn records(&self, sequence: u64) -> Result<Records, Error> {
        let (kept, last) = {
            let tail = self.lock_tail();
            let kept = tail.kept.iter().rev().find(|(_, begins)| *begins <= sequence);
            (kept.copied(), tail.place.sequence - 1)
        };
        let truncated = || Error::Truncated { path: self.storage.path(""), asked: sequence };
        let (number, begins) = kept.ok_or_else(truncated)?;
        let segment = Arc::new(Segment::open(&*self.storage, number)?);
        let place = Place { segment, offset: HEADER_BYTES, sequence: begins };
        let mut records = Records {
            cursor: Some(Cursor::new(self.storage.clone(), place)),
            last,
            path: self.storage.path(""),
        };
        for skipped in begins..sequence.min(last + 1) {
            debug_assert!(skipped < sequence);
            records.next().transpose()?;
        }
        Ok(records)
    }

    /// Where the file of a [`Record::segment`] is, for messages.
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
            segment.file.sync().map_err(Error::io("sync", self.storage.path(&segment.name())))?;
        }
        if renamed {
            self.storage.sync_directory().map_err(Error::io("sync the directory", self.storage.path("")))?;
        }
        Ok(place.sequence - 1)
    }

    /// As [`sync`](Self::sync), for records that another process left.
    fn sync_tail(&self, tail: &Tail) -> Result<(), Error> {
        for &(number, _) in &tail.kept {
            let segment = Segment::open(&*self.storage, number)?;
            segment.file.sync().map_err(Error::io("sync", self.storage.path(&segment.name())))?;
        }
        self.storage.sync_directory().map_err(Error::io("sync the directory", self.storage.path("")))
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

    fn lock_tail(&self) -> MutexGuard<'_, Tail> {
        // The tail is changed at the end of each operation only, so a panic in one leaves it whole.
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tail {
    /// Moves to where another process has got.
    fn take(&mut self, place: Place, begun: Vec<(u64, u64)>) {
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

fn take_lock(storage: &dyn Storage) -> Result<Box<dyn LockFile>, Error> {
    let failed = |action| Error::io(action, storage.path(LOCK));
    let lock = storage.lock_file(LOCK).map_err(failed("open"))?;
    match lock.try_lock(&format!("process {}", std::process::id())).map_err(failed("lock"))? {
        Attempt::Taken => Ok(lock),
        Attempt::Held(holder) => Err(Error::Locked { path: storage.path(LOCK), holder }),
    }
}

/// Where the oldest record is that is kept; makes the first segment of a new log.
fn first_place(storage: &dyn Storage, options: &Options) -> Result<Place, Error> {
    let numbers = numbers(storage)?;
    let Some(&first) = numbers.first() else {
        let segment = Segment::prepare(storage, 1, options.segment_bytes)?;
        let name = name_of(1);
        let named = storage.rename(NEXT, &name).and_then(|()| storage.sync_directory());
        named.map_err(Error::io("rename a new segment to", storage.path(&name)))?;
        return Ok(Place { segment: Arc::new(segment), offset: HEADER_BYTES, sequence: 1 });
    };
    let segment = Arc::new(Segment::open(storage, first)?);
    let mut sequence = 1;
    if first > 1 {
        // A segment goes only when a record of the next is on disk.
        let path = storage.path(&segment.name());
        let mut window = crate::cursor::Window::new(segment.file.clone());
        let found = window.record_at(HEADER_BYTES, &segment).map_err(Error::io("read", path.clone()))?;
        let problem = "the first record of the log is not whole";
        sequence = found.ok_or(Error::Corrupt { path, offset: HEADER_BYTES, problem })?.0.sequence;
    }
    Ok(Place { segment, offset: HEADER_BYTES, sequence })
}

/// See [`Log::records`].
#[derive(Debug)]
pub struct Records {
    /// None after an error.
    cursor: Option<Cursor>,
    last: u64,
    path: PathBuf,
}

impl Iterator for Records {
    type Item = Result<Record, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let cursor = self.cursor.as_mut().filter(|cursor| cursor.place.sequence <= self.last)?;
        let asked = cursor.place.sequence;
        let found = match cursor.next() {
            Ok(Some((_, record))) => return Some(Ok(record)),
            Ok(None) => Error::Truncated { path: self.path.clone(), asked },
            Err(error) => error,
        };
        self.cursor = None;
        Some(Err(found))
    }
}
