//! Durations as people type them: `300ms`, `10m`, `1h30m`.
//!
//! A bare number is refused, since its unit would be a guess.

use std::time::Duration;

use jiff::SignedDuration;

/// Reads a duration for clap.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let refuse = |why: &str| format!("{why}; write it like 300ms, 10s, 5m or 1h30m");
    if text.trim().parse::<f64>().is_ok() {
        return Err(refuse("a unit is missing"));
    }
    let signed: SignedDuration = text.parse().map_err(|_| refuse("this is no duration"))?;
    let duration = Duration::try_from(signed).map_err(|_| refuse("a duration cannot be negative"))?;
    if duration.is_zero() { Err(refuse("a duration of nothing measures nothing")) } else { Ok(duration) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_spellings_are_read() {
        for (text, millis) in [("300ms", 300), ("10m", 600_000), ("1h30m", 5_400_000), ("2 s", 2_000)] {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused_with_an_example() {
        for text in ["10", "0s", "-3s", "soon", ""] {
            assert!(parse(text).unwrap_err().contains("300ms"), "{text}");
        }
    }
}
