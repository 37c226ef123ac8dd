//! A comparison as Markdown, for comments and notes.
//!
//! It holds what the text holds; equivalents are folded away.

use super::{ComparedView, phrase, short};
use crate::compare::{Change, Head};
use crate::gate::Answer;
use crate::report::next;
use crate::report::rows::Rows;

/// Renders the comparison, however long.
pub fn render(view: &ComparedView<'_>) -> String {
    with_rows(view, &mut Rows::all())
}

/// Renders as many rows as there are to spend.
pub(in crate::report) fn with_rows(view: &ComparedView<'_>, rows: &mut Rows) -> String {
    let comparison = view.comparison;
    let mut lines = vec![format!("### bench-lab: {}", phrase::summary(comparison.summary()))];
    let machine = comparison.candidate.machine.as_ref();
    let on = machine.map_or_else(String::new, |machine| format!(" on **{}**", cell(machine)));
    lines.push(format!("{} → {}{on}", side(&comparison.baseline), side(&comparison.candidate)));
    lines.extend(view.gate.map(|gate| {
        String::from(match gate.answer {
            Answer::Pass => "The gate passes.",
            Answer::Fail => "**The gate fails.**",
            Answer::NotComparable => "**The gate cannot answer: not comparable.**",
        })
    }));
    lines.push(String::new());
    let evidence = phrase::evidence(&comparison.changes, comparison.drift.as_ref());
    lines.push(format!("Comparable: {}.", cell(&phrase::comparable(comparison))));
    lines.push(format!("Evidence: {}.", cell(&evidence)));
    lines.extend(phrase::tainted(&comparison.changes).map(|tainted| format!("Tainted: {tainted}.")));
    let groups = view.groups();
    for (_, changes) in groups.iter().filter(|(id, _)| matches!(*id, "regressed" | "improved")) {
        lines.extend(table(changes, rows));
    }
    for (id, changes) in groups.iter().filter(|(id, _)| !matches!(*id, "regressed" | "improved")) {
        if *id == "equivalent" && !view.lists_all {
            continue;
        }
        lines.push(String::new());
        lines.push(format!("<details><summary>{} {}</summary>", changes.len(), id.replace('_', " ")));
        lines.extend(table(changes, rows));
        lines.push(String::new());
        lines.push("</details>".into());
    }
    lines.extend(
        rows.list("Differs", comparison.differences.iter().map(|one| code(&phrase::difference(one)))),
    );
    lines.extend(rows.list("Only in the candidate", comparison.added.iter().map(|id| code(&id.to_string()))));
    lines
        .extend(rows.list("Only in the baseline", comparison.removed.iter().map(|id| code(&id.to_string()))));
    if let Some(Ok(command)) = view.offer() {
        lines.push(String::new());
        lines.push(format!("A live comparison would decide: `{command}`"));
    }
    let commands: Vec<String> =
        next::of_comparison(view).iter().map(|command| format!("`{command}`")).collect();
    if !commands.is_empty() {
        lines.push(String::new());
        lines.push(format!("Next: {}", commands.join(" · ")));
    }
    let reasons = view.gate.into_iter().flat_map(|gate| &gate.reasons);
    lines.extend(rows.list(
        "The gate's reasons",
        reasons.map(|reason| {
            let about = reason
                .benchmark
                .as_ref()
                .map_or_else(String::new, |id| format!("{}: ", code(&id.to_string())));
            format!("{}: {about}{}", reason.weight.id(), cell(&reason.text))
        }),
    ));
    lines.join("\n") + "\n"
}

fn side(head: &Head) -> String {
    let commit = head.revision.commit.as_deref();
    let commit = commit.map_or_else(String::new, |commit| format!(" ({})", code(short(commit))));
    format!("{}{commit}", code(&head.name))
}

fn table(changes: &[&Change], rows: &mut Rows) -> Vec<String> {
    let shown = rows.take(changes.len());
    let mut lines = vec![
        String::new(),
        "| verdict | benchmark | baseline | candidate | change | interval | |".into(),
        "|---|---|--:|--:|--:|--:|---|".into(),
    ];
    for change in changes.iter().take(shown) {
        let [baseline, candidate] = phrase::levels(change);
        let (percent, interval) = change
            .ratio
            .map_or_else(Default::default, |ratio| (phrase::percent(ratio.point), phrase::interval(&ratio)));
        let mut besides = phrase::notes(change);
        besides.insert(0, phrase::witnesses(change));
        besides.retain(|part| !part.is_empty());
        lines.push(format!(
            "| {} | {} | {baseline} | {candidate} | {percent} | {interval} | {} |",
            cell(&phrase::verdict(change)),
            code(&change.benchmark.to_string()),
            cell(&besides.join("; "))
        ));
    }
    if let Some(more @ 1..) = changes.len().checked_sub(shown) {
        lines.push(format!("| | and {more} more | | | | | |"));
    }
    lines
}

/// Text that cannot break out of a table cell or begin a tag.
pub(in crate::report) fn cell(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('|', "\\|").replace(['\n', '\r'], " ")
}

/// Code that may hold backticks, and bars which would end a cell.
pub(in crate::report) fn code(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { '␤' } else { c }).collect();
    let text = text.replace('|', "\\|");
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}
