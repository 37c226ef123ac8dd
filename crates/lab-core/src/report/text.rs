//! A Run as a table for a terminal or a log.
//!
//! It uses words beside marks and no colour, so that nothing is lost when it is piped.

use std::fmt::Write;

use super::budget;
use super::canary;
use super::number;
use super::provenance;
use super::remark;
use super::table;
use super::view::{Figure, Group, Row, RunView};
use crate::model::{Outcome, State};

/// Warnings shown before the rest is only counted.
const WARNINGS_SHOWN_MAX: usize = 12;

/// Renders a view for a terminal of `width` columns. Ends with one line that sums up.
pub fn render(view: &RunView<'_>, width: usize) -> String {
    let mut out = String::new();
    head(view, &mut out);
    for group in &view.groups {
        out.push('\n');
        push(&mut out, &title(group));
        for line in group_lines(group, width) {
            push(&mut out, &line);
        }
    }
    for line in budget::lines(&view.budgets, width) {
        push(&mut out, &line);
    }
    remarks(view, width, &mut out);
    push(&mut out, "");
    push(&mut out, &verdict(view));
    out
}

fn push(out: &mut String, line: &str) {
    out.push_str(line);
    out.push('\n');
}

fn head(view: &RunView<'_>, out: &mut String) {
    let run = view.run;
    let commit = match (&run.revision.commit, run.revision.is_dirty) {
        (Some(commit), dirty) => {
            let short: String = commit.chars().take(10).collect();
            format!("commit {short}{}", if dirty == Some(true) { " (uncommitted changes)" } else { "" })
        }
        (None, _) => "no commit".into(),
    };
    push(out, &format!("run      {}  {commit}", run.id));
    push(out, &format!("benches  {}", provenance::sentence(run.provenance.as_ref())));
    if let Some(session) = run.sessions.first() {
        let environment = &session.environment;
        let text = |name: &str| environment.text(name).unwrap_or("unknown").to_owned();
        push(
            out,
            &format!(
                "machine  {}  ({}), kernel {}",
                text("machine.name"),
                text("cpu.brand"),
                text("kernel.release")
            ),
        );
    }
    let plan = &run.plan;
    let cpus = plan.cpus.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let pinned = if cpus.is_empty() { "not pinned".into() } else { format!("pinned to CPU {cpus}") };
    push(
        out,
        &format!(
            "plan     {} invocations of {} ms each, {pinned}, seed {}",
            plan.invocation_count, plan.time_ms, plan.seed
        ),
    );
}

pub(super) fn title(group: &Group<'_>) -> String {
    let harness = group.target.harness.as_deref().unwrap_or("unknown harness");
    let version = group.target.harness_version.as_deref().unwrap_or("");
    format!("{} ({})", group.target.id, format!("{harness} {version}").trim_end())
}

fn group_lines(group: &Group<'_>, width: usize) -> Vec<String> {
    let mut rows = vec![["", "median", "± 95 %", "rate", "n", ""].map(String::from).to_vec()];
    for row in &group.rows {
        rows.extend(row_cells(row));
    }
    table::lay_out(&rows, width)
}

fn row_cells(row: &Row) -> Vec<Vec<String>> {
    let occurrence = if row.id.occurrence > 1 { format!(" #{}", row.id.occurrence) } else { String::new() };
    let name = format!("  {}{occurrence}", row.id.path);
    let Some((first, others)) = row.figures.split_first() else {
        return vec![vec![name, "-".into(), "-".into(), String::new(), "0".into(), unmeasured(row)]];
    };
    let mut lines = vec![figure_cells(name, first, mark(row))];
    for figure in others {
        lines.push(figure_cells(format!("    {}", figure.metric), figure, String::new()));
    }
    lines
}

