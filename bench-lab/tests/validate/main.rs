//! `bench-lab validate` through the binary: every layer runs, what it gave is kept, and nothing else is left.
//!
//! It asserts no rate: that is what the command is for.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../cli/bench_lab.rs"]
#[allow(dead_code, reason = "shared with the tests of other commands")]
mod bench_lab;

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::bench_lab::{Place, said};

const EXERCISES: [&str; 8] = ["hash", "sort", "map", "alloc", "memcpy", "parse", "mutex", "fsync"];

#[test]
fn every_exercise_is_played_in_turns_with_every_plant_and_the_result_is_kept() {
    let place = Place::new();
    let said = said(&mut place.command("validate --minutes 0.6 --seed 7 --json"));
    assert!(matches!(said.code, Some(0 | 1)), "{}", said.stderr);
    let last: Value = serde_json::from_str(said.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(last["event"], "result");
    let (one, rules) = (&last["result"]["validation"], last["result"]["rules"].as_array().unwrap());
    let status = |id: &str| rules.iter().find(|rule| rule["id"] == id).unwrap()["status"].clone();
    assert_eq!((status("simulated"), status("simulated_control")), ("passed".into(), "passed".into()));

    let cells = one["cells"].as_array().unwrap();
    let played: BTreeSet<(&str, &str)> = cells
        .iter()
        .map(|cell| (cell["exercise"].as_str().unwrap(), cell["plant"].as_str().unwrap()))
        .collect();
    for exercise in EXERCISES {
        for plant in ["nothing", "work_1", "work_2", "work_5"] {
            assert!(played.contains(&(exercise, plant)), "{exercise} {plant}: {}", one["remarks"]);
        }
    }
    assert!(played.contains(&("memory", "memory")));
    let failed: u64 = cells.iter().map(|cell| cell["failed_count"].as_u64().unwrap_or(0)).sum();
    assert_eq!(failed, 0, "{cells:?}");
    let remarks = one["remarks"].to_string();
    assert!(!remarks.contains("turns") && !remarks.contains("processes"), "{remarks}");

    let kept: Vec<String> = fs::read_dir(place.store())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| !["runs", "lock", ".gitignore"].contains(&name.as_str()))
        .collect();
    assert_eq!(kept, ["validations"], "no file of an exercise is left");
    let file = fs::read_dir(place.store().join("validations")).unwrap().next().unwrap().unwrap().path();
    let stored: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    assert_eq!(&stored, one);
}

#[test]
fn a_length_that_is_none_is_refused() {
    let place = Place::new();
    for words in ["validate --minutes 0", "validate --minutes soon", "validate --quick --minutes 3"] {
        place.plain(words).expect(2);
    }
}
