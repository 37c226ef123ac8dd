//! One benchmark over the Runs of its machine: its levels and the jumps between them.
//!
//! The value of each Run is drawn by the page's script from the numbers that the page carries anyway; without a script the
//! levels and the steps are what is seen. A Run that did not measure it is a gap and no value.

use maud::{Markup, html};

use super::curve::Curve;
use super::scale::Scale;
use super::{BOTTOM, HEIGHT, PLOT, RIGHT, TOP, ends, label, picture};
use crate::report::compared::phrase;
use crate::report::html::history::{History, Trace};

/// From the oldest Run to the newest; the script finds the path by its class and knows the frame by heart.
pub(in crate::report::html) fn timeline(trace: &Trace) -> Markup {
    let (up, labels) = ends(trace.values.iter().flatten().copied(), &trace.unit);
    let across = Scale::between(0.0, (trace.values.len().max(2) - 1) as f64, PLOT, RIGHT);
    picture(&html! {
        use href="#H" {}
        (labels)
        @if !trace.stretches.is_empty() { path .l d=(stretches(trace, &across, &up)) {} }
        path .v {}
        @for step in &trace.steps {
            @let x = across.at(step.at as f64 - 0.5);
            @let class = if step.is_worse { "up" } else { "down" };
            path .j .(class) d={ "M" (x) " " (TOP - 8) "V" (BOTTOM) } {}
            text .x .(class) x=(x.clamp(PLOT + 48, RIGHT - 48)) y=(TOP - 12) {
                (if step.after > step.before { "▲ " } else { "▼ " }) (phrase::percent(step.after / step.before)) (if step.is_accepted { " ✓" } else { "" })
            }
        }
    })
}

/// What every history of the page has: its frame, and the first and the last day.
pub(super) fn frame(history: &History) -> Markup {
    html! {
        path .g d={ "M" (PLOT) " " (TOP) "H" (RIGHT) "M" (PLOT) " " (BOTTOM) "H" (RIGHT) } {}
        @if let (Some(first), Some(last)) = (history.runs.first(), history.runs.last()) {
            (label(PLOT, HEIGHT - 12, &first.day))
            (label(RIGHT, HEIGHT - 12, &last.day))
        }
    }
}

fn stretches(trace: &Trace, across: &Scale, up: &Scale) -> String {
    let mut curve = Curve::default();
    for stretch in &trace.stretches {
        curve.go(across.at(stretch.start as f64 - 0.5), up.at(stretch.first));
        curve.line(across.at(stretch.last_index as f64 + 0.5), up.at(stretch.last));
    }
    curve.text()
}
