//! What is printed where: results on standard output, everything else on standard error.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::Value;

use crate::bench_lab::{Place, Said, said};

const MIXED: &str =
    "run --quick --time 10ms --invocations 2 -p truth --bench panics_divan --bench steady_criterion";

fn lines(said: &Said) -> Vec<Value> {
    said.stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

#[test]
fn json_is_one_object_a_line_and_ends_with_the_result() {
    let place = Place::new();
    let said = place.fixture(&format!("{MIXED} --json")).expect(4);
    let events = lines(&said);
    let kinds: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    for kind in ["listed", "piloting", "begun", "started", "finished", "ended"] {
        assert!(kinds.contains(&kind), "{kind} in {kinds:?}");
    }
    assert_eq!(kinds.iter().filter(|kind| **kind == "finished").count(), 10);
    let result = &events.last().unwrap()["result"];
    assert_eq!(result, &place.plain("show --json").expect(0).json());
    let checked =
        place.fixture(&format!("{} --json --check", MIXED.replace(" --invocations 2", ""))).expect(4);
    let result = lines(&checked).pop().unwrap();
    assert_eq!((&result["event"], result["result"].as_array().unwrap().len()), (&"result".into(), 5));
}

#[test]
fn quiet_prints_warnings_and_failures_only() {
    let place = Place::new();
    let good =
        place.fixture("run --quiet --quick --time 10ms --invocations 1 -p renamed --bench alias").expect(0);
    assert_eq!(good.stdout, "");
    // A host that is not fit to measure is told of however quiet one is.
    assert!(good.stderr.lines().all(|line| line.contains("(wanted: ")), "{}", good.stderr);
    let bad = place.fixture(&format!("{MIXED} --quiet")).expect(4);
    assert_eq!(bad.stdout, "");
    assert!(
        bad.stderr.lines().all(|line| line.contains("FAILED") || line.starts_with("warning")),
        "{}",
        bad.stderr
    );
    bad.assert_stderr_has(&["truth/panics_divan/panics_divan::panics  FAILED: panicked at"]);
}

#[test]
fn piped_output_has_no_escape_codes() {
    let place = Place::new();
    for words in [MIXED, "list -p truth --bench panics_divan", "run -p nobody"] {
        let said = place.fixture(words);
        assert!(
            !said.stdout.contains('\u{1b}') && !said.stderr.contains('\u{1b}'),
            "{}{}",
            said.stdout,
            said.stderr
        );
    }
    let env = place.plain("env").expect(0);
    assert!(!env.stdout.contains('\u{1b}'));
    env.assert_stdout_has(&["kernel.release", "digest of the machine"]);
    assert!(place.plain("env --json").expect(0).json()["facts"]["kernel.release"]["value"].is_string());
}

#[test]
fn a_reader_that_goes_away_ends_nothing_with_a_panic() {
    let place = Place::new();
    for (words, code) in [
        ("list -p truth --bench many_criterion", 0),
        ("run --json --quick --time 10ms --invocations 2 -p truth --bench steady_divan", 0),
        ("run --quick --time 10ms --invocations 1 -p truth --bench steady_divan", 0),
    ] {
        let mut child =
            place.over_fixture(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        assert!(!first.is_empty(), "{words}");
        let ended = Said::from(child.wait_with_output().unwrap()).expect(code);
        assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    }
    let mut closed =
        place.over_fixture("run --quick --time 10ms --invocations 1 -p truth --bench steady_divan");
    let mut child = closed.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_budget_ends_a_run_between_blocks_and_says_so() {
    let place = Place::new();
    let said = place
        .fixture("run --time 10ms --invocations 2000 --budget 2s -p truth --bench steady_divan")
        .expect(0);
    said.assert_stdout_has(&["ended early: budget of 2 s", "of 2000 blocks"]);
    let stored = place.stored();
    assert!(stored.is_sealed());
    assert!(!stored.rows.is_empty() && stored.rows.len() < 4000);
    assert_eq!(stored.rows.len() % 2, 0, "whole blocks");
    place.plain("runs").expect(0).assert_stdout_has(&["ended early"]);
}

#[test]
fn on_a_terminal_of_eighty_columns_no_line_of_the_table_is_broken() {
    let place = Place::new();
    let inner =
        place.over_fixture("run --quick --time 10ms --invocations 1 -p truth --bench vanishing_divan");
    let words: Vec<String> = std::iter::once(inner.get_program())
        .chain(inner.get_args())
        .map(|word| format!("'{}'", word.to_string_lossy()))
        .collect();
    let mut command = std::process::Command::new("script");
    let line = format!("stty cols 80; {}", words.join(" "));
    command.args(["-qec", &line, "/dev/null"]).stdin(Stdio::null());
    command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("TERM", "xterm");
    // Lines are looked for by how they begin.
    command.env("NO_COLOR", "1");
    if std::process::Command::new("script").arg("--version").output().is_err() {
        eprintln!("left out: there is no script(1) to make a terminal");
        return;
    }
    let said = said(&mut command).expect(4);
    let table: Vec<&str> =
        said.stdout.lines().filter(|line| line.starts_with("  vanishing_divan::")).collect();
    assert_eq!(table.len(), 3, "{}", said.stdout);
    assert!(table.iter().all(|line| line.trim_end().chars().count() <= 80), "{table:?}");
}
