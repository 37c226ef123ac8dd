//! A Run as comma-separated values, for spreadsheets and data frames.
//!
//! Numbers stand at full precision and without a unit of their own: the column `unit` has it.

use super::view::{Figure, Row, RunView};

/// One row per benchmark and metric; a benchmark that was never measured has one row without values.
pub fn render(view: &RunView<'_>) -> String {
    let mut table = Table::new(&[
        "package",
        "target",
        "path",
        "occurrence",
        "metric",
        "unit",
        "median",
        "lower",
        "upper",
        "level",
        "invocations",
        "tainted",
        "failed",
    ]);
    for row in view.rows() {
        for figure in row.figures.iter().map(Some).chain(row.figures.is_empty().then_some(None)) {
            table.push(cells(row, figure));
        }
    }
    table.finish()
}

fn cells(row: &Row, figure: Option<&Figure>) -> Vec<String> {
    let interval = figure.and_then(|figure| figure.estimate.interval);
    vec![
        row.id.target.package.clone(),
        row.id.target.name.clone(),
        row.id.path.clone(),
        row.id.occurrence.to_string(),
        figure.map_or_else(String::new, |figure| figure.metric.0.clone()),
        figure.map_or_else(String::new, |figure| figure.unit.clone()),
        number(figure.map(|figure| figure.estimate.point)),
        number(interval.map(|interval| interval.lower())),
        number(interval.map(|interval| interval.upper())),
        number(interval.map(|interval| interval.level().value())),
        figure.map_or(0, |figure| figure.invocation_count).to_string(),
        row.tainted_count.to_string(),
        row.failures.len().to_string(),
    ]
}

/// A table as RFC 4180 has it: a header, lines that end in CR LF, quotes only where they are needed.
pub(super) struct Table {
    text: String,
}

impl Table {
    pub(super) fn new(header: &[&str]) -> Self {
        let mut table = Self { text: String::new() };
        table.push(header.iter().map(ToString::to_string).collect());
        table
    }

    pub(super) fn push(&mut self, cells: Vec<String>) {
        let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
        self.text.push_str(&cells.join(","));
        self.text.push_str("\r\n");
    }

    pub(super) fn finish(self) -> String {
        self.text
    }
}

/// A number at full precision; empty where there is none.
pub(super) fn number(value: Option<f64>) -> String {
    value.filter(|value| value.is_finite()).map_or_else(String::new, |value| value.to_string())
}

/// A cell, quoted where it holds what would end it.
pub(super) fn quoted(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_where_it_holds_what_would_end_it() {
        let mut table = Table::new(&["a", "b"]);
        table.push(vec!["x, \"y\"\nz".into(), "plain".into()]);
        assert_eq!(table.finish(), "a,b\r\n\"x, \"\"y\"\"\nz\",plain\r\n");
        assert_eq!([number(Some(0.1)), number(Some(f64::NAN)), number(None)], ["0.1", "", ""]);
    }
}
