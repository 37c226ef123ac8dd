//! Stores whose reports are looked at: known verdicts, and names that a page must not take for markup.

use std::fs;
use std::path::PathBuf;

use crate::bench_lab::Place;
use crate::stored::{Wanted, store};

/// What a name may hold when somebody means harm.
pub(crate) const HOSTILE: &str = "</script><img src=x onerror=alert(1)>\"'&amp;{{7*7}}";

/// The same in the name of a branch.
const HOSTILE_BRANCH: &str = "<svg/onload=alert(2)>";

/// Ten benchmarks: one slower, one faster, one hostile, one that fails, the rest equal; three of them over a size.
pub(crate) fn compared() -> Place {
    let place = Place::new();
    let before: &[(&str, f64)] = &[
        ("read", 1000.0),
        ("write", 50_000.0),
        ("scan", 80_000.0),
        (HOSTILE, 500.0),
        ("insert/10", 100.0),
        ("insert/100", 1020.0),
        ("insert/1000", 10_300.0),
        ("broken", 10.0),
        ("same one", 700.0),
        ("gone", 10.0),
    ];
    let after: Vec<(&str, f64)> = before
        .iter()
        .filter(|(path, _)| *path != "gone")
        .map(|(path, time)| match *path {
            "write" => (*path, time * 1.25),
            "scan" => (*path, time * 0.7),
            "broken" => (*path, f64::NAN),
            HOSTILE => (*path, time * 1.1),
            _ => (*path, time * 1.0005),
        })
        .collect();
    for day in 1..=12 {
        let factor = if day > 6 { 1.3 } else { 1.0 };
        let old: Vec<(&str, f64)> = before
            .iter()
            .map(|(path, time)| (*path, if *path == "read" { time / 1.3 * factor } else { *time }))
            .collect();
        let created_at = format!("2026-07-{day:02}T10:15:00Z");
        store(&place, Wanted { created_at: &created_at, benchmarks: &old, ..Wanted::default() });
    }
    store(&place, Wanted { benchmarks: before, ..Wanted::default() });
    store(
        &place,
        Wanted {
            created_at: "2026-08-02T10:15:00Z",
            branch: HOSTILE_BRANCH,
            commit: "3f2a91c0ffee3f2a91c0ffee3f2a91c0ffee3f2a",
            benchmarks: &after,
            ..Wanted::default()
        },
    );
    fs::write(place.path().join("flame.svg"), FLAME).unwrap();
    place
}

/// A flame graph as inferno writes one, with a script and a link in it.
const FLAME: &str = r##"<?xml version="1.0"?><svg width="1200" height="86" onload="init(evt)" xmlns="http://www.w3.org/2000/svg">
<script>alert(3)</script><a href="http://example.com/"><title>Flame Graph</title></a><svg id="frames" x="10" width="1180">
<g><title>all (100 samples, 100%)</title><rect x="0%" y="53" width="100%" height="15" fill="rgb(227,0,7)"/><text x="0.25%" y="63.50"></text></g>
<g><title>&lt;img src=x onerror=alert(4)&gt; (60 samples, 60%)</title><rect x="10%" y="37" width="60%" height="15" fill="rgb(205,180,30)"/></g>
</svg></svg>"##;

/// Writes the report of the two newest Runs, with everything in it, and gives its path. `BENCH_LAB_PAGES` names a folder that
/// keeps a copy for whoever wants to look at it.
pub(crate) fn report(place: &Place) -> PathBuf {
    place.plain("report latest~1 latest --html out.html --flamegraph flame.svg").expect(0);
    let file = place.path().join("out.html");
    if let Some(folder) = std::env::var_os("BENCH_LAB_PAGES") {
        fs::copy(&file, PathBuf::from(folder).join("sample.html")).unwrap();
    }
    file
}
