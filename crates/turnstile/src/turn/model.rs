//! A model check of the protocol: two processes, each of which may be killed at any point, in every interleaving.
//!
//! Processes run the very state machine that the preload library runs. A sleep in the model ends only when somebody
//! wakes the sleeper, so a wake-up that could be lost shows as a deadlock; the time limit of real sleeps is only a
//! second net.

use std::collections::{HashMap, HashSet};

use super::*;

/// Slices of each side in the model: two rounds and both orders, twice.
const SLICES: u32 = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Process {
    /// Makes a move; the second is what the last operation gave.
    Moving(Passage, u32),
    /// Sleeps in a move.
    Asleep(Passage),
    /// Plays a slice, so many of them already played.
    Playing(u32),
    /// Does what comes after its last slice.
    Over,
    /// Was killed, and the runner has not seen it yet.
    Killed,
    /// The runner marks its end; the third is what the last operation gave.
    Marked(Passage, u32),
    /// Gone, and everybody knows.
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct World {
    word: u32,
    processes: [Process; 2],
    /// Slices each side has played, also those that were cut short.
    played: [u32; 2],
    is_somebody_killed: bool,
}

const SIDES: [Side; 2] = [Side::Baseline, Side::Candidate];

impl World {
    fn new(starter: Side) -> Self {
        Self {
            word: Turn::new(starter).0,
            processes: SIDES.map(|side| Process::Moving(Passage::new(side, Move::Arrive), 0)),
            played: [0; 2],
            is_somebody_killed: false,
        }
    }

    /// Every world that one step of one process, of the runner, or a kill leads to.
    fn successors(self, kills: bool) -> Vec<Self> {
        let mut found: Vec<Self> = SIDES.iter().filter_map(|side| self.step(*side)).collect();
        for side in SIDES {
            let is_alive = !matches!(
                self.processes[side.index()],
                Process::Killed | Process::Marked(..) | Process::Gone
            );
            if kills && is_alive && !self.is_somebody_killed {
                let mut next = Self { is_somebody_killed: true, ..self };
                next.processes[side.index()] = Process::Killed;
                found.push(next);
            }
        }
        found
    }

    fn step(self, side: Side) -> Option<Self> {
        let mut next = self;
        let process = match self.processes[side.index()] {
            Process::Moving(mut passage, seen) => match next.operate(passage.next(seen), side) {
                Operated::Gave(word) => Process::Moving(passage, word),
                Operated::Slept => Process::Asleep(passage),
                Operated::Done if self.played[side.index()] == SLICES => Process::Over,
                Operated::Done => Process::Playing(self.played[side.index()]),
            },
            Process::Playing(played) => {
                next.played[side.index()] = played + 1;
                let purpose = if played + 1 == SLICES { Move::Finish } else { Move::Pass };
                Process::Moving(Passage::new(side, purpose), 0)
            }
            Process::Killed => Process::Marked(Passage::new(side, Move::Leave), 0),
            Process::Marked(mut passage, seen) => match next.operate(passage.next(seen), side) {
                Operated::Gave(word) => Process::Marked(passage, word),
                Operated::Slept | Operated::Done => Process::Gone,
            },
            Process::Asleep(_) | Process::Over | Process::Gone => return None,
        };
        next.processes[side.index()] = process;
        Some(next)
    }

    fn operate(&mut self, op: Op, side: Side) -> Operated {
        match op {
            Op::Set(bits) => self.word |= bits,
            Op::Add(amount) => self.word += amount,
            Op::Load => {}
            Op::Sleep(expected) if expected == self.word => return Operated::Slept,
            Op::Sleep(_) => {}
            Op::Wake => {
                let other = &mut self.processes[side.other().index()];
                if let Process::Asleep(passage) = *other {
                    *other = Process::Moving(passage, 0);
                }
            }
            Op::Done => return Operated::Done,
        }
        Operated::Gave(self.word)
    }

    fn is_playing(self, side: Side) -> bool {
        matches!(self.processes[side.index()], Process::Playing(_))
    }

    fn is_at_end(self) -> bool {
        self.processes.iter().all(|process| matches!(process, Process::Over | Process::Gone))
    }
}

enum Operated {
    Gave(u32),
    Slept,
    Done,
}

/// Every world that can be reached, with one that leads to it.
fn explore(starter: Side, kills: bool) -> HashMap<World, Option<World>> {
    let mut from = HashMap::from([(World::new(starter), None)]);
    let mut open = vec![World::new(starter)];
    while let Some(world) = open.pop() {
        for next in world.successors(kills) {
            if let std::collections::hash_map::Entry::Vacant(entry) = from.entry(next) {
                entry.insert(Some(world));
                open.push(next);
            }
        }
    }
    from
}

fn everywhere(kills: bool) -> impl Iterator<Item = World> {
    SIDES.into_iter().flat_map(move |starter| explore(starter, kills).into_keys().collect::<Vec<_>>())
}

#[test]
fn two_slices_never_overlap_while_both_are_alive() {
    for world in everywhere(true) {
        assert!(!(world.is_playing(Side::Baseline) && world.is_playing(Side::Candidate)), "{world:?}");
    }
}

#[test]
fn a_slice_is_played_by_the_owner_of_its_ticket() {
    for world in everywhere(false) {
        for side in SIDES {
            assert!(!world.is_playing(side) || Turn(world.word).owner() == side, "{world:?}");
        }
    }
}

#[test]
fn every_way_leads_to_the_end_also_when_one_is_killed() {
    let mut ends = HashSet::new();
    for kills in [false, true] {
        for world in everywhere(kills) {
            let is_stuck = SIDES.iter().all(|side| world.step(*side).is_none());
            assert!(!is_stuck || world.is_at_end(), "deadlock: {world:?}");
            if world.is_at_end() {
                ends.insert(world.played);
            }
        }
    }
    assert!(ends.contains(&[SLICES, SLICES]), "{ends:?}");
    assert!(ends.contains(&[0, SLICES]), "a side killed at once leaves the other to play on: {ends:?}");
}

#[test]
fn without_a_kill_both_play_all_their_slices_and_none_is_over_before_the_last() {
    for world in everywhere(false) {
        for side in SIDES {
            let is_over = world.processes[side.index()] == Process::Over;
            assert!(!is_over || world.played == [SLICES; 2], "{world:?}");
        }
    }
}

#[test]
fn no_step_leads_back_so_nobody_spins() {
    // Each step either changes the word or brings a process nearer to sleep: a cycle would be a busy wait.
    for starter in SIDES {
        let worlds = explore(starter, false);
        let mut settled = HashSet::new();
        for start in worlds.keys() {
            let mut path = HashSet::new();
            let mut stack = vec![(*start, false)];
            while let Some((world, is_leaving)) = stack.pop() {
                if is_leaving {
                    path.remove(&world);
                    settled.insert(world);
                    continue;
                }
                if settled.contains(&world) {
                    continue;
                }
                assert!(path.insert(world), "a cycle through {world:?}");
                stack.push((world, true));
                stack.extend(world.successors(false).into_iter().map(|next| (next, false)));
            }
        }
    }
}
