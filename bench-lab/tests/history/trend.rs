//! `bench-lab trend` over stores whose steps are known.

use std::fs;
use std::process::Command;
use std::time::Instant;

use crate::bench_lab::{Place, Said, said};
use crate::generator::{Synthetic, fill};

/// A repository of empty commits, a day apart, in a folder beside the store; their hashes, oldest first and the same each
/// time.
fn repository(place: &Place, count: usize) -> Vec<String> {
    let start: jiff::Timestamp = "2026-01-01T08:00:00Z".parse().unwrap();
    let git = |words: &[&str], day: usize| {
        let date = (start + jiff::SignedDuration::from_hours(24 * day as i64)).to_string();
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
        let output = Command::new("git")
            .args(identity)
            .args(words)
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .current_dir(place.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{words:?} {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    git(&["init", "--quiet", "--initial-branch", "main"], 0);
    (0..count)
        .map(|index| {
            git(&["commit", "--quiet", "--allow-empty", "--message", &format!("change {index}")], index);
            git(&["rev-parse", "HEAD"], index)
        })
        .collect()
}

/// Thirty commits, of which every one was measured; case 0 steps up at 20, case 1 creeps, case 2 is steady.
pub(crate) fn sample() -> (Place, Vec<String>) {
    let place = Place::new();
    let commits = repository(&place, 30);
    let level = |benchmark: usize, run: usize| match benchmark {
        0 if run >= 20 => 89e6,
        0 => 76e6,
        1 => 1000.0 * (1.0 + 0.01 * run as f64),
        _ => 5000.0,
    };
    fill(
        &place,
        &Synthetic { commits: &commits, benchmark_count: 3, process_count: 6, level, spread: 0.004 },
    );
    (place, commits)
}

pub(crate) fn trend(place: &Place, words: &str) -> Said {
    said_of(place, &format!("trend {words}"))
}

#[test]
fn a_step_is_told_with_its_commit_its_size_and_what_to_do() {
    let (place, commits) = sample();
    let said = trend(&place, "case_0000").expect(0);
    let (good, bad) = (&commits[19][..7], &commits[20][..7]);
    said.assert_stdout_has(&[
        "p/t/group_0/case_0000   test-1c   wall_ns, 30 Runs of 30 commits of main",
        &format!("▲ {bad}"),
        "\"change 20\"",
        "no slow creep",
        &format!("measure again:  bench-lab bisect p/t/group_0/case_0000 {good}..{bad}"),
        &format!("accept it:      bench-lab accept p/t/group_0/case_0000 --commit {bad} --why"),
    ]);
    let text = said.stdout.lines().find(|line| line.starts_with('▲')).unwrap();
    assert!(text.contains("ms → 8") && text.contains("+17.") && text.contains("95 % CI +1"), "{text}");
}

#[test]
fn charts_overview_and_steps_look_as_they_are_meant_to() {
    let (place, _) = sample();
    for (name, words) in [
        ("step", "case_0000"),
        ("creep", "case_0001"),
        ("steady", "case_0002 --last 12"),
        ("overview", ""),
        ("steps", "--steps"),
    ] {
        insta::assert_snapshot!(name, trend(&place, words).expect(0).stdout);
    }
}

#[test]
fn the_overview_has_what_moves_and_counts_what_is_steady() {
    let (place, _) = sample();
    let said = trend(&place, "").expect(0);
    said.assert_stdout_has(&["case_0000", "case_0001", "1 with steps, 1 creeping, 1 steady of 3 benchmarks"]);
    assert!(!said.stdout.contains("case_0002"), "{}", said.stdout);
    let steps = trend(&place, "--steps").expect(0);
    steps.assert_stdout_has(&["▲ p/t/group_0/case_0000", "1 step, 1 not accepted"]);
}

#[test]
fn json_and_csv_hold_every_point_and_the_step() {
    let (place, commits) = sample();
    let json = trend(&place, "--format json").expect(0).json();
    assert_eq!(json["ordered_by"]["commits"], "main");
    let step = &json["timelines"][0]["steps"][0];
    assert_eq!(
        (step["at"].as_u64(), step["commits"]["bad"].as_str()),
        (Some(20), Some(commits[20].as_str()))
    );
    assert_eq!(json["timelines"][0]["points"].as_array().unwrap().len(), 30);
    let csv = trend(&place, "--format csv").expect(0).stdout;
    assert_eq!(csv.lines().count(), 91);
    let head: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
    let at = |name: &str| head.iter().position(|column| *column == name).unwrap();
    let stepped: Vec<Vec<&str>> = csv
        .lines()
        .skip(1)
        .map(|line| line.split(',').collect::<Vec<_>>())
        .filter(|cells| !cells[at("step")].is_empty())
        .collect();
    assert_eq!(stepped.len(), 1);
    assert_eq!(stepped[0][at("commit")], commits[20]);
}

#[test]
fn a_window_begins_where_it_is_said_to() {
    let (place, commits) = sample();
    let count = |words: &str| {
        trend(&place, &format!("--format json {words}")).expect(0).json()["run_count"].as_u64().unwrap()
    };
    assert_eq!(count("--last 7"), 7);
    assert_eq!(count(&format!("--since {}", &commits[25][..9])), 5);
    assert_eq!(count("--since HEAD~2"), 3);
    assert_eq!(count("--since 2026-01-11"), 20);
    trend(&place, "--since nowhere")
        .expect(2)
        .assert_stderr_has(&["\"nowhere\" is no commit of this history"]);
}

#[test]
fn another_line_leaves_out_what_is_not_on_it() {
    let (place, commits) = sample();
    let said = trend(&place, &format!("case_0000 --line {}", commits[9])).expect(0);
    said.assert_stdout_has(&[
        "10 Runs of 10 commits",
        "20 Runs of commits that are not on this line left out",
    ]);
}

#[test]
fn without_a_repository_time_orders_and_says_so() {
    let (place, _) = sample();
    fs::rename(place.path().join(".git"), place.path().join("moved")).unwrap();
    let said = trend(&place, "case_0000").expect(0);
    said.assert_stdout_has(&["30 Runs by time of measuring, 2026-01-01 .. 2026-01-30", "▲"]);
}

#[test]
fn what_was_typed_wrong_is_an_error_with_the_nearest() {
    let (place, _) = sample();
    trend(&place, "case_9999").expect(2).assert_stderr_has(&["no benchmark of 3 in the history matches"]);
    trend(&place, "--metric wall")
        .expect(2)
        .assert_stderr_has(&["no Run has the metric wall", "there is wall_ns"]);
    trend(&place, "--machine test-2c").expect(2).assert_stderr_has(&["did you mean test-1c?"]);
    let empty = Place::new();
    trend(&empty, "").expect(2).assert_stderr_has(&["there is no store at"]);
}

#[test]
fn one_run_is_a_history_without_steps() {
    let place = Place::new();
    let commits = repository(&place, 1);
    let level = |_: usize, _: usize| 1000.0;
    fill(
        &place,
        &Synthetic { commits: &commits, benchmark_count: 1, process_count: 6, level, spread: 0.004 },
    );
    let said = trend(&place, "case_0000").expect(0);
    said.assert_stdout_has(&["1 Run of 1 commit of main", "1 Run, and a step takes 6 to be seen"]);
    trend(&place, "").expect(0).assert_stdout_has(&[
        "0 with steps, 0 creeping, 0 steady, 1 with fewer than the 6 Runs that a step takes, of 1 benchmark",
    ]);
    trend(&place, "--steps").expect(0).assert_stdout_has(&["0 steps"]);
    said_of(&place, "accept case_0000 --why asked")
        .expect(2)
        .assert_stderr_has(&["has no step that is not accepted"]);
}

fn said_of(place: &Place, words: &str) -> Said {
    said(&mut place.command(words))
}

#[test]
fn a_damaged_index_is_told_in_one_line_and_changes_nothing() {
    let (place, _) = sample();
    let before = trend(&place, "").expect(0);
    fs::write(place.store().join("index.sqlite"), "nonsense".repeat(1000)).unwrap();
    let after = trend(&place, "").expect(0);
    assert_eq!(before.stdout, after.stdout);
    assert_eq!(after.stderr.lines().count(), 1, "{}", after.stderr);
}

/// `cargo test --release -p bench-lab --test history -- --ignored --nocapture three_hundred`
#[test]
#[ignore = "makes 300 Runs of 1,000 benchmarks: minutes, and some hundred megabytes"]
fn three_hundred_runs_of_a_thousand_benchmarks_answer_at_once() {
    let place = Place::new();
    let commits = repository(&place, 300);
    let level = |benchmark: usize, run: usize| {
        let steps = benchmark.is_multiple_of(10) && run >= 100 + benchmark % 100;
        1000.0 * (1 + benchmark) as f64 * if steps { 1.05 } else { 1.0 }
    };
    fill(
        &place,
        &Synthetic { commits: &commits, benchmark_count: 1000, process_count: 6, level, spread: 0.004 },
    );
    let timed = |words: &str| {
        let begun = Instant::now();
        let said = trend(&place, words).expect(0);
        println!("{:>9.3} s  trend {words}", begun.elapsed().as_secs_f64());
        said.stdout
    };
    println!("first, with the index to be made:");
    timed("");
    for words in ["", "", "", "case_0010", "--steps", "--format json", "--format csv"] {
        timed(words);
    }
    let overview = timed("");
    println!("{}", overview.lines().rev().take(2).collect::<Vec<_>>().join("\n"));
    let index = fs::metadata(place.store().join("index.sqlite")).unwrap().len();
    println!("index: {:.1} MB", index as f64 / 1e6);
    assert!(overview.contains("steady of 1000 benchmarks"), "{overview}");
}
