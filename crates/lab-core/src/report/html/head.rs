//! The head of the page: the answer in one line, whether the question could be asked, and of what.
//!
//! The answer never stands without the sides it is about.

use maud::{Markup, html};

use super::page::{Filtered, Page, Subject};
use super::words;
use crate::compare::{Change, Comparison, Drift, Head, Obstacle, Verdict};
use crate::gate::{Answer, Gate};
use crate::model::{Extract, Match, Origin, Revision};
use crate::report::compared::{ComparedView, phrase, short};
use crate::report::view::RunView;
use crate::report::{canary, number, remark};

/// Warnings before the rest is folded.
const WARNINGS_OPEN_MAX: usize = 4;

/// The head.
pub(super) fn section(page: &Page<'_>) -> Markup {
    let material = page.material;
    html! {
        @match material.subject {
            Subject::Sides { view, .. } => { (compared(view, None)) }
            Subject::Match { view, content } => { (compared(view, Some(content))) }
            Subject::Alone { name, extract, .. } => { (alone(name, extract, material.run, page)) }
        }
        @if let Some(filtered) = material.filtered { (filter(filtered)) }
        (warnings(page))
    }
}

/// A page about a part says so.
fn filter(filtered: Filtered<'_>) -> Markup {
    html! {
        p .filter {
            strong { "Filtered: " } (filtered.chosen_count) " of " (number::counted(filtered.all_count, "benchmark")) ", by "
            @for (place, text) in filtered.filters.iter().enumerate() { @if place > 0 { ", " } code { (text) } }
            ". All of this page is about these alone."
        }
    }
}

/// The page's title.
pub(super) fn title(page: &Page<'_>) -> String {
    match (page.view(), page.material.subject) {
        (Some(view), _) => {
            let names = [&view.comparison.baseline.name, &view.comparison.candidate.name];
            format!("{} → {}: {}", names[0], names[1], words::headline(view.comparison.summary()).2)
        }
        (None, Subject::Alone { name, .. }) => format!("{name}: benchmarks"),
        (None, Subject::Sides { .. } | Subject::Match { .. }) => "Benchmarks".into(),
    }
}

fn compared(view: ComparedView<'_>, content: Option<&Match>) -> Markup {
    let comparison = view.comparison;
    let (sign, class, text) = words::headline(comparison.summary());
    html! {
        header .answer .(class) {
            h1 { span .sign aria-hidden="true" { (sign) } " " (text) }
            p { (phrase::summary(comparison.summary())) }
            @if let Some(gate) = view.gate { (gated(gate)) }
        }
        div .sides-box {
            (side("Baseline", &comparison.baseline, content))
            span .arrow aria-hidden="true" { "→" }
            (side("Candidate", &comparison.candidate, content))
        }
        (circumstances(comparison, content))
    }
}

fn gated(gate: &Gate) -> Markup {
    let (class, text) = match gate.answer {
        Answer::Pass => ("", "The gate passes."),
        Answer::Fail => ("up", "The gate fails."),
        Answer::NotComparable => ("", "The gate cannot answer."),
    };
    html! {
        p .(class) { strong { (text) } }
        @if !gate.reasons.is_empty() {
            ul .notes { @for reason in &gate.reasons {
                li { (reason.weight.id()) ": " @if let Some(id) = &reason.benchmark { (words::id(id)) ": " } (reason.text) }
            } }
        }
    }
}

/// The values of both sides of a match are in the match, which is named below.
fn side(title: &str, head: &Head, content: Option<&Match>) -> Markup {
    html! {
        div .side {
            h2 { (title) }
            p .who { (head.name) }
            dl {
                @if content.is_none() { (origin(&head.origin, &head.name)) }
                (revision(&head.revision))
                (pair("Measured", Some(&moment(&head.created_at))))
                (pair("Machine", head.machine.as_deref()))
            }
        }
    }
}

fn pair(title: &str, value: Option<&str>) -> Markup {
    html! { @if let Some(value) = value.filter(|value| !value.is_empty()) { div { dt { (title) } dd { (value) } } } }
}

/// `2026-11-21 05:22 UTC` of RFC 3339 in UTC.
fn moment(text: &str) -> String {
    match (text.get(..10), text.get(10..11), text.get(11..16), text.ends_with('Z')) {
        (Some(day), Some("T"), Some(minute), true) => format!("{day} {minute} UTC"),
        _ => text.to_owned(),
    }
}

fn origin(origin: &Origin, name: &str) -> Markup {
    match origin {
        Origin::Run(id) if id == name => html! {},
        Origin::Run(id) => pair("Run", Some(id)),
        Origin::Import { program, path } => pair("Imported", Some(&format!("from {program}, {path}"))),
    }
}

