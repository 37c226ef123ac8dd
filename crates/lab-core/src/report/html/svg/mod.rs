//! Small charts as inline SVG: integer coordinates, colours by class, words for those who do not see them.
//!
//! A chart states what it was given; it decides nothing and drops nothing.

mod curve;
mod ecdf;
mod flame;
mod forest;
mod growth;
mod scale;
mod sequence;
mod timeline;

use maud::{Markup, html};

pub(super) use ecdf::ecdf;
pub(super) use flame::flame;
pub(super) use forest::{Bar, Reach, axis, forest, row};
pub(super) use growth::{Line, growth};
pub(super) use sequence::sequence;
pub(super) use timeline::timeline;

/// Units of a chart's width; it is shown at about half of that in pixels, so that whole units are fine enough.
pub(super) const WIDTH: i32 = 640;

/// Where the plot lies within the chart; what is left of it is for labels.
pub(super) const LEFT: i32 = 12;
pub(super) const RIGHT: i32 = WIDTH - 12;

/// A chart with its words; `height` in units.
fn chart(height: i32, words: &str, content: &Markup) -> Markup {
    html! {
        svg .fig viewBox={ "0 0 " (WIDTH) " " (height) } role="img" aria-label=(words) { (content) }
    }
}

/// Parts that every chart of a kind has, once for the whole page.
pub(super) fn shared() -> Markup {
    html! { svg .shared aria-hidden="true" { defs { g #E { (ecdf::frame()) } g #S { (sequence::frame()) } } } }
}

/// Lines across the plot at these heights.
fn grid(heights: impl Iterator<Item = i32>) -> Markup {
    let lines: String = heights.map(|y| format!("M{LEFT} {y}H{RIGHT}")).collect();
    html! { @if !lines.is_empty() { path .g d=(lines) {} } }
}

/// A label that stays inside the chart: it begins at its place on the left and ends there on the right.
fn label(x: i32, y: i32, text: &str) -> Markup {
    let anchor = match x {
        x if x < WIDTH / 5 => None,
        x if x > WIDTH - WIDTH / 5 => Some("y"),
        _ => Some("x"),
    };
    html! { text class=[anchor] x=(x) y=(y) { (text) } }
}
