//! `bench-lab doctor --rehearse`: proven on a tree and on this machine, and not fooled by a file that stays as it is.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{fs, thread};

use serde_json::Value;

use crate::tree::{Tree, json, turn_of_real_groups};

const GOVERNOR: &str = "sys/devices/system/cpu/cpufreq/policy1/scaling_governor";
const NO_TURBO: &str = "sys/devices/system/cpu/intel_pstate/no_turbo";

/// The user that every system has and nobody is.
const NOBODY: u32 = 65534;

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Rehearses while somebody else does something once, as soon as everything is set.
fn rehearse_with(tree: &Tree, words: &str, meddle: impl Fn() + Send + Sync) -> Output {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::SeqCst) {
                if fs::read_to_string(tree.journal()).is_ok_and(|text| text.contains("{\"applied\":{}}")) {
                    return meddle();
                }
                thread::sleep(Duration::from_millis(1));
            }
        });
        let output = tree.bench_lab(words);
        is_over.store(true, Ordering::SeqCst);
        output
    })
}

fn faults(value: &Value) -> Vec<Value> {
    let rounds = value["rounds"].as_array().unwrap();
    rounds.iter().flat_map(|round| round["faults"].as_array().unwrap().clone()).collect()
}

#[test]
fn every_setting_of_a_machine_comes_back_after_every_kill() {
    let tree = Tree::new();
    let original = tree.values();
    let value = json(&tree.bench_lab("doctor --rehearse --cpus 1 --json"), 0);
    assert_eq!(value["is_proven"], true, "{value}");
    let counts = &value["counts"];
    assert_eq!([&counts["kills"], &counts["not_back"], &counts["not_set"]], [3, 0, 0], "{counts}");
    assert!(counts["rehearsed"].as_u64().unwrap() >= 20, "{counts}");
    assert!(counts["neighbours"].as_u64().unwrap() >= 20, "{counts}");
    let killed: Vec<&Value> =
        value["rounds"].as_array().unwrap().iter().map(|round| &round["killed"]).collect();
    assert_eq!(killed, ["runner", "group", "guard_too"]);
    let settings = value["settings"].as_array().unwrap();
    let governor = settings.iter().find(|setting| setting["path"] == format!("/{GOVERNOR}")).unwrap();
    assert_eq!([&governor["before"], &governor["applied"]], ["powersave", "performance"]);
    assert_eq!(governor["after"]["guard_too"], "powersave");
    assert_eq!(tree.values(), original);
    assert!(!tree.journal().exists());
}

