//! The distribution of each side as a staircase: which share of the processes took at most so long.
//!
//! Nothing is smoothed and no bin is chosen: every process is one step.

use maud::{Markup, html};

use super::curve::Curve;
use super::scale::Scale;
use super::{LEFT, RIGHT, chart, grid, label};
use crate::report::html::card::Cloud;
use crate::report::number;

const TOP: i32 = 14;
const BOTTOM: i32 = 204;
const HEIGHT: i32 = 246;
const TICKS: usize = 4;

/// Both sides in one plot, or the only one.
pub(in crate::report::html) fn ecdf(clouds: &[Cloud], unit: &str) -> Markup {
    let all = || clouds.iter().flat_map(Cloud::finite);
    let across = Scale::around(all(), LEFT, RIGHT);
    let ticks = across.ticks(TICKS);
    let names = number::marks(&ticks, unit);
    chart(
        HEIGHT,
        &words(clouds, unit),
        &html! {
            use href="#E" {}
            @for (value, name) in ticks.iter().zip(&names) {
                (label(across.at(*value), HEIGHT - 12, name))
            }
            @for cloud in clouds {
                path class=(cloud.class()) d=(stairs(cloud, &across)) {}
            }
        },
    )
}

/// What every such chart has.
pub(super) fn frame() -> Markup {
    html! {
        (grid([TOP, (TOP + BOTTOM) / 2].into_iter()))
        path .a d={ "M" (LEFT) " " (BOTTOM) "H" (RIGHT) } {}
        text .k x=(LEFT) y=(TOP + 22) { "all" }
        text .k x=(LEFT) y=((TOP + BOTTOM) / 2 - 6) { "half" }
    }
}

fn stairs(cloud: &Cloud, across: &Scale) -> String {
    let mut values: Vec<f64> = cloud.finite().collect();
    values.sort_by(f64::total_cmp);
    let mut curve = Curve::default();
    curve.go(LEFT, BOTTOM);
    for (place, value) in values.iter().enumerate() {
        let x = across.at(*value);
        let share = (place + 1) as f64 / values.len() as f64;
        let y = BOTTOM - (share * f64::from(BOTTOM - TOP)).round() as i32;
        curve.line(x, BOTTOM - (place as f64 / values.len() as f64 * f64::from(BOTTOM - TOP)).round() as i32);
        curve.line(x, y);
    }
    curve.line(RIGHT, TOP);
    curve.text()
}

fn words(clouds: &[Cloud], unit: &str) -> String {
    let each: Vec<String> = clouds
        .iter()
        .map(|cloud| {
            let ends = [f64::min, f64::max].map(|pick| cloud.finite().reduce(pick).unwrap_or(f64::NAN));
            let [low, high] = ends.map(|end| number::quantity(end, unit));
            format!("{} {}: {low} to {high}", cloud.finite().count(), cloud.name)
        })
        .collect();
    format!("Distribution. {}", each.join("; "))
}
