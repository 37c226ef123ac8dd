//! Hashing: pure computation without memory to speak of.
//!
//! A unit is eight blocks of 64 bytes through SipHash.

use std::hash::{DefaultHasher, Hasher};
use std::hint::black_box;

use super::Exercise;

pub(super) const EXERCISE: Exercise = Exercise {
    id: "hash",
    is_busy: true,
    is_memory: false,
    prime: |_| {
        let block = [0x5a_u8; 64];
        Ok(Box::new(move |units| {
            let mut sum = 0_u64;
            for unit in 0..units * 8 {
                let mut hasher = DefaultHasher::new();
                hasher.write(black_box(&block));
                hasher.write_u64(unit);
                sum = sum.wrapping_add(hasher.finish());
            }
            Ok(sum)
        }))
    },
};
