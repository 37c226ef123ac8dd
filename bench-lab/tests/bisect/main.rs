//! `bench-lab bisect` over repositories with a planted change, from its arguments to its exit code.
//!
//! No test asserts a time. What is planted is half as much work again, or none.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../cli/bench_lab.rs"]
#[allow(dead_code, reason = "shared with the tests of other commands")]
mod bench_lab;
#[path = "../revisions/repository.rs"]
#[allow(dead_code, reason = "shared with the tests of revisions")]
mod repository;
#[path = "../ab/sample.rs"]
#[allow(dead_code, reason = "shared with the tests of ab")]
mod sample;

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use sample::Sample;
use serde_json::Value;

/// A loop of so many rounds is what each revision measures.
fn body(rounds: u32) -> String {
    format!("spin({rounds})")
}

/// Commits `c1`, `c2`, … behind `base`, one per entry: rounds of the loop, or nothing for one that does not compile.
fn history(base: u32, commits: &[Option<u32>]) -> Sample {
    let sample = Sample::new(&[("speed", &body(base))]);
    for (index, rounds) in commits.iter().enumerate() {
        let text = rounds.map_or_else(|| "no such thing".into(), body);
        sample.set(&[("speed", &text)]);
        // A commit that changes no bench has to change something.
        sample.repo.write("NOTES.md", &format!("note {index}\n"));
        sample.repo.commit(&format!("c{}", index + 1));
    }
    sample
}

fn commit_of(sample: &Sample, tag: &str) -> String {
    sample.repo.git(&format!("rev-parse {tag}")).trim().to_owned()
}

/// The result among the lines of `--json`.
fn result(text: &str) -> Value {
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.into_iter().find(|line| line["event"] == "result").unwrap()["result"].clone()
}

const FEW: [Option<u32>; 6] = [Some(20_001), None, Some(20_001), Some(30_000), Some(30_000), Some(30_001)];

#[test]
fn the_culprit_is_named_around_a_commit_that_does_not_build_and_once_more_without_measuring() {
    let sample = history(20_000, &FEW);
    let said = sample.run("bisect speed base..c6 --json").expect(0);
    let found = result(&said.stdout);
    assert_eq!(found["answer"], "culprit", "{found}");
    assert_eq!(found["culprit"]["commit"], commit_of(&sample, "c4").as_str(), "{found}");
    assert_eq!(found["against_parent"]["verdict"], "regressed");
    let ratio = found["against_parent"]["ratio"]["point"].as_f64().unwrap();
    assert!((1.2..2.0).contains(&ratio), "{ratio}");
    let matches = sample.matches().len();

    let again = sample.run("bisect speed base..c6").expect(0);
    again.assert_stdout_has(&[
        &format!("culprit {}", commit_of(&sample, "c4")),
        "\"c4\"",
        "against its parent",
    ]);
    assert_eq!(sample.matches().len(), matches, "nothing is measured twice");
    assert!(!again.stderr.contains("build "), "{}", again.stderr);
}

#[test]
fn an_improvement_has_a_culprit_too_and_a_range_is_named_where_commits_do_not_build() {
    let sample = history(30_000, &[Some(30_001), None, None, Some(20_000)]);
    let said = sample.run("bisect speed base..c4 --json").expect(4);
    let found = result(&said.stdout);
    assert_eq!(found["answer"], "range", "{found}");
    let wanted: Vec<String> = ["c2", "c3", "c4"].iter().map(|tag| commit_of(&sample, tag)).collect();
    assert_eq!(found["commits"], serde_json::json!(wanted));
    let untestable =
        found["comparisons"].as_array().unwrap().iter().filter(|row| row["found"] == "untestable").count();
    assert_eq!(untestable, 2);
}

#[test]
fn a_culprit_that_renames_the_benchmark_is_found_under_its_new_name() {
    // Where the new name is not there yet, another benchmark's begins with it.
    let other = ("speedy_more", "spin(100)");
    let sample = Sample::new(&[("slow", "spin(20_000)"), other]);
    for (index, (name, rounds)) in
        [("slow", 20_001), ("slow", 20_002), ("speedy", 30_000), ("speedy", 30_001)].into_iter().enumerate()
    {
        sample.set(&[(name, &body(rounds)), other]);
        sample.repo.commit(&format!("c{}", index + 1));
    }
    let id = |name: &str| format!("regex-lite/speed/speed::{name}");
    sample.run("bisect slow base..c4").expect(5).assert_stderr_has(&["[renamed]"]);
    sample.repo.write("bench-lab.toml", &format!("[renamed]\n{:?} = {:?}\n", id("speedy"), id("slow")));
    // Either name means it.
    for typed in ["speed::speedy", "slow"] {
        let found = result(&sample.run(&format!("bisect {typed} base..c4 --json")).expect(0).stdout);
        assert_eq!(found["answer"], "culprit", "{found}");
        assert_eq!(found["culprit"]["commit"], commit_of(&sample, "c3").as_str(), "{found}");
        assert_eq!(found["benchmark"], id("speedy"), "{found}");
        assert_eq!(found["against_parent"]["verdict"], "regressed");
        let untestable =
            found["comparisons"].as_array().unwrap().iter().any(|row| row["found"] == "untestable");
        assert!(!untestable, "{found}");
    }
}

