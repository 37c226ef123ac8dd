//! The numbers that kernels run on: a counter, well mixed.
//!
//! It is part of every kernel that uses it: a change here is a change of their work.

/// The `index`-th number of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators",
/// OOPSLA 2014). It needs no state, so the next number never waits for the last one.
#[inline]
pub(super) fn mix(index: u64) -> u64 {
    let z = index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
