//! Following pointers: most of them near, one in sixty-four into a region whose size decides which cache it meets.
//!
//! A unit is 64 steps. With a larger region the same instructions take longer, which no instruction count shows. Each step
//! waits for the one before: a processor that may run ahead hides the far step behind the near ones, and the plant with it.

use std::hint::black_box;

use super::{Exercise, next};

/// A region that stays in the first cache.
const NEAR_SLOTS: usize = 1024;

pub(super) const EXERCISE: Exercise = Exercise {
    id: "memory",
    is_busy: true,
    is_memory: true,
    prime: |ground| {
        let near = ring(NEAR_SLOTS);
        let far = ring((ground.far_bytes / size_of::<u32>()).max(2));
        // No bit, which the compiler may not know: it ties one index to another and changes neither.
        let none = black_box(0_u32);
        Ok(Box::new(move |units| {
            let (mut at_near, mut at_far, mut sum) = (0_u32, 0_u32, 0_u64);
            for step in 0..units * 64 {
                if step % 64 == 0 {
                    at_far = far[black_box(at_far ^ (at_near & none)) as usize];
                    at_near = near[black_box(at_near ^ (at_far & none)) as usize];
                } else {
                    at_near = near[black_box(at_near) as usize];
                }
                sum = sum.wrapping_add(u64::from(at_near ^ (step as u32)));
            }
            black_box(at_far);
            Ok(sum)
        }))
    },
};

/// One cycle through all slots in no order (Sattolo, Information Processing Letters 22, 1986).
fn ring(slots: usize) -> Vec<u32> {
    let mut ring: Vec<u32> = (0..slots as u32).collect();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for last in (1..slots).rev() {
        let other = (next(&mut state) % last as u64) as usize;
        ring.swap(last, other);
    }
    ring
}
