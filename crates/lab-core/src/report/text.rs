//! A Run as a table for a terminal or a log.
//!
//! Words stand beside marks and no colour is needed, so that nothing is lost when it is piped.

use super::budget;
use super::canary;
use super::next;
use super::number;
use super::prose::hanging;
use super::provenance;
use super::remark;
use super::run_table;
use super::table;
use super::tone::{Line, Tone, plain};
use super::view::{Group, Row, RunView};
use crate::model::{Outcome, Skip, State, TargetRecord};

/// Warnings shown before the rest is only counted.
const WARNINGS_SHOWN_MAX: usize = 12;

/// Columns of the labels.
const LABEL: usize = 9;

/// Renders for a terminal of `width` columns, without colour.
pub fn render(view: &RunView<'_>, width: usize) -> String {
    plain(&lines(view, width))
}

/// The Run for a terminal of `width` columns. Ends with what sums up.
pub fn lines(view: &RunView<'_>, width: usize) -> Vec<Line> {
    let mut out: Vec<Line> = folded(&head(view), width);
    out.extend(run_table::lines(view, width));
    out.extend(budget::lines(view, width).into_iter().map(budget_line));
    out.extend(remarks(view, width));
    out.push("".into());
    out.extend(next::lines(&next::of_run(view), width));
    let is_good = view.failed_count() == 0 && !view.skipped.iter().any(|target| is_broken(target));
    let tone = if is_good { Tone::Good } else { Tone::Bad };
    out.extend(hanging(&verdict(view), 0, width).into_iter().map(|line| Line::new(tone, line)));
    out
}

fn folded(lines: &[String], width: usize) -> Vec<Line> {
    lines.iter().flat_map(|line| hanging(line, LABEL, width)).map(Line::from).collect()
}

fn is_broken(target: &TargetRecord) -> bool {
    matches!(target.skip, Some(Skip::BuildFailed(_) | Skip::ListFailed(_)))
}

/// A mark tells what a budget came to.
fn budget_line(line: String) -> Line {
    let tone = if line.contains("✗ missed") { Tone::Bad } else { Tone::Plain };
    Line::new(tone, line)
}

fn head(view: &RunView<'_>) -> Vec<String> {
    let run = view.run;
    let commit = match (&run.revision.commit, run.revision.is_dirty) {
        (Some(commit), dirty) => {
            let short: String = commit.chars().take(10).collect();
            format!("commit {short}{}", if dirty == Some(true) { " (uncommitted changes)" } else { "" })
        }
        (None, _) => "no commit".into(),
    };
    let mut lines = vec![format!("run      {}  {commit}", run.id)];
    lines.push(format!("benches  {}", provenance::sentence(run.provenance.as_ref())));
    if let Some(session) = run.sessions.first() {
        let environment = &session.environment;
        let text = |name: &str| environment.text(name).unwrap_or("unknown").to_owned();
        lines.push(format!(
            "machine  {}  ({}), kernel {}",
            text("machine.name"),
            text("cpu.brand"),
            text("kernel.release")
        ));
    }
    let plan = &run.plan;
    let cpus = plan.cpus.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let pinned = if cpus.is_empty() { "not pinned".into() } else { format!("pinned to CPU {cpus}") };
    lines.push(format!(
        "plan     {} invocations of {} ms each, {pinned}, seed {}",
        plan.invocation_count, plan.time_ms, plan.seed
    ));
    lines
}

pub(super) fn title(group: &Group<'_>) -> String {
    let harness = group.target.harness.as_deref().unwrap_or("unknown harness");
    let version = group.target.harness_version.as_deref().unwrap_or("");
    format!("{} ({})", group.target.id, format!("{harness} {version}").trim_end())
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
fn remarks(view: &RunView<'_>, width: usize) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::new();
    for row in view.rows().filter(|row| !row.failures.is_empty()) {
        out.push("".into());
        out.push(Line::new(Tone::Bad, format!("failed   {}", table::elide(&row.id.to_string(), 200))));
        // As it was printed: a panic's message is looked for word by word.
        let said = reason(&row.failures[0]);
        out.extend(said.lines().map(|line| Line::from(format!("         {line}").trim_end().to_owned())));
    }
    let mut part = |lines: Vec<Line>| {
        if !lines.is_empty() {
            out.push("".into());
            out.extend(lines);
        }
    };
    part(folded(&remark::skipped(view.skipped.iter().copied()), width));
    if view.tainted_count > 0 {
        let rules: Vec<String> = view.taints.iter().map(|(rule, count)| format!("{rule} {count}")).collect();
        let line = format!(
            "tainted  {} of {} invocations: {}",
            view.tainted_count,
            view.invocation_count,
            rules.join(", ")
        );
        part(folded(&[line], width));
    }
    if let Some(canaries) = &view.canaries {
        part(canary::lines(canaries, width).into_iter().map(Line::from).collect());
    }
    let warnings = remark::warnings(&view.warnings);
    let mut shown = folded(&warnings[..warnings.len().min(WARNINGS_SHOWN_MAX)], width);
    if let Some(more @ 1..) = warnings.len().checked_sub(WARNINGS_SHOWN_MAX) {
        shown.push(format!("warning  and {more} more: bench-lab show {} --json", view.run.id).into());
    }
    part(shown);
    out
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
        State::Open => {
            format!("open: {} of {} invocations done", view.invocation_count, view.scheduled_count)
        }
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
