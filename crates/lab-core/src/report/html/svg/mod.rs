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

use self::scale::Scale;
use super::history::History;
use crate::report::number;

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

/// Charts of values: where the plot begins beside the two labels, its upper and its lower edge, and the chart's height.
/// `page.js` draws into the same frame.
const PLOT: i32 = 108;
const TOP: i32 = 34;
const BOTTOM: i32 = 204;
const HEIGHT: i32 = 246;

/// A chart with its words; `height` in units.
fn chart(height: i32, words: &str, content: &Markup) -> Markup {
    html! {
        svg viewBox={ "0 0 " (WIDTH) " " (height) } role="img" aria-label=(words) { (content) }
    }
}

/// A chart of values, whose numbers and words stand beside it as text.
fn picture(content: &Markup) -> Markup {
    html! { svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } aria-hidden="true" { (content) } }
}

/// The scale from the lowest value to the highest, and the two as labels; the style puts those in their places.
fn ends(values: impl IntoIterator<Item = f64>, unit: &str) -> (Scale, Markup) {
    let (low, high) = extremes(values);
    let [lowest, highest] = number::alike([low, high], unit);
    let labels = html! {
        @if high > low { text .h { (highest) } text .w { (lowest) } } @else if low == high { text .q { (lowest) } }
    };
    (Scale::between(low, high, BOTTOM, TOP), labels)
}

/// From the lowest value at `begin` to the highest at `end`.
fn range(values: impl IntoIterator<Item = f64>, begin: i32, end: i32) -> Scale {
    let (low, high) = extremes(values);
    Scale::between(low, high, begin, end)
}

fn extremes(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let finite = values.into_iter().filter(|value| value.is_finite());
    finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}

/// Parts that every chart of a kind has, once for the whole page.
pub(super) fn shared(history: &History, reach: Option<Reach>, has_growth: bool) -> Markup {
    html! {
        svg .shared aria-hidden="true" { defs {
            (sequence::frames())
            @if !history.traces.is_empty() { g #H { (timeline::frame(history)) } }
            @if has_growth { g #G { (growth::frame()) } }
            @if let Some(reach) = reach { g #R { (forest::usual(reach)) } }
        } }
    }
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
