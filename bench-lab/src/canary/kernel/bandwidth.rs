//! The memory behind the caches: reads through a region that most last-level caches cannot hold.
//!
//! It reads each part once after the whole was written, so what it finds in a cache is what the cache kept.

use std::hint::black_box;
use std::path::Path;

use super::mix::mix;
use super::{Kernel, Work};

/// 32 MiB: more than the share of the last-level cache that most cores have. Where a core has more of it to itself, this
/// is the bandwidth of that cache. A larger region would cost more in page faults than all other kernels take: in a
/// virtual machine 64 MiB took 24 ms to get, and were read no slower.
const REGION_BYTES: usize = 32 << 20;
/// One unit.
const BLOCK_BYTES: usize = 64 << 10;
/// Smallest page of the machines that bench-lab runs on.
const PAGE_BYTES: usize = 4 << 10;

pub(super) const KERNEL: Kernel = Kernel {
    id: "bandwidth_v1",
    unit: "64 KiB read",
    usual_units: 128,
    usual_result: 0x17b5_f8c4_79cd_2b00,
    expected: |units| block_sum().wrapping_mul(units),
    prime,
};

/// Every block holds the same numbers, one per page: that takes the page from the system, and no time to fill the rest.
fn prime(_: &Path) -> Result<Work, String> {
    let mut region = vec![0_u64; REGION_BYTES / size_of::<u64>()];
    for block in region.chunks_exact_mut(BLOCK_BYTES / size_of::<u64>()) {
        for (page, words) in block.chunks_exact_mut(PAGE_BYTES / size_of::<u64>()).enumerate() {
            words[0] = mix(page as u64);
        }
    }
    let mut next_block = 0;
    Ok(Box::new(move |units| Ok(read(&region, &mut next_block, units))))
}

/// Goes on where it stopped, so that a pass does not find in the cache what the pass before it read.
fn read(region: &[u64], next_block: &mut usize, units: u64) -> u64 {
    let mut blocks = black_box(region).chunks_exact(BLOCK_BYTES / size_of::<u64>()).cycle().skip(*next_block);
    let count = usize::try_from(units).unwrap_or(usize::MAX);
    let sum = blocks.by_ref().take(count).flatten().fold(0, |sum: u64, word| sum.wrapping_add(*word));
    *next_block = (*next_block + count) % (REGION_BYTES / BLOCK_BYTES);
    black_box(sum)
}

fn block_sum() -> u64 {
    (0..(BLOCK_BYTES / PAGE_BYTES) as u64).map(mix).fold(0, u64::wrapping_add)
}
