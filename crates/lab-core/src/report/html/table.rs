//! The table of benchmarks with its filters: the page's map, each row leading to its benchmark below.
//!
//! Without a script every row is shown in the order of the comparison; the script sorts and hides, and adds nothing.

use lab_stats::Estimate;
use maud::{Markup, html};

use super::card::Card;
use super::page::Page;
use super::svg::{self, Reach};
use super::words;
use crate::compare::{Change, EvidenceKind};
use crate::report::compared::{ComparedView, phrase};
use crate::report::number;

/// The section.
pub(super) fn section(page: &Page<'_>) -> Markup {
    html! {
        section #benchmarks aria-labelledby="benchmarks-title" {
            h2 #benchmarks-title { @if page.view().is_some() { "Changes" } @else { "Benchmarks" } }
            (filters(page))
            @if let Some((reason, count)) = &page.reason {
                p .note { (count) " of them have one and the same reason, which their rows leave out: " (reason) "." }
            }
            @match page.view() {
                Some(view) => { (changes(page, view)) }
                None => { (figures(&page.cards)) }
            }
        }
    }
}

/// What the script shows and works; hidden without it.
fn filters(page: &Page<'_>) -> Markup {
    html! {
        form #filters .filters hidden {
            @if let Some(view) = page.view() {
                fieldset {
                    legend .unseen { "Verdicts to show" }
                    @for (id, sign, class) in words::VERDICTS {
                        @let count = view.comparison.changes.iter().filter(|change| change.verdict.id() == id).count();
                        label .chip .(class) {
                            input type="checkbox" name="show" value=(id) checked[is_change(id)] disabled[count == 0];
                            span aria-hidden="true" { (sign) } " " (id.replace('_', " ")) " " b { (count) }
                        }
                    }
                }
                span .quick {
                    button type="button" #only { "only changes" }
                    button type="button" #all { "all" }
                }
            }
            label .search { span .unseen { "Filter by name" } input type="search" name="q" placeholder="Filter by name" autocomplete="off" spellcheck="false"; }
            output #shown aria-live="polite" {}
        }
    }
}

/// The scale of the rows; absent where nothing is compared.
pub(super) fn reach(page: &Page<'_>) -> Option<Reach> {
    page.view().map(|view| Reach::over(&view.comparison.changes))
}

/// What is shown at first.
fn is_change(id: &str) -> bool {
    matches!(id, "regressed" | "improved")
}

fn heading(key: &str, title: &str) -> Markup {
    html! { th scope="col" data-k=(key) { (title) } }
}

fn changes(page: &Page<'_>, view: ComparedView<'_>) -> Markup {
    let all = &view.comparison.changes;
    let ratios: Vec<Estimate> = all.iter().filter_map(|change| change.ratio).collect();
    let reach = Reach::over(all);
    let common = common_evidence(all);
    let level = ratios.iter().find_map(|ratio| ratio.interval).map_or_else(String::new, |interval| {
        format!(" at {}", number::percent(interval.level().value()).replace(".0", ""))
    });
    html! {
        div .scroll tabindex="0" role="region" aria-label="Table of benchmarks" {
            table #rows .changes {
                thead { tr {
                    (heading("r", "Verdict"))
                    (heading("i", "Benchmark"))
                    (heading("b", "Baseline"))
                    (heading("c", "Candidate"))
                    (heading("d", "Change"))
                    th scope="col" { "Interval" (level) }
                    th scope="col" .picture { span .unseen { "The interval as a picture, from " } (svg::axis(reach)) }
                    (heading("p", "p"))
                    (heading("n", common.map_or("Evidence", heading_of)))
                } }
                tbody { @for card in &page.cards {
                    @if let Some(change) = card.change {
                        @let own = if common.is_some() && change.evidence.is_some() { change.count.to_string() } else { evidence(change) };
                        (change_row(page, card, change, reach, &own))
                    }
                } }
            }
        }
        p #none .note hidden { span #why {} button type="button" #reset { "Show all" } }
    }
}

