//! One keeper for the two processes of a duel, which start at the same time.
//!
//! It passes questions on, one at a time; it decides nothing.

use std::sync::{Mutex, PoisonError};

use super::keeper::Keeper;
use crate::runner::enclosure::Enclosure;

/// The keeper for processes that start at the same time: each asks it for a moment.
pub(super) struct SharedKeeper<'a, 'b>(pub(super) &'a Mutex<Option<&'b mut Keeper>>);

impl SharedKeeper<'_, '_> {
    fn ask<T>(&self, question: impl FnOnce(&mut Keeper) -> T) -> Option<T> {
        // A thread that panicked while asking left the keeper as it was.
        let mut keeper = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keeper.as_deref_mut().map(question)
    }
}

impl Enclosure for SharedKeeper<'_, '_> {
    fn holds(&self, cpus: &[u32]) -> bool {
        self.ask(|keeper| keeper.holds(cpus)).unwrap_or(false)
    }

    fn admit(&mut self, pid: u32) -> Result<(), String> {
        self.ask(|keeper| keeper.admit(pid)).unwrap_or(Ok(()))
    }
}
