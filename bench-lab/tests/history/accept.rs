//! `bench-lab accept`: a step is explained, in a text that git keeps, and shown where the step is shown.

use std::fs;

use crate::bench_lab::{Place, Said, said};
use crate::stored::{self, Wanted};
use crate::trend::{sample, trend};

fn accept(place: &Place, words: &[&str]) -> Said {
    said(place.command("accept").args(words))
}

fn text(place: &Place) -> String {
    fs::read_to_string(place.path().join("baselines/accepted.toml")).unwrap()
}

#[test]
fn the_newest_step_is_accepted_and_trend_shows_it_so() {
    let (place, commits) = sample();
    accept(&place, &["case_0000", "--why", "fsync was \"asked for\"", "--who", "Ada"])
        .expect(0)
        .assert_stdout_has(&["accepted p/t/group_0/case_0000 at", "(+17."]);
    let kept = text(&place);
    assert!(kept.contains(&format!("commit = \"{}\"", commits[20])), "{kept}");
    let shown = trend(&place, "case_0000").expect(0);
    shown.assert_stdout_has(&["accepted by Ada on 2", "fsync was \"asked for\""]);
    assert!(!shown.stdout.contains("measure again"), "{}", shown.stdout);
    trend(&place, "--steps").expect(0).assert_stdout_has(&["1 step, 0 not accepted"]);
    // Nothing is left to accept.
    accept(&place, &["case_0000", "--why", "again", "--who", "Ada"])
        .expect(2)
        .assert_stderr_has(&["has no step that is not accepted"]);
    let listed = said(&mut place.command("accept --list --json")).expect(0).json();
    assert_eq!(listed[0]["who"], "Ada");
    accept(&place, &["--rm", "case_0000"]).expect(0);
    trend(&place, "--steps").expect(0).assert_stdout_has(&["1 step, 1 not accepted"]);
}

#[test]
fn what_a_person_wrote_in_the_file_stays() {
    let (place, commits) = sample();
    let path = place.path().join("baselines/accepted.toml");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "# ours, by hand\n").unwrap();
    accept(&place, &["case_0000", "--commit", &commits[20][..8], "--why", "x", "--who", "Ada"]).expect(0);
    assert!(text(&place).starts_with("# ours, by hand\n\n[[accepted]]\n"));
}

#[test]
fn a_commit_between_two_measured_ones_is_that_of_the_step() {
    let (place, commits) = sample();
    // The Run of the commit that made the step is gone; its neighbours are measured.
    let folder = place
        .run_folders()
        .into_iter()
        .find(|folder| folder.file_name().unwrap().to_string_lossy().ends_with(&commits[20][..7]));
    fs::remove_dir_all(folder.unwrap()).unwrap();
    let said =
        accept(&place, &["case_0000", "--commit", &commits[20], "--why", "x", "--who", "Ada"]).expect(0);
    said.assert_stdout_has(&["(+17."]);
    trend(&place, "--steps").expect(0).assert_stdout_has(&["1 step, 0 not accepted"]);
}

#[test]
fn what_cannot_be_meant_is_an_error_that_says_what_to_do() {
    let (place, _) = sample();
    let refused = |words: &[&str], parts: &[&str]| accept(&place, words).expect(2).assert_stderr_has(parts);
    refused(&["case", "--why", "x", "--who", "A"], &["means 3 benchmarks", "one by one"]);
    refused(&["case_0000", "--why", " ", "--who", "A"], &["--why is empty"]);
    refused(
        &["case_0000", "--commit", "nowhere", "--why", "x", "--who", "A"],
        &["\"nowhere\" is no commit here"],
    );
    refused(&["case_0002", "--why", "x", "--who", "A"], &["no step that is not accepted"]);
    refused(&["--rm", "case_0000"], &["0 accepted steps"]);
    fs::create_dir_all(place.path().join("baselines")).unwrap();
    fs::write(place.path().join("baselines/accepted.toml"), "[[accepted]]\nbenchmrk = \"x\"\n").unwrap();
    refused(
        &["--list"],
        &["accepted.toml, line 2: unknown key \"benchmrk\" in [accepted]", "did you mean benchmark?"],
    );
}

#[test]
fn a_comparison_tells_what_was_accepted_between_its_sides_and_its_gate_does_not_care() {
    let place = Place::new();
    let after = "3e3b9d9c5fe24f51a1d2fd4c8b6b5c0f6d1f3a77";
    stored::store(&place, Wanted::default());
    let slower = [("read", 1000.0), ("write", 65_000.0)];
    let created_at = "2026-08-02T10:15:00Z";
    stored::store(&place, Wanted { created_at, commit: after, benchmarks: &slower, ..Wanted::default() });
    let accepted = format!(
        "[[accepted]]\nbenchmark = \"p/t/write\"\ncommit = \"{after}\"\nwhy = \"durable\"\nwho = \"Ada\"\nday = 2026-08-02\n"
    );
    fs::create_dir_all(place.path().join("baselines")).unwrap();
    fs::write(place.path().join("baselines/accepted.toml"), accepted).unwrap();
    let said = place.plain("compare latest~1 latest --gate").expect(1);
    said.assert_stdout_has(&["accepted at 3e3b9d9 by Ada on 2026-08-02: durable"]);
}
