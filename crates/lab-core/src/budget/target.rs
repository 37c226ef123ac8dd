//! The target of a budget as people write it: `< 100 us ±20 %`, `> 50 MB/s`, `< 10`, `> 6 x`.
//!
//! It reads and prints; what a benchmark reached is judged elsewhere.

use std::fmt;

use thiserror::Error;

use crate::report::number;

/// Which side of the value is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// `<`: at most the value.
    AtMost,
    /// `>`: at least the value.
    AtLeast,
}

/// What the number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Nanoseconds of an iteration.
    Time,
    /// Bytes.
    Bytes,
    /// A plain number.
    Count,
    /// Bytes a second.
    BytesPerSecond,
    /// Iterations, or what they declare as their elements, a second.
    PerSecond,
    /// A multiple of what another benchmark takes.
    Multiple,
}

/// A bound with its tolerance.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Which side is good.
    pub bound: Bound,
    /// The bound in base units: nanoseconds, bytes, a second.
    pub value: f64,
    /// What it counts.
    pub measure: Measure,
    /// How far beyond the bound still counts as kept, as a share.
    pub tolerance: f64,
}

/// A text that is no target.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TargetError {
    /// It does not begin with a bound.
    #[error("{0:?} is no target: begin with < or >, as in \"< 100 us ±20 %\"")]
    NoBound(String),
    /// There is no positive number.
    #[error("{0:?} is no target: there is no number above zero in it")]
    NoNumber(String),
    /// The unit is not known.
    #[error(
        "{unit:?} in {text:?} is no unit: ns us ms s min, B kB MB GB KiB MiB GiB, /s behind them or alone, x, or none"
    )]
    NoUnit {
        /// The whole text.
        text: String,
        /// What stands for the unit.
        unit: String,
    },
    /// What follows the sign ± is no share.
    #[error("{0:?} is no target: behind ± stands a share, as in ±20 %")]
    NoTolerance(String),
}

/// Units with their measure and size in base units.
const UNITS: &[(&str, Measure, f64)] = &[
    ("ns", Measure::Time, 1.0),
    ("us", Measure::Time, 1e3),
    ("µs", Measure::Time, 1e3),
    ("μs", Measure::Time, 1e3),
    ("ms", Measure::Time, 1e6),
    ("s", Measure::Time, 1e9),
    ("min", Measure::Time, 6e10),
    ("B", Measure::Bytes, 1.0),
    ("kB", Measure::Bytes, 1e3),
    ("MB", Measure::Bytes, 1e6),
    ("GB", Measure::Bytes, 1e9),
    ("KiB", Measure::Bytes, 1024.0),
    ("MiB", Measure::Bytes, 1_048_576.0),
    ("GiB", Measure::Bytes, 1_073_741_824.0),
    ("", Measure::Count, 1.0),
    ("x", Measure::Multiple, 1.0),
];

impl std::str::FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let rest = text.trim();
        let (bound, rest) = match (rest.strip_prefix('<'), rest.strip_prefix('>')) {
            (Some(rest), _) => (Bound::AtMost, rest),
            (_, Some(rest)) => (Bound::AtLeast, rest),
            (None, None) => return Err(TargetError::NoBound(text.into())),
        };
        let (amount, tolerance) = match rest.split_once('±').or_else(|| rest.split_once("+-")) {
            Some((amount, share)) => (amount, tolerance(text, share)?),
            None => (rest, 0.0),
        };
        let amount = amount.trim();
        let end = amount.find(|c: char| !(c.is_ascii_digit() || "._,".contains(c))).unwrap_or(amount.len());
        let digits: String = amount[..end].chars().filter(|c| !"_,".contains(*c)).collect();
        let number: f64 = digits.parse().map_err(|_| TargetError::NoNumber(text.into()))?;
        if !(number.is_finite() && number > 0.0) {
            return Err(TargetError::NoNumber(text.into()));
        }
        let unit = amount[end..].trim();
        let (measure, size) =
            self::unit(unit).ok_or_else(|| TargetError::NoUnit { text: text.into(), unit: unit.into() })?;
        Ok(Self { bound, value: number * size, measure, tolerance })
    }
}

