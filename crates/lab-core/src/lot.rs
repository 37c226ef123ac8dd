//! What is left to chance in a launch of a duel, drawn from a stored seed.
//!
//! It never looks at a result: the validity of the test rests on these draws alone.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::model::Side;

/// Greatest environment padding plus one: a page shifts the stack through all its alignments (Mytkowicz et al.,
/// ASPLOS 2009).
const PADDING_LIMIT_BYTES: u32 = 4096;

/// The draws of one launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lot {
    /// Who plays first.
    pub starter: Side,
    /// Whose process is started first.
    pub born_first: Side,
    /// Bytes of padding in the environments, baseline's and candidate's.
    pub padding_bytes: [u32; 2],
}

impl Lot {
    /// The draws of a launch; equal seeds and indices give equal draws on every machine.
    pub fn draw(seed: u64, index: u32) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(u64::from(index));
        let mut side = || if random.random::<bool>() { Side::Baseline } else { Side::Candidate };
        let (starter, born_first) = (side(), side());
        let padding_bytes = [0; 2].map(|_: u32| random.random_range(0..PADDING_LIMIT_BYTES));
        Self { starter, born_first, padding_bytes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_lot_and_launches_differ() {
        let lots: Vec<Lot> = (0..200).map(|index| Lot::draw(7, index)).collect();
        assert_eq!(lots, (0..200).map(|index| Lot::draw(7, index)).collect::<Vec<_>>());
        let share = |is: fn(&Lot) -> bool| lots.iter().filter(|lot| is(lot)).count();
        for count in [
            share(|lot| lot.starter == Side::Baseline),
            share(|lot| lot.born_first == Side::Baseline),
            share(|lot| lot.starter == lot.born_first),
            share(|lot| lot.padding_bytes[0] < lot.padding_bytes[1]),
        ] {
            assert!((70..130).contains(&count), "a fair coin over 200 launches: {count}");
        }
    }
}
