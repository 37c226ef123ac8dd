//! Canaries in a Run: once a block, on disk like every row, and never among the user's benchmarks.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::bench_lab::{Place, Said, Stored, said};
use crate::process::{freeze, wait_gone, wait_until};

const STEADY: &str = "run --quick --time 10ms --invocations 3 --seed 7 -p truth --bench steady_divan";

/// A command as a user types it: with canaries.
fn with_canaries(mut command: Command) -> Command {
    command.env_remove("BENCH_LAB_NO_CANARY");
    command
}

/// A Run of one target with canaries, measured once for all tests of this file.
struct Steady {
    place: Place,
    said: Said,
    stored: Stored,
}

static STEADY_RUN: LazyLock<Steady> = LazyLock::new(|| {
    let place = Place::new();
    let said = said(&mut with_canaries(place.over_fixture(STEADY))).expect(0);
    let stored = place.stored();
    Steady { place, said, stored }
});

fn is_canary(row: &Value) -> bool {
    row["package"] == "(bench-lab)"
}

fn kernel_ids(stored: &Stored) -> Vec<&Value> {
    stored.run["canary"]["kernels"].as_array().unwrap().iter().map(|kernel| &kernel["id"]).collect()
}

#[test]
fn every_block_has_one_process_of_all_kernels_measured_like_any_other() {
    let stored = &STEADY_RUN.stored;
    let (canaries, others): (Vec<&Value>, Vec<&Value>) = stored.rows.iter().partition(|row| is_canary(row));
    assert_eq!((canaries.len(), others.len()), (3, 6));
    let schedule = stored.run["schedule"].as_array().unwrap();
    let blocks: Vec<&Value> = canaries
        .iter()
        .map(|row| {
            let scheduled = &schedule[row["index"].as_u64().unwrap() as usize];
            assert_eq!((&scheduled["is_canary"], &scheduled["benchmarks"]), (&json!(true), &json!([])));
            assert_eq!(scheduled["padding_bytes"], row["padding_bytes"]);
            &scheduled["block"]
        })
        .collect();
    assert_eq!(blocks, [0, 1, 2]);
    for row in canaries {
        let observations = row["observations"].as_array().unwrap();
        let paths: Vec<&Value> = observations.iter().map(|observation| &observation["path"]).collect();
        assert_eq!(paths, kernel_ids(stored));
        for observation in observations.iter().filter(|observation| observation["path"] != "fsync_v1") {
            let samples = &observation["measurements"][0]["values"]["samples"];
            assert_eq!((&observation["outcome"], samples.as_array().unwrap().len()), (&json!("ok"), 3));
        }
        assert_eq!(row["cpus"], others[0]["cpus"], "on the CPU of the benchmarks");
        assert!(row["signals"]["cpu_user_ns"].is_number(), "metered");
    }
}

#[test]
fn no_count_and_no_list_has_the_canaries_among_the_benchmarks() {
    let Steady { place, said, stored } = &*STEADY_RUN;
    said.assert_stdout_has(&[
        "canaries 3 blocks are too few to see a drift: integer ",
        "2 measured · 0 failed · 0 targets skipped · 6 invocations",
    ]);
    said.assert_stderr_has(&["2 benchmarks, 6 invocations to do", "    6/6  truth/steady_divan"]);
    assert!(!said.stderr.contains("(bench-lab)"), "{}", said.stderr);
    assert_eq!(place.plain("show").expect(0).stdout, said.stdout);
    place.plain("runs").expect(0).assert_stdout_has(&["6/6", "whole"]);

    let shown = place.plain("show --json").expect(0).json();
    assert_eq!(shown["benchmarks"].as_array().unwrap().len(), 2);
    assert_eq!((&shown["invocation_count"], &shown["scheduled_count"]), (&json!(6), &json!(6)));
    let canaries = &shown["canaries"];
    assert_eq!((&canaries["verdict"], &canaries["invocation_count"]), (&json!("unknown"), &json!(3)));
    let shown_ids: Vec<&Value> =
        canaries["kernels"].as_array().unwrap().iter().map(|kernel| &kernel["id"]).collect();
    assert_eq!(shown_ids, kernel_ids(stored));
    assert!(canaries["kernels"][0]["median_ns"].as_f64().unwrap() > 0.0);

    let seal = stored.document("seal.json");
    assert_eq!((&seal["invocation_count"], &seal["canary_count"]), (&json!(9), &json!(3)));
    let listed = place.fixture("list --json -p truth --bench steady_divan").expect(0).json();
    assert_eq!(listed["benchmarks"].as_array().unwrap().len(), 3);
}

