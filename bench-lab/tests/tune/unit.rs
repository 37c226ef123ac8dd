//! The guard in a unit of systemd: by a program that stands for systemd-run, and for real where systemd runs.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use rustix::process::{Signal, kill_process, kill_process_group};

use crate::process::{await_line, begin_with, kill_group, pid};
use crate::run::{run, stored, text, wait_until};
use crate::tree::{Tree, json};

const GOVERNOR: &str = "sys/devices/system/cpu/cpufreq/policy1/scaling_governor";

/// What systemd-run --pipe and systemd do together: start the program with our three descriptors, out of reach of whoever
/// kills the caller's group, run the other one when it has ended however, and let the caller wait for both.
const STAND_IN: &str = r#"#!/bin/sh
echo "$@" >>"$0.log"
[ ! -e "$0.refuses" ] || { echo "Failed to connect to bus" >&2; exit 1; }
for word; do case $word in --property=ExecStopPost=*) after=${word#--property=ExecStopPost=};; esac; done
while [ "$1" != -- ]; do shift; done
shift
exec 3<&0 4>&1
setsid sh -c 'after=$1; log=$2; shift 2; "$@" <&3 >&4 3<&- 4>&- & exec 3<&- 4>&-; wait $!; $after >>"$log" 2>&1' \
  sh "$after" "$0.log" "$@" &
exec 3<&- 4>&- <&- >&-
wait
"#;

/// A tree with systemd, and the folder of its systemd-run.
fn with_systemd() -> Option<(Tree, PathBuf)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let tree = Tree::new();
    fs::create_dir_all(tree.root().join("run/systemd/system")).unwrap();
    let folder = tree.lock().with_file_name("bin");
    fs::create_dir(&folder).unwrap();
    let program = folder.join("systemd-run");
    fs::write(&program, STAND_IN).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    Some((tree, folder))
}

fn tuned_run(tree: &Tree, folder: &Path, words: &str) -> Command {
    let mut command = run(tree, words);
    let path = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths([folder.to_owned()].into_iter().chain(env::split_paths(&path))).unwrap();
    command.env("PATH", path);
    command
}

fn log(folder: &Path) -> String {
    fs::read_to_string(folder.join("systemd-run.log")).unwrap_or_default()
}

#[test]
fn where_systemd_runs_the_guard_of_a_run_is_in_a_unit_that_ends_with_a_restore() {
    let Some((tree, folder)) = with_systemd() else { return };
    let original = tree.values();
    let output = tuned_run(&tree, &folder, "--bench steady_divan").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let log = log(&folder);
    let asked = log.lines().next().unwrap();
    for part in ["--collect ", "--pipe ", "--unit=bench-lab-guard-", " __guard", "--property=ExecStopPost=/"]
    {
        assert!(asked.contains(part), "{part} is missing: {asked}");
    }
    assert!(asked.contains("bench-lab tune restore --crashed"), "{asked}");
    assert!(log.ends_with("nothing to put back\n"), "the guard had put back already: {log}");
    assert!(stored(&tree, "environment.json").contains("\"performance\""));
    assert!(!stored(&tree, "run.json").contains("guard_without_unit"));
    assert_eq!(tree.values(), original);
}

#[test]
fn a_unit_puts_back_at_once_when_run_and_guard_are_killed_together() {
    let Some((tree, folder)) = with_systemd() else { return };
    let original = tree.values();
    for kill in 0..6 {
        let mut command = tuned_run(&tree, &folder, "--bench noisy_divan --invocations 400");
        let mut child = command.process_group(0).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        wait_until(|| tree.value(GOVERNOR) == "performance");
        let journal = fs::read_to_string(tree.journal()).unwrap();
        let head: serde_json::Value = serde_json::from_str(journal.lines().next().unwrap()).unwrap();
        let guard = u32::try_from(head["begin"]["owner"]["pid"].as_u64().unwrap()).unwrap();
        kill_process(pid(guard), Signal::KILL).unwrap();
        kill_process_group(pid(child.id()), Signal::KILL).unwrap();
        child.wait().unwrap();
        // Nobody starts a session: what puts back is the unit.
        let begin = std::time::Instant::now();
        wait_until(|| {
            assert!(begin.elapsed().as_secs() < 60, "kill {kill}: {}", log(&folder));
            !tree.journal().exists()
        });
        assert_eq!(tree.values(), original, "kill {kill}");
        tree.wait_until_free();
    }
    assert!(log(&folder).contains("files are as they were"), "{}", log(&folder));
}

#[test]
fn a_systemd_that_starts_no_unit_leaves_the_guard_a_child_and_the_run_says_so() {
    let Some((tree, folder)) = with_systemd() else { return };
    let original = tree.values();
    fs::write(folder.join("systemd-run.refuses"), "").unwrap();
    let output = tuned_run(&tree, &folder, "--bench steady_divan").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(stored(&tree, "run.json").contains("guard_without_unit"));
    assert!(stored(&tree, "environment.json").contains("\"performance\""), "tuned all the same");
    assert_eq!(tree.values(), original);
}

#[test]
fn what_a_crash_left_is_put_back_and_what_is_kept_by_hand_is_not() {
    let tree = Tree::new();
    let original = tree.values();
    json(&tree.bench_lab("tune apply --bench-cpus 1 --json"), 0);
    for output in [tree.bench_lab("tune restore --crashed"), tree.hostctl("restore --crashed")] {
        assert_eq!(output.status.code(), Some(0));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(said, "nothing was left behind; the host is tuned by hand\n");
        assert_eq!(tree.value(GOVERNOR), "performance");
    }
    json(&tree.bench_lab("tune restore --json"), 0);
    assert_eq!(tree.values(), original);
}

/// The same with systemd itself, where it runs and we are root: only the files that are tuned are not the host's.
#[test]
fn a_real_unit_puts_back_whatever_is_killed() {
    let is_booted = Path::new("/run/systemd/system").exists();
    if !is_booted || !rustix::process::geteuid().is_root() {
        return;
    }
    let tree = Tree::new();
    fs::create_dir_all(tree.root().join("run/systemd/system")).unwrap();
    let original = tree.values();
    for kill in 0..6 {
        let (mut session, _, mut lines) = begin_with(&tree, "waits", true);
        await_line(&mut lines, "applied");
        assert_eq!(tree.value(GOVERNOR), "performance");
        let journal = fs::read_to_string(tree.journal()).unwrap();
        let head: serde_json::Value = serde_json::from_str(journal.lines().next().unwrap()).unwrap();
        let guard = u32::try_from(head["begin"]["owner"]["pid"].as_u64().unwrap()).unwrap();
        let group = fs::read_to_string(format!("/proc/{guard}/cgroup")).unwrap();
        assert!(group.contains("bench-lab-guard-"), "{group}");
        if kill % 2 == 0 {
            kill_process(pid(guard), Signal::KILL).unwrap();
        }
        kill_group(&mut session);
        wait_until(|| !tree.journal().exists());
        assert_eq!(tree.values(), original, "kill {kill}");
        tree.wait_until_free();
    }
}
