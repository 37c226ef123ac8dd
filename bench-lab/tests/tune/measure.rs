//! `bench-lab tune measure`: every slice gives the host back, also when it is killed in the middle of one.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use rustix::process::{Signal, kill_process, kill_process_group};
use serde_json::Value;

use crate::process::{pid, random_moment};
use crate::tree::{Tree, json};

const GOVERNOR: &str = "sys/devices/system/cpu/cpufreq/policy1/scaling_governor";
const QUICK: &str = "tune measure --bench-cpus 1 --repetitions 6 --slice 60ms --budget 10m --json --knob";

fn begin(tree: &Tree) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bench-lab"));
    command.args(["tune", "measure", "--bench-cpus", "1", "--knob", "governor", "--budget", "5m"]);
    tree.around(&mut command).process_group(0).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[track_caller]
fn wait_until(mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < Duration::from_secs(60), "waited in vain");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn every_knob_has_its_turns_and_the_host_is_as_it_was() {
    let tree = Tree::new();
    let original = tree.values();
    let value = json(&tree.bench_lab(&format!("{QUICK} ksm governor epb")), 0);
    assert_eq!(tree.values(), original);
    assert!(!tree.journal().exists());
    let subjects = value["subjects"].as_array().unwrap();
    let names: Vec<&str> = subjects.iter().map(|subject| subject["subject"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["(nothing)", "governor", "epb", "ksm"],
        "the control first, then the order of the knobs"
    );
    for subject in subjects {
        let visits = subject["visits"].as_array().unwrap();
        assert_eq!(visits.len(), 6);
        for arm in ["on", "off"] {
            assert!(visits.iter().all(|visit| visit[arm].as_array().unwrap().len() == 2), "{visits:?}");
        }
        for effect in subject["effects"].as_array().unwrap() {
            let ratio = effect["ratio"].as_f64().unwrap();
            let bound = |place: usize| effect["interval"][place].as_f64().unwrap();
            assert!(bound(0) <= ratio && ratio <= bound(1), "{effect}");
            assert!(["helps", "hurts", "no_difference_seen"].contains(&effect["word"].as_str().unwrap()));
            assert_eq!(effect["within"].is_null(), effect["word"] != "no_difference_seen", "{effect}");
        }
        assert_eq!(subject["setting_count"] == 0, subject["subject"] == "(nothing)");
    }
    // The settings of this tree act on nothing, whatever else happens on the machine.
    let slice = &subjects[1]["visits"][0]["on"][0];
    assert!(slice["watched_ns"].as_u64() > Some(10_000_000) && slice["canary_ns"].as_f64() > Some(0.0));
}

#[test]
fn a_trial_killed_at_random_moments_leaves_the_host_as_it_was() {
    let tree = Tree::new();
    let original = tree.values();
    for kill in 0..8 {
        let mut child = begin(&tree);
        wait_until(|| tree.value(GOVERNOR) == "performance");
        thread::sleep(random_moment(300_000));
        if kill % 2 == 0 {
            kill_process_group(pid(child.id()), Signal::KILL).unwrap();
        } else {
            child.kill().unwrap();
        }
        child.wait().unwrap();
        tree.wait_until_free();
        assert_eq!(tree.values(), original, "kill {kill}");
        assert!(!tree.journal().exists(), "kill {kill}");
    }
}

/// Kills the guard that the journal names; each slice has one of its own, which may have ended by now.
fn kill_guard(tree: &Tree) -> bool {
    let guard = || {
        let journal = fs::read_to_string(tree.journal()).ok()?;
        let head: Value = serde_json::from_str(journal.lines().next()?).ok()?;
        u32::try_from(head["begin"]["owner"]["pid"].as_u64()?).ok()
    };
    guard().is_some_and(|guard| kill_process(pid(guard), Signal::KILL).is_ok())
}

#[test]
fn a_trial_killed_with_its_guard_is_put_back_by_the_next_start() {
    let tree = Tree::new();
    let original = tree.values();
    let mut child = begin(&tree);
    wait_until(|| kill_guard(&tree));
    kill_process_group(pid(child.id()), Signal::KILL).unwrap();
    child.wait().unwrap();
    tree.wait_until_free();
    let next = tree.bench_lab(&format!("{QUICK} governor"));
    let value = json(&next, 0);
    assert_eq!(value["subjects"].as_array().unwrap().len(), 2);
    assert_eq!(tree.values(), original);
    assert!(!tree.journal().exists());
}

#[test]
fn a_trial_whose_guard_is_killed_puts_back_itself_and_ends() {
    let tree = Tree::new();
    let original = tree.values();
    let mut child = begin(&tree);
    // A guard that was about to end all the same is lost to nobody: then the next one is killed.
    wait_until(|| {
        kill_guard(&tree);
        child.try_wait().unwrap().is_some()
    });
    assert_eq!(child.wait().unwrap().code(), Some(3));
    assert_eq!(tree.values(), original);
    assert!(!tree.journal().exists());
}

#[test]
fn what_is_as_wanted_or_not_there_is_not_tried_and_says_why() {
    let tree = Tree::new();
    tree.set("sys/kernel/mm/ksm/run", "0");
    let value = json(&tree.bench_lab(&format!("{QUICK} ksm governor swappiness")), 0);
    let untried = value["untried"].as_array().unwrap();
    let why =
        |knob: &str| untried.iter().find(|one| one["knob"] == knob).unwrap()["reason"].as_str().unwrap();
    assert_eq!(why("ksm"), "it is as wanted without being set");
    assert!(why("swappiness").starts_with("no /proc/swaps"), "{untried:?}");
    let nothing = tree.bench_lab("tune measure --bench-cpus 1 --knob ksm");
    assert_eq!(nothing.status.code(), Some(3));
    assert!(
        String::from_utf8_lossy(&nothing.stderr)
            .contains("no knob can be tried on this host: ksm: it is as wanted")
    );
}

#[test]
fn what_cannot_be_meant_is_refused_before_anything_is_set() {
    let tree = Tree::new();
    let original = tree.values();
    for (words, why) in [
        ("--knob nonsense", "no knob is named \"nonsense\""),
        ("--repetitions 5", "5 is not in 6..=1000"),
        ("--budget 1s --knob governor", "do not fit into the budget"),
        ("--budget 90", "a unit is missing"),
        ("--slice 5ms", "slices of 60 ms at least"),
        ("--canary parrot", "there are: integer, float,"),
    ] {
        let refused = tree.bench_lab(&format!("tune measure --bench-cpus 1 {words}"));
        assert_eq!(refused.status.code(), Some(2), "{words}");
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(said.contains(why), "{words}: {said}");
        assert_eq!(tree.values(), original);
    }
}

#[test]
fn a_file_that_somebody_else_sets_meanwhile_ends_the_trial_and_is_named() {
    let tree = Tree::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_bench-lab"));
    command.args(["tune", "measure", "--bench-cpus", "1", "--knob", "governor"]);
    tree.around(&mut command).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let is_applied =
        || fs::read_to_string(tree.journal()).is_ok_and(|journal| journal.contains("{\"applied\":{}}"));
    // Another value each time, as one that came too late is the next session's original.
    let mut values = 0..;
    wait_until(|| {
        if is_applied() {
            tree.set(GOVERNOR, &format!("other{}", values.next().unwrap()));
        }
        child.try_wait().unwrap().is_some()
    });
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("scaling_governor did not come back after governor"), "{said}");
    assert!(tree.value(GOVERNOR).starts_with("other"), "it is left to whoever set it");
}
