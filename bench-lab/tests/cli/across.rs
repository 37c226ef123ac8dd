//! `bench-lab compare --across` over stored Runs of known machines: what is compared, and what bad input is told.

use serde_json::Value;

use crate::bench_lab::Place;
use crate::matched::keep_match;
use crate::stored::{Wanted, store};

/// Two machines, the second twice as slow in all and once more at `write`.
fn two_machines() -> (Place, [String; 2]) {
    let place = Place::new();
    let one = store(&place, Wanted::default());
    let two = store(
        &place,
        Wanted {
            created_at: "2026-08-02T10:15:00Z",
            machine: "other-2c",
            benchmarks: &[("read", 1000.0), ("write", 100_000.0)],
            drift: 2.0,
            ..Wanted::default()
        },
    );
    (place, [one, two])
}

fn point(value: &Value, benchmark: usize) -> f64 {
    value["benchmarks"][benchmark]["machines"][1]["against_first"]["point"].as_f64().unwrap()
}

#[test]
fn a_slower_machine_is_no_news_and_a_benchmark_that_is_slower_still_is() {
    let (place, [one, two]) = two_machines();
    let said = place.plain(&format!("compare --across {one} {two}")).expect(0);
    said.assert_stdout_has(&[
        "times are shown for reading",
        "integer",
        "p/t/write",
        "dearer",
        "cpu.model: test-1c | other-2c (another core: its width, clock and latencies)",
        "2 sides · 2 benchmarks · 1 unlike their yardstick",
    ]);
    let json = place.plain(&format!("compare --json --across {one} {two}")).expect(0).json();
    assert!((point(&json, 0) - 1.0).abs() < 1e-6 && (point(&json, 1) - 2.0).abs() < 1e-6);
    let markdown = place.plain(&format!("compare --format md --across {one} {two}")).expect(0);
    markdown.assert_stdout_has(&["### bench-lab across: 2 sides", "| `p/t/read` |"]);
}

#[test]
fn baselines_of_two_machines_stand_side_by_side() {
    let (place, [one, two]) = two_machines();
    place.plain(&format!("baseline save main {one}")).expect(0);
    place.plain(&format!("baseline save main {two}")).expect(0);
    let said = place.plain("compare --across test-1c/main other-2c/main -- write").expect(0);
    said.assert_stdout_has(&["a  test-1c/main", "b  other-2c/main", "test-1c", "other-2c", "1 benchmark ·"]);
}

#[test]
fn a_reference_measures_the_others() {
    let (place, [one, two]) = two_machines();
    for reference in ["p/t/read", "read"] {
        let typed = format!("compare --json --across {one} {two} --reference {reference} -- write");
        let json = place.plain(&typed).expect(0).json();
        assert_eq!(json["benchmarks"][0]["reference"], "p/t/read", "{reference}");
        assert!((point(&json, 0) - 2.0).abs() < 1e-6);
    }
    let sides = format!("compare --across {one} {two} --reference");
    place.plain(&format!("{sides} raed")).expect(2).assert_stderr_has(&["no side has a benchmark \"raed\""]);
    place.plain(&format!("{sides} p/t/.*")).expect(2).assert_stderr_has(&["means 2 benchmarks"]);
}

#[test]
fn what_cannot_stand_side_by_side_is_told_why() {
    let (place, [one, two]) = two_machines();
    place.plain(&format!("compare --across {one}")).expect(2).assert_stderr_has(&["2 values required"]);
    place.plain(&format!("compare --across {one} {one}")).expect(2).assert_stderr_has(&["is named twice"]);
    place
        .plain(&format!("compare --across {two} latest"))
        .expect(2)
        .assert_stderr_has(&["are one and the same Run"]);
    place.plain(&format!("compare --across {one} lastest")).expect(2).assert_stderr_has(&["is no baseline"]);
    let other: &[(&str, f64)] = &[("scan", 1.0)];
    let created_at = "2026-08-03T10:15:00Z";
    let three = store(&place, Wanted { created_at, benchmarks: other, ..Wanted::default() });
    place
        .plain(&format!("compare --across {one} {three}"))
        .expect(5)
        .assert_stderr_has(&["have no benchmark in common"]);
    place.plain("compare --reference p/t/read").expect(2).assert_stderr_has(&["--across"]);
}

#[test]
fn one_change_on_three_machines_is_combined_and_on_one_machine_never() {
    let place = Place::new();
    let ids: Vec<String> = [("x-1c", 0.10), ("y-2c", 0.11), ("z-4c", -0.20), ("x-1c", 0.10)]
        .map(|(machine, log)| keep_match(&place, machine, "b", log))
        .into();
    let said = place.plain(&format!("compare --across {} {} {}", ids[0], ids[1], ids[2])).expect(0);
    said.assert_stdout_has(&["p/t/read, wall_ns: a +10.5 %", "c -18.1 %", "differs by machine", "3 sides"]);
    let said = place.plain(&format!("compare --across {} {} {}", ids[0], ids[1], ids[3])).expect(0);
    said.assert_stdout_has(&["each for itself", "are one machine"]);
    let other = keep_match(&place, "y-2c", "c", 0.1);
    let said = place.plain(&format!("compare --across {} {other}", ids[0])).expect(5);
    said.assert_stderr_has(&["are matches of other revisions"]);
    let run = store(&place, Wanted::default());
    let said = place.plain(&format!("compare --across {} {run}", ids[0])).expect(2);
    said.assert_stderr_has(&["is a match of two revisions, and", "is none"]);
}
