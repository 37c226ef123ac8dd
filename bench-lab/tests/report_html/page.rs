//! The page in a browser: it loads alone and without an error, sorts, filters, remembers, and is fit for everybody.
//!
//! `BENCH_LAB_AXE` names the file `axe.min.js` of the npm package axe-core; without it that one check is skipped.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::sample::{compared, report};

const THEMES: [&str; 2] = ["light", "dark"];
const WIDTHS: [u32; 2] = [1280, 400];

/// Paths of the rows that are shown, in their order.
const SHOWN: &str = "return [...document.querySelectorAll('#rows tbody tr')].filter(row => !row.hidden)\
     .map(row => row.querySelector('a').textContent.replace('p/t/', ''))";

#[test]
fn the_page_loads_alone_without_an_error_and_fits_its_width() {
    let Some(browser) = Browser::start() else { return };
    let place = compared();
    let file = report(&place);
    for theme in THEMES {
        for width in WIDTHS {
            browser.console();
            browser.requests();
            browser.open(&file, "", width, theme);
            let open = "document.querySelectorAll('details').forEach(one => one.open = true); \
                        return [document.documentElement.scrollWidth, innerWidth, getComputedStyle(document.body).backgroundColor]";
            let seen = browser.evaluate(open);
            assert!(seen[0].as_u64() <= seen[1].as_u64(), "it is wider than {width} in {theme}: {seen}");
            let ground = if theme == "light" { "rgb(255, 255, 255)" } else { "rgb(20, 22, 26)" };
            assert_eq!(seen[2], ground);
            assert_eq!(browser.console(), Vec::<Value>::new(), "{theme} {width}");
            let asked: Vec<String> =
                browser.requests().into_iter().filter(|url| !url.starts_with("about:")).collect();
            // The icon is a data: address, which asks nobody.
            let foreign: Vec<&String> = asked.iter().filter(|url| !url.starts_with("data:")).collect();
            assert_eq!(foreign, [&format!("file://{}", file.display())], "{theme} {width}");
        }
    }
}

#[test]
fn no_name_becomes_an_element_and_the_policy_lets_no_other_script_run() {
    let Some(browser) = Browser::start() else { return };
    let place = compared();
    browser.open(&report(&place), "", 1280, "light");
    let seen = browser.evaluate(
        "const own = document.createElement('script'); own.textContent = 'window.ran = true'; document.body.append(own); \
         return [document.images.length, document.querySelectorAll('[onload],[onerror],iframe,object,embed').length, \
         document.scripts.length - 1, window.ran === true]",
    );
    assert_eq!(seen, json!([0, 0, 2, false]));
    // What was tried is what the console complains about, and nothing else.
    let said = browser.console();
    assert!(
        said.iter().all(|line| line["message"].as_str().unwrap().contains("Content Security Policy")),
        "{said:?}"
    );
    assert_eq!(said.len(), 1);
}

#[test]
fn at_first_only_changes_are_shown_and_filters_and_order_are_kept_in_the_address() {
    let Some(browser) = Browser::start() else { return };
    let place = compared();
    let file = report(&place);
    browser.open(&file, "", 1280, "light");
    let first = browser.evaluate(SHOWN);
    assert_eq!(first.as_array().unwrap().len(), 3, "{first}");
    assert_eq!(first[0], "write");
    browser.evaluate("document.querySelector('#all').click()");
    assert_eq!(browser.evaluate(SHOWN).as_array().unwrap().len(), 9);
    let press = |key: &str| {
        browser.evaluate(&format!("document.querySelector('#rows th[data-k={key}] button').click()"));
        browser.evaluate(SHOWN)
    };
    assert_eq!(press("d")[0], "write", "the largest change first");
    assert_eq!(press("d")[0], "scan", "then the smallest");
    let sorted =
        browser.evaluate("return document.querySelector('#rows th[data-k=d]').getAttribute('aria-sort')");
    assert_eq!(sorted, "ascending");
    let names = press("i");
    assert!(names.as_array().unwrap().is_sorted_by_key(|name| name.as_str().unwrap().to_owned()), "{names}");
    let address = browser.evaluate("return location.hash");
    assert_eq!(address, "#show=regressed,improved,equivalent,not_comparable&sort=i");
    browser.open(&file, "#show=equivalent&sort=-c&q=insert", 1280, "light");
    assert_eq!(browser.evaluate(SHOWN), json!(["insert/1000", "insert/100", "insert/10"]));
    let cards = "return [...document.querySelectorAll('.card')].filter(card => !card.hidden).length";
    assert_eq!(browser.evaluate(cards), 3, "the benchmarks below are those of the table");
    assert_eq!(browser.evaluate("return document.querySelector('#shown').textContent"), "3 of 9 shown");
    browser.open(&file, "#growth", 1280, "light");
    assert_eq!(browser.evaluate(SHOWN), first, "the address of a section changes nothing");
    browser.open(&file, "#b9", 1280, "light");
    let opened =
        "const card = document.getElementById('b9').closest('details'); return [card.open, card.hidden]";
    assert_eq!(
        browser.evaluate(opened),
        json!([true, false]),
        "what an address names is shown, filtered or not"
    );
    assert_eq!(browser.evaluate(SHOWN), first);
    assert_eq!(browser.console(), Vec::<Value>::new());
}

