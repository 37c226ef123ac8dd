//! A Run as github-action-benchmark takes it with `tool: customSmallerIsBetter`.
//!
//! Source: the README of that action: a list of `name`, `unit`, `value`, `range`, `extra`. Rates are not in it, because
//! the action would take a higher one for worse.

use serde_json::{Value, json};

use super::view::{Figure, Row, RunView};

/// The whole Run as one list.
pub fn render(view: &RunView<'_>) -> Value {
    let run = &view.run.id;
    view.rows().flat_map(|row| row.figures.iter().map(move |figure| entry(run, row, figure))).collect()
}

fn entry(run: &str, row: &Row, figure: &Figure) -> Value {
    let is_plain = figure.metric.0 == "wall_ns";
    let name = if is_plain { row.id.to_string() } else { format!("{} {}", row.id, figure.metric) };
    let mut entry = json!({
        "name": name,
        "unit": figure.unit,
        "value": figure.estimate.point,
        "extra": format!("median of {} processes\nrun {run}", figure.invocation_count),
    });
    if let Some(interval) = figure.estimate.interval {
        entry["range"] = format!("± {}", (interval.upper() - interval.lower()) / 2.0).into();
    }
    entry
}
