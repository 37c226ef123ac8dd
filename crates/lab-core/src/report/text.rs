//! A Run as a table for a terminal or a log.
//!
//! Words stand beside marks and no colour is needed, so that nothing is lost when it is piped.

use super::budget;
use super::canary;
use super::compared::phrase;
use super::next;
use super::number;
use super::prose::hanging;
use super::provenance;
use super::remark;
use super::table;
use super::tone::{Line, Tone, plain};
use super::view::{Figure, Group, Row, RunView};
use crate::budget::Judged;
use crate::compare::Verdict;
use crate::model::{Outcome, Skip, State, TargetRecord};

/// Warnings shown before the rest is only counted.
const WARNINGS_SHOWN_MAX: usize = 12;

/// Columns that fold away on a narrow terminal: the rate first, then the spread, then what is said again below the table.
const FOLDABLE: [usize; 4] = [5, 2, 4, 3];

/// Columns of the labels.
const LABEL: usize = 9;

/// Renders for a terminal of `width` columns, without colour.
pub fn render(view: &RunView<'_>, width: usize) -> String {
    plain(&lines(view, width))
}

/// The Run for a terminal of `width` columns. Ends with what sums up.
pub fn lines(view: &RunView<'_>, width: usize) -> Vec<Line> {
    let mut out: Vec<Line> = folded(&head(view), width);
    out.extend(groups(view, width));
    out.extend(budget::lines(&view.budgets, width).into_iter().map(budget_line));
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

/// All targets over one set of columns.
fn groups(view: &RunView<'_>, width: usize) -> Vec<Line> {
    let mut rows = Vec::new();
    // A head over nothing would keep its column.
    let versus = if view.changes.is_empty() { "" } else { "vs baseline" };
    let budget = if view.budgets.is_empty() { "" } else { "budget" };
    let has_rate = view.rows().flat_map(|row| &row.figures).any(|figure| !rate(figure).is_empty());
    let rate = if has_rate { "rate" } else { "" };
    let widest = |words: &mut dyn Iterator<Item = [String; 2]>| words.map(|[_, word]| word.len()).max();
    let widths = [
        widest(&mut view.changes.values().map(|change| phrase::beside(change))),
        widest(&mut view.budgets.iter().map(budget::short)),
    ];
    for group in &view.groups {
        rows.push(["", "median", "± 95 %", versus, budget, rate, "n", ""].map(String::from).to_vec());
        rows.extend(group.rows.iter().flat_map(|row| row_cells(view, row, widths)));
    }
    let mut laid_out = table::lay_out_folding(&rows, width, &FOLDABLE).into_iter();
    let mut lines = Vec::new();
    for group in &view.groups {
        lines.push("".into());
        lines.extend(hanging(&title(group), 0, width).into_iter().map(|line| Line::new(Tone::Title, line)));
        lines.extend(laid_out.next().map(Line::from));
        for row in &group.rows {
            let count = row.figures.len().max(1);
            let mut tones = std::iter::once(tone(view, row)).chain(std::iter::repeat(Tone::Plain));
            let own = laid_out.by_ref().take(count);
            lines.extend(own.zip(&mut tones).map(|(line, tone)| Line::new(tone, line)));
        }
    }
    lines
}

/// A failure, a regression and a missed budget catch the eye.
fn tone(view: &RunView<'_>, row: &Row) -> Tone {
    let verdict = view.changes.get(&row.id).map(|change| &change.verdict);
    let is_bad = !row.failures.is_empty() || matches!(verdict, Some(Verdict::Regressed));
    match verdict {
        _ if is_bad || budgets_of(view, row).any(budget::is_missed) => Tone::Bad,
        Some(Verdict::Improved) => Tone::Good,
        _ => Tone::Plain,
    }
}

fn row_cells(view: &RunView<'_>, row: &Row, widths: [Option<usize>; 2]) -> Vec<Vec<String>> {
    let occurrence = if row.id.occurrence > 1 { format!(" #{}", row.id.occurrence) } else { String::new() };
    let name = format!("  {}{occurrence}", row.id.path);
    let versus = view.changes.get(&row.id).map(|change| phrase::beside(change));
    let heaviest = budgets_of(view, row).max_by_key(|judged| budget::weight(judged)).map(budget::short);
    let [versus_width, budget_width] = widths;
    let beside = [(versus, versus_width), (heaviest, budget_width)];
    // Words of one width, so that the numbers before them stand below each other.
    let beside = beside.map(|(cell, widest)| {
        cell.map_or_else(String::new, |[number, word]| {
            format!("{number} {word:<width$}", width = widest.unwrap_or(0)).trim_start().to_owned()
        })
    });
    let Some((first, others)) = row.figures.split_first() else {
        let [versus, budget] = beside;
        return vec![vec![
            name,
            "-".into(),
            "-".into(),
            versus,
            budget,
            String::new(),
            "0".into(),
            unmeasured(row),
        ]];
    };
    let mut lines = vec![figure_cells(name, first, beside, mark(row))];
    for figure in others {
        lines.push(figure_cells(format!("    {}", figure.metric), figure, Default::default(), String::new()));
    }
    lines
}

fn budgets_of<'a>(view: &'a RunView<'_>, row: &'a Row) -> impl Iterator<Item = &'a Judged> {
    view.budgets.iter().filter(|judged| judged.benchmark.as_ref() == Some(&row.id))
}

fn figure_cells(name: String, figure: &Figure, [versus, budget]: [String; 2], mark: String) -> Vec<String> {
    let point = figure.estimate.point;
    let spread = figure.estimate.relative_half_width().map_or_else(|| "-".into(), number::percent);
    let (median, count) = (number::quantity(point, &figure.unit), figure.invocation_count.to_string());
    vec![name, median, spread, versus, budget, rate(figure), count, mark]
}

/// Work done in a time; empty where none is declared, or where the figure is no time.
fn rate(figure: &Figure) -> String {
    let point = figure.estimate.point;
    let throughput = figure.throughput.first().filter(|_| figure.unit == "ns" && point > 0.0);
    throughput.map_or_else(String::new, |throughput| {
        number::rate(throughput.per_iteration, &throughput.kind, point)
    })
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