fn figure_cells(name: String, figure: &Figure, mark: String) -> Vec<String> {
    let point = figure.estimate.point;
    let spread = figure.estimate.relative_half_width().map_or_else(|| "-".into(), number::percent);
    let rate = figure.throughput.first().map_or_else(String::new, |throughput| {
        if figure.unit == "ns" && point > 0.0 {
            number::rate(throughput.per_iteration, &throughput.kind, point)
        } else {
            String::new()
        }
    });
    vec![name, number::quantity(point, &figure.unit), spread, rate, figure.invocation_count.to_string(), mark]
}

/// What stands behind a row: failures first, then taints.
pub(super) fn mark(row: &Row) -> String {
    let mut marks = Vec::new();
    if !row.failures.is_empty() {
        marks.push(format!("{} failed", row.failures.len()));
    }
    if row.tainted_count > 0 {
        marks.push(format!("{} tainted", row.tainted_count));
    }
    marks.join(", ")
}

/// What stands behind a row without a value.
pub(super) fn unmeasured(row: &Row) -> String {
    row.failures.last().map_or_else(|| "not run".into(), word)
}

fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Ok => "ok",
        Outcome::Failed { .. } => "FAILED",
        Outcome::TimedOut { .. } => "TIMED OUT",
        Outcome::Missing { .. } => "MISSING",
    }
    .into()
}

/// What the table does not say: reasons of failures, skipped targets, taints and warnings.
fn remarks(view: &RunView<'_>, width: usize, out: &mut String) {
    for row in view.rows().filter(|row| !row.failures.is_empty()) {
        let _ = writeln!(out, "\nfailed   {}", table::elide(&row.id.to_string(), 200));
        for line in reason(&row.failures[0]).lines() {
            push(out, format!("         {line}").trim_end());
        }
    }
    if !view.skipped.is_empty() {
        out.push('\n');
    }
    for line in remark::skipped(view.skipped.iter().copied()) {
        push(out, &line);
    }
    if view.tainted_count > 0 {
        let rules: Vec<String> = view.taints.iter().map(|(rule, count)| format!("{rule} {count}")).collect();
        let _ = writeln!(
            out,
            "\ntainted  {} of {} invocations: {}",
            view.tainted_count,
            view.invocation_count,
            rules.join(", ")
        );
    }
    if let Some(canaries) = &view.canaries {
        out.push('\n');
        canary::lines(canaries, width).iter().for_each(|line| push(out, line));
    }
    if !view.warnings.is_empty() {
        out.push('\n');
    }
    let warnings = remark::warnings(&view.warnings);
    for line in warnings.iter().take(WARNINGS_SHOWN_MAX) {
        push(out, line);
    }
    if let Some(more @ 1..) = warnings.len().checked_sub(WARNINGS_SHOWN_MAX) {
        let _ = writeln!(out, "warning  and {more} more: bench-lab show {} --json", view.run.id);
    }
}

pub(super) fn reason(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Ok => String::new(),
        Outcome::Failed { reason, tail } => format!("{reason}\n{tail}").trim_end().to_owned(),
        Outcome::TimedOut { limit_ms, tail } => {
            let limit = number::span(*limit_ms as f64 / 1e3);
            format!("killed after {limit}; --timeout allows longer\n{tail}").trim_end().to_owned()
        }
        Outcome::Missing { reason } => reason.clone(),
    }
}

/// The one line that sums a Run up.
pub(super) fn verdict(view: &RunView<'_>) -> String {
    let state = match &view.run.state {
        State::Open => format!(
            "open: {} of {} invocations done; bench-lab run --resume {} goes on",
            view.invocation_count, view.scheduled_count, view.run.id
        ),
        State::Sealed(seal) => match &seal.cut_short {
            Some(why) => format!("ended early: {why}"),
            None => number::counted(view.invocation_count, "invocation"),
        },
    };
    format!(
        "{} measured · {} failed · {} skipped · {state}",
        view.measured_count(),
        view.failed_count(),
        number::counted(view.skipped.len(), "target")
    )
}
