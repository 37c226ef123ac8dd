//! Arguments that pick benchmarks by their full ids.
//!
//! Every version compares its filter with the full, un-truncated id (`filter_matches(id.id())` in its source).

use super::dialect::Filtering;

/// Matches no id: as a regular expression it asks for the text's start behind a character, and as the plain text
/// that criterion2 looks for it is improbable enough.
pub(super) const NOTHING: &str = "bench-lab-only-lists^";

/// Linux refuses an argument of 128 KiB (`MAX_ARG_STRLEN`, execve(2)); a filter that comes near is left off, and
/// what runs unasked is recorded as well.
const LENGTH_MAX: usize = 100_000;

/// Arguments under which the benchmarks of these full ids run, and no others where the harness can do that.
pub(super) fn arguments(paths: &[&str], filtering: Filtering) -> Vec<String> {
    let mut paths = paths.to_vec();
    paths.sort_unstable();
    paths.dedup();
    match (filtering, paths.as_slice()) {
        (_, []) => Vec::new(),
        (Filtering::Text, [path]) => vec!["--exact".into(), (*path).into()],
        // Text holds one id only. Unfiltered, the others run too; that costs time and loses nothing.
        (Filtering::Text, _) => Vec::new(),
        (Filtering::Regex, _) => {
            let pattern = pattern(&paths);
            if pattern.len() > LENGTH_MAX { Vec::new() } else { vec![pattern] }
        }
    }
}

/// A regular expression that matches these texts as a whole.
///
/// `\A` and `\z` would say the same; `^` and `$` do without the multi-line flag, and read better in a Run.
fn pattern(paths: &[&str]) -> String {
    // No argument can hold a NUL; escaped, it is four harmless characters.
    let escape = |path: &&str| regex::escape(path).replace('\0', r"\x00");
    let alternatives: Vec<String> = paths.iter().map(escape).collect();
    format!("^(?:{})$", alternatives.join("|"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::*;

    proptest! {
        #[test]
        fn any_id_matches_itself(id in "(?s).{0,60}") {
            prop_assert!(Regex::new(&pattern(&[&id])).unwrap().is_match(&id));
        }

        #[test]
        fn no_id_matches_another(id in "[a-c./^$|()\\[\\]\n \\\\*+?-]{0,6}", other in "[a-c./^$|()\\[\\]\n \\\\*+?-]{0,6}") {
            let matches = Regex::new(&pattern(&[&id])).unwrap().is_match(&other);
            prop_assert_eq!(matches, id == other);
        }

        #[test]
        fn an_alternation_matches_its_ids_only(ids in prop::collection::vec("[ab/|.]{1,3}", 1..6), other in "[ab/|.]{1,3}") {
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            let matches = Regex::new(&pattern(&ids)).unwrap().is_match(&other);
            prop_assert_eq!(matches, ids.contains(&other.as_str()));
        }

        #[test]
        fn the_listing_filter_matches_no_id(id in "(?s).{0,60}") {
            prop_assert!(!Regex::new(NOTHING).unwrap().is_match(&id));
        }

        #[test]
        fn no_argument_holds_a_nul(id in "[a\0]{0,9}") {
            prop_assert!(!pattern(&[&id]).contains('\0'));
        }
    }

    #[test]
    fn the_listing_filter_does_not_even_match_itself() {
        assert!(!Regex::new(NOTHING).unwrap().is_match(NOTHING));
    }

    #[test]
    fn text_filters_pick_one_id_or_none() {
        assert_eq!(arguments(&["a.b"], Filtering::Text), ["--exact", "a.b"]);
        assert!(arguments(&["a", "b"], Filtering::Text).is_empty());
    }

    #[test]
    fn a_filter_that_no_process_could_be_given_is_left_off() {
        let long = "x".repeat(LENGTH_MAX);
        assert!(arguments(&[&long], Filtering::Regex).is_empty());
    }

    #[test]
    fn an_id_asked_for_twice_stands_in_the_filter_once() {
        assert_eq!(arguments(&["twin", "twin"], Filtering::Regex), ["^(?:twin)$"]);
        assert_eq!(arguments(&["twin", "twin"], Filtering::Text), ["--exact", "twin"]);
    }
}
