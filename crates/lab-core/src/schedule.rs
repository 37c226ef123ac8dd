//! The order in which a Run is measured: randomised complete blocks from a stored seed.
//!
//! It lays out and never looks at a result, so that no outcome can choose what is measured next.

use std::collections::BTreeSet;
use std::ops::Range;

use rand::seq::SliceRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::model::{BenchmarkId, Run, Scheduled};

/// Greatest environment padding plus one: a page shifts the stack through all its alignments (Mytkowicz et al.,
/// "Producing wrong data without doing anything obviously wrong", ASPLOS 2009).
const PADDING_LIMIT_BYTES: u32 = 4096;

/// Stream of the generator that places the canaries; the benchmarks have stream 0.
const CANARY_STREAM: u64 = 1;

/// Streams of the generator that the order as planned uses; what a look adds has two of its own behind them.
const PLANNED_STREAMS: u64 = 2;

/// What one process measures: one benchmark, or a whole target that cannot select.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Benchmarks of one target, in the harness's order; never empty.
    pub benchmarks: Vec<BenchmarkId>,
}

/// Lays out `block_count` blocks that each hold every unit once, in an order of its own.
///
/// Equal units, count and seed give an equal schedule on every machine: ChaCha8 is a portable generator.
pub fn lay_out(units: &[Unit], block_count: u32, seed: u64) -> Vec<Scheduled> {
    let mut schedule = blocks(units, 0..block_count, &mut generator(seed, 0));
    number_from(0, &mut schedule);
    schedule
}

/// Lays out what look `number` adds to a Run: `block_count` blocks behind those it has, each with every process once that
/// measures at least one of the benchmarks, in an order of its own, and the canaries where the Run has them.
///
/// A process that cannot select runs whole, benchmarks that are done included.
pub fn extend(run: &Run, going_on: &BTreeSet<&BenchmarkId>, block_count: u32, number: u32) -> Vec<Scheduled> {
    let is_wanted = |scheduled: &&Scheduled| scheduled.benchmarks.iter().any(|id| going_on.contains(id));
    let units: Vec<Unit> = (run.schedule.iter().filter(|scheduled| scheduled.block == 0))
        .filter(is_wanted)
        .map(|scheduled| Unit { benchmarks: scheduled.benchmarks.clone() })
        .collect();
    let last = |of: fn(&Scheduled) -> u32| run.whole_schedule().map(of).max();
    let first_block = last(|scheduled| scheduled.block).map_or(0, |block| block + 1);
    let first_index = last(|scheduled| scheduled.index).map_or(0, |index| index + 1);
    let stream = PLANNED_STREAMS * u64::from(number);
    let range = first_block..first_block + block_count;
    let mut schedule = blocks(&units, range, &mut generator(run.plan.seed, stream));
    let kernels = Unit { benchmarks: run.canary.benchmark_ids() };
    if !kernels.benchmarks.is_empty() {
        schedule = among(schedule, &kernels, &mut generator(run.plan.seed, stream + CANARY_STREAM));
    }
    number_from(first_index, &mut schedule);
    schedule
}

/// Benchmarks that a schedule measures at least once.
pub fn benchmark_count(schedule: &[Scheduled]) -> usize {
    let of_benchmarks = schedule.iter().filter(|scheduled| !scheduled.is_canary());
    of_benchmarks.flat_map(|scheduled| &scheduled.benchmarks).collect::<BTreeSet<_>>().len()
}

/// Puts a process of the canaries into every block, at a place of its own in each, and numbers the whole anew.
///
/// Its places come from another stream of the seed's generator: the benchmarks run in the same order with the same
/// padding whether there are canaries or not.
pub fn with_canary(schedule: Vec<Scheduled>, kernels: &Unit, seed: u64) -> Vec<Scheduled> {
    let mut all = among(schedule, kernels, &mut generator(seed, CANARY_STREAM));
    number_from(0, &mut all);
    all
}

fn generator(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(stream);
    random
}