fn revision(revision: &Revision) -> Markup {
    let Some(commit) = &revision.commit else { return html! {} };
    html! {
        div { dt { "Commit" } dd {
            code { (short(commit)) }
            @if let Some(branch) = &revision.branch { " on " (branch) }
            @if revision.is_dirty == Some(true) { " with uncommitted changes" }
        } }
    }
}

/// Whether the two sides may be compared, and what the verdicts rest on.
fn circumstances(comparison: &Comparison, content: Option<&Match>) -> Markup {
    let stands_in_the_way = |change: &&Change| {
        matches!(
            change.verdict,
            Verdict::NotComparable(
                Obstacle::OtherMachine | Obstacle::OtherSettings(_) | Obstacle::MixedSettings { .. }
            )
        )
    };
    let obstacle = comparison.changes.iter().find(stands_in_the_way);
    let (is_good, comparable) = match (obstacle, &comparison.drift) {
        (Some(change), _) => (false, format!("no: {}", phrase::verdict(change))),
        (None, Some(Drift::Unknown(_))) => {
            (false, "not beyond doubt: what the machine did in between is not known".to_owned())
        }
        (None, _) => (true, "yes: one machine, and no fact differs that forbids it".to_owned()),
    };
    html! {
        dl .circumstances {
            div { dt { "Comparable" } dd .(if is_good { "" } else { "doubt" }) { (comparable) } }
            div { dt { "Evidence" } dd { (phrase::evidence(&comparison.changes, comparison.drift.as_ref())) } }
            @if let Some(content) = content { div { dt { "Measured" } dd { (launches(content)) } } }
            @if let Some(tainted) = phrase::tainted(&comparison.changes) { div { dt { "Disturbed" } dd { (tainted) } } }
            @if let Some(mean) = phrase::geomean(comparison) { div { dt { "Overall" } dd { (mean) } } }
            div { dt { "Differences" } dd {
                @if comparison.differences.is_empty() { "no recorded fact of machine, settings and build" } @else {
                    a href="#environment" { (number::counted(comparison.differences.len(), "fact")) } " of machine, settings and build"
                }
            } }
        }
    }
}

fn launches(content: &Match) -> String {
    let seconds: f64 = content.launches.iter().map(|launch| launch.wall_ns as f64 / 1e9).sum();
    let count = match content.launches.len() {
        1 => "1 launch".to_owned(),
        count => format!("{count} launches"),
    };
    format!("match {}: {count} in {}, seed {}", content.id, number::span(seconds), content.plan.seed)
}

fn alone(name: &str, extract: &Extract, run: Option<&RunView<'_>>, page: &Page<'_>) -> Markup {
    let measured = page.cards.iter().filter(|card| !card.figures.is_empty()).count();
    let failed = page.cards.iter().filter(|card| card.failure_count > 0).count();
    let class = if failed > 0 { "up" } else { "calm" };
    let wide = page
        .cards
        .iter()
        .map(|card| card.clouds.iter().flat_map(|c| &c.tainted).filter(|t| **t).count())
        .sum::<usize>();
    html! {
        header .answer .(class) {
            h1 {
                (number::counted(measured, "benchmark")) " measured"
                @if failed > 0 { ", " (failed) " failed" }
            }
            p { "One Run by itself: nothing is compared, so nothing is called faster or slower." }
            @if let Some(gate) = page.material.subject.gate() { (gated(gate)) }
        }
        div .sides-box {
            div .side {
                h2 { "Run" }
                p .who { (name) }
                dl {
                    (origin(&extract.origin, name)) (revision(&extract.revision)) (pair("Measured", Some(&moment(&extract.created_at))))
                    (pair("Machine", extract.environment.text("machine.name"))) (pair("Processor", extract.environment.text("cpu.brand")))
                }
            }
        }
        dl .circumstances {
            @if let Some(plan) = &extract.plan {
                @let cpus = plan.cpus.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
                div { dt { "Plan" } dd {
                    (plan.invocation_count) " invocations of " (plan.time_ms) " ms each, "
                    @if cpus.is_empty() { "not pinned" } @else { "pinned to CPU " (cpus) }
                    ", seed " (plan.seed)
                } }
            }
            @if let Some(steadiness) = run.and_then(|run| run.canaries.as_ref()) {
                div { dt { "Canaries" } dd { (canary::lines(steadiness, usize::MAX).concat().trim_start_matches("canaries ")) } }
            }
            @if wide > 0 { div { dt { "Disturbed" } dd { (number::counted(wide, "observation")) " of processes that broke a rule" } } }
        }
    }
}

fn warnings(page: &Page<'_>) -> Markup {
    let lines = remark::warnings(&page.warnings);
    html! {
        @if !lines.is_empty() {
            details .warnings open[lines.len() <= WARNINGS_OPEN_MAX] {
                summary { (number::counted(lines.len(), "warning")) }
                ul { @for line in &lines { li { (line.strip_prefix("warning  ").unwrap_or(line)) } } }
            }
        }
    }
}
