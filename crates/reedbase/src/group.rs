//! Lets writers of one process share the lock and the sync: whoever gets to write does so for all who wait.
//!
//! It must never answer a write before it is as durable as was asked for.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

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
    queue: Mutex<Queue>,
}

/// Who waits to write.
#[derive(Debug, Default)]
struct Queue {
    waiting: Vec<Arc<Request>>,
    /// Whether a thread is writing, or has been called to.
    is_led: bool,
}

/// A batch that waits for whoever writes now.
#[derive(Debug)]
struct Request {
    changes: Vec<Change>,
    turn: Mutex<Turn>,
    called: Condvar,
}

#[derive(Debug)]
enum Turn {
    Waiting,
    /// The thread of this request is to write for all who wait, itself included.
    Lead,
    Done(Result<(), Error>),
}

impl Request {
    fn call(&self, turn: Turn) {
        *unpoisoned(&self.turn) = turn;
        self.called.notify_one();
    }

    /// Waits for anything but waiting.
    fn wait(&self) -> Turn {
        let mut turn = unpoisoned(&self.turn);
        loop {
            match std::mem::replace(&mut *turn, Turn::Waiting) {
                Turn::Waiting => turn = self.called.wait(turn).unwrap_or_else(PoisonError::into_inner),
                called => return called,
            }
        }
    }
}

/// A thread's time as the one that writes. It ends with the next being called, also when the thread panics.
struct Term<'s> {
    shared: &'s Shared,
    group: Vec<Arc<Request>>,
}

impl Drop for Term<'_> {
    fn drop(&mut self) {
        for request in self.group.drain(..) {
            let (path, cause) = (self.shared.storage.path(""), "the thread that wrote panicked".to_owned());
            request.call(Turn::Done(Err(Error::Poisoned { path, cause })));
        }
        let mut queue = unpoisoned(&self.shared.queue);
        queue.is_led = !queue.waiting.is_empty();
        if let Some(next) = queue.waiting.first() {
            next.call(Turn::Lead);
        }
    }
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
            queue: Mutex::default(),
        }
    }

    /// Makes all changes of a batch or none.
    pub(crate) fn write(&self, changes: &[Change]) -> Result<(), Error> {
        let request = {
            let mut queue = unpoisoned(&self.queue);
            if !queue.is_led {
                queue.is_led = true;
                drop(queue);
                return self.lead(Some(changes));
            }
            let (turn, called) = (Mutex::new(Turn::Waiting), Condvar::new());
            let request = Arc::new(Request { changes: changes.to_vec(), turn, called });
            queue.waiting.push(request.clone());
            request
        };
        loop {
            match request.wait() {
                Turn::Done(answer) => return answer,
                // Its own batch is among those that wait.
                Turn::Lead | Turn::Waiting => self.lead(None)?,
            }
        }
    }

    /// Writes for all who wait, and for the caller if it does not, whose answer this is.
    fn lead(&self, own: Option<&[Change]>) -> Result<(), Error> {
        let mut term = Term { shared: self, group: Vec::new() };
        let mut writer = self.writer();
        term.group = std::mem::take(&mut unpoisoned(&self.queue).waiting);
        let mut own_answer = Ok(());
        let mut answers = Vec::with_capacity(term.group.len());
        let written = self.enter(&mut writer, |writer| {
            writer.fold_if_due(&*self.storage)?;
            if let Some(changes) = own {
                own_answer = writer.append(changes);
            }
            answers.extend(term.group.iter().map(|request| writer.append(&request.changes)));
            match writer.poisoned() {
                Some(_) => Ok(()),
                None => writer.commit(),
            }
        });
        drop(writer);
        if let Err(error) = &written {
            answers.clear();
            answers.extend(term.group.iter().map(|_| Err(error.again())));
        }
        for (request, answer) in term.group.drain(..).zip(answers) {
            request.call(Turn::Done(answer));
        }
        drop(term);
        match own {
            Some(_) => written.and(own_answer),
            None => Ok(()),
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
