//! What a Run says of the host that it measures on, before it measures.

use std::env;
use std::io::Read;
use std::os::unix::fs::symlink;
use std::process::{Child, Command, Stdio};

use crate::bench_lab::Place;

/// Tells a copy of this test executable to live until its input ends.
const ROLE: &str = "BENCH_LAB_TEST_IS_A_DAEMON";

/// The line for it, as the display and the stored Run have it.
const SENTENCE: &str = "tuning daemons: irqbalance (wanted: none that sets what is measured)";

const RUN: &str = "run --quick --time 10ms --invocations 1 -p renamed --bench alias";

/// Not a test of its own: what the false daemon runs. Without the variable it passes at once.
#[test]
fn daemon_process() {
    if env::var_os(ROLE).is_some() {
        std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    }
}

/// A process that the kernel calls irqbalance, because its file is called so.
fn daemon(place: &Place) -> Child {
    let path = place.path().join("irqbalance");
    symlink(env::current_exe().unwrap(), &path).unwrap();
    Command::new(path)
        .args(["--exact", "host_checks::daemon_process", "--nocapture"])
        .env(ROLE, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn a_run_tells_what_is_wrong_with_the_host_and_stores_it() {
    for (words, is_shown) in [(RUN.to_owned(), true), (format!("{RUN} --quiet"), false)] {
        let place = Place::new();
        let mut daemon = daemon(&place);
        let said = place.fixture(&words).expect(0);
        daemon.kill().unwrap();
        daemon.wait().unwrap();
        assert_eq!(said.stderr.contains(&format!("warning: {SENTENCE}")), is_shown, "{}", said.stderr);
        let stored = place.stored();
        let warnings = stored.run["warnings"].as_array().unwrap();
        let warning = warnings.iter().find(|warning| warning["kind"] == "doctor_daemons").unwrap();
        let text = format!("{}: {}", warning["subject"].as_str().unwrap(), warning["text"].as_str().unwrap());
        assert_eq!(text, SENTENCE);
    }
}
