//! One side's place at the shared word: carries out its moves.
//!
//! It holds nothing that changes, so that any thread may use it, also one that ends the process.

use core::sync::atomic::Ordering;

use super::sys::{self, Timespec};
use crate::mapping::{Corner, Mapping};
use crate::turn::{Move, Op, Passage, Side, Turn};

/// How long one sleep lasts before the other process is looked after. The runner marks a process that ended, so this
/// is a second net, and may be coarse.
const SLEEP: Timespec = Timespec { seconds: 0, nanos: 100_000_000 };

/// The shared memory, and who we are in it.
#[derive(Clone, Copy)]
pub(super) struct Table {
    pub(super) mapping: &'static Mapping,
    pub(super) side: Side,
    /// Bytes of the whole mapping, the log included.
    pub(super) bytes: usize,
}

impl Table {
    /// What belongs to this process.
    pub(super) fn corner(self) -> &'static Corner {
        self.mapping.corner(self.side)
    }

    /// The number of the slice that is being played.
    pub(super) fn ticket(self) -> u32 {
        Turn(self.mapping.turn.load(Ordering::SeqCst)).ticket()
    }

    /// Carries out a move; comes back when it is made.
    pub(super) fn go(self, purpose: Move) {
        let word = &self.mapping.turn;
        let mut passage = Passage::new(self.side, purpose);
        let mut seen = 0;
        loop {
            match passage.next(seen) {
                Op::Set(bits) => seen = word.fetch_or(bits, Ordering::SeqCst) | bits,
                Op::Add(amount) => seen = word.fetch_add(amount, Ordering::SeqCst).wrapping_add(amount),
                Op::Load => seen = word.load(Ordering::SeqCst),
                Op::Wake => sys::wake(word),
                Op::Sleep(value) => {
                    sys::sleep_on(word, value, SLEEP);
                    self.look_after_the_other();
                }
                Op::Done => return,
            }
        }
    }

    /// Marks the other process as gone when it is dead and nobody did so.
    fn look_after_the_other(self) {
        let other = self.side.other();
        if sys::is_gone(self.mapping.corner(other).pid.load(Ordering::Relaxed)) {
            self.mapping.turn.fetch_or(Turn::departure(other), Ordering::SeqCst);
        }
    }
}
