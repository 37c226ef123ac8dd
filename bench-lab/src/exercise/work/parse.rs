//! Parsing: text to numbers.
//!
//! A unit is a line of eight integers and four floats.

use std::hint::black_box;

use super::Exercise;

const LINE: &str = "17 4711 -93 800 12345678 -1 0 65536 3.25 -0.001 2.718281828 1e6";

pub(super) const EXERCISE: Exercise = Exercise {
    id: "parse",
    is_busy: true,
    is_memory: false,
    prime: |_| {
        Ok(Box::new(|units| {
            let mut sum = 0_u64;
            for unit in 0..units {
                for word in black_box(LINE).split(' ') {
                    let bits = match word.parse::<i64>() {
                        Ok(whole) => whole.cast_unsigned(),
                        Err(_) => word.parse::<f64>().unwrap_or(0.0).to_bits(),
                    };
                    sum = sum.wrapping_add(bits);
                }
                sum = sum.wrapping_add(unit);
            }
            Ok(sum)
        }))
    },
};
