//! A float as JSON has it, and as JSON has not: infinities and NaN go as text.
//!
//! It never rounds: what was written is what is read.

use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Whole numbers below this are written without a point; above it a float no longer holds every integer.
const INTEGER_LIMIT: f64 = 9_007_199_254_740_992.0;

/// A number of a measurement or a signal: `12`, `12.5`, or one of `"NaN"`, `"inf"`, `"-inf"`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Number(pub(crate) f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = self.0;
        if let Some(text) = not_finite(value) {
            return serializer.serialize_str(text);
        }
        let is_negative_zero = value == 0.0 && value.is_sign_negative();
        if value.fract() == 0.0 && value.abs() < INTEGER_LIMIT && !is_negative_zero {
            serializer.serialize_i64(value as i64)
        } else {
            serializer.serialize_f64(value)
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

/// The text of a float that JSON cannot hold; `None` for all others.
pub(crate) fn not_finite(value: f64) -> Option<&'static str> {
    if value.is_nan() {
        Some("NaN")
    } else if value == f64::INFINITY {
        Some("inf")
    } else if value == f64::NEG_INFINITY {
        Some("-inf")
    } else {
        None
    }
}

/// The float that [`not_finite`] gave this text for.
pub(crate) fn parse_not_finite(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "inf" => Some(f64::INFINITY),
        "-inf" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, \"NaN\", \"inf\" or \"-inf\"")
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Number, E> {
        Ok(Number(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Number, E> {
        Ok(Number(value as f64))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Number, E> {
        Ok(Number(value as f64))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Number, E> {
        parse_not_finite(text).map(Number).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn round_trip(value: f64) -> (String, f64) {
        let text = serde_json::to_string(&Number(value)).unwrap();
        let Number(back) = serde_json::from_str(&text).unwrap();
        (text, back)
    }

    #[test]
    fn whole_numbers_are_written_without_a_point() {
        assert_eq!(round_trip(34_000.0).0, "34000");
        assert_eq!(round_trip(-3.0).0, "-3");
        assert_eq!(round_trip(0.1).0, "0.1");
        assert_eq!(round_trip(-0.0).0, "-0.0");
    }

    #[test]
    fn what_json_cannot_hold_goes_as_text_and_comes_back() {
        assert_eq!(round_trip(f64::INFINITY), ("\"inf\"".into(), f64::INFINITY));
        assert_eq!(round_trip(f64::NEG_INFINITY), ("\"-inf\"".into(), f64::NEG_INFINITY));
        assert!(round_trip(f64::NAN).1.is_nan());
    }

    #[test]
    fn other_text_is_no_number() {
        let error = serde_json::from_str::<Number>("\"12\"").unwrap_err().to_string();
        assert!(error.contains("expected a number"), "{error}");
    }

    proptest! {
        #[test]
        fn every_float_comes_back_to_the_bit(bits in any::<u64>()) {
            let value = f64::from_bits(bits);
            let back = round_trip(value).1;
            prop_assert!(back.to_bits() == bits || (value.is_nan() && back.is_nan()));
        }
    }
}
