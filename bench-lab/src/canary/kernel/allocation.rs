//! The heap: small blocks of many sizes, taken and given back out of order.
//!
//! It uses the allocator that most programs get, that of the C library, and never asks the system for pages in a pass.

use std::hint::black_box;

use super::Kernel;
use super::mix::mix;

/// Blocks alive at once.
const SLOT_COUNT: usize = 64;
/// Words of the largest block.
const WORDS_MAX: u64 = 64;

pub(super) const KERNEL: Kernel = Kernel {
    id: "allocation_v1",
    unit: "a block of 8 to 512 bytes freed and another one allocated",
    usual_units: 40_000,
    usual_result: 0xe25b_8661_caf5_754c,
    expected,
    prime: |_| Ok(Box::new(|units| Ok(work(units)))),
};

fn work(units: u64) -> u64 {
    let mut slots: [Vec<u64>; SLOT_COUNT] = std::array::from_fn(|_| Vec::new());
    let mut sum = 0;
    for index in 0..units {
        let stamp = mix(index);
        let mut block = Vec::with_capacity(words_of(stamp));
        block.push(stamp);
        // The address escapes, so that the allocation cannot be left out.
        let freed = std::mem::replace(&mut slots[slot_of(stamp)], black_box(block));
        sum = fold(sum, freed.first().copied());
    }
    slots.iter().fold(sum, |sum, block| fold(sum, block.first().copied()))
}

/// The same stamps in the same slots, without a heap.
fn expected(units: u64) -> u64 {
    let mut slots = [None; SLOT_COUNT];
    let mut sum = 0;
    for stamp in (0..units).map(mix) {
        sum = fold(sum, slots[slot_of(stamp)].replace(stamp));
    }
    slots.into_iter().fold(sum, fold)
}

fn words_of(stamp: u64) -> usize {
    1 + (stamp >> 32) as usize % WORDS_MAX as usize
}

fn slot_of(stamp: u64) -> usize {
    stamp as usize % SLOT_COUNT
}

/// The order counts: two blocks that were confused change the sum.
fn fold(sum: u64, stamp: Option<u64>) -> u64 {
    sum.rotate_left(5) ^ stamp.unwrap_or(0)
}
