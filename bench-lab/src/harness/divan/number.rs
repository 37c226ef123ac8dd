//! A number as divan prints it: its text, its value, and the step of its last possible digit.
//!
//! divan truncates to four significant digits and drops trailing zeros (`format_f64` in its `util/fmt.rs`), so
//! the step follows from the integer part alone: `4.2 ns` may stand for anything in `[4.2, 4.201)` ns.

use lab_core::model::Printed;

/// Significant digits that divan prints.
const DIGITS: usize = 4;

/// What one unit is worth: `mantissa · 10^exponent` of the metric's unit.
///
/// Two parts, so that decimal units are applied in decimal and `29.75 µs` becomes 29750 ns exactly.
#[derive(Clone, Copy, Debug)]
struct Scale {
    mantissa: f64,
    exponent: i32,
}

const fn decimal(exponent: i32) -> Scale {
    Scale { mantissa: 1.0, exponent }
}

/// What a rate row counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RateKind {
    Bytes,
    /// Bytes shown in KiB, MiB, ...
    BinaryBytes,
    Chars,
    Cycles,
    Items,
}

/// A time such as `938.7 ns`, in nanoseconds.
pub(super) fn time(text: &str) -> Option<Printed> {
    scaled(text, |unit| {
        Some(match unit {
            "ns" => decimal(0),
            // The micro sign that divan prints, and the Greek letter it is often re-encoded to.
            "\u{b5}s" | "\u{3bc}s" | "us" => decimal(3),
            "ms" => decimal(6),
            "s" => decimal(9),
            "m" => Scale { mantissa: 60.0, exponent: 9 },
            "h" => Scale { mantissa: 3600.0, exponent: 9 },
            "d" => Scale { mantissa: 86400.0, exponent: 9 },
            _ => return None,
        })
    })
}

/// A rate such as `3.17 GB/s`, per second. `None` also for the `inf` of a zero time.
pub(super) fn rate(text: &str) -> Option<(RateKind, Printed)> {
    let (_, unit) = text.trim().split_once(' ')?;
    let kind = match unit {
        _ if unit.ends_with("iB/s") => RateKind::BinaryBytes,
        _ if unit.ends_with("B/s") => RateKind::Bytes,
        _ if unit.ends_with("char/s") => RateKind::Chars,
        _ if unit.ends_with("Hz") => RateKind::Cycles,
        _ if unit.ends_with("item/s") => RateKind::Items,
        _ => return None,
    };
    let base = match kind {
        RateKind::Bytes | RateKind::BinaryBytes => "B/s",
        RateKind::Chars => "char/s",
        RateKind::Cycles => "Hz",
        RateKind::Items => "item/s",
    };
    let printed = scaled(text, |unit| prefix_scale(unit.strip_suffix(base)?))?;
    Some((kind, printed))
}

/// A size such as `7.976 KB`, in bytes.
pub(super) fn size(text: &str) -> Option<Printed> {
    scaled(text, |unit| prefix_scale(unit.strip_suffix('B')?))
}

/// A bare number such as an allocation count.
pub(super) fn count(text: &str) -> Option<Printed> {
    let text = text.trim();
    printed(text, text, decimal(0))
}

/// An exact whole number: samples and iterations are never cut.
pub(super) fn whole(text: &str) -> Option<u64> {
    let text = text.trim();
    if is_digits(text) { text.parse().ok() } else { None }
}

fn prefix_scale(prefix: &str) -> Option<Scale> {
    let letter = prefix.strip_suffix('i').unwrap_or(prefix);
    let power = ["", "K", "M", "G", "T", "P"].iter().position(|known| *known == letter)?;
    let power = i32::try_from(power).ok()?;
    Some(if prefix.ends_with('i') {
        Scale { mantissa: 1024f64.powi(power), exponent: 0 }
    } else {
        decimal(3 * power)
    })
}

fn scaled(text: &str, scale_of: impl Fn(&str) -> Option<Scale>) -> Option<Printed> {
    let text = text.trim();
    let (number, unit) = text.split_once(' ')?;
    printed(text, number, scale_of(unit)?)
}

