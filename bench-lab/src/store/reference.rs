//! How a person names a Run: `latest`, `latest~2`, an id, or the start of one.
//!
//! Pure: it chooses among ids and never opens a Run.

use std::cmp::Reverse;

/// How many ids an error offers.
const NEAREST_MAX: usize = 3;

/// Why a reference names no Run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// There is nothing to name.
    #[error("the store at {store} holds no Run yet: `bench-lab run` makes one")]
    NoRuns {
        /// The store.
        store: String,
    },
    /// Fewer Runs than counted back.
    #[error("{reference} goes too far back: there are {count} Runs, and the oldest is latest~{}", count - 1)]
    TooFarBack {
        /// As typed.
        reference: String,
        /// How many Runs there are.
        count: usize,
    },
    /// No id begins so.
    #[error("no Run is called {reference:?}; nearest: {}", nearest.join(", "))]
    Unknown {
        /// As typed.
        reference: String,
        /// Ids that resemble it most, best first.
        nearest: Vec<String>,
    },
    /// Several ids begin so.
    #[error("{reference:?} may be any of {count} Runs: {}{}", nearest.join(", "), if *count > nearest.len() { ", …" } else { "" })]
    Ambiguous {
        /// As typed.
        reference: String,
        /// How many ids begin so.
        count: usize,
        /// The newest of them.
        nearest: Vec<String>,
    },
}

/// Chooses among ids that are sorted from oldest to newest.
///
/// # Errors
/// [`ReferenceError`], which offers the nearest ids.
pub(super) fn resolve<'a>(
    reference: &str,
    ids: &'a [String],
    store: &str,
) -> Result<&'a str, ReferenceError> {
    if ids.is_empty() {
        return Err(ReferenceError::NoRuns { store: store.into() });
    }
    // An exact id comes first: a longer one with `-2` behind it begins the same.
    if let Some(id) = ids.iter().find(|id| *id == reference) {
        return Ok(id);
    }
    if let Some(back) = steps_back(reference) {
        let place = ids.len().checked_sub(1 + back);
        return place
            .map(|place| ids[place].as_str())
            .ok_or_else(|| ReferenceError::TooFarBack { reference: reference.into(), count: ids.len() });
    }
    let matches: Vec<&String> =
        ids.iter().filter(|id| !reference.is_empty() && id.starts_with(reference)).collect();
    match matches[..] {
        [id] => Ok(id),
        [] => Err(ReferenceError::Unknown { reference: reference.into(), nearest: nearest(reference, ids) }),
        _ => Err(ReferenceError::Ambiguous {
            reference: reference.into(),
            count: matches.len(),
            nearest: matches.iter().rev().take(NEAREST_MAX).map(|id| (*id).clone()).collect(),
        }),
    }
}

/// `latest` is 0, `latest~2` is 2, anything else is no count.
fn steps_back(reference: &str) -> Option<usize> {
    match reference.strip_prefix("latest")? {
        "" => Some(0),
        // A count beyond any store goes too far back, rather than being another kind of mistake.
        rest => {
            let digits = rest.strip_prefix('~')?;
            let is_count = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            is_count.then(|| digits.parse().unwrap_or(usize::MAX - 1))
        }
    }
}

/// The ids that share the longest piece with what was typed, newest first among equals.
fn nearest(reference: &str, ids: &[String]) -> Vec<String> {
    let mut ranked: Vec<&String> = ids.iter().rev().collect();
    ranked.sort_by_key(|id| Reverse(longest_shared(reference.as_bytes(), id.as_bytes())));
    ranked.into_iter().take(NEAREST_MAX).cloned().collect()
}

/// Length of the longest run of bytes that stands in both.
fn longest_shared(typed: &[u8], id: &[u8]) -> usize {
    let mut best = 0;
    let mut before = vec![0; id.len() + 1];
    for typed_byte in typed.iter().take(64) {
        let mut now = vec![0; id.len() + 1];
        for (place, id_byte) in id.iter().enumerate() {
            if typed_byte == id_byte {
                now[place + 1] = before[place] + 1;
                best = best.max(now[place + 1]);
            }
        }
        before = now;
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids() -> Vec<String> {
        [
            "20260101T000000Z-aaaaaaa",
            "20260102T000000Z-bbbbbbb",
            "20260102T000000Z-bbbbbbb-2",
            "20260203T000000Z-ccccccc",
        ]
        .map(str::to_owned)
        .to_vec()
    }

    fn named(reference: &str) -> Result<String, String> {
        resolve(reference, &ids(), "/s").map(str::to_owned).map_err(|error| error.to_string())
    }

    #[test]
    fn latest_counts_back_from_the_newest() {
        assert_eq!(named("latest").unwrap(), "20260203T000000Z-ccccccc");
        assert_eq!(named("latest~0").unwrap(), "20260203T000000Z-ccccccc");
        assert_eq!(named("latest~3").unwrap(), "20260101T000000Z-aaaaaaa");
        let wanted = "latest~4 goes too far back: there are 4 Runs, and the oldest is latest~3";
        assert_eq!(named("latest~4").unwrap_err(), wanted);
        assert!(named("latest~99999999999999999999999").unwrap_err().contains("too far back"));
    }

    #[test]
    fn an_id_or_its_unique_start_names_a_run() {
        assert_eq!(named("202602").unwrap(), "20260203T000000Z-ccccccc");
        assert_eq!(named("20260102T000000Z-bbbbbbb").unwrap(), "20260102T000000Z-bbbbbbb");
    }

    #[test]
    fn an_ambiguous_start_lists_its_runs() {
        let wanted =
            "\"20260102\" may be any of 2 Runs: 20260102T000000Z-bbbbbbb-2, 20260102T000000Z-bbbbbbb";
        assert_eq!(named("20260102").unwrap_err(), wanted);
        assert!(named("2026").unwrap_err().ends_with(", …"));
    }

    #[test]
    fn an_unknown_reference_offers_the_nearest() {
        let error = named("bbbbbbb").unwrap_err();
        assert!(
            error.starts_with("no Run is called \"bbbbbbb\"; nearest: 20260102T000000Z-bbbbbbb-2"),
            "{error}"
        );
        for odd in ["", "latest~", "latest~x", "../20260101T000000Z-aaaaaaa", "latest~-1"] {
            assert!(named(odd).unwrap_err().starts_with("no Run is called"), "{odd}");
        }
    }

    #[test]
    fn an_empty_store_says_what_to_do() {
        let error = resolve("latest", &[], "/s").unwrap_err().to_string();
        assert_eq!(error, "the store at /s holds no Run yet: `bench-lab run` makes one");
    }
}
