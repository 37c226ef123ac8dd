//! What is not the same about the machine, its settings and the builds of the two sides.
//!
//! What is equal is left out; a fact that forbids the comparison stands first and says why.

use maud::{Markup, html};

use super::page::{Page, Subject};
use crate::compare::Difference;
use crate::model::{Environment, FactValue};
use crate::report::compared::phrase;

/// Facts of a Run by itself that a reader asks for first.
const FACTS: [(&str, &str); 8] = [
    ("machine.name", "Machine"),
    ("cpu.brand", "Processor"),
    ("kernel.release", "Kernel"),
    ("frequency.governor", "Governor"),
    ("frequency.boost", "Boost"),
    ("rustc.release", "rustc"),
    ("build.profile", "Profile"),
    ("isolation.bench_group", "Isolation"),
];

/// The section: differences of a comparison, the main facts of a Run.
pub(super) fn section(page: &Page<'_>) -> Markup {
    match (page.view(), page.material.subject) {
        (Some(view), _) => differences(&view.comparison.differences),
        (None, Subject::Alone { extract, .. }) => facts(&extract.environment),
        (None, Subject::Sides { .. } | Subject::Match { .. }) => html! {},
    }
}

fn differences(all: &[Difference]) -> Markup {
    let (decisive, other): (Vec<_>, Vec<_>) =
        all.iter().partition(|difference| difference.decisive.is_some());
    html! {
        section #environment aria-labelledby="environment-title" {
            h2 #environment-title { "Environment: what differs" }
            @if all.is_empty() { p { "No recorded fact differs between the two sides." } } @else {
                div .scroll tabindex="0" role="region" aria-label="Table of differences" {
                    table .facts {
                        thead { tr { th scope="col" { "Fact" } th scope="col" { "Baseline" } th scope="col" { "Candidate" } th scope="col" { "What it means" } } }
                        tbody { @for difference in decisive.iter().chain(&other) { (row(difference)) } }
                    }
                }
            }
        }
    }
}

fn row(difference: &Difference) -> Markup {
    html! {
        tr {
            th scope="row" { (difference.fact) }
            td { (value(difference.baseline.as_ref())) }
            td { (value(difference.candidate.as_ref())) }
            td {
                @match difference.decisive {
                    Some(why) => { strong { "forbids a comparison: " } (why) }
                    None => { span .pale { "decides nothing (" (difference.class.id()) ")" } }
                }
            }
        }
    }
}

fn value(value: Option<&FactValue>) -> Markup {
    html! {
        @match value {
            None => span .pale { "not recorded" },
            Some(FactValue::Absent(why)) => span .pale { "unknown (" (why) ")" },
            Some(value) => { (text(value)) }
        }
    }
}

fn text(value: &FactValue) -> String {
    phrase::whole_value(value)
}

fn facts(environment: &Environment) -> Markup {
    let known: Vec<(&str, String)> = FACTS
        .iter()
        .filter_map(|(name, title)| {
            let value = &environment.facts.get(*name)?.value;
            (!matches!(value, FactValue::Absent(_))).then(|| (*title, text(value)))
        })
        .collect();
    html! {
        @if !known.is_empty() {
            section #environment aria-labelledby="environment-title" {
                h2 #environment-title { "Environment" }
                dl .pairs { @for (title, value) in &known { div { dt { (title) } dd { (value) } } } }
                p .note { "All " (environment.facts.len()) " facts: " code { "bench-lab show --json" } " and the Run's own files." }
            }
        }
    }
}
