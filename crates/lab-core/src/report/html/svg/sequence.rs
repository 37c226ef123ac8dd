//! One value per process in the order in which they ran, so that a drift or a jump within a side is seen.
//!
//! Processes that ran at the same time stand above each other; those of two Runs stand side by side.

use maud::{Markup, html};

use super::curve::Curve;
use super::scale::Scale;
use super::{LEFT, RIGHT, WIDTH, chart, grid, label};
use crate::report::html::card::{Cloud, Order};
use crate::report::number;

const TOP: i32 = 14;
const BOTTOM: i32 = 204;
const HEIGHT: i32 = 246;
const TICKS: usize = 3;

/// Both sides, or the only one.
pub(in crate::report::html) fn sequence(clouds: &[Cloud], unit: &str, order: Order) -> Markup {
    let up = Scale::around(clouds.iter().flat_map(Cloud::finite), BOTTOM, TOP);
    let ticks = up.ticks(TICKS);
    let names = number::marks(&ticks, unit);
    let panels = panels(clouds.len(), order);
    chart(
        HEIGHT,
        &words(clouds, unit),
        &html! {
            (grid(ticks.iter().map(|value| up.at(*value))))
            @for (cloud, (begin, end)) in clouds.iter().zip(&panels) {
                (points(cloud, &up, *begin, *end))
            }
            @for (value, name) in ticks.iter().zip(&names) {
                text x=(LEFT) y=(up.at(*value) - 6) .k { (name) }
            }
            @if order == Order::Apart && clouds.len() == 2 {
                use href="#S" {}
            } @else {
                path .a d={ "M" (LEFT) " " (BOTTOM) "H" (RIGHT) } {}
                (label(LEFT, HEIGHT - 12, "first"))
                (label(RIGHT, HEIGHT - 12, "last"))
            }
        },
    )
}

/// What every such chart of two Runs has.
pub(super) fn frame() -> Markup {
    html! {
        path .a d={ "M" (LEFT) " " (BOTTOM) "H" (RIGHT) } {}
        path .s d={ "M" (WIDTH / 2) " " (TOP) "V" (BOTTOM) } {}
        text .x x=(WIDTH / 4) y=(HEIGHT - 12) { "baseline" }
        text .x x=(WIDTH * 3 / 4) y=(HEIGHT - 12) { "candidate" }
    }
}

/// Where each side begins and ends. The labels of the marks stand on the left.
fn panels(count: usize, order: Order) -> Vec<(i32, i32)> {
    const LABELS: i32 = 96;
    match (count, order) {
        (2, Order::Apart) => {
            vec![(LEFT + LABELS, WIDTH / 2 - 16), (WIDTH / 2 + 16, RIGHT - 8)]
        }
        (count, _) => vec![(LEFT + LABELS, RIGHT - 8); count],
    }
}

fn points(cloud: &Cloud, up: &Scale, begin: i32, end: i32) -> Markup {
    let across = Scale::between(0.0, (cloud.values.len().max(2) - 1) as f64, begin, end);
    let (mut marks, mut crosses) = (Curve::default(), Curve::default());
    for (place, value) in cloud.values.iter().enumerate().filter(|(_, value)| value.is_finite()) {
        let (x, y) = (across.at(place as f64), up.at(*value));
        if cloud.is_candidate {
            marks.dot(x, y)
        } else {
            marks.dash(x, y, 7)
        }
        if cloud.tainted.get(place) == Some(&true) {
            crosses.cross(x, (y - 17).max(6), 6);
        }
    }
    let crosses = crosses.text();
    html! {
        path class=(if cloud.is_candidate { "d" } else { "e" }) d=(marks.text()) {}
        @if !crosses.is_empty() { path .t d=(crosses) {} }
    }
}

fn words(clouds: &[Cloud], unit: &str) -> String {
    let each: Vec<String> = clouds
        .iter()
        .map(|cloud| {
            let show = |value: Option<f64>| number::quantity(value.unwrap_or(f64::NAN), unit);
            let (first, last) = (show(cloud.finite().next()), show(cloud.finite().last()));
            let tainted = cloud.tainted.iter().filter(|tainted| **tainted).count();
            let marked = if tainted > 0 { format!(", {tainted} tainted") } else { String::new() };
            format!("{}, first {first}, last {last}{marked}", cloud.name)
        })
        .collect();
    format!("Process by process. {}", each.join("; "))
}
