//! Looking up: memory that fits no first cache, in no order.
//!
//! A unit is sixteen lookups in a map of 100 000 entries.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::hint::black_box;

use super::{Exercise, next};

const ENTRIES: u64 = 100_000;

pub(super) const EXERCISE: Exercise = Exercise {
    id: "map",
    is_busy: true,
    is_memory: false,
    prime: |_| {
        // Without a seed of its own per process: both sides shall do the same work.
        let map: HashMap<u64, u64, BuildHasherDefault<DefaultHasher>> =
            (0..ENTRIES).map(|key| (key, key ^ 0x55)).collect();
        Ok(Box::new(move |units| {
            let (mut state, mut sum) = (0x2545_f491_4f6c_dd1d_u64, 0_u64);
            for _ in 0..units * 16 {
                let key = next(&mut state) % ENTRIES;
                sum = sum.wrapping_add(*map.get(black_box(&key)).unwrap_or(&0)).wrapping_add(key);
            }
            Ok(sum)
        }))
    },
};
