//! How launches end when a side fails, hangs, is killed, or nobody is left to wait for them.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{fs, thread};

use bench_lab::duel::{Contest, Context, Settings};
use lab_core::model::{Calibration, Launch, Outcome};

use crate::fixture::{case, context, execute, settings};
use crate::slices::assert_in_turns;

/// Terms found while nothing goes wrong, then a launch in which a side suffers in the middle.
fn fated(target: &str, path: &str, side: usize, fate: &str, settings: &Settings) -> Launch {
    let healthy = case(target, path);
    let terms: Calibration = healthy.prepare().unwrap().calibration();
    // With long iterations a launch has ten calls or more; the fourth is in the midst of the turns.
    let doomed = case(target, path).with(side, "FIXTURE_FATE", &format!("{fate}@4"));
    let contest = Contest::resume(doomed.pair(), &terms, settings).unwrap();
    contest.launch(&context(), 0, 0, 7).unwrap()
}

#[track_caller]
fn assert_failed(launch: &Launch, words: &str) {
    assert!(launch.rounds.is_empty());
    match &launch.outcome {
        Outcome::Failed { reason, .. } => assert!(reason.contains(words), "{reason}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_side_that_panics_ends_the_launch_in_its_own_words() {
    for (target, path) in [("turns_divan", "turns_divan::fated"), ("turns_criterion", "fated")] {
        for (side, name) in [(0, "baseline: "), (1, "candidate: ")] {
            let launch = fated(target, path, side, "panic", &settings());
            assert_failed(&launch, "known panic");
            assert_failed(&launch, name);
        }
    }
}

#[test]
fn a_side_that_exits_or_aborts_ends_the_launch() {
    assert_failed(&fated("turns_divan", "turns_divan::fated", 1, "exit", &settings()), "candidate: ");
    assert_failed(&fated("turns_divan", "turns_divan::fated", 0, "abort", &settings()), "signal 6");
    assert_failed(&fated("turns_criterion", "fated", 1, "exit", &settings()), "candidate: ");
}

#[test]
fn a_side_that_hangs_is_named_though_the_other_waits_as_long() {
    let settings = Settings { timeout: Duration::from_secs(5), ..settings() };
    for (side, name) in [(0, "baseline"), (1, "candidate")] {
        let launch = fated("turns_divan", "turns_divan::fated", side, "hang", &settings);
        match &launch.outcome {
            Outcome::TimedOut { limit_ms: 5000, tail } => assert!(tail.starts_with(name), "{tail}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_side_that_is_killed_in_its_slice_ends_the_launch_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let note = folder.path().join("note");
    let healthy = case("turns_divan", "turns_divan::fated");
    let terms = healthy.prepare().unwrap().calibration();
    let doomed = case("turns_divan", "turns_divan::fated").with(1, "FIXTURE_FATE", "note@4").with(
        1,
        "FIXTURE_NOTE",
        note.to_str().unwrap(),
    );
    let contest = Contest::resume(doomed.pair(), &terms, &settings()).unwrap();
    let launch = thread::scope(|scope| {
        scope.spawn(|| {
            let pid = eventually("the note", || fs::read_to_string(&note).ok().filter(|pid| !pid.is_empty()));
            kill(&pid);
        });
        contest.launch(&context(), 0, 0, 7).unwrap()
    });
    assert_failed(&launch, "candidate: was killed by signal 9");
    // Nothing of it is left behind that a later launch would meet.
    let healthy = Contest::resume(healthy.pair(), &terms, &settings()).unwrap();
    let launch = healthy.launch(&context(), 1, 0, 7).unwrap();
    assert_in_turns(&launch, launch.rounds.len());
    assert!(!launch.rounds.is_empty());
}

#[test]
fn whoever_asks_to_stop_is_heard_in_the_middle_of_a_launch() {
    let healthy = case("turns_divan", "turns_divan::fated");
    let terms = healthy.prepare().unwrap().calibration();
    let stuck = case("turns_divan", "turns_divan::fated").with(0, "FIXTURE_FATE", "hang@2");
    let contest = Contest::resume(stuck.pair(), &terms, &settings()).unwrap();
    let stop = AtomicBool::new(false);
    let context = Context { execute: &execute, stop: &stop };
    thread::scope(|scope| {
        let launch = scope.spawn(|| contest.launch(&context, 0, 0, 7));
        thread::sleep(Duration::from_millis(300));
        stop.store(true, Ordering::Relaxed);
        assert!(launch.join().unwrap().is_err());
    });
}

/// Not a test: the runner that the next test kills. It hangs in a launch whose both sides are alive.
#[test]
#[ignore = "started by the test below"]
fn runner_to_be_killed() {
    let folder = std::env::var("FIXTURE_FOLDER").unwrap();
    let healthy = case("turns_divan", "turns_divan::fated");
    let terms = healthy.prepare().unwrap().calibration();
    let notes = [0, 1].map(|side| format!("{folder}/{side}"));
    let stuck = case("turns_divan", "turns_divan::fated")
        .with(0, "FIXTURE_FATE", "note@0")
        .with(0, "FIXTURE_NOTE", &notes[0])
        .with(1, "FIXTURE_FATE", "note@0")
        .with(1, "FIXTURE_NOTE", &notes[1]);
    let contest = Contest::resume(stuck.pair(), &terms, &settings()).unwrap();
    let _ = contest.launch(&context(), 0, 0, 7);
}

#[test]
fn no_side_outlives_a_runner_that_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut runner = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "ends::runner_to_be_killed", "--nocapture"])
        .env("FIXTURE_FOLDER", folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // The one whose turn it is has written its note; the other waits for it, and is found as its sibling.
    let noted =
        || [0, 1].into_iter().find_map(|side| fs::read_to_string(folder.path().join(side.to_string())).ok());
    let pid = eventually("a note", || noted().filter(|pid| !pid.is_empty()));
    let siblings = eventually("both sides", || {
        let children = children_of(runner.id());
        (children.len() == 2).then_some(children)
    });
    assert!(siblings.contains(&pid.trim().parse().unwrap()), "{siblings:?} {pid}");
    runner.kill().unwrap();
    runner.wait().unwrap();
    for sibling in siblings {
        eventually("its end", || (!is_alive(sibling)).then_some(()));
    }
}

/// Processes whose parent this is.
fn children_of(parent: u32) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap() {
        let Ok(pid) = entry.unwrap().file_name().to_string_lossy().parse::<u32>() else { continue };
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let fields = stat.rsplit(')').next().unwrap_or_default();
        if fields.split_whitespace().nth(1) == Some(&parent.to_string()) {
            found.push(pid);
        }
    }
    found
}

fn is_alive(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status.lines().any(|line| line.starts_with("State:") && !line.contains('Z'))
}

fn kill(pid: &str) {
    assert!(Command::new("kill").args(["-9", pid.trim()]).status().unwrap().success());
}

/// Waits until something is there. A minute is a hang, not a measurement.
fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..6000 {
        if let Some(found) = look() {
            return found;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("never: {what}");
}
