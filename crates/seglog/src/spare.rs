//! The segment after the current one: made ahead of its need, or out of one that is no longer kept.
//!
//! It must never touch a file that has a segment's name other than to rename or remove it.

use std::io;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crate::error::Error;
use crate::options::{Options, Sharing};
use crate::segment::{NEXT, Segment, name_of};
use crate::storage::Storage;

#[derive(Debug)]
pub(crate) struct Spare {
    files: Arc<Files>,
    /// None when segments are made in line.
    thread: Option<(Sender<u64>, JoinHandle<()>)>,
}

#[derive(Debug)]
struct Files {
    storage: Arc<dyn Storage>,
    segment_bytes: u64,
    /// Held by whoever works on the file [`NEXT`]. What is in it is ready; only the thread puts it there.
    ready: Mutex<Option<Segment>>,
}

impl Spare {
    pub(crate) fn new(storage: Arc<dyn Storage>, options: Options) -> Self {
        let segment_bytes = options.segment_bytes;
        let files = Arc::new(Files { storage, segment_bytes, ready: Mutex::new(None) });
        let thread = match options.sharing {
            Sharing::Alone => {
                let (sender, numbers) = channel();
                let files = files.clone();
                let work = move || numbers.into_iter().for_each(|number| files.prepare(number));
                // Without the thread, segments are made when they are needed.
                let spawned = thread::Builder::new().name("seglog".to_owned()).spawn(work).ok();
                spawned.map(|handle| (sender, handle))
            }
            Sharing::Coordinated => None,
        };
        Self { files, thread }
    }

    /// Says which segment will be needed next.
    pub(crate) fn expect(&self, number: u64) {
        if let Some((sender, _)) = &self.thread {
            // It only fails when the thread has panicked; segments are made in line then.
            let _ = sender.send(number);
        }
    }

    /// A segment of at least this length, with its header on disk; its name may not be yet.
    pub(crate) fn take(&self, number: u64, length: u64) -> Result<Segment, Error> {
        let mut ready = self.files.lock();
        let storage = &*self.files.storage;
        let segment = match ready.take() {
            Some(segment) if segment.number == number && segment.length >= length => segment,
            _ => Segment::prepare(storage, number, length)?,
        };
        // Under the lock: the thread would take a file of that name for its own.
        let name = name_of(number);
        storage.rename(NEXT, &name).map_err(Error::io("rename a new segment to", storage.path(&name)))?;
        drop(ready);
        Ok(segment)
    }

    /// Takes a segment that is no longer kept for segment `next`, or removes it.
    pub(crate) fn recycle(&self, number: u64, next: u64) -> Result<(), Error> {
        let ready = self.files.lock();
        let storage = &*self.files.storage;
        let name = name_of(number);
        let failed = |action| Error::io(action, storage.path(&name));
        let has_next = storage.exists(NEXT).map_err(failed("look beside"))?;
        let moved = if has_next { storage.remove(&name) } else { storage.rename(&name, NEXT) };
        match moved {
            Ok(()) => {}
            // Another process was first.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed("let go of")(error)),
        }
        // Before the next one goes, so that a crash leaves no gap in the numbers.
        storage.sync_directory().map_err(Error::io("sync the directory", storage.path("")))?;
        if !has_next {
            // Made ready here, not when it is needed: a truncation is waited for less than an append.
            Segment::prepare(storage, next, self.files.segment_bytes)?;
        }
        drop(ready);
        Ok(())
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        if let Some((sender, handle)) = self.thread.take() {
            drop(sender);
            // A panic of the thread has been printed and has harmed nothing.
            let _ = handle.join();
        }
    }
}

impl Files {
    fn prepare(&self, number: u64) {
        let mut ready = self.lock();
        // A failure comes again when the segment is needed, and is returned there.
        *ready = Segment::prepare(&*self.storage, number, self.segment_bytes).ok();
    }

    fn lock(&self) -> MutexGuard<'_, Option<Segment>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
