//! A report across machines as text for a terminal or a log.
//!
//! Words stand beside every number and no colour is needed; the last line sums up.

use super::{AcrossView, phrase};
use crate::across::{Cell, Row, Yardstick};
use crate::report::compared::text::head;
use crate::report::prose::hanging;
use crate::report::tone::{Line, Tone, plain};
use crate::report::{number, remark, table};

/// Rows of a part before the rest is only counted.
const ROWS_SHOWN_MAX: usize = 30;

/// Facts and pairs before the rest is only counted.
const LINES_SHOWN_MAX: usize = 12;

/// Renders for a terminal of `width` columns, without colour.
pub fn render(view: &AcrossView<'_>, width: usize) -> String {
    plain(&lines(view, width))
}

/// The report for a terminal of `width` columns. Ends with what sums up.
pub fn lines(view: &AcrossView<'_>, width: usize) -> Vec<Line> {
    let summary = hanging(&phrase::summary(view.across), 0, width);
    let mut lines: Vec<Line> = body(view, width).into_iter().map(Line::from).collect();
    lines.push("".into());
    lines.extend(summary.into_iter().map(|line| Line::new(Tone::Title, line)));
    lines
}

fn body(view: &AcrossView<'_>, width: usize) -> Vec<String> {
    let across = view.across;
    let heads = across.machines.iter().enumerate().map(|(place, machine)| (phrase::letter(place), machine));
    let mut lines: Vec<String> =
        heads.flat_map(|(letter, machine)| hanging(&head(&letter, machine), 3, width)).collect();
    if !across.rows.is_empty() {
        let said =
            "times are shown for reading; what is compared is how benchmarks stand to what measures them";
        lines.extend(hanging(said, 0, width));
    }
    part(&mut lines, kernels(view, width));
    for (yardstick, rows) in view.groups() {
        part(&mut lines, group(view, yardstick, &rows, width));
    }
    part(&mut lines, folded(&geomeans(view), 0, width));
    let swaps = across.swaps.iter().map(phrase::swap).collect();
    part(
        &mut lines,
        listed(view, "order changes, time of the second over that of the first in brackets", swaps, width),
    );
    part(&mut lines, families(view, width));
    part(&mut lines, folded(&effects(view), 6, width));
    part(&mut lines, listed(view, "what could explain it", explained(view, true), width));
    part(&mut lines, listed(view, "what else differs", explained(view, false), width));
    let alone = across.unmatched.iter();
    let alone = alone.map(|one| format!("{} (only on {})", one.benchmark, phrase::letter(one.machine)));
    part(&mut lines, listed(view, "on one side alone", alone.collect(), width));
    part(&mut lines, folded(&remark::warnings(&across.warnings), 9, width));
    lines
}

fn folded(lines: &[String], indent: usize, width: usize) -> Vec<String> {
    lines.iter().flat_map(|line| hanging(line, indent, width)).collect()
}

/// Adds lines behind an empty one, if there are any.
fn part(lines: &mut Vec<String>, more: Vec<String>) {
    if !more.is_empty() {
        lines.push(String::new());
        lines.extend(more);
    }
}

fn kernels(view: &AcrossView<'_>, width: usize) -> Vec<String> {
    let across = view.across;
    if across.kernels.is_empty() {
        return Vec::new();
    }
    let mut rows = vec![vec!["canaries, time over that on a".to_owned()]];
    rows[0].extend((1..across.machines.len()).map(phrase::letter));
    rows.extend(across.kernels.iter().map(|kernel| {
        let mut row = vec![format!("  {}", phrase::kernel(&kernel.id))];
        let others = kernel.against_first.iter().skip(1);
        row.extend(others.map(|ratio| ratio.as_ref().map_or_else(|| "-".into(), phrase::ratio)));
        row
    }));
    table::lay_out(&rows, width)
}

fn group(view: &AcrossView<'_>, yardstick: &Yardstick, rows: &[&Row], width: usize) -> Vec<String> {
    let shown = if view.lists_all { rows } else { &rows[..rows.len().min(ROWS_SHOWN_MAX)] };
    let mut lines = hanging(&phrase::yardstick(yardstick, view.across), 0, width);
    // Intervals fold away where names would have no room.
    let whole = cells(view, rows.len(), shown, phrase::scaled);
    let table = match table::fits(&whole, width) {
        true => whole,
        false => cells(view, rows.len(), shown, phrase::scaled_without_interval),
    };
    lines.extend(table::lay_out(&table, width));
    if let Some(more @ 1..) = rows.len().checked_sub(shown.len()) {
        lines.push(format!("  and {more} more; --all lists them"));
    }
    lines
}

