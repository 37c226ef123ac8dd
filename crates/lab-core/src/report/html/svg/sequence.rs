//! One value per process in the order in which they ran, so that a drift or a jump within a side is seen, and beside that
//! the same values by size, so that their distribution is.
//!
//! Processes that ran at the same time stand above each other; those of two Runs stand side by side. The numbers are no part
//! of it: they stand below as text, for everybody.

use maud::{Markup, html};

use super::curve::Curve;
use super::ecdf::stairs;
use super::scale::Scale;
use super::{BOTTOM, HEIGHT, PLOT, RIGHT, TOP, ends, picture, range};
use crate::report::html::card::{Cloud, Order};

/// Where the values by size begin.
const BY_SIZE: i32 = 440;
/// Where the values in order end.
const IN_ORDER: i32 = 412;
/// Units of the chart in one of a mark's: a pixel and a half on a screen, and a digit less in each of some hundred numbers.
/// The style has the same factor.
const COARSE: i32 = 2;
/// Space between the two sides of two Runs.
const GAP: i32 = 24;

/// Both sides, or the only one.
pub(in crate::report::html) fn sequence(clouds: &[Cloud], unit: &str, order: Order) -> Markup {
    let (_, labels) = ends(clouds.iter().flat_map(Cloud::finite), unit);
    let up = range(clouds.iter().flat_map(Cloud::finite), BOTTOM / COARSE, TOP / COARSE);
    let is_split = order == Order::Apart && clouds.len() == 2;
    picture(&html! {
        use href=(match (is_split, order) { (true, _) => "#S", (_, Order::Apart) => "#T", (_, Order::Together) => "#L" }) {}
        (labels)
        @for (cloud, (begin, end)) in clouds.iter().zip(panels(is_split)) {
            (points(cloud, &up, begin / COARSE, end / COARSE))
            path class=(cloud.class()) d=(stairs(cloud, &up, BY_SIZE / COARSE, RIGHT / COARSE)) {}
        }
    })
}

/// What every such chart has: the frame for two Runs, and that for one Run or for launches.
pub(super) fn frames() -> Markup {
    let middle = i32::midpoint(PLOT, IN_ORDER);
    let caption = |x: i32, text: &str| html! { text .x x=(x) y=(HEIGHT - 12) { (text) } };
    let ground = html! {
        path .g d={ "M" (PLOT) " " (TOP) "H" (IN_ORDER) "m" (BY_SIZE - IN_ORDER) " 0H" (RIGHT)
            "M" (PLOT) " " (BOTTOM) "H" (IN_ORDER) "m" (BY_SIZE - IN_ORDER) " 0H" (RIGHT) } {}
        (caption(i32::midpoint(BY_SIZE, RIGHT), "the same by size"))
    };
    html! {
        g #S {
            (ground)
            path .s d={ "M" (middle) " " (TOP) "V" (BOTTOM) } {}
            (caption(i32::midpoint(PLOT, middle), "baseline"))
            (caption(i32::midpoint(middle, IN_ORDER), "candidate"))
        }
        g #T { (ground) (caption(middle, "process by process")) }
        g #L { (ground) (caption(middle, "launch by launch")) }
    }
}

/// Where each side begins and ends.
fn panels(is_split: bool) -> [(i32, i32); 2] {
    let middle = i32::midpoint(PLOT, IN_ORDER);
    if is_split {
        [(PLOT + 10, middle - GAP / 2), (middle + GAP / 2, IN_ORDER - 6)]
    } else {
        [(PLOT + 10, IN_ORDER - 6); 2]
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
            marks.dash(x, y, 3)
        }
        if cloud.tainted.get(place) == Some(&true) {
            crosses.cross(x, (y - 8).max(3), 3);
        }
    }
    let crosses = crosses.text();
    html! {
        path class=(if cloud.is_candidate { "d" } else { "e" }) d=(marks.text()) {}
        @if !crosses.is_empty() { path .t d=(crosses) {} }
    }
}
