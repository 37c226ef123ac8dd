//! What the reader says of stored Runs, matches and baselines is what the whole program says, to the last byte.

use std::fs;

use crate::bench_lab::Place;
use crate::matched::keep_match;
use crate::reader::read;
use crate::stored::{Wanted, store};

/// Eight Runs with a step after the fourth, the last on another machine; a match on each; a baseline.
fn place() -> Place {
    let place = Place::new();
    for day in 1..=8 {
        let slow = if day > 4 { 1.2 } else { 1.0 };
        let created_at = format!("2026-08-{day:02}T10:15:00Z");
        let commit = format!("{day}").repeat(40);
        let machine = if day == 8 { "other-2c" } else { "test-1c" };
        let benchmarks: &[(&str, f64)] =
            &[("read", 1000.0 * slow), ("write", 50_000.0), ("broken", f64::NAN)];
        let commit = &commit;
        store(&place, Wanted { created_at: &created_at, commit, machine, benchmarks, ..Wanted::default() });
    }
    keep_match(&place, "test-1c", "b", 0.1);
    keep_match(&place, "other-2c", "b", 0.11);
    place
}

/// The reader goes first, so that the whole program reads the index that it made.
#[track_caller]
fn same(place: &Place, words: &str, code: i32) {
    let read = read(place, words).expect(code);
    let whole = place.plain(words).expect(code);
    assert_eq!(read.stdout, whole.stdout, "{words}");
    assert_eq!(read.stderr, whole.stderr, "{words}");
}

#[test]
fn what_is_stored_is_shown_and_compared_alike() {
    let place = place();
    for words in [
        "runs",
        "runs --json",
        "show latest",
        "show latest --json",
        "show latest --format md",
        "show latest-ab",
        "show latest-ab --json",
        "power",
        "power latest~1 --json --detect 1%",
        "trend",
        "trend --format json",
        "baseline list",
    ] {
        same(&place, words, 0);
    }
    same(&place, "compare latest~7 latest~2", 0);
    same(&place, "compare latest~7 latest~2 --gate", 1);
    same(&place, "compare latest~7 latest~2 --gate --json", 1);
    same(&place, "compare latest~7 latest~2 --format junit", 0);
    same(&place, "compare --across latest~1 latest", 0);
    same(&place, "compare latest~1 latest", 5);
    same(&place, "compare latest~99", 2);
    same(&place, "show nothing", 2);
}

#[test]
fn baselines_that_one_program_saves_the_other_one_knows() {
    let place = place();
    read(&place, "baseline save main latest~7").expect(0);
    place.plain("baseline save other latest~6").expect(0);
    for words in [
        "baseline list",
        "baseline list --json",
        "baseline show test-1c/main",
        "baseline export test-1c/main",
        "baseline export test-1c/other --format critcmp",
        "compare main latest~2",
        "compare other latest~2 --format md",
    ] {
        same(&place, words, 0);
    }
}

#[test]
fn both_programs_write_the_same_files() {
    let place = place();
    let written = |command: &dyn Fn(&str) -> crate::bench_lab::Said, file: &str, words: &str| {
        command(words).expect(0);
        let path = place.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        fs::remove_file(path).unwrap();
        text
    };
    for (file, words) in [
        ("page.html", "report latest~7 latest~2 --html page.html"),
        ("table.md", "compare latest~7 latest~2 --write md=table.md"),
        ("ids", "compare latest~7 latest~2 --write ids=ids"),
    ] {
        let one = written(&|words| read(&place, words), file, words);
        let other = written(&|words| place.plain(words), file, words);
        assert!(one.len() > 5, "{words}: {one:?}");
        assert_eq!(one, other, "{words}");
    }
}

#[test]
fn the_reader_has_completions_and_manual_pages() {
    let place = Place::new();
    let script = read(&place, "completions bash").expect(0);
    script.assert_stdout_has(&["--across", "bisect"]);
    read(&place, "man --out man").expect(0);
    assert!(place.path().join("man/bench-lab-compare.1").is_file());
}