#[test]
fn a_commit_without_the_benchmark_is_left_out() {
    let sample = Sample::new(&[("work", &body(20_000)), ("work_more", &body(20_000))]);
    sample.set(&[("work_more", "spin(20_001)")]);
    sample.repo.commit("c1");
    sample.set(&[("work", &body(30_000)), ("work_more", &body(20_000))]);
    sample.repo.commit("c2");
    let found = result(&sample.run("bisect speed::work base..c2 --json").expect(4).stdout);
    assert_eq!(
        (&found["answer"], found["commits"].as_array().unwrap().len()),
        (&"range".into(), 2),
        "{found}"
    );
    assert_eq!(found["comparisons"][1]["why"], "the benchmark is not there", "{found}");
}

#[test]
fn ends_that_do_not_differ_stop_it_at_once() {
    let sample = history(20_000, &[Some(30_000), Some(20_000)]);
    let said = sample.run("bisect speed base..c2").expect(5);
    said.assert_stdout_has(&["there is nothing to find"]);
    assert_eq!(sample.matches().len(), 1);
}

#[test]
fn what_cannot_be_meant_is_told_before_anything_is_built() {
    let sample = history(20_000, &[Some(20_001)]);
    let refused = |words: &str, parts: &[&str]| sample.run(words).expect(2).assert_stderr_has(parts);
    refused("bisect speed base", &["\"base\" is no range of commits", "GOOD..BAD"]);
    refused("bisect speed c1..base", &["does not come from", "the other way round"]);
    refused("bisect speed base..base", &["holds no commit"]);
    sample.repo.git("checkout --quiet -b side base");
    sample.repo.write("NOTES.md", "on the side\n");
    sample.repo.commit("s1");
    sample.repo.git("checkout --quiet main");
    refused("bisect speed s1..c1", &["does not come from", "git merge-base"]);
    refused("bisect speed bsae..c1", &["bsae"]);
    assert!(sample.matches().is_empty());
    refused("bisect sped base..c1", &["no benchmark of either revision matches sped"]);
}

#[test]
fn a_bisection_that_was_killed_goes_on_with_the_launches_it_had() {
    let sample = history(20_000, &[Some(20_001), Some(30_000)]);
    let mut child =
        sample.command("bisect speed base..c2").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let launches = || {
        let matches = sample.matches();
        let lines = matches.first().map(|folder| fs::read_to_string(folder.join("launches.jsonl")).unwrap());
        lines.map_or(0, |text| text.lines().count())
    };
    let begun = Instant::now();
    while launches() < 3 && begun.elapsed() < Duration::from_secs(240) {
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let (before, folder) = (launches(), sample.matches().remove(0));
    assert!(before >= 3, "{before} launches");
    let first = fs::read_to_string(folder.join("launches.jsonl")).unwrap();
    let whole = &first[..first.rfind('\n').unwrap() + 1];

    let said = sample.run("bisect speed base..c2").expect(0);
    said.assert_stdout_has(&[&format!("culprit {}", commit_of(&sample, "c2"))]);
    let after = fs::read_to_string(folder.join("launches.jsonl")).unwrap();
    assert!(after.starts_with(whole), "what was measured before the kill is kept");
    assert!(folder.join("seal.json").exists());
}

/// `cargo test -p bench-lab --test bisect -- --ignored --nocapture thirty`
#[test]
#[ignore = "builds and measures for minutes"]
fn a_regression_planted_among_thirty_commits_is_found() {
    // Every commit changes the code a little; the nineteenth adds a tenth of the work.
    let rounds = |index: u32| if index < 19 { 20_000 + index } else { 22_000 + index };
    let commits: Vec<Option<u32>> = (1..=30).map(|index| Some(rounds(index))).collect();
    let sample = history(20_000, &commits);
    let begun = Instant::now();
    let said = sample.run("bisect speed base..c30").expect(0);
    println!("{}{}{:.0} s", said.stderr, said.stdout, begun.elapsed().as_secs_f64());
    said.assert_stdout_has(&[&format!("culprit {}", commit_of(&sample, "c19"))]);
}