#[test]
fn a_file_that_does_not_come_back_is_named_with_the_fix() {
    let tree = Tree::new();
    let output = rehearse_with(&tree, "doctor --rehearse --cpus 1", || tree.set(GOVERNOR, "schedutil"));
    let said = text(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    let fault = format!("/{GOVERNOR} (governor) did not come back: expected powersave, found schedutil");
    assert!(said.contains(&fault), "{said}");
    assert!(said.contains("sudo bench-lab tune restore"), "{said}");
    assert!(
        said.trim_end().lines().any(|line| line.ends_with("after 1 of 3 kills: NOT everything came back"))
    );
}

#[test]
fn a_file_that_can_not_be_written_any_more_keeps_the_journal_and_is_named() {
    let tree = Tree::new();
    let original = tree.values();
    let file = tree.root().join(NO_TURBO);
    let output = rehearse_with(&tree, "doctor --rehearse --cpus 1 --json", || {
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
    });
    let value = json(&output, 3);
    let found = faults(&value);
    let of_file = found.iter().find(|fault| fault["kind"] == "not_back").unwrap();
    assert_eq!((&of_file["knob"], &of_file["expected"]), (&"boost".into(), &"0".into()), "{found:?}");
    assert_eq!(of_file["path"], format!("/{NO_TURBO}"));
    assert!(found.iter().any(|fault| fault["kind"] == "journal"), "{found:?}");
    // What is told to be done is enough once the file can be written again.
    fs::remove_dir(&file).unwrap();
    tree.set(NO_TURBO, "1");
    json(&tree.bench_lab("tune restore --json"), 0);
    assert_eq!(tree.values(), original);
}

#[test]
fn a_setting_beside_the_knobs_that_moves_with_them_is_a_fault_too() {
    let tree = Tree::new();
    let beside = GOVERNOR.replace("scaling_governor", "cpuinfo_max_freq");
    let output = rehearse_with(&tree, "doctor --rehearse --cpus 1 --json", || tree.set(&beside, "1"));
    let found = faults(&json(&output, 3));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!([&found[0]["kind"], &found[0]["found"]], ["neighbour_not_back", "1"]);
    assert_eq!(found[0]["path"], format!("/{beside}"));
}

#[test]
fn settings_that_are_to_stay_are_respected() {
    let tree = Tree::new();
    json(&tree.bench_lab("tune apply --bench-cpus 1 --json"), 0);
    let tuned = tree.values();
    let refused = tree.bench_lab("doctor --rehearse --cpus 1");
    assert_eq!(refused.status.code(), Some(3));
    assert!(text(&refused).contains("nothing could be rehearsed: the host is tuned by hand since"));
    assert_eq!(tree.values(), tuned);
}

#[test]
fn what_an_earlier_session_left_is_put_back_first() {
    let tree = Tree::new();
    let original = tree.values();
    json(&tree.bench_lab("tune apply --bench-cpus 1 --json"), 0);
    // Without its last line the journal is that of a session that was killed with its guard.
    let journal = fs::read_to_string(tree.journal()).unwrap();
    fs::write(tree.journal(), journal.replace("{\"kept\":{}}\n", "")).unwrap();
    let value = json(&tree.bench_lab("doctor --rehearse --cpus 1 --json"), 0);
    assert!(value["counts"]["recovered"].as_u64().unwrap() >= 20, "{value}");
    assert_eq!(value["is_proven"], true);
    assert_eq!(tree.values(), original);
}

#[test]
fn without_rights_nothing_is_rehearsed_and_one_line_says_how() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root can give rights up");
        return;
    }
    let tree = Tree::new();
    tree.open_to_all();
    let program = tree.lock().with_file_name("bench-lab");
    fs::copy(env!("CARGO_BIN_EXE_bench-lab"), &program).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(program);
    command.args(["doctor", "--rehearse", "--cpus", "1"]).uid(NOBODY).gid(NOBODY);
    let output = tree.around(&mut command).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.starts_with("error: nothing could be rehearsed: only root may set"), "{said}");
    assert!(said.contains("hint: sudo bench-lab doctor --rehearse"), "{said}");
    assert_eq!(said.lines().count(), 2, "{said}");
}

/// On purpose over the real files of this machine, under its real locks: whoever holds them is not disturbed.
#[test]
fn every_setting_of_this_machine_comes_back_after_every_kill() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root sets this machine");
        return;
    }
    let _turn = turn_of_real_groups();
    let mut command = Command::new(env!("CARGO_BIN_EXE_bench-lab"));
    command.args(["doctor", "--rehearse", "--json"]);
    for variable in ["BENCH_LAB_LOCK", "BENCH_LAB_RUN_DIR", "BENCH_LAB_HOST_ROOT"] {
        command.env_remove(variable);
    }
    let output = command.output().unwrap();
    let said = text(&output);
    if said.contains("nothing could be rehearsed") {
        println!("skipped: {said}");
        return;
    }
    let value: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}"));
    if value["counts"]["rehearsed"] == 0 {
        println!("skipped: nothing can be set here: {said}");
        return;
    }
    assert_eq!((output.status.code(), &value["is_proven"]), (Some(0), &true.into()), "{said}");
    assert_eq!((&value["counts"]["kills"], &value["counts"]["not_back"]), (&3.into(), &0.into()), "{said}");
    for round in value["rounds"].as_array().unwrap() {
        if let Some(path) = round["group"]["path"].as_str() {
            assert!(!Path::new(path).exists(), "{path}");
        }
    }
}
