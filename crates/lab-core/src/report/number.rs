//! The one formatter for numbers that people see: same digits, units and signs everywhere.
//!
//! It rounds for reading only; stored values never pass through it.

/// Significant digits of a shown quantity.
const DIGITS: usize = 4;

/// A quantity in a unit people read, fitted to its size: `45.23 µs`, `1.2 MB`, `318 ps`.
///
/// Units that have no scale of their own (`count`, `cycles`, a custom measurement's unit) get thousands by `k`,
/// `M`, `G`. Not a number becomes `?`.
pub fn quantity(value: f64, unit: &str) -> String {
    if !value.is_finite() {
        return format!("? {unit}");
    }
    let (steps, base): (&[(&str, f64)], f64) = match unit {
        "ns" => (&[("s", 1e9), ("ms", 1e6), ("µs", 1e3), ("ns", 1.0)], 1e-3),
        "bytes" => (&[("GB", 1e9), ("MB", 1e6), ("kB", 1e3), ("B", 1.0)], 1.0),
        _ => return scaled_count(value, unit),
    };
    let found = steps.iter().find(|(_, size)| rounded(value.abs(), *size) >= 1.0);
    match found {
        Some((name, size)) => format!("{} {name}", digits(value / size)),
        None if unit == "ns" && value != 0.0 => format!("{} ps", digits(value / base)),
        None => format!("{} {}", digits(value), steps[steps.len() - 1].0),
    }
}

/// Two quantities in the unit that fits the larger, so that a reader compares digits and not units. Where they are
/// thousands apart each gets its own.
pub fn alike(values: [f64; 2], unit: &str) -> [String; 2] {
    let [one, two] = values.map(f64::abs);
    let larger = one.max(two);
    let shown = quantity(larger, unit);
    let Some((_, fitted)) = shown
        .split_once(' ')
        .filter(|_| values.iter().all(|value| value.is_finite()) && one.min(two) * 1e3 >= larger)
    else {
        return values.map(|value| quantity(value, unit));
    };
    let size = match fitted {
        "s" => 1e9,
        "ms" | "MB" => 1e6,
        "µs" | "kB" => 1e3,
        "GB" => 1e9,
        "ps" => 1e-3,
        _ => 1.0,
    };
    let is_scaled = matches!(unit, "ns" | "bytes");
    values.map(
        |value| if is_scaled { format!("{} {fitted}", digits(value / size)) } else { quantity(value, unit) },
    )
}

/// Marks of an axis, all in the unit that fits the largest, with as few decimals as tell them apart.
pub fn marks(values: &[f64], unit: &str) -> Vec<String> {
    let largest = values.iter().map(|value| value.abs()).fold(0.0, f64::max);
    let shown = quantity(largest, unit);
    let (number, name) = shown.split_once(' ').unwrap_or((&shown, ""));
    let letter = number.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let size = match (unit, name, letter) {
        ("ns" | "bytes", "s" | "GB", _) | (_, _, "G") => 1e9,
        ("ns" | "bytes", "ms" | "MB", _) | (_, _, "M") => 1e6,
        ("ns" | "bytes", "µs" | "kB", _) | (_, _, "k") => 1e3,
        ("ns", "ps", _) => 1e-3,
        _ => 1.0,
    };
    let written = |decimals: usize| -> Vec<String> {
        values.iter().map(|value| format!("{:.decimals$}", value / size)).collect()
    };
    let is_told = |texts: &Vec<String>| {
        let read = |text: &String| text.parse::<f64>().unwrap_or(f64::NAN) * size;
        texts.iter().zip(values).all(|(text, value)| (read(text) - value).abs() <= largest * 1e-9)
    };
    let texts = (0..6).map(written).find(is_told).unwrap_or_else(|| written(6));
    let behind = format!("{letter}{}{name}", if name.is_empty() { "" } else { " " });
    texts.into_iter().map(|text| text + &behind).collect()
}

fn scaled_count(value: f64, unit: &str) -> String {
    let steps = [("G", 1e9), ("M", 1e6), ("k", 1e3)];
    let number = match steps.iter().find(|(_, size)| rounded(value.abs(), *size) >= 1.0) {
        Some((letter, size)) => format!("{}{letter}", digits(value / size)),
        // A count that is whole is shown whole: three allocations are not 3.000 of them.
        None if value.fract() == 0.0 => value.to_string(),
        None => digits(value),
    };
    match unit {
        "" | "count" => number,
        unit => format!("{number} {unit}"),
    }
}

/// The value in the larger unit, as it would be shown: 999.96 ns is shown as 1 µs and not as 1000 ns.
fn rounded(value: f64, size: f64) -> f64 {
    digits(value / size).parse().unwrap_or(0.0)
}

/// A rate for a throughput: `1.23 GB/s`, `4.5 M/s`.
///
/// `per_iteration` of `kind` in `wall_ns` nanoseconds. Kinds are those of
/// [`Throughput`](crate::model::Throughput).
pub fn rate(per_iteration: f64, kind: &str, wall_ns: f64) -> String {
    let per_second = per_iteration / wall_ns * 1e9;
    match kind {
        "bytes" | "bytes_decimal" => format!("{}/s", quantity(per_second, "bytes")),
        "bits" => format!("{}bit/s", scaled_count(per_second, " ").trim_end()),
        "elements" => format!("{}/s", scaled_count(per_second, "")),
        kind => format!("{} {kind}/s", scaled_count(per_second, "")),
    }
}

