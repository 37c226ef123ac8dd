//! Opens a log: finds its records, and makes sure that what was found is on disk.
//!
//! It must never show a record to anybody that a power failure could still take back.

use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::alone::Alone;
use crate::cursor::{Place, Record, Window};
use crate::directory::DirectoryStorage;
use crate::error::Error;
use crate::group::Group;
use crate::log::{Log, Tail};
use crate::options::{Options, Sharing};
use crate::recover::{Walked, settle, walk};
use crate::segment::{HEADER_BYTES, NEXT, Segment, name_of, numbers};
use crate::spare::Spare;
use crate::storage::Storage;

const PUBLISHED: &str = "published";

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
            Sharing::Alone => Some(Alone::take(&*storage)?),
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
        let mut window = Window::new(segment.file.clone());
        let found = window.record_at(HEADER_BYTES, &segment).map_err(Error::io("read", path.clone()))?;
        let problem = "the first record of the log is not whole";
        sequence = found.ok_or(Error::Corrupt { path, offset: HEADER_BYTES, problem })?.0.sequence;
    }
    Ok(Place { segment, offset: HEADER_BYTES, sequence })
}
