//! Budgets as lines of text: what was to be reached, what was, and whether that is enough.
//!
//! A mark stands beside every word, so that a miss is seen at a glance and found by a search.

use unicode_width::UnicodeWidthStr;

use super::view::RunView;
use super::{number, prose, table};
use crate::budget::{Judged, Kept};

/// A verdict with a reason is longer than this, and stands on lines of its own where there is no room.
const VERDICT_WIDTH_MAX: usize = 24;

/// The budgets of a Run that are told one by one, and how many are of benchmarks that nobody asked for.
pub(super) fn told<'a>(view: &'a RunView<'_>) -> (Vec<&'a Judged>, usize) {
    let is_partial = !view.run.plan.filters.is_empty()
        || view.run.plan.build_arguments.iter().any(|argument| argument == "--bench");
    let (left, told): (Vec<_>, Vec<_>) =
        view.budgets.iter().partition(|judged| is_partial && judged.benchmark.is_none());
    (told, left.len())
}

/// What is said of those.
pub(super) fn not_asked_for(count: usize) -> Option<String> {
    (count > 0).then(|| format!("{count} of benchmarks that were not asked for"))
}

/// The section; empty without budgets.
pub fn lines(view: &RunView<'_>, width: usize) -> Vec<String> {
    let (budgets, left_count) = told(view);
    if view.budgets.is_empty() {
        return Vec::new();
    }
    let missed = budgets.iter().filter(|judged| matches!(judged.kept, Kept::Missed { .. })).count();
    let unmeasured = budgets.iter().filter(|judged| matches!(judged.kept, Kept::Unmeasured(_))).count();
    let left = not_asked_for(left_count).map_or_else(String::new, |left| format!(", {left}"));
    let mut lines = vec![
        String::new(),
        format!(
            "budgets: {} kept, {missed} missed, {unmeasured} not measured{left}",
            budgets.len() - missed - unmeasured
        ),
    ];
    let rows: Vec<Vec<String>> = budgets.iter().map(|judged| cells(judged)).collect();
    let verdicts: Vec<String> = budgets.iter().map(|judged| verdict(judged)).collect();
    let widest = verdicts.iter().map(|verdict| verdict.width()).max().unwrap_or(0).min(VERDICT_WIDTH_MAX);
    let laid_out = table::lay_out(&rows, width.saturating_sub(widest + 2));
    for (row, verdict) in laid_out.iter().zip(&verdicts) {
        if row.width() + 2 + verdict.width() <= width {
            lines.push(format!("{row}  {verdict}"));
        } else {
            lines.push(row.clone());
            lines.extend(prose::hanging(&format!("    {verdict}"), 6, width));
        }
    }
    lines
}

/// A budget in one sentence: what it is about, what was reached, what was asked for, and whether that is enough.
pub(super) fn sentence(judged: &Judged) -> String {
    let verdict = verdict(judged);
    let verdict = verdict.trim_start_matches(['✓', '✗', '?', ' ']);
    let reached = judged
        .reached
        .map_or_else(String::new, |reached| format!("{}, ", judged.target.measure.show(reached.point)));
    format!("{}: {reached}wanted {}: {verdict}", name(judged), judged.target)
}

/// Whether it was measured and is beyond its tolerance.
pub(super) fn is_missed(judged: &Judged) -> bool {
    matches!(judged.kept, Kept::Missed { .. })
}

/// Of several budgets of one benchmark the heaviest is shown where there is room for one.
pub(super) fn weight(judged: &Judged) -> usize {
    match judged.kept {
        Kept::Met => 0,
        Kept::Tolerated => 1,
        Kept::Unmeasured(_) => 2,
        Kept::Missed { .. } => 3,
    }
}

/// The target, and in a word what became of it.
pub(super) fn short(judged: &Judged) -> [String; 2] {
    let mark = match judged.kept {
        Kept::Met | Kept::Tolerated => "ok",
        Kept::Unmeasured(_) => "?",
        Kept::Missed { .. } => "MISSED",
    };
    [judged.target.to_string(), mark.to_owned()]
}

/// What it is about.
pub(super) fn name(judged: &Judged) -> String {
    let mut name = judged.benchmark.as_ref().map_or_else(|| judged.pattern.clone(), ToString::to_string);
    let is_plain = judged.metric.0 == "wall_ns";
    let besides: Vec<&str> =
        [judged.metric.0.as_str(), &judged.what].into_iter().skip(usize::from(is_plain)).collect();
    for word in besides.into_iter().filter(|word| !word.is_empty()) {
        name.push_str(&format!("  {word}"));
    }
    name
}

fn cells(judged: &Judged) -> Vec<String> {
    let reached =
        judged.reached.map_or_else(|| "-".into(), |reached| judged.target.measure.show(reached.point));
    vec![format!("  {}", name(judged)), reached, judged.target.to_string()]
}

/// Whether it is kept, in words behind a mark.
pub(in crate::report) fn verdict(judged: &Judged) -> String {
    let beyond = || {
        judged.excess().map_or_else(String::new, |excess| match excess {
            // Per cent beyond a double are read as something else.
            excess if excess >= 1.0 => format!(" by a factor of {:.1}", 1.0 + excess),
            excess => format!(" by {}", number::percent(excess)),
        })
    };
    match &judged.kept {
        Kept::Met => "✓ kept".into(),
        Kept::Tolerated => format!("✓ passed{}, within its tolerance", beyond()),
        Kept::Missed { is_sure: true } => format!("✗ missed{}", beyond()),
        Kept::Missed { is_sure: false } => {
            format!("✗ missed{}, though more invocations may show otherwise", beyond())
        }
        Kept::Unmeasured(why) => format!("? not measured: {why}"),
    }
}
