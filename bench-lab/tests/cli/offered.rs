//! What a comparison offers next: who made a regression, and how to live with it, as commands that work.

use std::process::Command;

use crate::bench_lab::{Place, said};
use crate::formats::offered_in;
use crate::stored::{Wanted, store};

/// A repository around the place with so many commits; their hashes, oldest first.
fn repository(place: &Place, count: usize) -> Vec<String> {
    let git = |words: &[&str]| {
        let identity =
            ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"];
        let done = Command::new("git").current_dir(place.path()).args(identity).args(words).output().unwrap();
        assert!(done.status.success(), "{words:?}: {done:?}");
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    };
    git(&["init", "--quiet", "--initial-branch", "main"]);
    git(&["config", "user.name", "Ada"]);
    (0..count)
        .map(|number| {
            git(&["commit", "--quiet", "--allow-empty", "-m", &format!("change {number}")]);
            git(&["rev-parse", "HEAD"])
        })
        .collect()
}

/// A Run of each commit; from the seventh on `write` takes a third more.
fn histories(place: &Place) -> Vec<String> {
    let commits = repository(place, 14);
    for (number, commit) in commits.iter().enumerate() {
        let write = if number >= 7 { 65_000.0 } else { 50_000.0 };
        let created_at = format!("2026-08-{:02}T10:15:00Z", number + 1);
        let benchmarks = [("read", 1000.0), ("write", write), ("write_bulk", 80_000.0)];
        store(
            place,
            Wanted { created_at: &created_at, commit, benchmarks: &benchmarks, ..Wanted::default() },
        );
    }
    commits
}

#[test]
fn a_regression_over_several_commits_is_bisected_profiled_and_accepted_by_lines_that_work() {
    let place = Place::new();
    let commits = histories(&place);
    let said_now = place.plain("compare latest~13 latest").expect(0);
    let offered = offered_in(&said_now.stdout);
    let (good, bad) = (&commits[0][..10], &commits[13][..10]);
    // Its path is a part of another's, so its whole id is offered.
    assert_eq!(
        offered[1..],
        [
            format!("bench-lab bisect 'p/t/write' {good}..{bad}"),
            format!("bench-lab profile 'p/t/write' --diff {good}"),
            format!("bench-lab accept 'p/t/write' --commit {} --why 'REASON'", &commits[7][..10]),
        ]
    );
    for line in &offered {
        let words = line.split(' ').map(|word| word.trim_matches('\''));
        let parsed = bench_lab::cli::command().try_get_matches_from(words);
        assert!(parsed.is_ok(), "{line}: {parsed:?}");
    }
    let words = offered[3].strip_prefix("bench-lab ").unwrap().replace('\'', "");
    place.plain(&words).expect(0).assert_stdout_has(&["accepted p/t/write at"]);
    let after = place.plain("compare latest~13 latest").expect(0);
    assert!(
        !after.stdout.contains("bench-lab accept"),
        "what is accepted is not offered again: {}",
        after.stdout
    );
}

#[test]
fn one_commit_is_not_bisected_and_equal_sides_are_offered_nothing_of_the_kind() {
    let place = Place::new();
    histories(&place);
    let one = offered_in(&place.plain("compare latest~7 latest~6").expect(0).stdout);
    assert!(one.iter().any(|line| line.starts_with("bench-lab profile 'p/t/write' --diff ")), "{one:?}");
    assert!(!one.iter().any(|line| line.contains(" bisect ")), "{one:?}");
    let equal = offered_in(&place.plain("compare latest~1 latest").expect(0).stdout);
    assert!(!equal.iter().any(|line| line.contains(" profile ") || line.contains(" accept ")), "{equal:?}");
}

#[test]
fn outside_the_repository_of_its_commits_a_comparison_offers_what_needs_none() {
    let place = Place::new();
    histories(&place);
    std::fs::remove_dir_all(place.path().join(".git")).unwrap();
    let mut command = place.command("compare latest~13 latest");
    let offered = offered_in(&said(command.env("GIT_CEILING_DIRECTORIES", place.path())).expect(0).stdout);
    assert!(
        !offered.iter().any(|line| line.contains(" bisect ") || line.contains(" accept ")),
        "{offered:?}"
    );
}
