//! `run --compare` that measures on where a look at the baseline leaves something open, over benches that really run.
//!
//! The baseline's values are set by hand, so that what follows is known whatever the host does: far below what
//! it takes, so the candidate is slower by far; or far below and far above by turns, so nothing can ever be shown.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::bench_lab::{Place, Said, Stored, said};
use crate::process::{freeze, wait_gone, wait_until};

const BASE: &str = "run --quick --time 10ms --invocations 8 --seed 7 -p truth --bench steady_divan";

/// A margin that no drift of a busy host reaches.
const POLICY: &str =
    "[[limits]]\nmargin = \"100000 %\"\nwarn = \"200000 %\"\nfail = \"300000 %\"\nblock = \"400000 %\"\n";

/// A place with the baseline `before` of eight invocations, in which `spin` took next to nothing.
fn place_with_baseline() -> Place {
    let place = Place::new();
    said(&mut with_canaries(place.over_fixture(BASE))).expect(0);
    fs::write(place.path().join("policy.toml"), POLICY).unwrap();
    let words = format!("baseline save before latest --baselines {}", place.path().join("kept").display());
    place.plain(&words).expect(0);
    let machine = fs::read_dir(place.path().join("kept")).unwrap().next().unwrap().unwrap().path();
    set_values(&machine.join("before"));
    fs::remove_dir_all(place.store()).unwrap();
    place
}

fn set_values(folder: &Path) {
    let head = folder.join("baseline.json");
    let mut baseline: Value = serde_json::from_str(&fs::read_to_string(&head).unwrap()).unwrap();
    // Of one and the same executable nothing would be judged at all.
    for target in baseline["targets"].as_array_mut().unwrap() {
        target["sha256"] = json!("00".repeat(32));
    }
    fs::write(&head, baseline.to_string()).unwrap();
    let path = folder.join("benchmarks.jsonl");
    let lines = fs::read_to_string(&path).unwrap();
    let changed: Vec<String> = lines.lines().map(changed_line).collect();
    fs::write(&path, changed.join("\n") + "\n").unwrap();
}

fn changed_line(line: &str) -> String {
    let mut kept: Value = serde_json::from_str(line).unwrap();
    let is_spin = kept["path"].as_str().unwrap().ends_with("spin");
    for series in kept["series"].as_array_mut().unwrap() {
        for (place, value) in series["values"].as_array_mut().unwrap().iter_mut().enumerate() {
            let factor = match (is_spin, place % 2) {
                (true, _) => 1e-8,
                (false, 0) => 1e-8,
                (false, _) => 1e8,
            };
            *value = json!(value.as_f64().unwrap() * factor);
        }
    }
    kept.to_string()
}

fn with_canaries(mut command: Command) -> Command {
    command.env_remove("BENCH_LAB_NO_CANARY");
    command
}

/// Where the rules and the baselines of a place are.
fn places(place: &Place) -> String {
    let path = |name: &str| place.path().join(name).display().to_string();
    format!("--baselines {} --policy {}", path("kept"), path("policy.toml"))
}

fn compared(place: &Place, more: &str) -> Command {
    with_canaries(place.over_fixture(&format!("{BASE} --compare before {} {more}", places(place))))
}