/// Blocks that hold every unit once; their invocations have no numbers yet.
fn blocks(units: &[Unit], range: Range<u32>, random: &mut impl Rng) -> Vec<Scheduled> {
    let mut schedule = Vec::with_capacity(units.len() * range.len());
    for block in range {
        for unit in shuffled(units.len(), random) {
            let benchmarks = units[unit].benchmarks.clone();
            let padding_bytes = random.random_range(0..PADDING_LIMIT_BYTES);
            schedule.push(Scheduled { index: 0, block, benchmarks, padding_bytes });
        }
    }
    schedule
}

fn number_from(first: u32, schedule: &mut [Scheduled]) {
    for (place, scheduled) in schedule.iter_mut().enumerate() {
        scheduled.index = first + u32::try_from(place).expect("fewer than 2^32 invocations");
    }
}

/// A process of the canaries at a place of its own in every block.
fn among(schedule: Vec<Scheduled>, kernels: &Unit, random: &mut impl Rng) -> Vec<Scheduled> {
    let mut all = Vec::with_capacity(schedule.len());
    for block in schedule.chunk_by(|one, next| one.block == next.block) {
        let place = random.random_range(0..=block.len());
        let canary = Scheduled {
            index: 0,
            block: block[0].block,
            benchmarks: kernels.benchmarks.clone(),
            padding_bytes: random.random_range(0..PADDING_LIMIT_BYTES),
        };
        all.extend_from_slice(&block[..place]);
        all.push(canary);
        all.extend_from_slice(&block[place..]);
    }
    all
}

fn shuffled(count: usize, random: &mut impl Rng) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.shuffle(random);
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::TargetId;

    fn units(count: usize) -> Vec<Unit> {
        (0..count)
            .map(|n| Unit { benchmarks: vec![BenchmarkId::new(TargetId::new("p", "t"), n.to_string())] })
            .collect()
    }

    #[test]
    fn blocks_differ_in_order() {
        let schedule = lay_out(&units(20), 2, 7);
        let order = |block| -> Vec<_> {
            schedule.iter().filter(|s| s.block == block).map(|s| s.benchmarks.clone()).collect()
        };
        assert_ne!(order(0), order(1));
    }

    proptest! {
        #[test]
        fn every_block_holds_every_unit_once(count in 0_usize..40, blocks in 0_u32..8, seed: u64) {
            let units = units(count);
            let schedule = lay_out(&units, blocks, seed);
            prop_assert_eq!(schedule.len(), count * blocks as usize);
            for (index, scheduled) in schedule.iter().enumerate() {
                prop_assert_eq!(scheduled.index as usize, index);
                prop_assert!(scheduled.padding_bytes < PADDING_LIMIT_BYTES);
            }
            for block in 0..blocks {
                let held: BTreeSet<_> =
                    schedule.iter().filter(|s| s.block == block).map(|s| s.benchmarks[0].clone()).collect();
                prop_assert_eq!(held.len(), count);
            }
        }

        #[test]
        fn canaries_are_once_in_every_block_and_move_no_benchmark(count in 1_usize..20, blocks in 1_u32..8, seed: u64) {
            let kernels = Unit { benchmarks: vec![BenchmarkId::new(TargetId::canary(), "integer_v1")] };
            let without = lay_out(&units(count), blocks, seed);
            let with = with_canary(without.clone(), &kernels, seed);
            prop_assert!(with.iter().enumerate().all(|(at, scheduled)| scheduled.index as usize == at));
            for block in 0..blocks {
                let of_block = with.iter().filter(|scheduled| scheduled.block == block);
                prop_assert_eq!(of_block.filter(|scheduled| scheduled.is_canary()).count(), 1);
            }
            let left: Vec<_> = with.iter().filter(|scheduled| !scheduled.is_canary()).collect();
            prop_assert_eq!(left.len(), without.len());
            for (left, before) in left.iter().zip(&without) {
                prop_assert_eq!((&left.benchmarks, left.padding_bytes), (&before.benchmarks, before.padding_bytes));
            }
            prop_assert_eq!(&with, &with_canary(without, &kernels, seed));
        }

        #[test]
        fn one_seed_gives_one_schedule(count in 0_usize..20, seed: u64) {
            prop_assert_eq!(lay_out(&units(count), 3, seed), lay_out(&units(count), 3, seed));
        }
    }
}
