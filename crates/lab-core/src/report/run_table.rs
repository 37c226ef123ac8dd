//! The table of a Run: a row per figure, all targets over one set of columns.
//!
//! It states what the view holds; columns that nothing stands in take no room.

use super::budget;
use super::compared::phrase;
use super::number;
use super::prose::hanging;
use super::table;
use super::text::{mark, title, unmeasured};
use super::tone::{Line, Tone};
use super::view::{Figure, Row, RunView};
use crate::budget::Judged;
use crate::compare::Verdict;

/// Columns that fold away on a narrow terminal: the rate first, then the spread, then what is said again below the table.
const FOLDABLE: [usize; 4] = [5, 2, 4, 3];

/// All targets over one set of columns.
pub(super) fn lines(view: &RunView<'_>, width: usize) -> Vec<Line> {
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
