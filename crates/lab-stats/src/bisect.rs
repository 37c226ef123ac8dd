//! Bisection over the floating-point numbers themselves, so a root needs no tolerance.
//!
//! It must never be given a predicate that turns false again further up.

/// The smallest number in [`lower`, `upper`] for which `holds`, or `upper` if there is none.
///
/// Neighbouring numbers have neighbouring order keys, so at most 64 calls decide between all of them.
pub(crate) fn first_where(lower: f64, upper: f64, holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (order_key(lower), order_key(upper));
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(number_of(middle)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    // Zero has two keys; adding it maps both to the positive one.
    number_of(high) + 0.0
}

/// A key that orders like the number it stands for: IEEE 754 bits with the sign turned into an offset.
fn order_key(number: f64) -> u64 {
    let bits = number.to_bits();
    if number.is_sign_negative() { !bits } else { bits | SIGN }
}

fn number_of(key: u64) -> f64 {
    f64::from_bits(if key & SIGN == 0 { !key } else { key & !SIGN })
}

const SIGN: u64 = 1 << 63;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boundary_is_found_to_the_last_bit_on_either_side_of_zero() {
        for boundary in [-1e100, -1.0, -5e-324, 0.0, 5e-324, 0.1, 1e100] {
            assert_eq!(first_where(-1e100, 1e100, |number| number >= boundary), boundary);
        }
    }

    #[test]
    fn without_any_such_number_the_upper_end_comes_back() {
        assert_eq!(first_where(0.0, 2.0, |_| false), 2.0);
    }

    #[test]
    fn a_zero_is_positive() {
        assert!(first_where(-1.0, 1.0, |number| number >= 0.0).is_sign_positive());
    }
}
