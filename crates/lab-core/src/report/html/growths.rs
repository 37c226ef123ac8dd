//! Which benchmarks are one case over several sizes, and what their times grow with on each side.
//!
//! Two sides are shown beside each other; which grows faster is left to the reader and the exponents' intervals.

use std::collections::BTreeMap;

use lab_stats::{Level, Observations, median, power_law};
use maud::{Markup, html};

use super::card::Card;
use super::page::Subject;
use super::svg;
use crate::across::sizes_in;
use crate::model::{MetricId, TargetId};

/// Two points always lie on a line.
const SIZES_MIN: usize = 3;

/// Residuals beyond this factor mean that no single power describes the sizes.
const MISFIT_TOLD: f64 = 1.25;

/// Families before the rest is folded.
const OPEN_MAX: usize = 12;

/// One family with a line per side.
#[derive(Debug)]
pub(super) struct Growing {
    pub(super) target: TargetId,
    /// The path with `{}` in the number's place.
    pub(super) pattern: String,
    pub(super) lines: Vec<svg::Line>,
}

/// Every family of at least three sizes whose times are known, by target and pattern.
pub(super) fn growing(cards: &[Card<'_>], subject: &Subject<'_>) -> Vec<Growing> {
    let mut families: BTreeMap<(TargetId, String), BTreeMap<u64, &Card<'_>>> = BTreeMap::new();
    for card in cards.iter().filter(|card| card.id.occurrence == 1 && is_time(&card.metric)) {
        for (pattern, size) in sizes_in(&card.id.path) {
            families.entry((card.id.target.clone(), pattern)).or_default().insert(size, card);
        }
    }
    let names: &[&'static str] = match subject {
        Subject::Alone { .. } => &["processes"],
        Subject::Sides { .. } | Subject::Match { .. } => &["baseline", "candidate"],
    };
    families
        .into_iter()
        .map(|((target, pattern), members)| Growing {
            lines: names.iter().filter_map(|name| line(name, &members)).collect(),
            target,
            pattern,
        })
        .filter(|family| !family.lines.is_empty())
        .collect()
}

/// Cycles of one machine grow as times do, but their axis would not be one of times.
fn is_time(metric: &MetricId) -> bool {
    metric.0.ends_with("_ns")
}

fn line(name: &'static str, members: &BTreeMap<u64, &Card<'_>>) -> Option<svg::Line> {
    let typical = |card: &Card<'_>| {
        let cloud = card.clouds.iter().find(|cloud| cloud.name == name)?;
        let values = Observations::new(cloud.finite().collect::<Vec<_>>()).ok()?;
        Some(median(&values)).filter(|time| *time > 0.0)
    };
    let points: Vec<(f64, f64)> =
        members.iter().filter_map(|(size, card)| Some((*size as f64, typical(card)?))).collect();
    (points.len() >= SIZES_MIN).then(|| svg::Line {
        name: name.to_owned(),
        is_candidate: name != "baseline",
        law: power_law(&points, Level::P95).ok(),
        points,
    })
}

/// The section; nothing where no family was measured.
pub(super) fn section(growing: &[Growing]) -> Markup {
    html! {
        @if !growing.is_empty() {
            section #growth aria-labelledby="growth-title" {
                h2 #growth-title { "How cost grows" }
                p .note {
                    "Benchmarks whose names differ in one number alone, on logarithmic axes. The order is the exponent of the
                    fitted power law, by least squares with its interval at 95 %; it describes these sizes and promises nothing beyond them."
                }
                @let (open, folded) = growing.split_at(growing.len().min(OPEN_MAX));
                div .figures { @for family in open { (figure(family)) } }
                @if !folded.is_empty() {
                    details { summary { (folded.len()) " more" } div .figures { @for family in folded { (figure(family)) } } }
                }
            }
        }
    }
}

fn figure(family: &Growing) -> Markup {
    html! {
        figure {
            figcaption { i { (family.target) "/" } (family.pattern.replace("{}", "N")) }
            (svg::growth(&family.lines))
            @for line in &family.lines { p class=[side(line)] { (order(line)) } }
        }
    }
}

/// The mark of a side before its line.
fn side(line: &svg::Line) -> Option<&'static str> {
    match line.name.as_str() {
        "processes" => None,
        _ if line.is_candidate => Some("kc"),
        _ => Some("kb"),
    }
}

fn order(line: &svg::Line) -> Markup {
    html! {
        @if line.name != "processes" { (line.name) ": " }
        @match &line.law {
            Some(law) => {
                "time ∝ N" sup { (format!("{:.2}", law.exponent.point)) }
                @if let Some(interval) = law.exponent.interval {
                    " " i { (format!("[{:.2}, {:.2}]", interval.lower(), interval.upper())) }
                }
                @if law.misfit_max > MISFIT_TOLD {
                    ", though one size lies " (format!("{:.1}", law.misfit_max)) " times off the line: no single power fits"
                }
            }
            None => "too few sizes",
        }
    }
}

/// The mark of a side, as charts draw it.
pub(super) fn legend(is_candidate: bool) -> Markup {
    html! {
        svg .key viewBox="0 0 28 12" aria-hidden="true" {
            @if is_candidate { path .c d="M0 6h28" {} path .d d="M14 6h1" {} } @else { path .b d="M0 6h28" {} path .e d="M9 6h10" {} }
        }
    }
}
