//! The real program on the machine that runs the tests, whatever that machine is.

use std::process::{Command, Output};

use serde_json::Value;

/// Runs the doctor with a lock of its own, so that a session of somebody else does not decide the test.
fn doctor(arguments: &[&str]) -> (Output, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_bench-lab"))
        .arg("doctor")
        .args(arguments)
        .env("BENCH_LAB_LOCK", directory.path().join("lock"))
        .output()
        .unwrap();
    (output, directory)
}

fn json(arguments: &[&str]) -> (Option<i32>, Value) {
    let (output, _directory) = doctor(arguments);
    let value = serde_json::from_slice(&output.stdout);
    (output.status.code(), value.unwrap_or_else(|_| panic!("{output:?}")))
}

fn checks(value: &Value) -> &Vec<Value> {
    value["checks"].as_array().unwrap()
}

#[test]
fn the_whole_examination_gives_every_check_a_value_or_a_reason() {
    let (code, value) = json(&["--json"]);
    assert_eq!(code, Some(0), "without --gate the doctor only tells");
    let ids: Vec<&str> = checks(&value).iter().map(|check| check["id"].as_str().unwrap()).collect();
    let wanted: Vec<&str> = lab_core::doctor::Check::ALL.iter().map(|check| check.id()).collect();
    assert_eq!(ids, wanted);
    for check in checks(&value) {
        assert_ne!(check["value"].is_null(), check["reason"].is_null(), "{check}");
        assert!(!check["source"].as_str().unwrap().is_empty(), "{check}");
        assert!(!check["limits"].as_array().unwrap().is_empty(), "{check}");
    }
    let of = |id: &str| checks(&value).iter().find(|check| check["id"] == id).unwrap().clone();
    assert_eq!(of("host_lock")["status"], "ok");
    // The bench CPU was chosen from those that a thread may be pinned to, so the probe must have run there.
    assert!(of("jitter")["value"].as_str().unwrap().contains(" lost, longest gap "), "{}", of("jitter"));
    assert!(of("jitter")["reason"].is_null());
}

#[test]
fn fast_checks_are_those_of_a_run() {
    let (code, value) = json(&["--fast", "--json"]);
    assert_eq!(code, Some(0));
    let fast =
        lab_core::doctor::Check::ALL.iter().filter(|check| check.cost() == lab_core::doctor::Cost::Fast);
    assert_eq!(checks(&value).len(), fast.count());
}

#[test]
fn the_gate_exits_with_3_exactly_when_a_check_fails() {
    for arguments in [["--fast", "--json", "--gate", "--gate"], ["--fast", "--json", "--gate", "--strict"]] {
        // clap refuses a flag that is given twice.
        let arguments: Vec<&str> =
            if arguments[2] == arguments[3] { arguments[..3].to_vec() } else { arguments.to_vec() };
        let (code, value) = json(&arguments);
        let has_failed = value["counts"]["fail"].as_u64().unwrap() > 0;
        assert_eq!(code, Some(if has_failed { 3 } else { 0 }), "{value}");
        let is_strict = arguments.contains(&"--strict");
        assert!(!is_strict || value["counts"]["warn"] == 0);
    }
}

#[test]
fn another_session_is_named_and_not_disturbed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("lock");
    let held = bench_lab::host::lock::acquire_at(
        std::slice::from_ref(&path),
        bench_lab::host::lock::Waiting::Refuse,
    );
    let _lock = held.unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_bench-lab"))
        .args(["doctor", "--json", "--gate"])
        .env("BENCH_LAB_LOCK", &path)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    let of = |id: &str| checks(&value).iter().find(|check| check["id"] == id).unwrap();
    assert_eq!(of("host_lock")["status"], "fail");
    let holder = format!("held by process {}", std::process::id());
    assert!(of("host_lock")["value"].as_str().unwrap().starts_with(&holder), "{}", of("host_lock"));
    assert_eq!(of("jitter")["reason"], "not probed: it would disturb the session that measures");
}

#[test]
fn text_ends_with_one_line_that_says_whether_to_measure() {
    let (output, _directory) = doctor(&["--fast"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let last = text.lines().last().unwrap();
    assert!(last.contains(" ok · ") && last.contains("fit to measure"), "{text}");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn cpus_that_are_not_there_are_a_usage_error() {
    let (output, _directory) = doctor(&["--fast", "--cpus", "60000"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("CPU 60000 does not exist"));
}
