//! Changes as intervals about "no change", all on one scale.
//!
//! What lies beyond the scale ends in an arrow at its edge and keeps its number in words beside it.

use lab_stats::Estimate;
use maud::{Markup, html};

use super::curve::Curve;
use super::scale::Scale;
use super::{LEFT, RIGHT, chart};
use crate::compare::{Change, Verdict};
use crate::report::compared::phrase;

/// A row of a table.
const ROW_WIDTH: i32 = 200;
const ROW_HEIGHT: i32 = 20;
/// A row of a chart.
const PITCH: i32 = 54;

/// Half as much again, in ln units.
const FEW_MAX: f64 = 0.405_465;

/// The scale of all rows, in ln units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::report::html) struct Reach {
    /// How far it goes to either side of "no change".
    half: f64,
    /// The margin of the first row, which most often is that of all.
    usual_margin: f64,
}

/// One interval.
#[derive(Clone, Debug)]
pub(in crate::report::html) struct Bar {
    pub(in crate::report::html) name: String,
    /// candidate / baseline.
    pub(in crate::report::html) ratio: Estimate,
    /// One per launch or pair, as logarithms; empty where there are none.
    pub(in crate::report::html) each: Vec<f64>,
    /// `up`, `down` or empty: the class of its colour.
    pub(in crate::report::html) class: &'static str,
}

impl Reach {
    /// So that most intervals fit, above all those of what is called a change, and the margin always does. One wild
    /// benchmark must not squash all others, though: for the sake of few the scale goes no farther than [`FEW_MAX`].
    pub(in crate::report::html) fn over(changes: &[Change]) -> Self {
        let is_called = |change: &&Change| matches!(change.verdict, Verdict::Regressed | Verdict::Improved);
        let all = most(changes.iter().filter_map(|change| change.ratio));
        let called = most(changes.iter().filter(is_called).filter_map(|change| change.ratio));
        let margin = changes.iter().map(|change| change.margin).fold(0.0, f64::max);
        Self {
            half: (all.max(called.min(FEW_MAX)) * 1.15).max(margin * 2.0).max(0.002),
            usual_margin: changes.first().map_or(0.0, |change| change.margin),
        }
    }

    /// So that everything fits.
    fn over_all(bars: &[Bar], margin: f64) -> Self {
        let each = bars.iter().flat_map(|bar| &bar.each).map(|log| log.abs());
        let most = bars.iter().map(|bar| size(&bar.ratio)).chain(each).filter(|size| size.is_finite());
        Self { half: (most.fold(0.0, f64::max) * 1.1).max(margin * 2.0).max(0.002), usual_margin: margin }
    }

    fn scale(self, begin: i32, end: i32) -> Scale {
        Scale::between(-self.half, self.half, begin, end)
    }
}

/// What nine of ten intervals stay within.
fn most(ratios: impl Iterator<Item = Estimate>) -> f64 {
    let mut sizes: Vec<f64> = ratios.map(|ratio| size(&ratio)).filter(|size| size.is_finite()).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.get((sizes.len() * 9).div_ceil(10).saturating_sub(1)).copied().unwrap_or(0.0)
}

/// The end of an interval that lies farther from "no change".
fn size(ratio: &Estimate) -> f64 {
    let ends = ratio.interval.map_or([ratio.point; 2], |interval| [interval.lower(), interval.upper()]);
    ends.map(|end| end.ln().abs()).into_iter().fold(0.0, f64::max)
}

/// What the scale of the rows reaches to, for the head of their column.
pub(in crate::report::html) fn axis(reach: Reach) -> Markup {
    html! {
        span .axis { span { (phrase::percent((-reach.half).exp())) } span { "0" } span { (phrase::percent(reach.half.exp())) } }
    }
}

