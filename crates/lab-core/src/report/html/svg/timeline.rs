//! One benchmark over the Runs of its machine, with its levels and the jumps between them.
//!
//! A Run that did not measure it is a gap and no value.

use maud::{Markup, html};

use super::curve::Curve;
use super::scale::Scale;
use super::{LEFT, RIGHT, chart, grid, label};
use crate::report::compared::phrase;
use crate::report::html::history::{History, Trace};
use crate::report::number;

const TOP: i32 = 34;
const BOTTOM: i32 = 204;
const HEIGHT: i32 = 246;
const TICKS: usize = 3;
/// Up to so many Runs each gets a dot of its own.
const DOTS_MAX: usize = 60;

/// The values, from the oldest Run to the newest.
pub(in crate::report::html) fn timeline(history: &History, trace: &Trace) -> Markup {
    let up = Scale::around(trace.values.iter().flatten().copied(), BOTTOM, TOP);
    let ticks = up.ticks(TICKS);
    let names = number::marks(&ticks, &trace.unit);
    let across = Scale::between(0.0, (trace.values.len().max(2) - 1) as f64, LEFT + 96, RIGHT - 8);
    let day = |place: usize| history.runs[place].day.as_str();
    chart(
        HEIGHT,
        &words(history, trace),
        &html! {
            (grid(ticks.iter().map(|value| up.at(*value))))
            path .a d={ "M" (LEFT) " " (BOTTOM) "H" (RIGHT) } {}
            @if !trace.steps.is_empty() { path .l d=(stretches(trace, &across, &up)) {} }
            path class=(if trace.values.len() > DOTS_MAX { "v" } else { "d" }) d=(values(trace, &across, &up)) {}
            @for step in &trace.steps {
                @let x = across.at(step.at as f64 - 0.5);
                @let class = if step.is_worse { "up" } else { "down" };
                path .j .(class) d={ "M" (x) " " (TOP - 8) "V" (BOTTOM) } {}
                text .x .(class) x=(x.clamp(60, RIGHT - 60)) y=(TOP - 14) {
                    (if step.after > step.before { "▲ " } else { "▼ " }) (phrase::percent(step.after / step.before)) (if step.is_accepted { " ✓" } else { "" })
                }
            }
            @for (value, name) in ticks.iter().zip(&names) {
                text x=(LEFT) y=(up.at(*value) - 6) .k { (name) }
            }
            @if !history.runs.is_empty() {
                (label(LEFT, HEIGHT - 12, day(0)))
                (label(RIGHT, HEIGHT - 12, day(history.runs.len() - 1)))
            }
        },
    )
}

fn values(trace: &Trace, across: &Scale, up: &Scale) -> String {
    let mut curve = Curve::default();
    let mut is_gap = true;
    for (place, value) in trace.values.iter().enumerate() {
        let Some(value) = value else {
            is_gap = true;
            continue;
        };
        let (x, y) = (across.at(place as f64), up.at(*value));
        match (trace.values.len() > DOTS_MAX, is_gap) {
            (false, _) | (true, true) => curve.dot(x, y),
            (true, false) => curve.line(x, y),
        }
        is_gap = false;
    }
    curve.text()
}

fn stretches(trace: &Trace, across: &Scale, up: &Scale) -> String {
    let mut curve = Curve::default();
    for stretch in &trace.stretches {
        curve.go(across.at(stretch.start as f64 - 0.5), up.at(stretch.first));
        curve.line(across.at(stretch.last_index as f64 + 0.5), up.at(stretch.last));
    }
    curve.text()
}

fn words(history: &History, trace: &Trace) -> String {
    let known: Vec<f64> = trace.values.iter().flatten().copied().collect();
    let show = |value: Option<&f64>| {
        value.map_or_else(|| "unknown".to_owned(), |value| number::quantity(*value, &trace.unit))
    };
    format!(
        "{} of {}, oldest {}, newest {}, {}",
        number::counted(known.len(), "value"),
        number::counted(history.runs.len(), "Run"),
        show(known.first()),
        show(known.last()),
        number::counted(trace.steps.len(), "step")
    )
}