fn cells(
    view: &AcrossView<'_>,
    count: usize,
    shown: &[&Row],
    scaled: fn(&Cell) -> String,
) -> Vec<Vec<String>> {
    let mut header = vec![format!("  {}", number::counted(count, "benchmark"))];
    for machine in 0..view.across.machines.len() {
        header.push(phrase::letter(machine));
        if machine > 0 {
            header.push(format!("cost on {} over a", phrase::letter(machine)));
        }
    }
    let mut table = vec![header];
    // Words of one width, so that the numbers before them stand below each other.
    let widest =
        shown.iter().flat_map(|row| &row.cells).map(|cell| phrase::word(cell).len()).max().unwrap_or(0);
    for row in shown {
        let mut line = vec![format!("  {}", row.benchmark)];
        for (machine, cell) in row.cells.iter().enumerate() {
            line.push(cell.wall_ns.map_or_else(|| "-".into(), |wall| number::quantity(wall, "ns")));
            if machine > 0 {
                let (said, word) = (scaled(cell), phrase::word(cell));
                let number = said.strip_suffix(word).unwrap_or(&said);
                line.push(format!("{number}{word:<widest$}"));
            }
        }
        table.push(line);
    }
    table
}

fn geomeans(view: &AcrossView<'_>) -> Vec<String> {
    let of = |(machine, estimate): (usize, &Option<lab_stats::Estimate>)| {
        let estimate = estimate.as_ref()?;
        let letter = phrase::letter(machine);
        Some(format!("geometric mean of the costs on {letter} over a: {}", phrase::ratio(estimate)))
    };
    view.across.geomeans.iter().enumerate().filter_map(of).collect()
}

fn families(view: &AcrossView<'_>, width: usize) -> Vec<String> {
    let across = view.across;
    if across.families.is_empty() {
        return Vec::new();
    }
    let shown = if view.lists_all { across.families.len() } else { LINES_SHOWN_MAX };
    let mut rows = vec![vec!["growth with size, as its power".to_owned(), "sizes".into()]];
    rows[0].extend((0..across.machines.len()).map(phrase::letter));
    for family in across.families.iter().take(shown) {
        let ends = [family.sizes.first(), family.sizes.last()].map(|size| size.copied().unwrap_or(f64::NAN));
        let mut row =
            vec![format!("  {}/{}", family.target, family.pattern), format!("{}..{}", ends[0], ends[1])];
        row.extend(phrase::laws(family));
        rows.push(row);
    }
    let laid = table::lay_out(&rows, width);
    let mut lines = vec![laid[0].clone()];
    for (line, family) in laid[1..].iter().zip(&across.families) {
        lines.push(line.clone());
        let told = phrase::growth(family);
        if !told.is_empty() {
            lines.extend(hanging(&format!("      {told}"), 6, width));
        }
    }
    if let Some(more @ 1..) = across.families.len().checked_sub(shown) {
        lines.push(format!("  and {more} more; --all lists them"));
    }
    lines
}

fn effects(view: &AcrossView<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for effect in &view.across.effects {
        let locals: Vec<String> = effect
            .locals
            .iter()
            .map(|local| format!("{} {}", phrase::letter(local.machine), phrase::change(&local.ratio)))
            .collect();
        lines.push(format!("  {}, {}: {}", effect.benchmark, effect.metric, locals.join(", ")));
        lines.push(format!("      {}", phrase::combined(effect)));
    }
    if !lines.is_empty() {
        lines.insert(0, "what the change did on each, candidate over baseline".into());
    }
    lines
}

fn explained(view: &AcrossView<'_>, has_reason: bool) -> Vec<String> {
    let facts = view.across.differences.iter().filter(|fact| fact.why.is_some() == has_reason);
    facts.map(phrase::fact).collect()
}

fn listed(view: &AcrossView<'_>, title: &str, items: Vec<String>, width: usize) -> Vec<String> {
    if items.is_empty() {
        return items;
    }
    let shown = if view.lists_all { items.len() } else { LINES_SHOWN_MAX };
    let more = items.len().saturating_sub(shown);
    let mut lines = hanging(&format!("{title} ({})", items.len()), 0, width);
    lines.extend(items.into_iter().take(shown).flat_map(|item| hanging(&format!("  {item}"), 4, width)));
    if more > 0 {
        lines.push(format!("  and {more} more; --all lists them"));
    }
    lines
}
