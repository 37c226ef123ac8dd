//! The core's clock: one chain of integer multiplications and additions.
//!
//! It touches no memory and takes no branch that could be mispredicted.

use std::hint::black_box;

use super::Kernel;

/// Multiplier and increment of a linear congruential generator of full period (Knuth, MMIX; TAOCP volume 2, section
/// 3.3.4). A multiplication takes three to four cycles and an addition one on every core of the last fifteen years.
const MULTIPLIER: u64 = 6_364_136_223_846_793_005;
const INCREMENT: u64 = 1_442_695_040_888_963_407;
const SEED: u64 = 0x0123_4567_89ab_cdef;

pub(super) const KERNEL: Kernel = Kernel {
    id: "integer_v1",
    unit: "one multiplication and one addition",
    usual_units: 500_000,
    usual_result: 0x2c14_e544_b3c6_430f,
    expected,
    prime: |_| Ok(Box::new(|units| Ok(work(units)))),
};

fn work(units: u64) -> u64 {
    // Unknown to the compiler, which could otherwise join two steps into one.
    let (multiplier, increment) = (black_box(MULTIPLIER), black_box(INCREMENT));
    let mut x = black_box(SEED);
    for _ in 0..units {
        x = x.wrapping_mul(multiplier).wrapping_add(increment);
    }
    black_box(x)
}

/// All steps at once, by squaring the step (Brown, "Random number generation with arbitrary strides", Transactions of
/// the American Nuclear Society 71, 1994).
fn expected(units: u64) -> u64 {
    let (mut factor, mut term) = (1_u64, 0_u64);
    let (mut step_factor, mut step_term) = (MULTIPLIER, INCREMENT);
    let mut left = units;
    while left > 0 {
        if left & 1 == 1 {
            factor = factor.wrapping_mul(step_factor);
            term = term.wrapping_mul(step_factor).wrapping_add(step_term);
        }
        step_term = step_factor.wrapping_add(1).wrapping_mul(step_term);
        step_factor = step_factor.wrapping_mul(step_factor);
        left >>= 1;
    }
    SEED.wrapping_mul(factor).wrapping_add(term)
}
