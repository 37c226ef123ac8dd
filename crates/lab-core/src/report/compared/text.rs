//! A comparison as text for a terminal or a log.
//!
//! Words stand beside every number and no colour is needed; the last line sums up.

use super::{ComparedView, phrase, short};
use crate::compare::{Change, Head};
use crate::gate::{Answer, Gate};
use crate::model::Origin;
use crate::report::{number, remark, table};

/// Rows of a group before the rest is only counted; regressions and improvements are always shown.
const ROWS_SHOWN_MAX: usize = 20;

/// Facts that differ and decide nothing, before the rest is only counted.
const FACTS_SHOWN_MAX: usize = 6;

/// Benchmarks that only one side has, before the rest is only counted.
const NAMES_SHOWN_MAX: usize = 10;

/// Renders for a terminal of `width` columns.
pub fn render(view: &ComparedView<'_>, width: usize) -> String {
    let comparison = view.comparison;
    let mut lines = vec![head("baseline ", &comparison.baseline), head("candidate", &comparison.candidate)];
    lines.push(format!("evidence   {}", phrase::evidence(&comparison.changes, comparison.drift.as_ref())));
    lines.extend(phrase::tainted(&comparison.changes).map(|tainted| format!("tainted    {tainted}")));
    lines.extend(differences(view));
    for (id, changes) in view.groups() {
        lines.push(String::new());
        lines.extend(group(view, id, &changes, width));
    }
    lines.extend(one_sided(view));
    let warnings = remark::warnings(&comparison.warnings);
    if !warnings.is_empty() {
        lines.push(String::new());
        lines.extend(warnings);
    }
    if let Some(offer) = view.offer() {
        lines.push(String::new());
        lines.push(match offer {
            Ok(command) => format!("a live comparison would decide: {command}"),
            Err(why) => format!("a live comparison would decide, but {why}"),
        });
    }
    lines.push(String::new());
    lines.extend(phrase::geomean(comparison));
    lines.extend(view.gate.into_iter().flat_map(gate));
    lines.push(phrase::summary(comparison.summary()));
    lines.join("\n") + "\n"
}

/// Where a side comes from, behind what it is called here.
pub(in crate::report) fn head(side: &str, head: &Head) -> String {
    let origin = match &head.origin {
        Origin::Run(id) if *id == head.name => String::new(),
        Origin::Run(id) => format!("  run {id}"),
        Origin::Import { program, path } => format!("  imported from {program}, {path}"),
    };
    let commit = head.revision.commit.as_deref().map_or_else(String::new, |commit| {
        let dirty = if head.revision.is_dirty == Some(true) { " (uncommitted changes)" } else { "" };
        format!("  commit {}{dirty}", short(commit))
    });
    let machine = head.machine.as_ref().map_or_else(String::new, |machine| format!("  {machine}"));
    format!("{side}  {}{origin}{commit}{machine}", head.name)
}

fn differences(view: &ComparedView<'_>) -> Vec<String> {
    let all = &view.comparison.differences;
    let (decisive, other): (Vec<_>, Vec<_>) =
        all.iter().partition(|difference| difference.decisive.is_some());
    let shown = if view.lists_all { other.len() } else { FACTS_SHOWN_MAX };
    let mut lines: Vec<String> = decisive
        .iter()
        .chain(other.iter().take(shown))
        .map(|difference| format!("differs    {}", phrase::difference(difference)))
        .collect();
    if let Some(more @ 1..) = other.len().checked_sub(shown) {
        lines.push(format!(
            "differs    {} more that decide nothing; --all lists them",
            number::counted(more, "fact")
        ));
    }
    lines
}

fn group(view: &ComparedView<'_>, id: &str, changes: &[&Change], width: usize) -> Vec<String> {
    let title = id.replace('_', " ");
    if id == "equivalent" && !view.lists_all {
        let margin = changes.iter().map(|change| change.margin).fold(0.0, f64::max);
        let within = number::percent(margin.exp_m1());
        return vec![format!("{title} ({}), each within ±{within}; --all lists them", changes.len())];
    }
    let is_long = matches!(id, "inconclusive" | "not_comparable") && !view.lists_all;
    let shown = if is_long { &changes[..changes.len().min(ROWS_SHOWN_MAX)] } else { changes };
    let said: Vec<String> = shown.iter().map(|change| phrase::verdict(change)).collect();
    // What all of a group have in common stands in its title.
    let common = said.first().filter(|first| shown.len() > 1 && said.iter().all(|said| said == *first));
    let why =
        common.filter(|common| **common != title).map_or_else(String::new, |common| format!(": {common}"));
    let mut lines = vec![format!("{title} ({}){why}", changes.len())];
    let rows: Vec<Vec<String>> = shown.iter().map(|change| cells(change)).collect();
    for ((row, change), said) in table::lay_out(&rows, width).iter().zip(shown).zip(&said) {
        let said = if common.is_some() { "" } else { said.as_str() };
        let mut line = row.clone();
        for part in [said, &phrase::witnesses(change)] {
            if !part.is_empty() {
                line.push_str(&format!("   {part}"));
            }
        }
        lines.push(line);
        lines.extend(phrase::notes(change).into_iter().map(|note| format!("      {note}")));
    }
    if let Some(more @ 1..) = changes.len().checked_sub(shown.len()) {
        lines.push(format!("  and {more} more; --all lists them"));
    }
    lines
}

fn cells(change: &Change) -> Vec<String> {
    let [baseline, candidate] = phrase::levels(change);
    let (percent, interval) = change
        .ratio
        .map_or_else(Default::default, |ratio| (phrase::percent(ratio.point), phrase::interval(&ratio)));
    let metric = if change.metric.0 == "wall_ns" { String::new() } else { format!("  {}", change.metric) };
    let levels = if (baseline.as_str(), candidate.as_str()) == ("-", "-") {
        [String::new(), String::new()]
    } else {
        [baseline, format!("→ {candidate}")]
    };
    let [baseline, candidate] = levels;
    vec![format!("  {}{metric}", change.benchmark), baseline, candidate, percent, interval]
}

fn one_sided(view: &ComparedView<'_>) -> Vec<String> {
    let comparison = view.comparison;
    let mut lines = Vec::new();
    for (what, ids) in
        [("only in the candidate", &comparison.added), ("only in the baseline", &comparison.removed)]
    {
        if ids.is_empty() {
            continue;
        }
        let shown = if view.lists_all { ids.len() } else { NAMES_SHOWN_MAX };
        lines.push(String::new());
        lines.push(format!("{what} ({})", ids.len()));
        lines.extend(ids.iter().take(shown).map(|id| format!("  {id}")));
        if let Some(more @ 1..) = ids.len().checked_sub(shown) {
            lines.push(format!("  and {more} more; --all lists them"));
        }
    }
    if comparison.unasked_count > 0 {
        lines.push(String::new());
        let count = number::counted(comparison.unasked_count, "benchmark");
        lines.push(format!("{count} of the baseline were not asked for in the candidate"));
    }
    lines
}

/// The gate's reasons and its answer, a line each.
pub fn gate(gate: &Gate) -> Vec<String> {
    let mut lines: Vec<String> = gate
        .reasons
        .iter()
        .map(|reason| {
            let about = reason.benchmark.as_ref().map_or_else(String::new, |id| format!("{id}: "));
            format!("{:8} {about}{}", reason.weight.id(), reason.text)
        })
        .collect();
    let answer = match gate.answer {
        Answer::Pass => "passes",
        Answer::Fail => "FAILS",
        Answer::NotComparable => "cannot answer: not comparable",
    };
    lines.push(format!("the gate {answer}"));
    lines
}
