//! Floating-point arithmetic: one chain of f64 operations.
//!
//! It meets no subnormal number and no rounding mode but the usual one, so every IEEE 754 machine gives the same bits.

use std::hint::black_box;

use super::Kernel;

/// The logistic map x → r·x·(1 − x) is chaotic for this r: a single wrong bit changes all that follows (May, Nature 261,
/// 1976).
const R: f64 = 3.99;
const SEED: f64 = 0.3;

/// Steps before the chain is led back to its seed, so that the result of any number of steps is cheap to know.
const LAP: u64 = 1024;
/// Bits of x after one lap.
const LAP_BITS: u64 = 0x3fef_eb00_4d74_12db;

pub(super) const KERNEL: Kernel = Kernel {
    id: "float_v1",
    unit: "one step of the logistic map: two multiplications and two subtractions or additions of f64",
    usual_units: 300_000,
    usual_result: 0x3fc7_57bd_2cc8_8595,
    expected: |units| steps(SEED, units % LAP).to_bits(),
    prime: |_| Ok(Box::new(|units| Ok(work(units)))),
};

fn work(units: u64) -> u64 {
    let lap_bits = black_box(LAP_BITS);
    let mut x = black_box(SEED);
    for _ in 0..units / LAP {
        // The seed again when the lap was right, and nonsense otherwise: the next lap waits for the last one.
        let wrong_bits = steps(x, LAP).to_bits() ^ lap_bits;
        x = f64::from_bits(SEED.to_bits() ^ wrong_bits);
    }
    steps(x, units % LAP).to_bits()
}

#[inline]
fn steps(from: f64, count: u64) -> f64 {
    let r = black_box(R);
    let mut x = black_box(from);
    for _ in 0..count {
        x = r * x * (1.0 - x);
    }
    black_box(x)
}
