//! What the project asks of its benchmarks, and whether the Run keeps it.
//!
//! It judges nothing: the words are those of the terminal.

use maud::{Markup, html};

use super::page::Page;
use super::words;
use crate::budget::{Judged, Kept};
use crate::report::budget;

/// The section; nothing without budgets.
pub(super) fn section(page: &Page<'_>) -> Markup {
    let budgets = page.material.run.map_or(&[][..], |run| &run.budgets);
    html! {
        @if !budgets.is_empty() {
            section #budgets aria-labelledby="budgets-title" {
                h2 #budgets-title { "Budgets" }
                div .scroll tabindex="0" role="region" aria-label="Table of budgets" {
                    table .facts {
                        thead { tr {
                            th scope="col" { "Benchmark" }
                            th scope="col" .n { "Reached" }
                            th scope="col" .n { "Target" }
                            th scope="col" { "Answer" }
                        } }
                        tbody { @for judged in budgets { (row(judged)) } }
                    }
                }
            }
        }
    }
}

fn row(judged: &Judged) -> Markup {
    let class = match judged.kept {
        Kept::Missed { .. } => "up",
        Kept::Met | Kept::Tolerated | Kept::Unmeasured(_) => "",
    };
    html! {
        tr {
            th scope="row" {
                @match &judged.benchmark { Some(id) => { (words::id(id)) } None => { (judged.pattern) } }
                @if judged.metric.0 != "wall_ns" { " " (judged.metric) }
                " " (judged.what)
            }
            td .n { (judged.reached.map_or_else(|| "-".into(), |reached| judged.target.measure.show(reached.point))) }
            td .n { (judged.target) }
            td .(class) { (budget::verdict(judged)) }
        }
    }
}
