//! A Run as Markdown, for step summaries, comments and notes.
//!
//! It holds what the table of the terminal holds; skipped targets and warnings are folded away.

use super::compared::md::{cell, code};
use super::remark;
use super::rows::Rows;
use super::view::{Figure, Group, Row, RunView};
use super::{budget, number};

/// Renders the Run, however long.
pub fn render(view: &RunView<'_>) -> String {
    with_rows(view, &mut Rows::all())
}

/// Renders as many rows as there are to spend.
pub(super) fn with_rows(view: &RunView<'_>, rows: &mut Rows) -> String {
    let run = view.run;
    let mut lines = vec![format!("### bench-lab: {}", cell(&super::text::verdict(view)))];
    let machine = run.sessions.first().and_then(|session| session.environment.text("machine.name"));
    let on = machine.map_or_else(String::new, |machine| format!(" on **{}**", cell(machine)));
    let commit = run.revision.commit.as_deref();
    let commit =
        commit.map_or_else(String::new, |commit| format!(" of {}", code(commit.get(..10).unwrap_or(commit))));
    lines.push(format!("Run {}{commit}{on}", code(&run.id)));
    for group in &view.groups {
        lines.extend(table(group, rows));
    }
    if rows.is_spent() {
        lines.push(String::new());
        lines.push("Not every benchmark is shown here: there is a limit on the length.".into());
    }
    let failed = view.rows().filter_map(|row| Some((row, row.failures.first()?)));
    lines.extend(rows.list(
        "Failed",
        failed.map(|(row, outcome)| {
            let said = super::text::reason(outcome);
            format!("{}: {}", code(&row.id.to_string()), cell(said.lines().next().unwrap_or_default()))
        }),
    ));
    let (budgets, left_count) = budget::told(view);
    let left = budget::not_asked_for(left_count);
    let sentences = budgets.iter().map(|judged| cell(&budget::sentence(judged))).chain(left);
    lines.extend(rows.list("Budgets", sentences));
    let without = |lines: Vec<String>, word: &str| -> Vec<String> {
        lines.iter().map(|line| cell(line.trim_start_matches(word).trim_start())).collect()
    };
    let skipped = without(remark::skipped(view.skipped.iter().copied()), "skipped");
    lines.extend(rows.list("Skipped", skipped.into_iter()));
    let warnings = without(remark::warnings(&view.warnings), "warning");
    lines.extend(rows.list("Warnings", warnings.into_iter()));
    lines.join("\n") + "\n"
}

fn table(group: &Group<'_>, rows: &mut Rows) -> Vec<String> {
    let all: Vec<(&Row, Option<&Figure>)> = group
        .rows
        .iter()
        .flat_map(|row| {
            let figures = row.figures.iter().map(move |figure| (row, Some(figure)));
            figures.chain(row.figures.is_empty().then_some((row, None)))
        })
        .collect();
    let shown = rows.take(all.len());
    // Heads alone of many targets would be too long too.
    if shown == 0 {
        return Vec::new();
    }
    let mut lines = vec![
        String::new(),
        format!("**{}**", cell(&super::text::title(group))),
        String::new(),
        "| benchmark | metric | median | ± 95 % | n | |".into(),
        "|---|---|--:|--:|--:|---|".into(),
    ];
    for (row, figure) in all.iter().take(shown) {
        let name = code(&super::junit::path_of(&row.id));
        lines.push(match figure {
            Some(figure) => {
                let spread =
                    figure.estimate.relative_half_width().map_or_else(|| "-".into(), number::percent);
                format!(
                    "| {name} | {} | {} | {spread} | {} | {} |",
                    cell(&figure.metric.0),
                    cell(&number::quantity(figure.estimate.point, &figure.unit)),
                    figure.invocation_count,
                    super::text::mark(row)
                )
            }
            None => format!("| {name} | | - | - | 0 | {} |", super::text::unmeasured(row)),
        });
    }
    if let Some(more @ 1..) = all.len().checked_sub(shown) {
        lines.push(format!("| and {more} more | | | | | |"));
    }
    lines
}

/// `wall_ns 8.435 ms ± 0.41 %, n 8`
pub(super) fn figure(figure: &Figure) -> String {
    let spread = figure
        .estimate
        .relative_half_width()
        .map_or_else(String::new, |width| format!(" ± {}", number::percent(width)));
    let quantity = number::quantity(figure.estimate.point, &figure.unit);
    format!("{} {quantity}{spread}, n {}", figure.metric, figure.invocation_count)
}