#[test]
fn events_tell_of_benchmarks_only() {
    let place = Place::new();
    let said = said(&mut with_canaries(place.over_fixture(&format!("{STEADY} --json")))).expect(0);
    let events: Vec<Value> = said.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for name in ["started", "finished"] {
        let of_name: Vec<&Value> = events.iter().filter(|event| event["event"] == name).collect();
        let numbers: Vec<u64> = of_name.iter().map(|event| event["number"].as_u64().unwrap()).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6], "{name}");
        assert!(of_name.iter().all(|event| event["of"] == 6));
    }
}

#[test]
fn a_filter_cannot_mean_a_canary() {
    let place = Place::new();
    for filter in ["integer_v1", "bench-lab"] {
        let words = format!("{STEADY} -- {filter}");
        let refused = said(&mut with_canaries(place.over_fixture(&words))).expect(2);
        refused.assert_stderr_has(&["no benchmark of 3 matches"]);
    }
}

#[test]
fn without_canaries_the_benchmarks_run_in_the_same_order() {
    let place = Place::new();
    let without = said(&mut with_canaries(place.over_fixture(&format!("{STEADY} --no-canary")))).expect(0);
    assert!(!without.stdout.contains("canaries"), "{}", without.stdout);
    assert!(place.plain("show --json").expect(0).json()["canaries"].is_null());
    let stored = place.stored();
    assert_eq!((stored.rows.len(), &stored.run["canary"]), (6, &Value::Null));
    let order = |stored: &Stored| -> Vec<(Value, Value)> {
        let rows = stored.rows.iter().filter(|row| !is_canary(row));
        rows.map(|row| (row["observations"][0]["path"].clone(), row["padding_bytes"].clone())).collect()
    };
    assert_eq!(order(&stored), order(&STEADY_RUN.stored));
}

#[test]
fn a_killed_run_keeps_the_rows_of_its_canaries_and_measures_the_rest_later() {
    let place = Place::new();
    let words =
        "run --quick --time 10ms --invocations 40 -p truth --bench noisy_divan --bench noisy_criterion";
    // Built beforehand, so that the moments of the kills are those of measuring.
    let _ = place.fixture("list -p truth --bench noisy_divan --bench noisy_criterion").expect(0);
    let mut readable = 0;
    for kill in 0..5_u64 {
        let command = if kill == 0 { place.over_fixture(words) } else { place.command("run --resume") };
        let mut runner = with_canaries(command).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        wait_until(|| !place.run_folders().is_empty(), "the Run is made");
        thread::sleep(Duration::from_millis(150 * (kill + 1)));
        let started = freeze(&runner);
        runner.kill().unwrap();
        assert_eq!(runner.wait().unwrap().code(), None, "it was killed in the middle");
        wait_gone(&started);
        let stored = Stored::read(&place.run_folders()[0]);
        assert!(stored.rows.len() >= readable);
        readable = stored.rows.len();
        let (canaries, others): (Vec<&Value>, Vec<&Value>) =
            stored.rows.iter().partition(|row| is_canary(row));
        let shown = place.plain("show --json").expect(0).json();
        assert_eq!(shown["invocation_count"], others.len());
        assert_eq!(shown["canaries"]["invocation_count"], canaries.len());
        place.plain("runs").expect(0).assert_stdout_has(&[&format!("{}/80", others.len())]);
    }
    let finished = said(&mut with_canaries(place.command("run --resume"))).expect(0);
    finished.assert_stdout_has(&["80 invocations", "canaries "]);
    let stored = place.stored();
    let indexes: BTreeSet<u64> = stored.rows.iter().map(|row| row["index"].as_u64().unwrap()).collect();
    assert_eq!((stored.rows.len(), indexes), (120, (0..120).collect()), "each place exactly once");
    assert_eq!(stored.rows.iter().filter(|row| is_canary(row)).count(), 40);
    assert!(stored.is_sealed());
}

#[test]
fn the_process_of_the_canaries_answers_for_kernels_that_it_does_not_have() {
    let place = Place::new();
    let said = place.plain("__canary . 2 integer_v1=1000 integer_v0=1 syscall_v1=10").expect(0);
    let lines: Vec<Value> = said.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["said"]["passes_ns"].as_array().unwrap().len(), 2);
    assert_eq!(lines[1]["said"]["absent"], "this bench-lab has no kernel integer_v0");
    assert_eq!((lines.len(), &lines[2]["kernel"]), (3, &json!("syscall_v1")));
    let _ = place.plain("__canary").expect(2);
}
