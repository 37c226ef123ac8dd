//! Lets one sync stand for everybody who waits: the first to wait becomes the leader and syncs for all whose
//! records were written before it began.
//!
//! It must never say that a record is on disk because a later sync succeeded where an earlier one failed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// How far a log is on disk, and who is seeing to it.
#[derive(Debug)]
pub(crate) struct Group {
    state: Mutex<State>,
    changed: Condvar,
    /// A copy of the state's, for those who only look.
    durable: AtomicU64,
}

#[derive(Debug)]
struct State {
    durable: u64,
    has_leader: bool,
    /// What failed first, once something has.
    failure: Option<String>,
}

impl Group {
    pub(crate) fn new(durable: u64) -> Self {
        let state = State { durable, has_leader: false, failure: None };
        Self { state: Mutex::new(state), changed: Condvar::new(), durable: AtomicU64::new(durable) }
    }

    pub(crate) fn durable(&self) -> u64 {
        self.durable.load(Ordering::Acquire)
    }

    pub(crate) fn failure(&self) -> Option<String> {
        self.lock().failure.clone()
    }

    /// Keeps the first failure and wakes all who wait.
    pub(crate) fn fail(&self, cause: String) {
        self.lock().failure.get_or_insert(cause);
        self.changed.notify_all();
    }

    /// Takes note that everything up to `durable` is on disk.
    pub(crate) fn advance(&self, durable: u64) {
        let mut state = self.lock();
        state.durable = state.durable.max(durable);
        self.durable.store(state.durable, Ordering::Release);
    }

    /// Returns when everything up to `sequence` is on disk, or with what failed. `sync` writes everything
    /// that was appended and returns up to where that was; one thread at a time is in it.
    pub(crate) fn wait(&self, sequence: u64, sync: impl Fn() -> Result<u64, String>) -> Result<(), String> {
        let mut state = self.lock();
        loop {
            if state.durable >= sequence {
                return Ok(());
            }
            if let Some(cause) = &state.failure {
                return Err(cause.clone());
            }
            if state.has_leader {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            state.has_leader = true;
            drop(state);
            let leading = Leading(self);
            match sync() {
                Ok(durable) => self.advance(durable),
                Err(cause) => self.fail(cause),
            }
            // Only now, so that whoever wakes finds the result.
            drop(leading);
            state = self.lock();
        }
    }

    /// No invariant of the state spans two of its fields, so a panic elsewhere leaves it as good as before.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the leader's term, also when it panics.
struct Leading<'g>(&'g Group);

impl Drop for Leading<'_> {
    fn drop(&mut self) {
        self.0.lock().has_leader = false;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::sync::atomic::AtomicUsize;
    use std::thread;
    use std::time::Duration;

    #[test]
    fn one_sync_serves_all_who_wait() {
        let (group, syncs, barrier) = (Group::new(0), AtomicUsize::new(0), Barrier::new(8));
        thread::scope(|scope| {
            for sequence in 1..=8 {
                let (group, syncs, barrier) = (&group, &syncs, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    let synced = group.wait(sequence, || {
                        syncs.fetch_add(1, Ordering::Relaxed);
                        thread::sleep(Duration::from_millis(20));
                        Ok(8)
                    });
                    assert_eq!(synced, Ok(()));
                });
            }
        });
        assert_eq!(syncs.into_inner(), 1);
        assert_eq!(group.durable(), 8);
    }

    #[test]
    fn a_failure_reaches_all_who_wait_and_no_later_sync_covers_it() {
        let (group, barrier) = (Group::new(3), Barrier::new(4));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    barrier.wait();
                    assert_eq!(group.wait(5, || Err("broken".to_owned())), Err("broken".to_owned()));
                });
            }
        });
        assert_eq!(group.wait(5, || Ok(9)), Err("broken".to_owned()));
        assert_eq!(group.wait(3, || Ok(9)), Ok(()));
    }

    #[test]
    fn a_leader_that_panics_leaves_its_place_to_another() {
        let group = Group::new(0);
        thread::scope(|scope| {
            let died = scope.spawn(|| group.wait(1, || panic!("as the test wants it")));
            assert!(died.join().is_err());
        });
        assert_eq!(group.wait(1, || Ok(1)), Ok(()));
    }
}
