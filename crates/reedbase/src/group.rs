//! Lets writers of one process share the lock and the sync: whoever gets to write does so for all who wait.
//!
//! It must never answer a write before it is as durable as was asked for.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use arc_swap::ArcSwap;
use seglog::{SharedWord, Storage};

use crate::change::Change;
use crate::error::Error;
use crate::lock::Lock;
use crate::options::Options;
use crate::snapshot::Snapshot;
use crate::writer::Writer;

/// What the threads that use a table share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) options: Options,
    /// What readers see.
    pub(crate) snapshot: ArcSwap<Snapshot>,
    /// Counts what all processes wrote.
    pub(crate) published: Arc<dyn SharedWord>,
    pub(crate) lock: Lock,
    writer: Mutex<Writer>,
    waiting: Mutex<Vec<Arc<Request>>>,
}

/// A batch that waits for whoever writes now.
#[derive(Debug)]
struct Request {
    changes: Vec<Change>,
    answer: Mutex<Option<Result<(), Error>>>,
}

impl Shared {
    pub(crate) fn new(storage: Arc<dyn Storage>, options: Options, lock: Lock, writer: Writer) -> Self {
        Self {
            storage,
            options,
            snapshot: ArcSwap::from_pointee(writer.rows.clone()),
            published: writer.log.published_word(),
            lock,
            writer: Mutex::new(writer),
            waiting: Mutex::default(),
        }
    }

    /// Makes all changes of a batch or none.
    pub(crate) fn write(&self, changes: &[Change]) -> Result<(), Error> {
        match self.writer.try_lock() {
            Ok(mut writer) => return self.lead(&mut writer, Some(changes)),
            Err(TryLockError::Poisoned(broken)) => return self.lead(&mut broken.into_inner(), Some(changes)),
            Err(TryLockError::WouldBlock) => {}
        }
        let request = Arc::new(Request { changes: changes.to_vec(), answer: Mutex::default() });
        unpoisoned(&self.waiting).push(request.clone());
        let mut writer = self.writer();
        if let Some(answer) = unpoisoned(&request.answer).take() {
            return answer;
        }
        self.lead(&mut writer, None)?;
        drop(writer);
        // It was among those who waited, and each of them has its answer.
        unpoisoned(&request.answer).take().unwrap_or(Ok(()))
    }

    /// Writes for all who wait, and for the caller, whose answer this is.
    fn lead(&self, writer: &mut Writer, own: Option<&[Change]>) -> Result<(), Error> {
        let waiting = std::mem::take(&mut *unpoisoned(&self.waiting));
        let mut answers = Vec::with_capacity(waiting.len());
        let mut own_answer = Ok(());
        let written = self.enter(writer, |writer| {
            writer.fold_if_due(&*self.storage)?;
            if let Some(changes) = own {
                own_answer = writer.append(changes);
            }
            answers.extend(waiting.iter().map(|request| writer.append(&request.changes)));
            match writer.poisoned() {
                Some(_) => Ok(()),
                None => writer.commit(),
            }
        });
        if let Err(error) = &written {
            answers.clear();
            answers.extend(waiting.iter().map(|_| Err(error.again())));
        }
        for (request, answer) in waiting.iter().zip(answers) {
            *unpoisoned(&request.answer) = Some(answer);
        }
        match (written, own) {
            (Err(error), Some(_)) => Err(error),
            (_, Some(_)) => own_answer,
            // The caller's answer is among the others.
            (_, None) => Ok(()),
        }
    }

    /// Does something with the writer that no other thread or process may disturb, on rows that are up to
    /// date, and shows readers what has become of them.
    pub(crate) fn exclusively<R>(
        &self,
        work: impl FnOnce(&mut Writer) -> Result<R, Error>,
    ) -> Result<R, Error> {
        self.enter(&mut self.writer(), work)
    }

    fn enter<R>(
        &self,
        writer: &mut Writer,
        work: impl FnOnce(&mut Writer) -> Result<R, Error>,
    ) -> Result<R, Error> {
        writer.refuse_if_poisoned(&*self.storage)?;
        let held = self.lock.wait(self.options.lock_timeout)?;
        let done = writer.catch_up(&self.storage).and_then(|()| work(writer));
        if writer.poisoned().is_some() {
            // What was appended last is not known to be on disk, so it is not shown.
            writer.rows = Snapshot::clone(&self.snapshot.load());
        } else {
            self.show(writer);
        }
        drop(held);
        done
    }

    fn show(&self, writer: &Writer) {
        if self.snapshot.load().sequence() != writer.rows.sequence() {
            self.snapshot.store(Arc::new(writer.rows.clone()));
        }
    }

    /// Brings what readers see up to what others wrote, as far as that can be done without waiting.
    pub(crate) fn follow(&self) {
        let Ok(mut writer) = self.writer.try_lock() else { return };
        // What goes wrong here is no business of a reader, who keeps its rows; the next write says it.
        let stale = writer.follow_published().unwrap_or(false);
        if (stale || writer.looks_edited(&*self.storage))
            && writer.poisoned().is_none()
            && let Ok(Some(held)) = self.lock.take()
        {
            let _ = writer.catch_up(&self.storage);
            drop(held);
        }
        if writer.poisoned().is_none() {
            self.show(&writer);
        }
    }

    /// The writer, when its thread has finished.
    pub(crate) fn writer(&self) -> MutexGuard<'_, Writer> {
        unpoisoned(&self.writer)
    }
}

/// A panic in one thread is that thread's; the state behind these locks is whole between any two statements.
fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
