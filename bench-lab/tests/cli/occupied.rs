//! Two sessions on one host: the second waits or refuses, and is told who holds it.

use std::process::{Child, Stdio};

use rustix::process::Signal;

use crate::bench_lab::{Place, Said};
use crate::process::{catches_signals, signal, wait_end, wait_until};

const LONG: &str = "run --quick --time 10ms --invocations 60 -p truth --bench steady_divan -- spin";

/// A session that holds the host until it ends.
fn holder(place: &Place) -> Child {
    let child = place.over_fixture(LONG).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until(|| !place.run_folders().is_empty(), "the first session measures");
    child
}

#[test]
fn a_second_session_refuses_and_names_the_first() {
    let place = Place::new();
    let mut first = holder(&place);
    let refused = place.fixture("run --quick -p truth --bench steady_divan").expect(3);
    let pid = format!("process {}", first.id());
    refused.assert_stderr_has(&[
        "another session measures on this host",
        &pid,
        "run --quick --time 10ms --invocations 60",
        "--wait 10m waits",
    ]);
    assert!(refused.stdout.is_empty(), "{}", refused.stdout);
    // Only measuring needs the host.
    let _ = place.fixture("list -p truth --bench steady_divan").expect(0);
    let _ = place.plain("runs").expect(0);
    first.kill().unwrap();
    let _ = first.wait().unwrap();
}

#[test]
fn a_second_session_that_waits_gets_its_turn() {
    let place = Place::new();
    let mut first = holder(&place);
    let second = place
        .over_fixture(
            "run --quick --time 10ms --invocations 1 --wait 1m -p truth --bench steady_divan -- spin",
        )
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    assert!(wait_end(&mut first).success());
    let _ = Said::from(second.wait_with_output().unwrap()).expect(0);
    assert_eq!(place.run_folders().len(), 2);
}

#[test]
fn a_second_session_that_waits_can_be_stopped_and_gives_up_in_the_end() {
    let place = Place::new();
    let mut first = holder(&place);
    let late = place.fixture("run --quick --wait 10ms -p truth --bench steady_divan").expect(3);
    late.assert_stderr_has(&["another session measures on this host"]);
    let mut second = place
        .over_fixture("run --quick --wait 1h -p truth --bench steady_divan -- spin")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until(|| catches_signals(second.id()), "the second session waits");
    signal(&second, Signal::INT);
    let _ = wait_end(&mut second);
    let stopped = Said::from(second.wait_with_output().unwrap()).expect(130);
    stopped.assert_stderr_has(&["stopped while waiting for the host"]);
    first.kill().unwrap();
    let _ = first.wait().unwrap();
}

#[test]
fn a_session_that_was_killed_holds_nothing() {
    let place = Place::new();
    let mut first = holder(&place);
    first.kill().unwrap();
    let _ = first.wait().unwrap();
    let _ = place.fixture("run --check -p truth --bench steady_divan -- spin").expect(0);
}
