//! Matches that are killed or stopped: what was launched stays, and the rest can be launched later.

use std::collections::BTreeSet;
use std::process::{Child, Stdio};

use rustix::process::Signal;

use crate::bench_lab::Said;
use crate::process::{freeze, signal, wait_end, wait_gone, wait_until};
use crate::sample::{Sample, lines};

/// With no margin nothing is ever equivalent, so that equal work is launched to the end.
const ENDLESS: &str = "ab base --margin 0 --launches 40";

fn sample() -> Sample {
    let sample = Sample::new(&[("one", "spin(300)"), ("two", "spin(300)")]);
    // Other executables, the same work.
    sample.set(&[("one", "spin(300)"), ("two", "spin(300)"), ("added", "spin(1)")]);
    sample
}

fn spawn(sample: &Sample, words: &str) -> Child {
    sample.command(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn row_count(sample: &Sample) -> usize {
    if sample.matches().is_empty() { 0 } else { sample.launches().len() }
}

#[test]
fn a_match_killed_in_the_middle_loses_one_launch_at_most_and_goes_on() {
    let sample = sample();
    let before = sample.repo.picture();
    let mut readable = 0;
    for kill in 0..3 {
        let words = if kill == 0 { ENDLESS } else { "ab --resume" };
        let mut match_process = spawn(&sample, words);
        wait_until(|| row_count(&sample) > readable + 4, "launches are stored");
        let started = freeze(&match_process);
        match_process.kill().unwrap();
        assert_eq!(match_process.wait().unwrap().code(), None, "it was killed in the middle");
        wait_gone(&started);
        let rows = row_count(&sample);
        assert!(rows > readable + 4, "{rows} of {readable}");
        readable = rows;
        sample.run("show latest-ab").expect(0).assert_stdout_has(&["not finished"]);
        sample.run("runs").expect(0).assert_stdout_has(&["open"]);
    }
    assert_eq!(sample.repo.picture(), before);
    let finished = sample.run("ab --resume").expect(0);
    assert!(!finished.stdout.contains("not finished"), "{}", finished.stdout);
    let rows = sample.launches();
    for name in ["one", "two"] {
        let of_one = rows.iter().filter(|row| row["path"].as_str().unwrap().ends_with(name));
        let indexes: Vec<u64> = of_one.map(|row| row["index"].as_u64().unwrap()).collect();
        let all: Vec<u64> = (0..indexes.len() as u64).collect();
        assert_eq!(indexes, all, "{name}: each launch once, in order");
    }
    let folder = &sample.matches()[0];
    assert!(folder.join("seal.json").exists() && folder.join("environment.4.json").exists());
    let duels = lines(&folder.join("duels.jsonl"));
    assert_eq!(duels.len(), 2, "calibrated once: {}", finished.stdout);
    let again = sample.run("ab --resume").expect(2);
    again.assert_stderr_has(&["no open match in"]);
}

#[test]
fn a_stopped_match_says_how_to_go_on_and_does_not_with_other_files() {
    let sample = sample();
    let mut match_process = spawn(&sample, ENDLESS);
    wait_until(|| row_count(&sample) > 2, "launches are stored");
    signal(&match_process, Signal::INT);
    let _ = wait_end(&mut match_process);
    let stopped = Said::from(match_process.wait_with_output().unwrap()).expect(130);
    let id = sample.matches()[0].file_name().unwrap().to_string_lossy().into_owned();
    stopped.assert_stderr_has(&[&format!("bench-lab ab --resume {id}")]);

    sample.set(&[("one", "spin(301)"), ("two", "spin(300)"), ("added", "spin(1)")]);
    let refused = sample.run(&format!("ab --resume {id}")).expect(5);
    refused.assert_stderr_has(&["was begun with another working tree", "hint:"]);
    let seeds: BTreeSet<String> =
        sample.launches().iter().map(|row| row["padding_bytes"].to_string()).collect();
    assert!(seeds.len() > 1, "launches draw their own lots");
}
