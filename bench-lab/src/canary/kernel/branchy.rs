//! Speculation: branches on random bits, half of which no predictor can know.
//!
//! Its numbers do not wait for each other, so the time is that of the branches.

use std::hint::black_box;

use super::Kernel;
use super::mix::mix;

pub(super) const KERNEL: Kernel = Kernel {
    id: "branchy_v1",
    unit: "one branch on a random bit",
    usual_units: 80_000,
    usual_result: 0x438c_2dac_c2d1_d40b,
    expected: mix,
    prime: |_| {
        let mut first = 0;
        Ok(Box::new(move |units| Ok(work(&mut first, units))))
    },
};

/// Goes on where it stopped: a predictor learns a hundred thousand branches that come again, and then times vary by what
/// it happened to keep.
fn work(first: &mut u64, units: u64) -> u64 {
    let (mut sum, mut control) = (0_u64, 0_u64);
    for number in (*first..*first + units).map(mix) {
        // Both arms add the number. The barrier is in one of them only: otherwise the compiler would compute both and
        // select, and nothing would branch.
        if number & 1 == 1 {
            sum = black_box(sum.wrapping_add(number));
        } else {
            sum = sum.wrapping_sub(!number).wrapping_sub(1);
        }
        control = control.wrapping_add(number);
    }
    *first += units;
    // The arms agree with the straight way, or all is nonsense.
    mix(units) ^ sum ^ control
}
