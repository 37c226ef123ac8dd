//! One benchmark in full: its charts, their numbers in words, what else is known, the commands for it.
//!
//! It is folded at first; the browser lays out only what is open.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::card::{Card, Cloud};
use super::growths::legend;
use super::history::{History, Trace};
use super::page::Page;
use super::svg;
use super::table::{evidence, probability};
use super::words;
use crate::compare::Change;
use crate::model::TargetRecord;
use crate::report::compared::phrase;
use crate::report::number;

/// The section.
pub(super) fn section(page: &Page<'_>) -> Markup {
    html! {
        section #details aria-labelledby="details-title" {
            div .bar {
                h2 #details-title { "Benchmark by benchmark" }
                span .quick #folds hidden { button type="button" #open { "open all shown" } button type="button" #close { "close all" } }
            }
            p .note .sides {
                @if page.view().is_some() {
                    (legend(false)) " baseline " (legend(true)) " candidate "
                }
                svg .key viewBox="0 0 28 12" aria-hidden="true" { path .t d="M8 0l12 12m0-12l-12 12" {} }
                " a process that the host disturbed. One mark is one process (or launch); nothing is averaged away."
                @if let Some(margin) = usual_margin(page) {
                    " A change within ±" (number::percent(margin.exp_m1())) ", the margin, does not matter, unless a benchmark says otherwise."
                }
            }
            (sources(page))
            div #cards { @for card in &page.cards { (one(page, card)) } }
        }
    }
}

/// Where the benchmarks of each target stand, and who runs them.
fn sources(page: &Page<'_>) -> Markup {
    let named = |target: &TargetRecord| {
        let harness = target.harness.as_deref().map_or_else(String::new, |harness| {
            format!(", {harness} {}", target.harness_version.as_deref().unwrap_or_default())
        });
        (target.id.to_string(), format!("{}{}", target.source, harness.trim_end()))
    };
    let all: BTreeMap<String, String> = page.cards.iter().filter_map(|card| card.target).map(named).collect();
    html! {
        @if all.len() > 1 {
            details .note {
                summary { (number::counted(all.len(), "bench target")) }
                ul { @for (target, names) in &all { li { (target) ": " (names) } } }
            }
        } @else {
            @for (target, names) in &all { p .note { (target) ": " (names) } }
        }
    }
}

fn one(page: &Page<'_>, card: &Card<'_>) -> Markup {
    html! {
        details class={ "card " (card.change.map_or("", |change| change.verdict.id())) } {
            summary {
                @if let Some(change) = card.change { b { (change.verdict.id().replace('_', " ")) } " " }
                span { (words::id(card.id)) }
                span { @match card.change {
                    Some(change) => { @if let Some(ratio) = change.ratio { (phrase::percent(ratio.point)) } }
                    None => { @if let Some(figure) = card.figures.first() { (number::quantity(figure.estimate.point, &figure.unit)) } }
                } }
            }
            div id={ "b" (card.number) } {
                @match card.change { Some(change) => { (said(page, change)) } None => { (metrics(card)) } }
                div .figures {
                    @if let Some(change) = card.change.filter(|_| tells(&card.bars)) {
                        figure { figcaption { "Change, and what other metrics say" } (svg::forest(&card.bars, change.margin)) }
                    }
                    @if !card.clouds.is_empty() { (svg::sequence(&card.clouds, &card.unit, card.order)) }
                    @if let Some(trace) = page.material.history.traces.get(&card.id.to_string()) { (history(page.material.history, trace)) }
                }
                @if !card.clouds.is_empty() { (numbers(card)) }
                @for (place, flame) in page.material.flames.iter().enumerate().filter(|(_, flame)| flame.benchmark.as_ref() == Some(card.id)) {
                    p .note { a href={ "#flame-" (place) } { "Flame graph" } ", " (flame.note) }
                }
            }
        }
    }
}

/// One interval without witnesses and launches is drawn in the table, on the scale of all others.
fn tells(bars: &[svg::Bar]) -> bool {
    bars.len() > 1 || bars.iter().any(|bar| !bar.each.is_empty())
}

