//! Sorting: branches that cannot be foreseen.
//!
//! A unit is an array of 64 numbers, made and sorted.

use std::hint::black_box;

use super::{Exercise, next};

pub(super) const EXERCISE: Exercise = Exercise {
    id: "sort",
    is_busy: true,
    is_memory: false,
    prime: |_| {
        Ok(Box::new(|units| {
            let (mut state, mut sum) = (0x9e37_79b9_7f4a_7c15_u64, 0_u64);
            for _ in 0..units {
                let mut numbers = [0_u64; 64];
                numbers.iter_mut().for_each(|number| *number = next(&mut state));
                black_box(&mut numbers).sort_unstable();
                sum = sum.wrapping_add(numbers[31]);
            }
            Ok(sum)
        }))
    },
};
