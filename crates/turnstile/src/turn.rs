//! Whose turn it is: one word of shared memory, and the steps by which a process waits for it and passes it on.
//!
//! It decides and never acts: the operations it asks for are carried out by the preload library on real memory, and
//! by the tests on a model in which every interleaving is tried.

/// One of the two processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// What it is compared against.
    Baseline,
    /// What is judged.
    Candidate,
}

impl Side {
    /// The other one.
    pub const fn other(self) -> Self {
        match self {
            Self::Baseline => Self::Candidate,
            Self::Candidate => Self::Baseline,
        }
    }

    /// Its place in arrays.
    pub const fn index(self) -> usize {
        match self {
            Self::Baseline => 0,
            Self::Candidate => 1,
        }
    }
}

/// The word: who arrived, who left, who started, and how many slices were played.
///
/// All of it in one word, so that a change of any part ends a futex wait on it, and no wake-up can be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Turn(pub u32);

/// What a played slice adds to the word: its ticket is what stands above the flags.
const TICKET: u32 = 1 << 8;

/// Set when the candidate plays the first slice.
const CANDIDATE_STARTS: u32 = 1 << 4;

impl Turn {
    /// Nobody is there yet.
    pub const fn new(starter: Side) -> Self {
        match starter {
            Side::Baseline => Self(0),
            Side::Candidate => Self(CANDIDATE_STARTS),
        }
    }

    const fn arrival(side: Side) -> u32 {
        1 << side.index()
    }

    /// The flag of a side that takes no more turns: it played its last slice, or it is dead.
    pub const fn departure(side: Side) -> u32 {
        4 << side.index()
    }

    /// Slices played so far, which is the number of the slice that is being played.
    pub const fn ticket(self) -> u32 {
        self.0 / TICKET
    }

    /// Whose slice is next: AB BA AB BA, where A is the starter.
    pub const fn owner(self) -> Side {
        let starter = if self.0 & CANDIDATE_STARTS == 0 { Side::Baseline } else { Side::Candidate };
        let (round, is_second) = (self.ticket() / 2, self.ticket() % 2 == 1);
        let is_turned = round % 2 == 1;
        if is_turned == is_second { starter } else { starter.other() }
    }

    /// Whether a side has arrived.
    pub const fn has_arrived(self, side: Side) -> bool {
        self.0 & Self::arrival(side) != 0
    }

    /// Whether a side takes no more turns.
    pub const fn has_left(self, side: Side) -> bool {
        self.0 & Self::departure(side) != 0
    }

    /// Whether a side may play: the other has left, or is there and it is not its turn.
    pub const fn may_play(self, side: Side) -> bool {
        self.has_left(side.other())
            || (self.has_arrived(side.other()) && self.owner().index() == side.index())
    }
}

/// What a process does at the turnstile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    /// Says that it is ready, and waits for the other and for its turn.
    Arrive,
    /// Hands over after a slice, and waits until it is its turn again.
    Pass,
    /// Hands over after its last slice, and waits until the other has played its own: what comes after the last slice
    /// must not run beside a slice of the other.
    Finish,
    /// Takes no more turns and waits for nothing.
    Leave,
}

/// One operation on the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// Sets these bits; the new value comes back.
    Set(u32),
    /// Adds this; the new value comes back.
    Add(u32),
    /// Reads it.
    Load,
    /// Sleeps as long as it has this value, until woken or for a while.
    Sleep(u32),
    /// Wakes the other if it sleeps.
    Wake,
    /// Nothing: the move is made, and the process goes on.
    Done,
}

/// One move in progress: a state machine that is fed with the word and says the next operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Passage {
    side: Side,
    purpose: Move,
    step: Step,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Step {
    Change,
    Depart,
    Wake,
    Look,
    Judge,
    Done,
}

impl Passage {
    /// Begins a move.
    pub const fn new(side: Side, purpose: Move) -> Self {
        Self { side, purpose, step: Step::Change }
    }

    /// The next operation. `word` is what the last one gave, and not looked at after [`Op::Sleep`] and [`Op::Wake`].
    pub fn next(&mut self, word: u32) -> Op {
        match self.step {
            Step::Change => {
                self.step = if self.purpose == Move::Finish { Step::Depart } else { Step::Wake };
                self.change()
            }
            Step::Depart => {
                self.step = Step::Wake;
                Op::Set(Turn::departure(self.side))
            }
            Step::Wake => {
                self.step = if self.purpose == Move::Leave { Step::Done } else { Step::Look };
                // A side that plays two slices in a row has nobody to wake.
                if self.purpose == Move::Pass && Turn(word).may_play(self.side) {
                    self.step = Step::Done;
                    return Op::Done;
                }
                Op::Wake
            }
            Step::Look => {
                self.step = Step::Judge;
                Op::Load
            }
            Step::Judge if self.may_go(Turn(word)) => {
                self.step = Step::Done;
                Op::Done
            }
            Step::Judge => {
                self.step = Step::Look;
                Op::Sleep(word)
            }
            Step::Done => Op::Done,
        }
    }

    const fn change(self) -> Op {
        match self.purpose {
            Move::Arrive => Op::Set(Turn::arrival(self.side)),
            Move::Pass | Move::Finish => Op::Add(TICKET),
            Move::Leave => Op::Set(Turn::departure(self.side)),
        }
    }

    const fn may_go(self, turn: Turn) -> bool {
        match self.purpose {
            Move::Arrive | Move::Pass => turn.may_play(self.side),
            Move::Finish => turn.has_left(self.side.other()),
            Move::Leave => true,
        }
    }
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
