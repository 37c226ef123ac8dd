//! A day of the calendar, as far as expiry dates need one.
//!
//! It compares and prints; it never asks which day it is.

use std::fmt;

use thiserror::Error;

/// A day, ordered by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    year: u16,
    month: u8,
    day: u8,
}

/// A text that is no day.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{text:?} is no day: write it as 2026-08-01")]
pub struct DayError {
    text: String,
}

impl std::str::FromStr for Day {
    type Err = DayError;

    /// Reads `2026-08-01`, or the day at the start of an RFC 3339 time.
    fn from_str(text: &str) -> Result<Self, DayError> {
        let date = text.split_once(['T', ' ']).map_or(text, |(date, _)| date);
        let parts: Vec<&str> = date.split('-').collect();
        let is_written_out = |part: &str, length: usize| {
            part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        let day = match parts[..] {
            [year, month, day]
                if is_written_out(year, 4) && is_written_out(month, 2) && is_written_out(day, 2) =>
            {
                year.parse().ok().zip(month.parse().ok()).zip(day.parse().ok())
            }
            _ => None,
        };
        day.map(|((year, month), day)| Self { year, month, day })
            .filter(|day| {
                (1..=12).contains(&day.month) && (1..=days_of(day.year, day.month)).contains(&day.day)
            })
            .ok_or_else(|| DayError { text: text.into() })
    }
}

fn days_of(year: u16, month: u8) -> u8 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_reads_back_as_it_prints_and_times_begin_with_theirs() {
        let day: Day = "2028-02-29".parse().unwrap();
        assert_eq!(day.to_string(), "2028-02-29");
        assert_eq!("2028-02-29T23:59:59Z".parse(), Ok(day));
        assert!("2028-03-01".parse::<Day>().unwrap() > day);
    }

    #[test]
    fn what_is_on_no_calendar_is_refused() {
        for text in
            ["", "2026-13-01", "2026-02-29", "2026-4-1", "2026-04-31", "26-04-01", "2026-04", "+026-04-01"]
        {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
    }
}
