//! The machines beside each other: times for reading, and how each benchmark scales against its yardstick.
//!
//! No time of one machine is compared with a time of another; the words of the terminal's report are used.

use maud::{Markup, html};

use super::words;
use crate::across::{Across, Row, Scaling, Yardstick};
use crate::report::across::phrase;
use crate::report::number;

/// The section; nothing where no machines were named.
pub(super) fn section(across: Option<&Across>) -> Markup {
    let Some(across) = across else { return html! {} };
    html! {
        section #machines aria-labelledby="machines-title" {
            h2 #machines-title { "Machines" }
            p .note {
                "A time of one machine is never compared with a time of another. Each benchmark is measured by what its own
                machine can do, and " em { "scaled" } " says how that cost stands to its cost on machine a: 1 where it scales as its yardstick does."
            }
            ol .machines { @for machine in &across.machines {
                li { strong { (machine.machine.as_deref().unwrap_or("unknown machine")) } " " span .pale { (machine.name) } }
            } }
            @if !across.rows.is_empty() { (matrix(across)) }
            @if !across.effects.is_empty() { (effects(across)) }
            @let facts: Vec<_> = across.differences.iter().filter(|fact| fact.why.is_some()).collect();
            @if !facts.is_empty() {
                details { summary { "What differs between them and can move times (" (facts.len()) ")" }
                    ul { @for fact in facts { li { (phrase::fact(fact)) } } } }
            }
        }
    }
}

fn matrix(across: &Across) -> Markup {
    html! {
        div .scroll tabindex="0" role="region" aria-label="Table of benchmarks by machine" {
            table .facts {
                thead { tr {
                    th scope="col" { "Benchmark" }
                    @for place in 0..across.machines.len() {
                        th scope="col" { (phrase::letter(place)) ": time" }
                        @if place > 0 { th scope="col" { (phrase::letter(place)) ": scaled" } }
                    }
                    th scope="col" { "Measured by" }
                } }
                tbody { @for row in &across.rows { (cells(row)) } }
            }
        }
    }
}

fn cells(row: &Row) -> Markup {
    html! {
        tr {
            th scope="row" { (words::id(&row.benchmark)) }
            @for (place, cell) in row.cells.iter().enumerate() {
                td .n { (cell.wall_ns.map_or_else(|| "-".into(), |wall| number::quantity(wall, "ns"))) }
                @if place > 0 {
                    @let class = match cell.scaling() { Some(Scaling::Dearer) => "up", Some(Scaling::Cheaper) => "down", Some(Scaling::Alike) | None => "" };
                    td .n .(class) { (phrase::scaled(cell)) }
                }
            }
            td .pale { (match &row.yardstick {
                Yardstick::Processor => "processor canaries".to_owned(),
                Yardstick::Storage => "the canary fsync".into(),
                Yardstick::Reference(id) => id.to_string(),
                Yardstick::Missing(why) => format!("nothing: {why}"),
            }) }
        }
    }
}

fn effects(across: &Across) -> Markup {
    html! {
        h3 { "What the change did on each" }
        ul { @for effect in &across.effects { li {
            (words::id(&effect.benchmark)) ", " (effect.metric) ": "
            @for (place, local) in effect.locals.iter().enumerate() {
                @if place > 0 { ", " } (phrase::letter(local.machine)) " " (phrase::change(&local.ratio))
            }
            "; " (phrase::combined(effect))
        } } }
    }
}
