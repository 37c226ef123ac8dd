//! Finds the names that somebody who mistyped one may have meant.
//!
//! It only ranks texts; it never decides that a near name is the one that was meant.

/// How many names an error message shows.
const SHOWN: usize = 3;

/// A name shorter than this is inside too many texts for that to mean anything.
const SHORTEST_PART: usize = 3;

/// The names nearest to `wanted`, best first, at most three; empty when nothing is near.
///
/// A name that holds `wanted`, or is held by it, comes before names that are merely spelt alike. Alike means
/// at most one edit for every three letters of the longer text.
pub fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = wanted.to_lowercase();
    let mut ranked: Vec<(Likeness, &str)> =
        names.into_iter().filter_map(|name| Some((likeness(&wanted, name)?, name))).collect();
    ranked.sort();
    ranked.dedup();
    ranked.into_iter().take(SHOWN).map(|(_, name)| name).collect()
}

/// How alike two texts are; the smaller is the nearer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    /// One holds the other; how many letters it has besides.
    Contained(usize),
    /// Edits from one to the other.
    Edits(usize),
}

fn likeness(wanted: &str, name: &str) -> Option<Likeness> {
    let name = name.to_lowercase();
    let (wanted_length, name_length) = (wanted.chars().count(), name.chars().count());
    let is_part = name_length >= SHORTEST_PART && wanted.contains(&name);
    if wanted_length > 0 && (is_part || name.contains(wanted)) {
        return Some(Likeness::Contained(wanted_length.abs_diff(name_length)));
    }
    let allowed = wanted_length.max(name_length) / 3;
    // The difference of the lengths is a lower bound, and thousands of ids may have to be looked at.
    if wanted_length.abs_diff(name_length) > allowed {
        return None;
    }
    let edits = edit_distance(wanted, &name);
    (edits <= allowed).then_some(Likeness::Edits(edits))
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one text into the other.
///
/// The optimal string alignment distance: no stretch of text is edited twice (Boytsov, "Indexing methods for
/// approximate dictionary searching", 2011, section 2.2).
fn edit_distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut before = vec![0; to.len() + 1];
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for i in 1..=from.len() {
        let mut row = vec![i; to.len() + 1];
        for j in 1..=to.len() {
            let replaced = last[j - 1] + usize::from(from[i - 1] != to[j - 1]);
            row[j] = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_typing_slip_finds_its_word() {
        let names = ["insert", "remove", "lookup", "lookup_missing"];
        assert_eq!(nearest("isnert", names), ["insert"]);
        assert_eq!(nearest("remov", names), ["remove"]);
        assert_eq!(nearest("INSERT", names), ["insert"]);
    }

    #[test]
    fn a_part_of_a_name_beats_a_look_alike() {
        assert_eq!(
            nearest("look", ["book", "lookup_missing", "lookup"]),
            ["lookup", "lookup_missing", "book"]
        );
        assert_eq!(nearest("suite/bench/insert", ["insert", "suite"]), ["insert", "suite"]);
    }

    #[test]
    fn nothing_near_is_nothing() {
        assert!(nearest("insert", ["quite", "different", "things"]).is_empty());
        assert!(nearest("", ["insert"]).is_empty());
        assert!(nearest("insert", []).is_empty());
        assert!(nearest("insert", ["i", "in"]).is_empty());
    }

    #[test]
    fn at_most_three_and_each_once() {
        let names = ["case_1", "case_2", "case_3", "case_4", "case_1"];
        assert_eq!(nearest("case", names), ["case_1", "case_2", "case_3"]);
    }

    #[test]
    fn distances_are_the_known_ones() {
        for (from, to, distance) in
            [("kitten", "sitting", 3), ("ca", "ac", 1), ("ca", "abc", 3), ("", "abc", 3), ("µs", "ns", 1)]
        {
            assert_eq!(edit_distance(from, to), distance, "{from} to {to}");
        }
    }

    proptest! {
        #[test]
        fn distance_is_symmetric_and_bounded(from in "[a-d]{0,8}", to in "[a-d]{0,8}") {
            let distance = edit_distance(&from, &to);
            prop_assert_eq!(distance, edit_distance(&to, &from));
            prop_assert!(distance <= from.len().max(to.len()));
            prop_assert!(distance >= from.len().abs_diff(to.len()));
            prop_assert_eq!(distance == 0, from == to);
        }
    }
}
