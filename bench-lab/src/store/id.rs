//! The id of a Run: `20260801T101500Z-2e3b9d9`, start and commit, `-2` behind it when that is taken.
//!
//! It is the name of the Run's directory and sorts by time.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::StoreError;

/// Hex digits of the commit in an id.
const COMMIT_DIGITS: usize = 7;

/// The id of the `attempt`-th Run (from 1) with this start and commit.
///
/// # Errors
/// [`StoreError::Time`] when `created_at` is not RFC 3339.
pub(super) fn run_id(created_at: &str, commit: Option<&str>, attempt: u32) -> Result<String, StoreError> {
    let time: Timestamp =
        created_at.parse().map_err(|source| StoreError::Time { text: created_at.into(), source })?;
    let time = time.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string();
    let commit: String =
        commit.unwrap_or_default().chars().filter(char::is_ascii_hexdigit).take(COMMIT_DIGITS).collect();
    let commit = if commit.is_empty() { "nogit" } else { &commit };
    Ok(if attempt > 1 { format!("{time}-{commit}-{attempt}") } else { format!("{time}-{commit}") })
}

/// Sorts ids by time, then by attempt; a name that is no id comes before all of them.
pub(super) fn age_key(id: &str) -> (String, u32, String) {
    let mut parts = id.split('-');
    let time = parts.next().unwrap_or_default();
    let is_time = time.len() == 16
        && time.bytes().enumerate().all(|(place, byte)| match place {
            8 => byte == b'T',
            15 => byte == b'Z',
            _ => byte.is_ascii_digit(),
        });
    let attempt = parts.nth(1).and_then(|attempt| attempt.parse().ok()).unwrap_or(1);
    if is_time { (time.into(), attempt, id.into()) } else { (String::new(), 0, id.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_start_in_utc_and_the_commit() {
        let commit = Some("2e3b9d9c5fe24f51a1d2fd4c8b6b5c0f6d1f3a77");
        assert_eq!(run_id("2026-08-01T12:15:00.25+02:00", commit, 1).unwrap(), "20260801T101500Z-2e3b9d9");
        assert_eq!(run_id("2026-08-01T10:15:00Z", commit, 3).unwrap(), "20260801T101500Z-2e3b9d9-3");
        assert_eq!(run_id("2026-08-01T10:15:00Z", None, 1).unwrap(), "20260801T101500Z-nogit");
        assert_eq!(run_id("2026-08-01T10:15:00Z", Some("../x"), 1).unwrap(), "20260801T101500Z-nogit");
        let error = run_id("yesterday", None, 1).unwrap_err().to_string();
        assert!(error.contains("\"yesterday\" is not a time"), "{error}");
    }

    #[test]
    fn ids_sort_by_time_then_by_attempt_and_other_names_come_first() {
        let mut ids = [
            "20260801T101500Z-fff0000-10",
            "20260801T101500Z-fff0000-2",
            "notes",
            "20260801T101501Z-0000000",
            "20260801T101500Z-fff0000",
        ];
        ids.sort_by_key(|id| age_key(id));
        let wanted = [
            "notes",
            "20260801T101500Z-fff0000",
            "20260801T101500Z-fff0000-2",
            "20260801T101500Z-fff0000-10",
            "20260801T101501Z-0000000",
        ];
        assert_eq!(ids, wanted);
    }
}
