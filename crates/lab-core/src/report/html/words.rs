//! Words, signs and classes of verdicts: a colour never stands without a word and a shape.
//!
//! It words decisions and makes none.

use maud::{Markup, html};

use crate::compare::{Change, Summary, Verdict};
use crate::model::BenchmarkId;
use crate::report::compared::phrase;
use crate::report::number;

/// The verdicts in the order of their filters: stored name, sign, class of the colour.
pub(super) const VERDICTS: [(&str, &str, &str); 5] = [
    ("regressed", "▲", "up"),
    ("improved", "▼", "down"),
    ("inconclusive", "?", "open"),
    ("equivalent", "=", "calm"),
    ("not_comparable", "×", "open"),
];

/// A path of so many bytes fits any screen in one piece.
const SHORT: usize = 24;

/// The reason that most open verdicts have in common, and how many have it: it is said once and left out of their rows.
pub(super) fn common_reason(changes: &[Change]) -> Option<(String, usize)> {
    let is_plain = |text: &str| VERDICTS.iter().any(|(id, ..)| id.replace('_', " ") == text);
    phrase::most_common(changes.iter().map(phrase::verdict))
        .filter(|(text, count)| *count >= COMMON_MIN && !is_plain(text))
}

/// Fewer rows than these say for themselves why they are open.
const COMMON_MIN: usize = 10;

/// What a row says beside the word of its verdict.
pub(super) fn own_reason(change: &Change, common: Option<&str>) -> Option<String> {
    let said = phrase::verdict(change);
    (said != change.verdict.id().replace('_', " ") && Some(said.as_str()) != common).then_some(said)
}

/// Class of a change's colour in charts: only what is called a change has one.
pub(super) fn class(change: &Change) -> &'static str {
    match change.verdict {
        Verdict::Regressed => "up",
        Verdict::Improved => "down",
        Verdict::Equivalent(_) | Verdict::Inconclusive(_) | Verdict::NotComparable(_) => "",
    }
}

/// An id whose parts that many share step back: package and target pale, the path plain.
pub(super) fn id(id: &BenchmarkId) -> Markup {
    html! {
        i { (id.target) "/" }
        (spaced(&id.path))
        @if id.occurrence > 1 { " #" (id.occurrence) }
    }
}

/// A path that breaks behind its separators before it breaks elsewhere, so that a long one fits a narrow screen.
fn spaced(path: &str) -> Markup {
    if path.len() <= SHORT {
        return html! { (path) };
    }
    let ends = path.char_indices().filter(|(at, c)| *c == '/' || (*c == ':' && path[..*at].ends_with(':')));
    let mut parts = Vec::new();
    let mut begin = 0;
    for (at, _) in ends {
        parts.push(&path[begin..=at]);
        begin = at + 1;
    }
    html! { @for part in parts { (part) wbr; } (path[begin..]) }
}

/// What a comparison comes to, in one line, with the class of its colour.
pub(super) fn headline(summary: Summary) -> (&'static str, &'static str, String) {
    let Summary { regressed, improved, equivalent, inconclusive, not_comparable } = summary;
    let all = regressed + improved + equivalent + inconclusive + not_comparable;
    let of = |count: usize| format!("{count} of {}", number::counted(all, "benchmark"));
    match summary {
        _ if regressed > 0 && improved > 0 => {
            ("▲", "up", format!("{} regressed, {improved} improved", of(regressed)))
        }
        _ if regressed > 0 => ("▲", "up", format!("{} regressed", of(regressed))),
        _ if improved > 0 => ("▼", "down", format!("{} improved, none regressed", of(improved))),
        _ if not_comparable == all => ("×", "open", "Not comparable".to_owned()),
        _ if equivalent == all => {
            ("=", "calm", format!("All {} are equivalent", number::counted(all, "benchmark")))
        }
        _ => {
            let open = inconclusive + not_comparable;
            ("?", "open", format!("No change shown, and {} without an answer", of(open)))
        }
    }
}
