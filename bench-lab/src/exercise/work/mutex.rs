//! Waiting for each other: two threads hand a ball to and fro under a lock.
//!
//! A unit is one ball to the other thread and back. The other thread ends with the process.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

use super::Exercise;

/// Who has the ball: `true` for the other thread.
#[derive(Default)]
struct Court {
    is_there: Mutex<bool>,
    changed: Condvar,
}

impl Court {
    /// Waits for the ball and plays it.
    fn play(&self, is_there: bool) {
        let ball = self.is_there.lock().unwrap_or_else(PoisonError::into_inner);
        let mut ball =
            self.changed.wait_while(ball, |ball| *ball != is_there).unwrap_or_else(PoisonError::into_inner);
        *ball = !is_there;
        self.changed.notify_one();
    }
}

pub(super) const EXERCISE: Exercise = Exercise {
    id: "mutex",
    is_busy: false,
    is_memory: false,
    prime: |_| {
        let court = Arc::new(Court::default());
        let other = Arc::clone(&court);
        thread::Builder::new().spawn(move || {
            loop {
                other.play(true);
            }
        })?;
        Ok(Box::new(move |units| {
            for _ in 0..units {
                court.play(false);
            }
            Ok(units)
        }))
    },
};