fn tolerance(text: &str, share: &str) -> Result<f64, TargetError> {
    let number = share.trim().strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
    match number {
        Some(number) if number.is_finite() && (0.0..1000.0).contains(&number) => Ok(number / 100.0),
        _ => Err(TargetError::NoTolerance(text.into())),
    }
}

fn unit(text: &str) -> Option<(Measure, f64)> {
    let (base, is_rate) = match text.strip_suffix("/s") {
        Some(base) => (base.trim(), true),
        None => (text, false),
    };
    let (_, measure, size) = UNITS.iter().find(|(name, ..)| *name == base)?;
    match (measure, is_rate) {
        (measure, false) => Some((*measure, *size)),
        (Measure::Bytes, true) => Some((Measure::BytesPerSecond, *size)),
        (Measure::Count, true) => Some((Measure::PerSecond, *size)),
        (_, true) => None,
    }
}

impl Target {
    /// The bound with the tolerance: what must not be passed.
    pub fn limit(&self) -> f64 {
        match self.bound {
            Bound::AtMost => self.value * (1.0 + self.tolerance),
            Bound::AtLeast => self.value * (1.0 - self.tolerance).max(0.0),
        }
    }

    /// Whether a value is on the good side of `bound`, which may be the limit.
    pub fn admits(&self, value: f64, bound: f64) -> bool {
        match self.bound {
            Bound::AtMost => value <= bound,
            Bound::AtLeast => value >= bound,
        }
    }
}

impl Measure {
    /// A value in this measure, as people read it.
    pub fn show(self, value: f64) -> String {
        match self {
            Self::Time => number::quantity(value, "ns"),
            Self::Bytes => number::quantity(value, "bytes"),
            Self::Count => number::quantity(value, "count"),
            Self::BytesPerSecond => format!("{}/s", number::quantity(value, "bytes")),
            Self::PerSecond => format!("{} /s", number::quantity(value, "count")),
            Self::Multiple => format!("{value:.3} x"),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.bound {
            Bound::AtMost => '<',
            Bound::AtLeast => '>',
        };
        write!(f, "{sign} {}", without_zeros(&self.measure.show(self.value)))?;
        if self.tolerance > 0.0 {
            // From a text of few digits, so that 0.2 is 20 again.
            write!(f, " ±{} %", (self.tolerance * 1e6).round() / 1e4)?;
        }
        Ok(())
    }
}

/// `100 µs` for `100.0 µs`: a target is exact, and its zeros promise nothing.
fn without_zeros(shown: &str) -> String {
    let end = shown.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(shown.len());
    let (number, unit) = shown.split_at(end);
    let number =
        if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number };
    format!("{number}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(text: &str) -> Target {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn targets_are_read_as_people_write_them() {
        for (text, shown, value) in [
            ("< 100 us ±20 %", "< 100 µs ±20 %", 1e5),
            ("<1ms+-30%", "< 1 ms ±30 %", 1e6),
            ("> 50 MB/s", "> 50 MB/s", 5e7),
            ("> 1,000 /s", "> 1k /s", 1e3),
            ("< 10", "< 10", 10.0),
            ("< 5 MB", "< 5 MB", 5e6),
            ("< 1.5 MiB", "< 1.573 MB", 1_572_864.0),
            ("> 6 x", "> 6 x", 6.0),
            ("< 100 ns", "< 100 ns", 100.0),
        ] {
            let target = target(text);
            assert_eq!((target.to_string().as_str(), target.value), (shown, value), "{text}");
        }
    }

    #[test]
    fn what_is_no_target_says_why() {
        for (text, why) in [
            ("100 us", "begin with < or >"),
            ("< us", "no number"),
            ("< 0 us", "no number"),
            ("< 100 parsecs", "\"parsecs\" in"),
            ("< 100 us/s", "\"us/s\" in"),
            ("< 100 us ±much", "behind ±"),
        ] {
            let error = text.parse::<Target>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn the_tolerance_widens_on_the_bad_side_only() {
        let most = target("< 100 us ±20 %");
        assert!(most.admits(1.2e5, most.limit()) && !most.admits(1.21e5, most.limit()));
        let least = target("> 50 MB/s ±10 %");
        assert!(least.admits(4.5e7, least.limit()) && !least.admits(4.4e7, least.limit()));
    }
}