fn said(page: &Page<'_>, change: &Change) -> Markup {
    let [baseline, candidate] = phrase::levels(change);
    let witnesses = phrase::witnesses(change);
    let notes = phrase::notes(change);
    html! {
        p {
            @if let Some(reason) = page.own_reason(change) { strong { (reason) } ". " }
            (change.metric) " " (baseline) " → " (candidate)
            @if let Some(ratio) = &change.ratio { ", " (format!("{} {}", phrase::percent(ratio.point), phrase::interval(ratio)).trim_end()) }
            @if !witnesses.is_empty() { " " (witnesses) }
            "; " (evidence(change))
            @if let Some(p) = change.p_adjusted { "; corrected p " (probability(p)) }
            @if Some(change.margin) != usual_margin(page) { "; margin ±" (number::percent(change.margin.exp_m1())) }
            @if let Some(layouts) = &change.layouts {
                "; " (phrase::percent(layouts.over.estimate.exp())) " over " (layouts.over.count) " link orders"
            }
        }
        @if !notes.is_empty() { ul .notes { @for note in &notes { li { (note) } } } }
    }
}

/// The margin that is said once above all benchmarks: the first one's, which most often is that of all.
fn usual_margin(page: &Page<'_>) -> Option<f64> {
    page.view().and_then(|view| view.comparison.changes.first()).map(|change| change.margin)
}

fn metrics(card: &Card<'_>) -> Markup {
    html! {
        @if card.figures.is_empty() { p { "It has no value in this Run." } }
        dl .pairs { @for figure in &card.figures {
            div {
                dt { (figure.metric) }
                dd {
                    (number::quantity(figure.estimate.point, &figure.unit))
                    @if let Some(interval) = figure.estimate.interval {
                        " " span .pale {
                            "[" (number::quantity(interval.lower(), &figure.unit)) ", " (number::quantity(interval.upper(), &figure.unit)) "]"
                        }
                    }
                }
            }
        } }
    }
}

/// A history in which nothing happens is drawn by the script alone; its extremes stand in words.
fn history(history: &History, trace: &Trace) -> Markup {
    let known: Vec<f64> = trace.values.iter().flatten().copied().collect();
    let [first, last] = [known.first(), known.last()].map(|value| value.copied().unwrap_or(f64::NAN));
    let (low, high) = known
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)));
    let [low, high] = number::alike([low, high], &trace.unit);
    let is_calm = trace.steps.is_empty() && trace.remarks.is_empty();
    html! {
        figure .history {
            figcaption {
                "History, " @if known.len() < history.runs.len() { (known.len()) " of " }
                (number::counted(history.runs.len(), "Run")) ": "
                (number::alike([first, last], &trace.unit).join(" → "))
                @if is_calm { ", between " b { (low) } " and " b { (high) } ", no step" }
                @else { ", " (number::counted(trace.steps.len(), "step")) }
            }
            @if !is_calm {
                (svg::timeline(trace))
                ul .notes { @for step in trace.steps.iter().rev() {
                    @let run = &history.runs[step.at];
                    li {
                        (phrase::percent(step.after / step.before)) " at "
                        @match &run.commit { Some(commit) => { code { (commit.get(..10).unwrap_or(commit)) } } None => { (run.reference) } }
                        @if let Some(subject) = &run.subject { " “" (subject) "”" }
                        ", " (run.day) ": "
                        (number::alike([step.before, step.after], &trace.unit).join(" → "))
                        " (" (step.notes.join("; ")) ")"
                    }
                }
                @for remark in &trace.remarks { li { (remark) } } }
            }
        }
    }
}

/// Every value, for those who read numbers and for screen readers; a cross marks what the host disturbed.
fn numbers(card: &Card<'_>) -> Markup {
    html! {
        small { @for (place, cloud) in card.clouds.iter().enumerate() {
            @if place > 0 { br; }
            (cloud.name) ": " (listed(cloud, &card.unit))
        } }
    }
}

fn listed(cloud: &Cloud, unit: &str) -> String {
    let mut each: Vec<String> = cloud.values.iter().map(|value| number::quantity(*value, unit)).collect();
    let ends: Vec<&str> = each.iter().filter_map(|text| text.split_once(' ').map(|(_, name)| name)).collect();
    let shared =
        ends.first().filter(|first| ends.len() == each.len() && ends.iter().all(|end| end == *first));
    // One unit behind all of them reads better than one behind each.
    let shared = shared.map(|name| format!(" {name}")).unwrap_or_default();
    for (place, text) in each.iter_mut().enumerate() {
        text.truncate(text.len() - shared.len());
        if cloud.tainted.get(place) == Some(&true) {
            text.push('×');
        }
    }
    each.join(", ") + &shared
}
