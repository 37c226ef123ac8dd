//! Cost over size on logarithmic axes, with the fitted power of each side.
//!
//! The line is a description of these sizes; it is not drawn beyond them.

use lab_stats::PowerLaw;
use maud::{Markup, html};

use super::curve::Curve;
use super::scale::Scale;
use super::{RIGHT, chart, label};
use crate::report::number;

const LEFT: i32 = 118;
const TOP: i32 = 14;
const BOTTOM: i32 = 264;
const HEIGHT: i32 = 306;
const TICKS: usize = 3;

/// One side of a family.
#[derive(Clone, Debug)]
pub(in crate::report::html) struct Line {
    pub(in crate::report::html) name: String,
    pub(in crate::report::html) is_candidate: bool,
    /// Size and typical time in nanoseconds, ascending.
    pub(in crate::report::html) points: Vec<(f64, f64)>,
    /// Absent where fewer than three sizes were measured.
    pub(in crate::report::html) law: Option<PowerLaw>,
}

/// Both sides, or the only one.
pub(in crate::report::html) fn growth(lines: &[Line]) -> Markup {
    let all = || lines.iter().flat_map(|line| &line.points).copied();
    let across = Scale::logarithmic(all().map(|(size, _)| size), LEFT, RIGHT);
    let up = Scale::logarithmic(all().map(|(_, time)| time), BOTTOM, TOP);
    let ticks = up.ticks(TICKS);
    let grid: String = ticks.iter().map(|value| format!("M{LEFT} {}H{RIGHT}", up.at(*value))).collect();
    chart(
        HEIGHT,
        &words(lines),
        &html! {
            use href="#G" {}
            path .g d=(grid) {}
            @for value in ticks { text x="8" y=(up.at(value) + 7) { (number::marks(&[value], "ns")[0]) } }
            @for size in sizes(lines, &across) { (label(across.at(size), HEIGHT - 14, &number::marks(&[size], "count")[0])) }
            @for line in lines {
                @if let Some(law) = &line.law {
                    path class=(if line.is_candidate { "c" } else { "b" }) d=(fitted(line, law, &across, &up)) {}
                }
                path class=(if line.is_candidate { "d" } else { "e" }) d=(points(line, &across, &up)) {}
            }
        },
    )
}

/// What every such chart has.
pub(super) fn frame() -> Markup {
    html! { path .a d={ "M" (LEFT) " " (TOP) "V" (BOTTOM) "H" (RIGHT) } {} }
}

/// The sizes that were measured, as far as their labels have room; the largest always.
fn sizes(lines: &[Line], across: &Scale) -> Vec<f64> {
    const ROOM: i32 = 60;
    let mut all: Vec<f64> = lines.iter().flat_map(|line| &line.points).map(|(size, _)| *size).collect();
    all.sort_by(|one, two| two.total_cmp(one));
    let mut shown: Vec<f64> = Vec::new();
    for size in all {
        if shown.last().is_none_or(|last| across.at(*last) - across.at(size) >= ROOM) {
            shown.push(size);
        }
    }
    shown
}

fn fitted(line: &Line, law: &PowerLaw, across: &Scale, up: &Scale) -> String {
    let mut curve = Curve::default();
    for (size, _) in [line.points.first(), line.points.last()].into_iter().flatten() {
        curve.line(across.at(*size), up.at(law.factor * size.powf(law.exponent.point)));
    }
    curve.text()
}

fn points(line: &Line, across: &Scale, up: &Scale) -> String {
    let mut curve = Curve::default();
    for (size, time) in &line.points {
        let (x, y) = (across.at(*size), up.at(*time));
        if line.is_candidate { curve.dot(x, y) } else { curve.dash(x, y, 9) }
    }
    curve.text()
}

/// The typical times themselves stand in the table.
fn words(lines: &[Line]) -> String {
    let each: Vec<String> = lines
        .iter()
        .filter_map(|line| {
            let ((small, least), (large, most)) = (line.points.first()?, line.points.last()?);
            let [least, most] = [least, most].map(|time| number::quantity(*time, "ns"));
            Some(format!("{} {least} at {small} to {most} at {large}", line.name))
        })
        .collect();
    each.join("; ")
}
