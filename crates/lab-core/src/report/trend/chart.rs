//! A timeline as characters: a column per stretch of points, a row per band of values.
//!
//! It is for looking; no number is read off it.

use lab_stats::{Observations, Probability, quantile};

use crate::history::{Timeline, Trend};
use crate::report::number::quantity;

/// Rows of the chart.
const ROWS: usize = 8;

/// Narrowest and widest chart, in columns of points.
const COLUMNS: (usize, usize) = (10, 100);

/// The chart, a line each: an axis with values, points as `·`, the first point behind a step as `▲` or `▼`, and commits
/// below. Points far off the rest stand at the edge.
pub(super) fn chart(timeline: &Timeline, trend: &Trend, width: usize) -> Vec<String> {
    let values: Vec<f64> = timeline.points.iter().map(|point| point.centre.point).collect();
    let Some((low, high)) = extent(&values, trend) else { return Vec::new() };
    let rows = if high > low { ROWS } else { 1 };
    let labels: Vec<String> = (0..rows)
        .map(|row| quantity(high - (high - low) * row as f64 / (rows.max(2) - 1) as f64, &timeline.unit))
        .collect();
    let margin = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
    let columns = values.len().clamp(COLUMNS.0, width.saturating_sub(margin + 3).clamp(COLUMNS.0, COLUMNS.1));
    // Few points stand apart, many share columns.
    let column = |index: usize| index * (columns - 1) / (values.len() - 1).max(1);
    let mut cells = vec![vec![' '; columns]; rows];
    let row = |value: f64| {
        if rows == 1 {
            return 0;
        }
        let share = ((high - value) / (high - low)).clamp(0.0, 1.0);
        (share * (rows - 1) as f64).round() as usize
    };
    for (index, value) in values.iter().enumerate() {
        cells[row(*value)][column(index)] = '·';
    }
    for step in &trend.steps {
        cells[row(step.after.value)][column(step.at)] = super::phrase::mark(step);
    }
    let mut lines: Vec<String> = cells
        .iter()
        .zip(&labels)
        .map(|(cells, label)| {
            let blanks = " ".repeat(margin - label.chars().count());
            format!("{blanks}{label} |{}", cells.iter().collect::<String>()).trim_end().to_owned()
        })
        .collect();
    lines.push(format!("{} +{}", " ".repeat(margin), "-".repeat(columns)));
    lines.push(format!("{}  {}", " ".repeat(margin), names(timeline, trend, (columns, &column))));
    lines
}

/// What stands below the axis: the first point and the last by name, and between them the commits of steps where there is room.
fn names(timeline: &Timeline, trend: &Trend, (columns, column): (usize, &dyn Fn(usize) -> usize)) -> String {
    let name = |index: usize| super::phrase::moment(&timeline.points[index].moment);
    let mut line = name(0);
    if timeline.points.len() == 1 {
        return line;
    }
    let last = name(timeline.points.len() - 1);
    let end = columns.saturating_sub(last.chars().count());
    let gap = |line: &str, at: usize| at.saturating_sub(line.chars().count());
    for step in &trend.steps {
        let (at, name) = (column(step.at), name(step.at));
        // A blank on either side.
        if gap(&line, at) >= 1 && at + name.chars().count() < end {
            line.push_str(&" ".repeat(gap(&line, at)));
            line.push_str(&name);
        }
    }
    line.push_str(&" ".repeat(gap(&line, end).max(1)));
    line + &last
}

/// The values that the chart spans: all but the farthest two per cent on each side, and every level.
fn extent(values: &[f64], trend: &Trend) -> Option<(f64, f64)> {
    let seen = Observations::new(values).ok()?;
    let at = |share: f64| Probability::new(share).map(|share| quantile(&seen, share));
    let (mut low, mut high) = (at(0.02).ok()?, at(0.98).ok()?);
    for level in trend.stretches.iter().flat_map(|stretch| [stretch.first, stretch.last]) {
        (low, high) = (low.min(level), high.max(level));
    }
    Some((low, high))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use lab_stats::Estimate;

    use super::*;
    use crate::history::{Accepted, Moment, Source, TimelinePoint, TrendRules};
    use crate::model::{MetricId, Revision};

    fn drawn(count: usize, step_at: usize) -> Vec<String> {
        let point = |index: usize| {
            let moment = Moment {
                source: Source::Run(format!("run-{index}")),
                names: Vec::new(),
                measured_at: "2026-01-01T00:00:00Z".into(),
                revision: named(index),
                note: None,
                machine: "m".into(),
                lab_version: String::new(),
                settings: BTreeMap::new(),
                canaries: BTreeMap::new(),
            };
            let level = if index < step_at { 100.0 } else { 120.0 };
            let centre = Estimate { point: level + (index % 3) as f64, interval: None };
            TimelinePoint { moment: Arc::new(moment), centre, invocation_count: 10, tainted_count: 0 }
        };
        let timeline = Timeline {
            benchmark: "p/t/b".into(),
            metric: MetricId::wall_ns(),
            unit: "ns".into(),
            machine: "m".into(),
            points: (0..count).map(point).collect(),
        };
        let trend = Trend::of(&timeline, TrendRules::default(), &Accepted::default()).unwrap();
        chart(&timeline, &trend, 80)
    }

    /// Its commit begins with its number.
    fn named(index: usize) -> Revision {
        Revision {
            commit: Some(format!("{index:07}{}", "0".repeat(33))),
            branch: None,
            is_dirty: Some(false),
        }
    }

    #[test]
    fn a_commit_stands_below_its_step_where_there_is_room() {
        let named = |count, step_at| drawn(count, step_at).pop().unwrap();
        assert_eq!(named(40, 20), "          0000000             0000020      0000039");
        // The name of the last one would touch it.
        assert_eq!(named(40, 30), "          0000000                          0000039");
        assert_eq!(named(1, 1).trim(), "0000000");
    }
}
