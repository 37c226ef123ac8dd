//! Allocating: the allocator's own work.
//!
//! A unit is twelve vectors of mixed sizes, made and dropped.

use std::hint::black_box;

use super::{Exercise, next};

pub(super) const EXERCISE: Exercise = Exercise {
    id: "alloc",
    is_busy: true,
    is_memory: false,
    prime: |_| {
        Ok(Box::new(|units| {
            let (mut state, mut sum) = (0x8545_8b51_2545_f491_u64, 0_u64);
            for _ in 0..units {
                let mut vectors: Vec<Vec<u8>> = Vec::with_capacity(12);
                for _ in 0..12 {
                    let bytes = next(&mut state) % 1000 + 1;
                    vectors.push(black_box(Vec::with_capacity(bytes as usize)));
                }
                sum = sum.wrapping_add(vectors.iter().map(|vector| vector.capacity() as u64).sum());
            }
            Ok(sum)
        }))
    },
};
