//! A report across machines as comma-separated values: one row per benchmark and machine.
//!
//! Times stand in it for reading; `against_first` is a ratio of ratios.

use super::AcrossView;
use crate::across::Cell;
use crate::model::BenchmarkId;
use crate::report::csv::{Table, number};

/// Every benchmark on every machine.
pub fn render(view: &AcrossView<'_>) -> String {
    let mut table = Table::new(&[
        "package",
        "target",
        "path",
        "occurrence",
        "side",
        "machine",
        "yardstick",
        "wall_ns",
        "count",
        "cost",
        "cost_lower",
        "cost_upper",
        "against_first",
        "against_first_lower",
        "against_first_upper",
    ]);
    for row in &view.across.rows {
        for (cell, head) in row.cells.iter().zip(&view.across.machines) {
            let mut cells = names(&row.benchmark);
            cells.extend([
                head.name.clone(),
                head.machine.clone().unwrap_or_default(),
                row.yardstick.id().to_owned(),
            ]);
            cells.extend(figures(cell));
            table.push(cells);
        }
    }
    table.finish()
}

fn names(id: &BenchmarkId) -> Vec<String> {
    vec![id.target.package.clone(), id.target.name.clone(), id.path.clone(), id.occurrence.to_string()]
}

fn figures(cell: &Cell) -> Vec<String> {
    let mut figures = vec![number(cell.wall_ns), cell.count.to_string()];
    for estimate in [cell.cost, cell.against_first] {
        let interval = estimate.and_then(|estimate| estimate.interval);
        figures.push(number(estimate.map(|estimate| estimate.point)));
        figures.push(number(interval.map(|interval| interval.lower())));
        figures.push(number(interval.map(|interval| interval.upper())));
    }
    figures
}
