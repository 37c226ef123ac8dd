//! One benchmark in full: its charts, their numbers in words, what else is known, the commands for it.
//!
//! It is folded at first; the browser lays out only what is open.

use maud::{Markup, html};

use super::card::{Card, Cloud, Order};
use super::commands;
use super::growths::legend;
use super::history::{History, Trace};
use super::page::Page;
use super::svg;
use super::table::{evidence, probability};
use super::words;
use crate::compare::Change;
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
            }
            div #cards { @for card in &page.cards { (one(page, card)) } }
        }
    }
}

fn one(page: &Page<'_>, card: &Card<'_>) -> Markup {
    html! {
        details .card {
            summary {
                @if let Some(change) = card.change { (words::badge(change.verdict.id())) " " }
                span .name { (words::id(card.id)) }
                span .sum { @match card.change {
                    Some(change) => { @if let Some(ratio) = change.ratio { (phrase::percent(ratio.point)) } }
                    None => { @if let Some(figure) = card.figures.first() { (number::quantity(figure.estimate.point, &figure.unit)) } }
                } }
            }
            div .inside id={ "b" (card.number) } tabindex="-1" {
                @match card.change { Some(change) => { (said(change)) } None => { (metrics(card)) } }
                div .figures {
                    @if let (Some(change), false) = (card.change, card.bars.is_empty()) {
                        figure { figcaption { "Change, and what other metrics say" } (svg::forest(&card.bars, change.margin)) }
                    }
                    @if !card.clouds.is_empty() { (values(card)) }
                    @if let Some(trace) = page.material.history.traces.get(&card.id.to_string()) { (history(page.material.history, trace)) }
                }
                @if !card.clouds.is_empty() { (numbers(card)) }
                (lines(page, card))
            }
        }
    }
}

fn values(card: &Card<'_>) -> Markup {
    let what = match card.order {
        Order::Together => "Launch by launch",
        Order::Apart => "Process by process, in the order they ran",
    };
    html! {
        figure {
            figcaption {
                "Distribution"
                @if card.clouds.len() == 2 { span .kb { "baseline" } span .kc { "candidate" } }
            }
            (svg::ecdf(&card.clouds, &card.unit))
        }
        figure { figcaption { (what) } (svg::sequence(&card.clouds, &card.unit, card.order)) }
    }
}

fn said(change: &Change) -> Markup {
    let [baseline, candidate] = phrase::levels(change);
    let witnesses = phrase::witnesses(change);
    let notes = phrase::notes(change);
    html! {
        p .said {
            strong { (phrase::verdict(change)) } ". "
            (change.metric) " " (baseline) " → " (candidate)
            @if let Some(ratio) = &change.ratio { ", " (phrase::percent(ratio.point)) " " (phrase::interval(ratio)) }
            " " (witnesses)
        }
        p .note {
            (evidence(change))
            @if let Some(p) = change.p_adjusted { "; corrected p " (probability(p)) }
            "; margin ±" (number::percent(change.margin.exp_m1()))
            @if let Some(layouts) = &change.layouts {
                "; " (phrase::percent(layouts.over.estimate.exp())) " over " (layouts.over.count) " link orders"
            }
        }
        @if !notes.is_empty() { ul .notes { @for note in &notes { li { (note) } } } }
    }
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

fn history(history: &History, trace: &Trace) -> Markup {
    html! {
        figure .history {
            figcaption { "History of this machine, " (number::counted(history.runs.len(), "Run")) }
            (svg::timeline(history, trace))
            @if trace.steps.is_empty() && trace.remarks.is_empty() {
                p .note { "No step is found in it." }
            } @else {
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

/// Every value, for those who read numbers and for screen readers.
fn numbers(card: &Card<'_>) -> Markup {
    html! {
        details .numbers {
            summary { "The numbers" }
            dl { @for cloud in &card.clouds {
                dt { (cloud.name) ", " (number::counted(cloud.finite().count(), "value")) " in order" }
                dd { (listed(cloud, &card.unit)) }
            } }
        }
    }
}

fn listed(cloud: &Cloud, unit: &str) -> String {
    let each: Vec<String> = cloud.values.iter().map(|value| number::quantity(*value, unit)).collect();
    let ends: Vec<&str> = each.iter().filter_map(|text| text.split_once(' ').map(|(_, name)| name)).collect();
    match ends.first() {
        // One unit behind all of them reads better than one behind each.
        Some(name) if ends.len() == each.len() && ends.iter().all(|end| end == name) => {
            let numbers: Vec<&str> = each.iter().map(|text| &text[..text.len() - name.len() - 1]).collect();
            format!("{} {name}", numbers.join(", "))
        }
        _ => each.join(", "),
    }
}

fn lines(page: &Page<'_>, card: &Card<'_>) -> Markup {
    html! {
        div .lines {
            @for line in commands::of_benchmark(page.material, card.id) { (commands::pasted(&line)) }
        }
        @if let Some(target) = card.target {
            p .note {
                (target.source)
                @if let Some(harness) = &target.harness { ", " (harness) " " (target.harness_version.as_deref().unwrap_or_default()) }
            }
        }
    }
}