/// What a column is, the style knows by its place; what sorts it, the script reads from the numbers that the page carries.
fn change_row(page: &Page<'_>, card: &Card<'_>, change: &Change, reach: Reach, evidence: &str) -> Markup {
    let [baseline, candidate] = phrase::levels(change);
    html! {
        tr .(change.verdict.id()) {
            td { (change.verdict.id().replace('_', " ")) }
            th scope="row" {
                a href={ "#b" (card.number) } { (words::id(card.id)) }
                @if let Some(reason) = page.own_reason(change) { small { (reason) } }
            }
            td { (baseline) }
            td { (candidate) }
            td { @if let Some(ratio) = change.ratio { (phrase::percent(ratio.point)) } @else { "-" } }
            td { @if let Some(ratio) = change.ratio { (phrase::interval(&ratio)) } }
            td { @if let Some(ratio) = &change.ratio { (svg::row(ratio, change.margin, reach, words::class(change))) } }
            td { (change.p_adjusted.map_or_else(String::new, probability)) }
            td { (evidence) }
        }
    }
}

fn key(value: Option<f64>) -> Option<String> {
    value.map(|value| format!("{value:.5e}"))
}

/// `0.0004`, `< 0.0001`.
pub(super) fn probability(p: f64) -> String {
    match p {
        p if p < 0.0001 => "< 0.0001".into(),
        p if p > 0.99995 => "1".into(),
        p => format!("{p:.4}"),
    }
}

/// What all of them rest on, where it is one and the same.
fn common_evidence(changes: &[Change]) -> Option<EvidenceKind> {
    let mut kinds = changes.iter().filter_map(|change| change.evidence);
    let first = kinds.next()?;
    kinds.all(|kind| kind == first).then_some(first)
}

fn heading_of(kind: EvidenceKind) -> &'static str {
    match kind {
        EvidenceKind::Duel => "Launches",
        EvidenceKind::Blocks => "Pairs",
        EvidenceKind::Stored => "Invocations",
    }
}

/// `14 launches`.
pub(super) fn evidence(change: &Change) -> String {
    let Some(kind) = change.evidence else { return "none".into() };
    match (change.count, kind) {
        (1, kind) => format!("1 {}", kind.replicate()),
        (count, EvidenceKind::Duel) => format!("{count} launches"),
        (count, kind) => format!("{count} {}s", kind.replicate()),
    }
}

fn figures(cards: &[Card<'_>]) -> Markup {
    html! {
        div .scroll tabindex="0" role="region" aria-label="Table of benchmarks" {
            table #rows .alone {
                thead { tr {
                    (heading("i", "Benchmark"))
                    (heading("c", "Median"))
                    (heading("d", "± 95 %"))
                    th scope="col" { "Rate" }
                    (heading("n", "Processes"))
                    (heading("p", "Remarks"))
                } }
                tbody { @for card in cards { (figure_row(card)) } }
            }
        }
        p #none .note hidden { span #why {} button type="button" #reset { "Show all" } }
    }
}

fn figure_row(card: &Card<'_>) -> Markup {
    let first = card.figures.first();
    let spread = first.and_then(|figure| figure.estimate.relative_half_width());
    let tainted = card.clouds.iter().flat_map(|cloud| &cloud.tainted).filter(|tainted| **tainted).count();
    let mut remarks = Vec::new();
    if card.failure_count > 0 {
        remarks.push(format!("{} failed", card.failure_count));
    }
    if tainted > 0 {
        remarks.push(format!("{tainted} tainted"));
    }
    let rate = first.and_then(|figure| {
        let throughput =
            figure.throughput.first().filter(|_| figure.unit == "ns" && figure.estimate.point > 0.0)?;
        Some(number::rate(throughput.per_iteration, &throughput.kind, figure.estimate.point))
    });
    html! {
        tr data-c=[key(first.map(|figure| figure.estimate.point))] data-d=[key(spread)]
            data-n=(first.map_or(0, |figure| figure.count)) data-p=(card.failure_count as usize * 1000 + tainted) {
            th scope="row" { a href={ "#b" (card.number) } { (words::id(card.id)) } }
            td { (first.map_or_else(|| "-".into(), |figure| number::quantity(figure.estimate.point, &figure.unit))) }
            td { (spread.map_or_else(|| "-".into(), number::percent)) }
            td { (rate.unwrap_or_default()) }
            td { (first.map_or(0, |figure| figure.count)) }
            td { (remarks.join(", ")) }
        }
    }
}