#[test]
fn a_keyboard_reaches_filter_order_and_benchmark() {
    const TAB: &str = "\u{e004}";
    const ENTER: &str = "\u{e007}";
    let Some(browser) = Browser::start() else { return };
    let place = compared();
    browser.open(&report(&place), "", 1280, "light");
    let focused = || {
        browser.evaluate(
            "const own = document.activeElement; return own.id || own.name || own.textContent.trim()",
        )
    };
    browser.press(TAB);
    assert_eq!(focused(), "Skip to the benchmarks");
    browser.evaluate("document.querySelector('input[name=q]').focus()");
    browser.press("wri");
    assert_eq!(browser.evaluate(SHOWN), json!(["write"]));
    browser.evaluate("document.querySelector('#rows th[data-k=d] button').focus()");
    browser.press(ENTER);
    assert_eq!(browser.evaluate("return document.querySelector('[aria-sort]').dataset.k"), "d");
    browser.evaluate("document.querySelector('#rows tbody a').focus()");
    browser.press(ENTER);
    let opened = browser
        .evaluate("return [document.activeElement.id, document.activeElement.closest('details').open]");
    assert_eq!(opened, json!(["b1", true]));
    assert!(browser.evaluate("return location.hash").as_str().unwrap().ends_with("b=1"));
}

#[test]
fn an_opened_benchmark_gets_its_history_and_its_commands() {
    let Some(browser) = Browser::start() else { return };
    let place = compared();
    browser.open(&report(&place), "", 1280, "light");
    browser.evaluate("document.querySelector('#all').click(); document.querySelector('#open').click()");
    let of = |path: &str| {
        browser.evaluate(&format!(
            "const card = [...document.querySelectorAll('.card')].find(card => card.textContent.includes({path:?})); \
             return [card.querySelector('path.v').getAttribute('d'), [...card.querySelectorAll('.paste')].map(line => line.textContent)]"
        ))
    };
    // Twelve Runs and two: a level at the foot up to the sixth, then one at the top, where the two share the frame.
    let read = of("p/t/read");
    let marks: Vec<&str> = read[0].as_str().unwrap().split("h1").filter(|mark| !mark.is_empty()).collect();
    assert_eq!(marks.len(), 14, "{marks:?}");
    assert_eq!((marks[0].split(' ').next(), marks[13].split(' ').next()), (Some("M108"), Some("M628")));
    let lines = of("onerror=alert(1)")[1].as_array().unwrap().clone();
    let word = "'p/t/</script><img src=x onerror=alert(1)>\"'\\''&amp;{{7*7}}'";
    assert!(lines.iter().any(|line| line == &json!(format!("bench-lab run -- {word}"))), "{lines:?}");
    assert_eq!(browser.console(), Vec::<Value>::new());
}

#[test]
fn without_a_script_every_benchmark_is_there() {
    let Some(browser) = Browser::start() else { return };
    let place = compared();
    browser.protocol("Emulation.setScriptExecutionDisabled", &json!({"value": true}));
    browser.open(&report(&place), "#b3", 1280, "light");
    browser.protocol("Emulation.setScriptExecutionDisabled", &json!({"value": false}));
    assert_eq!(browser.evaluate(SHOWN).as_array().unwrap().len(), 9);
    let hidden = browser.evaluate("return getComputedStyle(document.querySelector('#filters')).display");
    assert_eq!(hidden, "none", "what only a script works is not shown");
    let opened = browser.evaluate("return document.getElementById('b3').closest('details').open");
    assert_eq!(opened, true, "an address that names a benchmark opens it");
}

#[test]
fn it_prints_with_what_changed_and_without_what_paper_cannot_work() {
    let Some(browser) = Browser::start() else { return };
    let place = compared();
    browser.open(&report(&place), "", 1280, "dark");
    let pdf = browser.protocol("Page.printToPDF", &json!({"printBackground": false}));
    assert!(pdf["data"].as_str().unwrap().starts_with("JVBERi"), "a PDF begins with %PDF");
    browser.protocol("Emulation.setEmulatedMedia", &json!({"media": "print"}));
    let seen = browser.evaluate(
        "return [getComputedStyle(document.querySelector('#filters')).display, getComputedStyle(document.querySelector('nav')).display, \
         getComputedStyle(document.body).backgroundColor, [...document.querySelectorAll('.card')].filter(card => card.open).length]",
    );
    assert_eq!(seen, json!(["none", "none", "rgb(255, 255, 255)", 3]));
}

#[test]
fn axe_finds_no_violation_in_either_theme() {
    let Some(axe) = std::env::var_os("BENCH_LAB_AXE") else {
        println!("skipped: BENCH_LAB_AXE names no axe.min.js (npm pack axe-core)");
        return;
    };
    let axe =
        fs::read_to_string(Path::new(&axe)).expect("BENCH_LAB_AXE names the file axe.min.js of axe-core");
    let Some(browser) = Browser::start() else { return };
    let place = compared();
    let file = report(&place);
    place.plain("report --run latest --html run.html").expect(0);
    for file in [file, place.path().join("run.html")] {
        for theme in THEMES {
            for width in WIDTHS {
                browser.open(&file, "", width, theme);
                browser.evaluate(
                    "document.querySelector('#all')?.click(); document.querySelector('#open').click()",
                );
                browser.evaluate(&axe);
                let found = browser.evaluate_later(
                    "const done = arguments[0]; axe.run({resultTypes: ['violations']}).then(result => done({passed: result.passes.length, \
                     violations: result.violations.map(one => [one.id, one.help, one.nodes.slice(0, 3).map(node => node.html.slice(0, 160) + ' ' + node.any.map(any => any.message).join())])}))",
                );
                assert_eq!(found["violations"], json!([]), "{} {theme} {width}", file.display());
                assert!(found["passed"].as_u64().unwrap() >= 15, "{found}");
            }
        }
    }
}