fn printed(text: &str, number: &str, scale: Scale) -> Option<Printed> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let is_number = is_digits(whole) && (is_digits(fraction) || !number.contains('.'));
    if !is_number {
        return None;
    }
    let decimals = DIGITS.saturating_sub(whole.len()).max(fraction.len());
    let exponent = scale.exponent;
    let value = format!("{number}e{exponent}").parse::<f64>().ok()? * scale.mantissa;
    let step = format!("1e{}", i64::from(exponent) - i64::try_from(decimals).ok()?).parse::<f64>().ok()?
        * scale.mantissa;
    value.is_finite().then(|| Printed { text: text.to_owned(), value, step })
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// divan's rule in whole numbers: the largest unit that fits, four digits, truncated, zeros dropped.
    fn as_divan_prints(picos: u128) -> String {
        const UNITS: [(&str, u128); 7] = [
            ("d", 86_400_000_000_000_000),
            ("h", 3_600_000_000_000_000),
            ("m", 60_000_000_000_000),
            ("s", 1_000_000_000_000),
            ("ms", 1_000_000_000),
            ("µs", 1_000_000),
            ("ns", 1_000),
        ];
        let (unit, scale) = *UNITS.iter().find(|(_, scale)| picos >= *scale).unwrap_or(&UNITS[6]);
        let whole = (picos / scale).to_string();
        let decimals = 4_usize.saturating_sub(whole.len());
        let fraction = picos % scale * 10_u128.pow(decimals as u32) / scale;
        let digits = if decimals == 0 { String::new() } else { format!("{fraction:0decimals$}") };
        let digits = digits.trim_end_matches('0');
        if digits.is_empty() { format!("{whole} {unit}") } else { format!("{whole}.{digits} {unit}") }
    }

    fn value_and_step(text: &str) -> (f64, f64) {
        let printed = time(text).unwrap();
        assert_eq!(printed.text, text);
        (printed.value, printed.step)
    }

    #[test]
    fn the_step_is_that_of_the_fourth_digit_and_not_of_the_last_printed() {
        assert_eq!(value_and_step("29.75 µs"), (29_750.0, 10.0));
        assert_eq!(value_and_step("175 ns"), (175.0, 0.1));
        assert_eq!(value_and_step("8 ms"), (8e6, 1e3));
        assert_eq!(value_and_step("1.5 s"), (1.5e9, 1e6));
        assert_eq!(value_and_step("999.9 ns"), (999.9, 0.1));
    }

    #[test]
    fn below_a_nanosecond_the_step_is_a_picosecond() {
        assert_eq!(value_and_step("0.317 ns"), (0.317, 0.001));
        assert_eq!(value_and_step("0 ns"), (0.0, 0.001));
    }

    #[test]
    fn minutes_hours_and_many_days_are_times() {
        assert_eq!(value_and_step("59.98 m"), (59.98e9 * 60.0, 1e7 * 60.0));
        assert_eq!(value_and_step("1 h").0, 3.6e12);
        assert_eq!(value_and_step("10000 d"), (8.64e17, 8.64e13));
    }

    #[test]
    fn rates_have_a_kind_and_a_value_per_second() {
        let read = |text| rate(text).map(|(kind, printed)| (kind, printed.value, printed.step));
        assert_eq!(read("3.17 GB/s"), Some((RateKind::Bytes, 3.17e9, 1e6)));
        assert_eq!(read("2 KiB/s"), Some((RateKind::BinaryBytes, 2048.0, 1.024)));
        assert_eq!(read("80.69 Mchar/s"), Some((RateKind::Chars, 80.69e6, 1e4)));
        assert_eq!(read("4.227 GHz"), Some((RateKind::Cycles, 4.227e9, 1e6)));
        assert_eq!(read("358 item/s"), Some((RateKind::Items, 358.0, 0.1)));
        assert_eq!(read("inf item/s"), None);
    }

    #[test]
    fn sizes_and_counts_are_read_in_both_formats() {
        assert_eq!(size("7.976 KB").unwrap().value, 7976.0);
        assert_eq!(size("1.5 KiB").unwrap().value, 1536.0);
        assert_eq!(size("64 B").unwrap().value, 64.0);
        assert_eq!(count(" 12345 ").unwrap().step, 1.0);
        assert_eq!(count("0.001").unwrap().value, 0.001);
    }

    #[test]
    fn what_divan_would_not_print_is_no_number() {
        for text in ["", "ns", "1 ", "1 xs", "-1 ns", "1e3 ns", "1. ns", ".5 ns", "NaN ns", "١ ns", "1  ns"]
        {
            assert_eq!(time(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn the_true_time_lies_within_one_step_above_the_parsed_one(picos in 0_u64.., shift in 0_u32..64) {
            let picos = picos >> shift;
            let truth = picos as f64 / 1000.0;
            let (value, step) = value_and_step(&as_divan_prints(u128::from(picos)));
            // One part in 10^15 for the conversions to floating point.
            prop_assert!(value <= truth * (1.0 + 1e-15), "{value} is above {truth}");
            prop_assert!(truth < value + step * (1.0 + 1e-12), "{truth} is not below {value} + {step}");
        }

        #[test]
        fn any_text_is_a_number_or_is_refused(text in "\\PC{0,12}|[0-9. µnmskKiGBchar/HzEe+-]{0,14}") {
            let _ = (time(&text), rate(&text), size(&text), count(&text), whole(&text));
        }
    }
}
