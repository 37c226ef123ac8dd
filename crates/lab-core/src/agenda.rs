//! Which benchmark of a match is launched next, and how often before its verdict is looked at again.
//!
//! It goes by counts and verdicts only, never by a size of a change: who looks at sizes stops when he likes them.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// Launches of one benchmark in a row. A slow minute then hits a few launches of many benchmarks instead of many of
/// one.
const BATCH: u32 = 5;

/// A benchmark that failed so often in a row will fail again.
const FAILURES_MAX: u32 = 3;

/// How far a duel has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Launches that gave a value.
    pub counted: u32,
    /// Launches since the last one that gave a value.
    pub failed_in_row: u32,
    /// Whether its verdict stands.
    pub is_decided: bool,
}

/// One duel's share of a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Place of the duel in the list.
    pub duel: usize,
    /// How many launches.
    pub launch_count: u32,
}

/// The rules of a match: when verdicts are looked at, and when it is enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agenda {
    looks: Vec<u32>,
    seed: u64,
}

impl Agenda {
    /// Looks above `launch_max` are never reached; the last one below it ends a duel. `None` when none is left.
    pub fn new(looks: impl IntoIterator<Item = usize>, launch_max: u32, seed: u64) -> Option<Self> {
        let looks = looks.into_iter().filter_map(|look| u32::try_from(look).ok());
        let looks: Vec<u32> = looks.filter(|look| *look <= launch_max).collect();
        (!looks.is_empty()).then_some(Self { looks, seed })
    }

    /// Most launches of one duel.
    pub fn launch_max(&self) -> u32 {
        self.looks.last().copied().unwrap_or(0)
    }

    /// Whether more launches may change what is known of a duel.
    pub fn goes_on(&self, progress: &Progress) -> bool {
        !progress.is_decided && progress.failed_in_row < FAILURES_MAX && self.left_to_look(progress).is_some()
    }

    /// Whether a duel stands at a look, so that its verdict may have changed.
    pub fn is_at_look(&self, progress: &Progress) -> bool {
        self.looks.contains(&progress.counted)
    }

    /// The duels of pass `number` in an order drawn by lot; empty when all is done.
    pub fn pass(&self, number: u32, duels: &[Progress]) -> Vec<Turn> {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(u64::from(number));
        let mut turns: Vec<Turn> = duels
            .iter()
            .enumerate()
            .filter(|(_, progress)| self.goes_on(progress))
            .filter_map(|(duel, progress)| {
                let launch_count = self.left_to_look(progress)?.min(BATCH);
                Some(Turn { duel, launch_count })
            })
            .collect();
        turns.shuffle(&mut random);
        turns
    }

    fn left_to_look(&self, progress: &Progress) -> Option<u32> {
        self.looks.iter().find(|look| **look > progress.counted).map(|look| look - progress.counted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOKS: [usize; 7] = [10, 14, 20, 28, 40, 56, 80];

    fn agenda() -> Agenda {
        Agenda::new(LOOKS, 80, 7).unwrap()
    }

    fn counted(counted: u32) -> Progress {
        Progress { counted, ..Progress::default() }
    }

    #[test]
    fn a_pass_takes_every_open_duel_once_and_stops_at_its_look() {
        let decided = Progress { is_decided: true, ..counted(10) };
        let failing = Progress { failed_in_row: FAILURES_MAX, ..counted(2) };
        let duels = [counted(0), counted(8), decided, failing, counted(13), counted(80)];
        let mut turns = agenda().pass(0, &duels);
        turns.sort_by_key(|turn| turn.duel);
        let of = |duel, launch_count| Turn { duel, launch_count };
        assert_eq!(turns, [of(0, 5), of(1, 2), of(4, 1)]);
    }

    #[test]
    fn passes_differ_in_order_and_one_seed_gives_one_order() {
        let duels = [counted(0); 30];
        let (first, second) = (agenda().pass(0, &duels), agenda().pass(1, &duels));
        assert_ne!(first, second);
        assert_eq!(first, agenda().pass(0, &duels));
    }

    #[test]
    fn a_duel_that_is_never_decided_ends_at_the_last_look_within_the_budget() {
        for (launch_max, last) in [(80, 80), (79, 56), (10, 10), (13, 10)] {
            let agenda = Agenda::new(LOOKS, launch_max, 1).unwrap();
            let mut duels = [counted(0)];
            let mut pass = 0;
            while let [turn] = agenda.pass(pass, &duels)[..] {
                duels[0].counted += turn.launch_count;
                pass += 1;
            }
            assert_eq!((duels[0].counted, agenda.launch_max()), (last, last));
            assert!(agenda.is_at_look(&duels[0]));
        }
        assert_eq!(Agenda::new(LOOKS, 9, 1), None);
    }
}