fn looks(stored: &Stored) -> Vec<Value> {
    let text = fs::read_to_string(stored.folder.join("looks.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// How often each benchmark was measured, the canaries under their package.
fn counts(stored: &Stored) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for row in &stored.rows {
        let name = match row["package"].as_str().unwrap() {
            "(bench-lab)" => "canary".to_owned(),
            _ => row["observations"][0]["path"].as_str().unwrap().rsplit("::").next().unwrap().to_owned(),
        };
        *counts.entry(name).or_default() += 1;
    }
    counts
}

fn wanted_counts(spin: usize, counted: usize) -> BTreeMap<String, usize> {
    [("spin", spin), ("counted", counted), ("canary", counted)].map(|(name, n)| (name.to_owned(), n)).into()
}

#[track_caller]
fn assert_grown(stored: &Stored) {
    assert!(stored.is_sealed());
    assert_eq!(counts(stored), wanted_counts(8, 16), "{:?}", looks(stored));
    let mut indexes: Vec<u64> = stored.rows.iter().map(|row| row["index"].as_u64().unwrap()).collect();
    indexes.sort_unstable();
    let all: Vec<u64> = (0..stored.rows.len() as u64).collect();
    assert_eq!(indexes, all, "each place in the order exactly once");
    let looks = looks(stored);
    let shown = |look: &Value| (look["number"].clone(), look["invocation_count"].clone());
    let wanted = [(1, 8), (2, 11), (3, 16)].map(|(number, count)| (json!(number), json!(count)));
    assert_eq!(looks.iter().map(shown).collect::<Vec<_>>(), wanted);
    assert_eq!(looks[2]["schedule"], json!([]));
}

fn event_lines(said: &Said) -> Vec<Value> {
    said.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn change<'a>(comparison: &'a Value, name: &str) -> &'a Value {
    let changes = comparison["changes"].as_array().unwrap();
    changes.iter().find(|change| change["id"].as_str().unwrap().ends_with(name)).unwrap()
}

#[test]
fn a_large_change_stops_at_the_first_look_and_an_open_one_goes_on_to_the_last() {
    let place = place_with_baseline();
    let said = said(&mut compared(&place, "--invocations-max 16 --json")).expect(0);
    let stored = place.stored();
    assert_grown(&stored);
    assert_eq!(stored.run["plan"]["looks"]["counts"], json!([8, 11, 16]));
    let events = event_lines(&said);
    let looked: Vec<&Value> = events.iter().filter(|event| event["event"] == "looked").collect();
    assert_eq!(looked.len(), 3);
    assert_eq!(looked[0]["ended"][0]["text"], "regressed");
    let going_on = looked[0]["going_on"].as_array().unwrap();
    assert!(going_on.len() == 1 && going_on[0].as_str().unwrap().ends_with("counted"), "{going_on:?}");
    assert_eq!(
        (&looked[0]["next_invocation_count"], &looked[2]["next_invocation_count"]),
        (&json!(11), &Value::Null)
    );
    assert_eq!(looked[2]["ended"][0]["reason"], "exhausted");
    let comparison = &events.last().unwrap()["comparison"];
    assert_eq!(change(comparison, "spin")["verdict"], "regressed");
    assert_eq!(change(comparison, "counted")["verdict"], "inconclusive");

    // Whoever compares the Run later judges it at the looks at which it stopped.
    let words = format!("compare before latest --json {}", places(&place));
    let later = place.plain(&words).expect(0).json();
    let look = |name: &str| change(&later, name)["look"].clone();
    assert_eq!(look("spin"), json!({"number": 1, "of": 3, "share": 0.25}));
    assert_eq!(look("counted")["number"], 3);
    assert_eq!(change(&later, "spin")["p"], change(comparison, "spin")["p"]);
    place.plain("runs").expect(0).assert_stdout_has(&["24/24"]);
    let shown = place.plain(&format!("compare before latest {}", places(&place))).expect(0);
    shown.assert_stdout_has(&["look 1 of 3, after 8 invocations", "look 3 of 3, after 16 invocations"]);
}

#[test]
fn a_run_killed_while_it_grows_goes_on_by_the_same_rule() {
    let place = place_with_baseline();
    let mut command = compared(&place, "--invocations-max 16");
    let mut runner = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let rows = || match place.run_folders().as_slice() {
        [folder] if folder.join("looks.jsonl").exists() => Stored::read(folder).rows.len(),
        _ => 0,
    };
    // Three processes in each of the eight blocks that were planned.
    wait_until(|| rows() > 24, "something that a look added is measured");
    let started = freeze(&runner);
    runner.kill().unwrap();
    assert_eq!(runner.wait().unwrap().code(), None, "it was killed in the middle");
    wait_gone(&started);
    assert!(!place.stored().is_sealed());
    // The baseline is known from the Run; only its folder has to be told again.
    let resume = format!("run --resume {}", places(&place));
    let resumed = said(&mut with_canaries(place.command(&resume))).expect(0);
    assert_grown(&place.stored());
    resumed.assert_stdout_has(&["regressed (1)", "look 3 of 3, after 16 invocations"]);
}

#[test]
fn a_run_goes_on_against_its_own_baseline_only() {
    let place = place_with_baseline();
    let mut command = compared(&place, "--invocations-max 16");
    let mut runner = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until(|| !place.run_folders().is_empty(), "the Run is made");
    let started = freeze(&runner);
    runner.kill().unwrap();
    runner.wait().unwrap();
    wait_gone(&started);
    let stored = place.stored();
    let id = stored.run["id"].as_str().unwrap();
    let words = format!("run --resume {id} --compare latest {}", places(&place));
    let refused = said(&mut with_canaries(place.command(&words))).expect(5);
    refused.assert_stderr_has(&["the Run was begun against", "/before", "hint:"]);
}

#[test]
fn a_budget_that_is_spent_ends_a_run_before_it_grows() {
    let place = place_with_baseline();
    said(&mut compared(&place, "--invocations-max 16 --budget 1ms")).expect(0);
    let stored = place.stored();
    assert!(stored.is_sealed());
    assert!(looks(&stored).is_empty());
    let seal = stored.document("seal.json");
    assert!(seal["cut_short"].as_str().unwrap().contains("reached after 1 of 8 blocks"), "{seal}");
}

#[test]
fn what_no_invocation_decides_gets_none_and_is_told_why() {
    let place = place_with_baseline();
    let words = format!("{BASE} --compare before {} --invocations-max 16 --no-canary", places(&place));
    let said = place.fixture(&words).expect(0);
    said.assert_stderr_has(&[
        "look     1 of 3 at 8 invocations: 2 not to be decided by more",
        "what the machine did between the Runs is not known: no canary ran in the candidate",
    ]);
    let stored = place.stored();
    assert_eq!((stored.rows.len(), looks(&stored).len()), (16, 1));
}

#[test]
fn as_many_as_planned_make_one_look_at_the_end_and_fewer_are_refused() {
    let place = place_with_baseline();
    said(&mut compared(&place, "--invocations-max 8")).expect(0);
    let stored = place.stored();
    assert_eq!((counts(&stored), looks(&stored).len()), (wanted_counts(8, 8), 0));
    let refused = said(&mut compared(&place, "--invocations-max 7")).expect(2);
    refused.assert_stderr_has(&["--invocations-max 7 is less than the 8 invocations of the first look"]);
}