/// A count with its noun: `1 target`, `2 targets`.
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// The same for a noun that may end in a hiss: `1 launch`, `12 launches`.
pub fn counted_as(count: usize, noun: &str) -> String {
    format!("{count} {}", plural(count, noun))
}

/// The noun as its count wants it.
pub(super) fn plural(count: usize, noun: &str) -> String {
    match (count, noun) {
        (1, noun) => noun.into(),
        (_, noun) if noun.ends_with("ch") => format!("{noun}es"),
        (_, noun) => format!("{noun}s"),
    }
}

/// A share in per cent with one decimal, two below one per cent: `2.4 %`, `0.62 %`.
pub fn percent(share: f64) -> String {
    let value = share * 100.0;
    if !value.is_finite() {
        "? %".into()
    } else if value.abs() < 1.0 {
        format!("{value:.2} %")
    } else {
        format!("{value:.1} %")
    }
}

/// A change that is known as the logarithm of its ratio, in per cent with its sign: `+7.0 %`, `-0.42 %`.
pub fn change(log_ratio: f64) -> String {
    let text = percent(log_ratio.exp_m1());
    if text.starts_with(['-', '?']) { text } else { format!("+{text}") }
}

/// A time span for progress: `4 s`, `2 m 41 s`, `1 h 02 m`.
pub fn span(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    match whole {
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} m {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} m", whole / 3600, whole % 3600 / 60),
    }
}

/// `DIGITS` significant digits without an exponent, trailing zeros kept so that columns stay even.
fn digits(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    // Scientific notation rounds first, so that 9.9996 has the magnitude of the 10.00 it is shown as.
    let scientific = format!("{value:.*e}", DIGITS - 1);
    let magnitude: i32 = scientific.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0);
    let decimals = usize::try_from(DIGITS as i32 - 1 - magnitude).unwrap_or(0);
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_are_fitted_to_their_size() {
        for (ns, text) in [
            (0.317, "317.0 ps"),
            (1.0, "1.000 ns"),
            (45_230.0, "45.23 µs"),
            (999.996, "1.000 µs"),
            (8_460_000.0, "8.460 ms"),
            (12_345_678_901.0, "12.35 s"),
            (0.0, "0 ns"),
        ] {
            assert_eq!(quantity(ns, "ns"), text);
        }
    }

    #[test]
    fn counts_and_bytes_are_scaled_by_thousands() {
        assert_eq!(quantity(12.0, "count"), "12");
        assert_eq!(quantity(2_030_000.0, "bytes"), "2.030 MB");
        assert_eq!(quantity(1_234_567.0, "cycles"), "1.235M cycles");
        assert_eq!(quantity(f64::NAN, "ns"), "? ns");
    }

    #[test]
    fn two_sides_share_the_unit_of_the_larger() {
        assert_eq!(alike([999.9, 1000.4], "ns"), ["0.9999 µs", "1.000 µs"]);
        assert_eq!(alike([45_000.0, 1.2e6], "ns"), ["0.04500 ms", "1.200 ms"]);
        assert_eq!(alike([45.0, 1.2e6], "ns"), ["45.00 ns", "1.200 ms"]);
        assert_eq!(alike([3.0, 1.0], "count"), ["3", "1"]);
        assert_eq!(alike([2e6, 3e6], "bytes"), ["2.000 MB", "3.000 MB"]);
        assert_eq!(alike([f64::NAN, 1.0], "ns"), ["? ns", "1.000 ns"]);
    }

    #[test]
    fn marks_of_an_axis_share_a_unit_and_drop_needless_decimals() {
        assert_eq!(marks(&[0.0, 5e5, 1e6], "ns"), ["0.0 ms", "0.5 ms", "1.0 ms"]);
        assert_eq!(marks(&[89e6, 90e6], "ns"), ["89 ms", "90 ms"]);
        assert_eq!(marks(&[1e9, 1.25e9], "cycles"), ["1.00G cycles", "1.25G cycles"]);
        assert_eq!(marks(&[2.0, 4.0], "count"), ["2", "4"]);
        assert_eq!(marks(&[0.2, 0.25], "ns"), ["200 ps", "250 ps"]);
    }

    #[test]
    fn rates_come_from_work_and_time() {
        assert_eq!(rate(1000.0, "bytes", 1000.0), "1.000 GB/s");
        assert_eq!(rate(1.0, "elements", 250.0), "4.000M/s");
        assert_eq!(rate(3.0, "chars", 3000.0), "1.000M chars/s");
    }

    #[test]
    fn spans_and_shares_read_like_a_clock_and_a_ratio() {
        assert_eq!([span(4.2), span(161.0), span(3_720.0)], ["4 s", "2 m 41 s", "1 h 02 m"]);
        assert_eq!([change(1.07_f64.ln()), change(-0.0042), change(0.0)], ["+7.0 %", "-0.42 %", "+0.00 %"]);
        assert_eq!([percent(0.0062), percent(0.024), percent(f64::NAN)], ["0.62 %", "2.4 %", "? %"]);
    }

    proptest! {
        #[test]
        fn a_shown_time_is_within_half_a_step_of_the_true_one(ns in 1e-3_f64..1e13) {
            let text = quantity(ns, "ns");
            let (number, unit) = text.split_once(' ').unwrap();
            let size = match unit { "s" => 1e9, "ms" => 1e6, "µs" => 1e3, "ns" => 1.0, "ps" => 1e-3, _ => f64::NAN };
            let shown = number.parse::<f64>().unwrap() * size;
            prop_assert!((shown / ns - 1.0).abs() < 6e-4, "{ns} shown as {text}");
        }
    }
}