/// One change as a small picture in a row; the numbers stand beside it in words.
pub(in crate::report::html) fn row(ratio: &Estimate, margin: f64, reach: Reach, class: &str) -> Markup {
    let across = reach.scale(4, ROW_WIDTH - 4);
    html! {
        svg viewBox={ "0 0 " (ROW_WIDTH) " " (ROW_HEIGHT) } {
            @if margin == reach.usual_margin { use href="#R" {} } @else { (ground(across, margin, 0, ROW_HEIGHT)) }
            (mark(ratio, across, ROW_HEIGHT / 2, class, ROW_WIDTH))
        }
    }
}

/// What most rows stand on: the usual margin and the line of "no change".
pub(super) fn usual(reach: Reach) -> Markup {
    ground(reach.scale(4, ROW_WIDTH - 4), reach.usual_margin, 0, ROW_HEIGHT)
}

/// The change with its witnesses, one below the other.
pub(in crate::report::html) fn forest(bars: &[Bar], margin: f64) -> Markup {
    let reach = Reach::over_all(bars, margin);
    let across = reach.scale(LEFT, RIGHT);
    let height = PITCH * bars.len() as i32 + 46;
    let words: Vec<String> = bars.iter().map(|bar| format!("{} {}", bar.name, said(&bar.ratio))).collect();
    chart(
        height,
        &format!("Change with its interval. {}", words.join("; ")),
        &html! {
            (ground(across, margin, 4, height - 42))
            @for (place, bar) in bars.iter().enumerate() {
                @let y = PITCH * place as i32 + 40;
                text .k x=(LEFT) y=(y - 16) { (bar.name) }
                text .k .y x=(RIGHT) y=(y - 16) { (said(&bar.ratio)) }
                @if !bar.each.is_empty() { path .p d=(dots(&bar.each, across, y)) {} }
                (mark(&bar.ratio, across, y, bar.class, RIGHT + LEFT))
            }
            text x=(LEFT) y=(height - 10) { (phrase::percent((-reach.half).exp())) }
            text .x x=((LEFT + RIGHT) / 2) y=(height - 10) { "no change" }
            text .y x=(RIGHT) y=(height - 10) { (phrase::percent(reach.half.exp())) }
        },
    )
}

fn said(ratio: &Estimate) -> String {
    format!("{} {}", phrase::percent(ratio.point), phrase::interval(ratio)).trim_end().to_owned()
}

/// The margin and the line of "no change".
fn ground(across: Scale, margin: f64, top: i32, bottom: i32) -> Markup {
    let (low, zero, high) = (across.at(-margin), across.at(0.0), across.at(margin));
    html! {
        rect .m x=(low) y=(top) width=((high - low).max(1)) height=(bottom - top) {}
        path .z d={ "M" (zero) " " (top) "V" (bottom) } {}
    }
}

fn mark(ratio: &Estimate, across: Scale, y: i32, class: &str, width: i32) -> Markup {
    let mut line = Curve::default();
    if let Some(interval) = ratio.interval {
        let (begin, end) = (across.at(interval.lower().ln()), across.at(interval.upper().ln()));
        line.go(begin, y);
        line.line(end, y);
        let (low, high) = (across.at(f64::NEG_INFINITY), across.at(f64::INFINITY));
        // The arrow says that the interval goes on.
        for (edge, way) in [(low, -1), (high, 1)] {
            if (way < 0 && begin == low) || (way > 0 && end == high) {
                line.go(edge - 6 * way, y - 5);
                line.line(edge, y);
                line.line(edge - 6 * way, y + 5);
            }
        }
    }
    let x = across.at(ratio.point.ln()).clamp(4, width - 4);
    let line = line.text();
    html! {
        @if !line.is_empty() { path class=(classes("i", class)) d=(line) {} }
        path class=(classes("o", class)) d={ "M" (x) " " (y) "h1" } {}
    }
}

fn classes(own: &str, colour: &str) -> String {
    format!("{own} {colour}").trim_end().to_owned()
}

fn dots(each: &[f64], across: Scale, y: i32) -> String {
    let mut curve = Curve::default();
    for log in each.iter().filter(|log| log.is_finite()) {
        let x = across.at(*log);
        curve.go(x, y - 9);
        curve.line(x, y + 9);
    }
    curve.text()
}
