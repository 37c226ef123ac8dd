//! Reads what other processes appended to a log that is open here.
//!
//! It must never move on before everything up to there was read: who is shown a part is shown it twice.

use crate::cursor::{Cursor, Record};
use crate::error::Error;
use crate::log::{Log, Tail};
use crate::record::HEAD_BYTES;
use crate::recover::{Walked, settle, walk};
use crate::segment::{HEADER_BYTES, Segment};

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

impl Log {
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
        // Asked before every write: the path is put together only for an error.
        read.map_err(|error| Error::io("read", self.storage.path(&tail.place.segment.name()))(error))?;
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

    /// As [`sync`](Self::sync), for records that another process left.
    fn sync_tail(&self, tail: &Tail) -> Result<(), Error> {
        for &(number, _) in &tail.kept {
            let segment = Segment::open(&*self.storage, number)?;
            segment.file.sync().map_err(Error::io("sync", self.storage.path(&segment.name())))?;
        }
        self.storage.sync_directory().map_err(Error::io("sync the directory", self.storage.path("")))
    }
}
