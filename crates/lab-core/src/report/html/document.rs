//! The HTML document around the sections: its policy, its style and its script, all in the one file.
//!
//! The policy forbids every request and every script but the page's own, which it knows by its digest.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::page::Page;
use super::{
    absent, budgets, commands, detail, environment, flames, growths, head, lean, machines, raw, svg, table,
};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Style or script without the space before a line and without lines of comment.
fn plain(source: &str) -> String {
    let is_comment = |line: &&str| {
        line.is_empty() || line.starts_with("//") || (line.starts_with("/*") && line.ends_with("*/"))
    };
    source.lines().map(str::trim).filter(|line| !is_comment(line)).collect::<Vec<_>>().join("\n")
}

/// Three bars, the middle one shorter; a page without an icon makes a browser ask for one.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath fill='none' stroke='%23808890' stroke-width='3' d='M2 3h12M2 8h7M2 13h10'/%3E%3C/svg%3E";

/// The whole document.
pub(super) fn document(page: &Page<'_>) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content={ "bench-lab " (env!("CARGO_PKG_VERSION")) };
                title { (head::title(page)) }
                link rel="icon" href=(ICON);
                style { (PreEscaped(plain(STYLE))) }
            }
            body {
                (svg::shared(page.material.history, table::reach(page), !page.growing.is_empty()))
                a .skip href="#benchmarks" { "Skip to the benchmarks" }
                (navigation(page))
                main { (PreEscaped(lean::lean(&sections(page).into_string()))) }
                footer {
                    p {
                        "Made by bench-lab " (env!("CARGO_PKG_VERSION")) " from what it has stored; nothing was measured for it. The numbers are in this file as JSON, in the element "
                        code { "script#report" } "."
                    }
                }
                (raw::element(page))
                script { (PreEscaped(plain(SCRIPT))) }
            }
        }
    }
}

fn sections(page: &Page<'_>) -> Markup {
    html! {
        (head::section(page))
        (table::section(page))
        (budgets::section(page))
        (detail::section(page))
        (growths::section(&page.growing))
        (machines::section(page.material.across))
        (environment::section(page))
        (absent::section(page))
        (graphs(page.material.flames))
        (commands::section(page))
    }
}

fn navigation(page: &Page<'_>) -> Markup {
    let links = [
        (true, "benchmarks", if page.view().is_some() { "Changes" } else { "Benchmarks" }),
        (page.has_budgets(), "budgets", "Budgets"),
        (true, "details", "Details"),
        (!page.growing.is_empty(), "growth", "Growth"),
        (page.material.across.is_some(), "machines", "Machines"),
        (true, "environment", "Environment"),
        (true, "absent", "Not measured"),
        (!page.material.flames.is_empty(), "flames", "Flame graphs"),
        (true, "commands", "Do it again"),
    ];
    html! {
        nav aria-label="Sections" {
            strong { "bench-lab" }
            @for (_, id, name) in links.iter().filter(|(is_there, ..)| *is_there) { a href={ "#" (id) } { (name) } }
        }
    }
}

fn graphs(all: &[flames::Flame]) -> Markup {
    html! {
        @if !all.is_empty() {
            section #flames aria-labelledby="flames-title" {
                h2 #flames-title { "Flame graphs" }
                p .note { "Profiled times never enter results. Point at a frame for its whole name." }
                @for (place, one) in all.iter().enumerate() {
                    figure .wide-figure {
                        figcaption id={ "flame-" (place) } {
                            (one.name)
                            @if !one.note.is_empty() { i { ", " (one.note) } }
                            @if one.left_out_count > 0 { i { ", " (one.left_out_count) " frames are too narrow to show" } }
                        }
                        div .scroll tabindex="0" role="region" aria-labelledby={ "flame-" (place) } { (svg::flame(one)) }
                    }
                }
            }
        }
    }
}

/// Nothing is loaded from anywhere; style and script are those of this page, by the digest of their bytes.
fn policy() -> String {
    let [style, script] = [STYLE, SCRIPT].map(|source| digest(&plain(source)));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
}

fn digest(text: &str) -> String {
    base64(&Sha256::digest(text.as_bytes()))
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let whole =
            three.iter().chain([&0, &0]).take(3).fold(0_u32, |whole, byte| whole << 8 | u32::from(*byte));
        for place in 0..4 {
            let letter = LETTERS[(whole >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= three.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        // The vectors of RFC 4648, section 10.
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn style_and_script_end_no_element_and_ask_for_nothing() {
        for text in [STYLE, SCRIPT] {
            for odd in
                ["</script", "</style", "<!--", "http:", "https:", "url(", "@import", "fetch(", "eval("]
            {
                assert!(!text.contains(odd), "{odd}");
            }
        }
    }
}
