//! Copying: the width of the way to memory.
//!
//! A unit is a hundredth of a mebibyte, copied; units past the hundredth begin at the front again.

use std::hint::black_box;

use super::Exercise;

const PIECE_BYTES: usize = (1 << 20) / 100;

pub(super) const EXERCISE: Exercise = Exercise {
    id: "memcpy",
    is_busy: true,
    is_memory: false,
    prime: |_| {
        let from: Vec<u8> = (0..PIECE_BYTES * 100).map(|place| (place / 7) as u8).collect();
        let mut to = vec![0_u8; PIECE_BYTES * 100];
        Ok(Box::new(move |units| {
            let mut sum = 0_u64;
            for unit in 0..units {
                let begin = (unit as usize % 100) * PIECE_BYTES;
                let range = begin..begin + PIECE_BYTES;
                to[range.clone()].copy_from_slice(black_box(&from[range]));
                sum = sum.wrapping_add(u64::from(black_box(&to)[begin])).wrapping_add(unit);
            }
            Ok(sum)
        }))
    },
};
