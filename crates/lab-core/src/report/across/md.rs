//! A report across machines as Markdown, for comments and notes.
//!
//! It holds what the text holds; facts are folded away.

use super::{AcrossView, phrase};
use crate::across::{Row, Yardstick};
use crate::report::compared::md::{cell, code};
use crate::report::number;

/// Rows of a table before the rest is only counted; comments have a limit.
const ROWS_SHOWN_MAX: usize = 200;

/// Renders the report.
pub fn render(view: &AcrossView<'_>) -> String {
    let across = view.across;
    let mut lines = vec![format!("### bench-lab across: {}", phrase::summary(across)), String::new()];
    for (place, machine) in across.machines.iter().enumerate() {
        let name = machine.machine.as_ref().map_or_else(String::new, |name| format!(", {}", cell(name)));
        lines.push(format!("- **{}** {}{name}", phrase::letter(place), code(&machine.name)));
    }
    for (yardstick, rows) in view.groups() {
        lines.extend(group(view, yardstick, &rows));
    }
    lines.extend(list("Order changes", across.swaps.iter().map(phrase::swap)));
    let grown = across.families.iter().map(|family| (family, phrase::growth(family)));
    let grown = grown.filter(|(_, told)| !told.is_empty());
    let told = grown.map(|(family, told)| format!("{}/{}: {told}", family.target, family.pattern));
    lines.extend(list("Growth with size", told));
    let effects =
        across.effects.iter().map(|effect| format!("{}: {}", effect.benchmark, phrase::combined(effect)));
    lines.extend(list("The change on each", effects));
    let facts = list(
        "What could explain it",
        across.differences.iter().filter(|fact| fact.why.is_some()).map(phrase::fact),
    );
    if !facts.is_empty() {
        lines.push(String::new());
        lines.push("<details><summary>what could explain it</summary>".into());
        lines.extend(facts);
        lines.push(String::new());
        lines.push("</details>".into());
    }
    let warnings = across.warnings.iter().map(|warning| format!("{} {}", warning.subject, warning.text));
    lines.extend(list("Warnings", warnings));
    lines.join("\n") + "\n"
}

fn group(view: &AcrossView<'_>, yardstick: &Yardstick, rows: &[&Row]) -> Vec<String> {
    let machines = view.across.machines.len();
    let mut header = "| benchmark | a |".to_owned();
    for machine in 1..machines {
        let letter = phrase::letter(machine);
        header.push_str(&format!(" {letter} | cost on {letter} over a |"));
    }
    let title = cell(&phrase::yardstick(yardstick, view.across));
    let rule = format!("|---|{}", "--:|".repeat(2 * machines - 1));
    let mut lines = vec![String::new(), format!("{title}:"), String::new(), header, rule];
    for row in rows.iter().take(ROWS_SHOWN_MAX) {
        let mut line = format!("| {} |", code(&row.benchmark.to_string()));
        for (machine, shown) in row.cells.iter().enumerate() {
            let wall = shown.wall_ns.map_or_else(|| "-".into(), |wall| number::quantity(wall, "ns"));
            line.push_str(&format!(" {wall} |"));
            if machine > 0 {
                line.push_str(&format!(" {} |", phrase::scaled(shown)));
            }
        }
        lines.push(line);
    }
    if let Some(more @ 1..) = rows.len().checked_sub(ROWS_SHOWN_MAX) {
        lines.push(format!("| and {more} more |{}", " |".repeat(2 * machines - 1)));
    }
    lines
}

fn list(title: &str, items: impl Iterator<Item = String>) -> Vec<String> {
    let items: Vec<String> = items.map(|item| format!("- {}", cell(&item))).collect();
    if items.is_empty() {
        items
    } else {
        [vec![String::new(), format!("{title}:"), String::new()], items].concat()
    }
}
