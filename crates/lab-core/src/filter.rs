//! Which benchmarks a person means by what they typed.
//!
//! An id copied from any output always selects that benchmark, whatever characters it holds.

use regex::Regex;

use crate::model::BenchmarkId;

/// Filters as typed; a benchmark is selected when any of them matches, or when there are none.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    patterns: Vec<Pattern>,
}

#[derive(Clone, Debug)]
struct Pattern {
    literal: String,
    /// Absent when the text is no regular expression; it is then taken literally only.
    expression: Option<Regex>,
}

impl Filter {
    /// Takes each text as a regular expression over the whole id, and as a literal part of it.
    pub fn new(texts: &[String]) -> Self {
        let patterns = texts
            .iter()
            .map(|text| Pattern { literal: text.clone(), expression: expression(text) })
            .collect();
        Self { patterns }
    }

    /// Whether the benchmark is selected.
    ///
    /// A text that is exactly an id, or exactly a harness's own path, selects only what is equal to it: pasting
    /// `parse/1` does not select `parse/10`. The caller passes all ids for that.
    pub fn select<'a>(&self, ids: &'a [BenchmarkId]) -> Vec<&'a BenchmarkId> {
        if self.patterns.is_empty() {
            return ids.iter().collect();
        }
        let exact: Vec<bool> = self
            .patterns
            .iter()
            .map(|pattern| ids.iter().any(|id| is_exactly(id, &pattern.literal)))
            .collect();
        ids.iter()
            .filter(|id| {
                self.patterns.iter().zip(&exact).any(|(pattern, is_exact)| {
                    if *is_exact { is_exactly(id, &pattern.literal) } else { is_like(id, pattern) }
                })
            })
            .collect()
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.patterns.len()
    }

    /// Whether every benchmark is selected.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// The texts that select none of the benchmarks, as typed.
    pub fn unmatched(&self, ids: &[BenchmarkId]) -> Vec<&str> {
        let is_idle = |pattern: &&Pattern| !ids.iter().any(|id| is_like(id, pattern));
        self.patterns.iter().filter(is_idle).map(|pattern| pattern.literal.as_str()).collect()
    }
}

/// The text as a regular expression; absent where it is none. A narrow terminal leaves out the middle of an id, and what
/// was copied from there means what has both ends.
fn expression(text: &str) -> Option<Regex> {
    match text.split_once('…') {
        Some((head, tail)) => Regex::new(&format!("{}.*{}$", regex::escape(head), regex::escape(tail))).ok(),
        None => Regex::new(text).ok(),
    }
}

fn is_exactly(id: &BenchmarkId, text: &str) -> bool {
    id.path == text || id.to_string() == text
}

fn is_like(id: &BenchmarkId, pattern: &Pattern) -> bool {
    let whole = id.to_string();
    whole.contains(&pattern.literal)
        || pattern
            .expression
            .as_ref()
            .is_some_and(|expression| expression.is_match(&id.path) || expression.is_match(&whole))
}

#[cfg(test)]
mod elided {
    use super::*;
    use crate::compare::fixture::id;

    #[test]
    fn an_id_copied_from_a_narrow_terminal_means_what_has_both_its_ends() {
        let ids = ["p/t/group (a)/write_bulk_1000", "p/t/group (a)/write_bulk_10000", "p/t/write"].map(id);
        let shown = crate::report::table::elide(&ids[0].to_string(), 20);
        assert!(shown.contains('…'), "{shown}");
        assert_eq!(Filter::new(&[shown]).select(&ids), [&ids[0]]);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::TargetId;

    fn ids(paths: &[&str]) -> Vec<BenchmarkId> {
        paths.iter().map(|path| BenchmarkId::new(TargetId::new("pkg", "bench"), *path)).collect()
    }

    fn selected(texts: &[&str], paths: &[&str]) -> Vec<String> {
        let texts: Vec<String> = texts.iter().map(ToString::to_string).collect();
        Filter::new(&texts).select(&ids(paths)).into_iter().map(|id| id.path.clone()).collect()
    }

    #[test]
    fn no_filter_selects_all() {
        assert_eq!(selected(&[], &["a", "b"]), ["a", "b"]);
    }

    #[test]
    fn texts_that_select_nothing_are_named() {
        let filter = Filter::new(&["a".into(), "nothing".into(), "^b$".into(), "(".into()]);
        assert_eq!(filter.unmatched(&ids(&["a", "b"])), ["nothing", "("]);
    }

    #[test]
    fn a_regular_expression_is_anchored_at_the_path() {
        assert_eq!(selected(&["^insert.*10$"], &["insert/10", "re_insert/10", "insert/100"]), ["insert/10"]);
    }

    #[test]
    fn a_pasted_path_selects_nothing_longer() {
        assert_eq!(selected(&["parse/1"], &["parse/1", "parse/10"]), ["parse/1"]);
    }

    #[test]
    fn a_pasted_id_may_hold_characters_of_expressions() {
        assert_eq!(selected(&["pkg/bench/vec<u8>(["], &["vec<u8>([", "vec"]), ["vec<u8>(["]);
    }

    #[test]
    fn the_second_of_two_equal_paths_can_be_picked_alone() {
        let mut twins = ids(&["same", "same"]);
        twins[1].occurrence = 2;
        let filter = Filter::new(&["pkg/bench/same #2".into()]);
        assert_eq!(filter.select(&twins), [&twins[1]]);
    }

    proptest! {
        #[test]
        fn any_id_pasted_back_selects_it(paths in prop::collection::btree_set(".{1,20}", 1..6)) {
            let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
            let all = ids(&paths);
            for id in &all {
                let filter = Filter::new(&[id.to_string()]);
                let hits = filter.select(&all);
                prop_assert!(hits.contains(&id));
            }
        }
    }
}
