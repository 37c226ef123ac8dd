//! Runs that are killed or stopped: nothing that was finished is lost, and the rest can be measured later.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, SystemTime};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::bench_lab::{Place, Said, Stored, said};
use crate::process::{catches_signals, freeze, signal, wait_end, wait_gone, wait_until};
use crate::small;

/// Benches that no other test runs, for long enough to be killed ten times.
const LONG: &str =
    "run --quick --time 10ms --invocations 150 -p truth --bench noisy_divan --bench noisy_criterion";

const SHORT: &str =
    "run --quick --time 10ms --invocations 25 -p truth --bench noisy_divan --bench noisy_criterion";

fn begin(place: &Place) -> Child {
    place
        .over_fixture(LONG)
        .env("TMPDIR", temporary(place))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn resume(place: &Place) -> Child {
    let mut command = place.command("run --resume");
    command.env("TMPDIR", temporary(place)).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// A folder for temporary files of this test alone.
fn temporary(place: &Place) -> PathBuf {
    let folder = place.path().join("tmp");
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Whole lines of the invocations so far.
fn row_count(place: &Place) -> usize {
    let [folder] = place.run_folders().try_into().unwrap_or_default();
    fs::read_to_string::<PathBuf>(folder.join("invocations.jsonl"))
        .map_or(0, |text| text.matches('\n').count())
}

/// Moments that differ from one execution to the next.
fn random_moment(limit_ms: u64) -> Duration {
    let nanos = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().subsec_nanos();
    Duration::from_millis(u64::from(nanos / 1000) % limit_ms)
}

#[track_caller]
fn assert_whole(stored: &Stored, invocation_count: usize) {
    let mut indexes: Vec<u64> = stored.rows.iter().map(|row| row["index"].as_u64().unwrap()).collect();
    indexes.sort_unstable();
    let all: Vec<u64> = (0..invocation_count as u64).collect();
    assert_eq!(indexes, all, "each scheduled invocation exactly once");
    assert!(stored.is_sealed());
}

#[test]
fn a_runner_killed_at_ten_random_moments_loses_nothing_and_finishes() {
    let place = Place::new();
    let mut readable = 0;
    for kill in 0..10 {
        let mut runner = if kill == 0 { begin(&place) } else { resume(&place) };
        if kill == 0 {
            wait_until(|| !place.run_folders().is_empty(), "the Run is made");
        }
        // Every other one is killed while it measures, however slow the host is; the rest wherever they are.
        if kill % 2 == 1 {
            wait_until(|| row_count(&place) > readable, "something is measured");
        }
        let moment = random_moment(if kill == 0 { 300 } else { 1200 });
        thread::sleep(moment);
        let started = freeze(&runner);
        runner.kill().unwrap();
        let status = runner.wait().unwrap();
        assert_eq!(status.code(), None, "kill {kill} after {moment:?}: it was killed in the middle");
        wait_gone(&started);
        let rows = row_count(&place);
        assert!(rows >= readable, "kill {kill} after {moment:?}: {rows} rows of {readable}");
        readable = rows;
        let shown = place.plain("show latest --json").expect(0).json();
        assert_eq!((&shown["state"], &shown["invocation_count"]), (&"open".into(), &rows.into()));
    }
    assert!(readable > 0, "ten kills later something was measured");
    let left = |place: &Place| fs::read_dir(temporary(place)).unwrap().count();
    assert!(left(&place) <= 1, "each one takes away what the one before it left");
    let finished = said(place.command("run --resume").env("TMPDIR", temporary(&place))).expect(0);
    finished.assert_stdout_has(&["2 measured · 0 failed", "300 invocations"]);
    assert_eq!(left(&place), 0, "nothing is left among the temporary files");
    let stored = place.stored();
    assert_whole(&stored, 300);
    let sessions: BTreeSet<u64> = stored.rows.iter().map(|row| row["session"].as_u64().unwrap()).collect();
    assert!(sessions.len() > 1, "{sessions:?}");
    let schedule = stored.run["schedule"].as_array().unwrap();
    for row in &stored.rows {
        let scheduled = &schedule[row["index"].as_u64().unwrap() as usize];
        assert_eq!(scheduled["padding_bytes"], row["padding_bytes"]);
    }
}

#[test]
fn a_stopped_run_keeps_what_is_finished_and_says_how_to_go_on() {
    let place = Place::new();
    let mut rows = 0;
    let mut id = String::new();
    for (signal_sent, is_first) in [(Signal::INT, true), (Signal::TERM, false)] {
        let mut command = if is_first { place.over_fixture(SHORT) } else { place.command("run --resume") };
        let mut runner = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        wait_until(|| !place.run_folders().is_empty() && row_count(&place) > rows + 1, "rows are stored");
        signal(&runner, signal_sent);
        let _ = wait_end(&mut runner);
        let stopped = Said::from(runner.wait_with_output().unwrap()).expect(130);
        rows = row_count(&place);
        let stored = Stored::read(&place.run_folders()[0]);
        id = stored.run["id"].as_str().unwrap().to_owned();
        stopped.assert_stdout_has(&[
            &format!("open: {rows} of 50 invocations done"),
            &format!("next     bench-lab run --resume {id}"),
        ]);
        assert!(!stored.is_sealed());
    }
    place.plain("runs").expect(0).assert_stdout_has(&["open", &format!("{rows}/50")]);
    place.plain(&format!("run --resume {id}")).expect(0).assert_stdout_has(&["50 invocations"]);
    assert_whole(&place.stored(), 50);

    let again = place.plain(&format!("run --resume {id}")).expect(2);
    again.assert_stderr_has(&[&id, "sealed"]);
    let none = place.plain("run --resume").expect(2);
    none.assert_stderr_has(&["no open Run in"]);
}

#[test]
fn a_run_stopped_while_it_builds_leaves_nothing() {
    let place = Place::new();
    let mut runner = place.over_fixture(SHORT).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until(|| catches_signals(runner.id()), "it can be stopped");
    signal(&runner, Signal::INT);
    let _ = wait_end(&mut runner);
    let _ = Said::from(runner.wait_with_output().unwrap()).expect(130);
    assert!(place.run_folders().is_empty());
}

/// Ctrl-C reaches cargo too, `kill` does not. What cargo did not build then is no news.
#[test]
fn a_stop_ends_a_build_and_tells_no_failure() {
    for reaches_cargo in [true, false] {
        let place = Place::new();
        let marker = place.path().join("builds");
        // Whatever becomes of cargo, the script ends with the place.
        let script = format!(
            "fn main() {{ let marker = std::path::Path::new({marker:?}); std::fs::write(marker, \"\").unwrap(); \
             while marker.exists() {{ std::thread::sleep(std::time::Duration::from_millis(50)) }} }}"
        );
        small::write(
            &place,
            &[("Cargo.toml", small::PACKAGE), ("build.rs", &script), ("benches/speed.rs", "fn main() {}")],
        );
        let mut command = place.command("run");
        command.current_dir(place.path().join("workspace")).process_group(0);
        let mut runner = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        wait_until(|| marker.exists(), "cargo builds");
        if reaches_cargo {
            kill_process_group(Pid::from_child(&runner), Signal::INT).unwrap();
        } else {
            signal(&runner, Signal::TERM);
        }
        let _ = wait_end(&mut runner);
        let stopped = Said::from(runner.wait_with_output().unwrap()).expect(130);
        stopped.assert_stderr_has(&["stopped before anything was measured"]);
        assert!(!stopped.stderr.contains("not build"), "{}", stopped.stderr);
        assert!(place.run_folders().is_empty());
    }
}

#[test]
fn a_run_does_not_go_on_with_other_executables() {
    let place = Place::new();
    let mut runner = begin(&place);
    wait_until(|| !place.run_folders().is_empty() && row_count(&place) > 1, "rows are stored");
    runner.kill().unwrap();
    let _ = runner.wait().unwrap();
    let head = place.run_folders()[0].join("run.json");
    let stored = place.stored();
    let digest = stored.run["targets"][1]["sha256"].as_str().unwrap();
    let other = fs::read_to_string(&head).unwrap().replace(digest, &"0".repeat(64));
    fs::write(&head, other).unwrap();
    let refused = place.plain("run --resume").expect(5);
    refused.assert_stderr_has(&["was begun with other executables", "hint:"]);
    assert!(!place.stored().is_sealed());
    let _ = said(&mut place.command("show")).expect(0);
}
