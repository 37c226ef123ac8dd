//! The driver from the build to the table, in seconds; figures are not looked at.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use rivals::journal;
use rivals::tool::{Rule, Tool};

/// Runs it with a lock of its own: a test waits for no session of the host.
fn rivals(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rivals"));
    command.args(arguments).env("BENCH_LAB_LOCK", folder.join("lock")).current_dir(folder);
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn comparisons_are_kept_as_they_end_and_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    // A session of one tool makes one comparison at least, however short it is.
    for (tool, file) in [(Tool::LabDivan, "--json"), (Tool::Divan, "--resume"), (Tool::Tango, "--resume")] {
        let arguments = ["--tools", tool.id(), "--workloads", "hash", "--minutes", "0.01", file, "a.jsonl"];
        let output = rivals(folder.path(), &arguments);
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert!(text(&output.stdout).contains("A/A alarms"), "{}", text(&output.stdout));
    }
    let path = folder.path().join("a.jsonl");
    let first = journal::read(&path).unwrap();
    for tool in [Tool::LabDivan, Tool::Divan, Tool::Tango] {
        let of_tool = first.comparisons.iter().find(|one| one.tool == tool).unwrap();
        assert!(of_tool.failure.is_none() && of_tool.seconds > 0.0, "{of_tool:?}");
        assert!(of_tool.answers.keys().eq(tool.rules()), "{of_tool:?}");
    }

    // As a kill in the middle of a line leaves it.
    fs::write(&path, fs::read_to_string(&path).unwrap() + "{\"kind\":").unwrap();
    let again = ["--tools", "divan", "--workloads", "hash", "--minutes", "0.02", "--resume", "a.jsonl"];
    let output = rivals(folder.path(), &again);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let second = journal::read(&path).unwrap();
    assert_eq!(second.sessions.len(), first.sessions.len() + 1);
    assert_eq!(second.comparisons[..first.comparisons.len()], first.comparisons);
    assert!(second.comparisons.len() > first.comparisons.len());

    let rendered = rivals(folder.path(), &["table", "a.jsonl"]);
    assert_eq!(text(&rendered.stdout), text(&output.stdout), "the same file gives the same table");
}

#[test]
fn a_tool_that_is_not_installed_has_a_row_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    // Built before, so that cargo needs nothing else of the path.
    let warm = ["--tools", "divan", "--workloads", "hash", "--minutes", "0.01"];
    assert!(rivals(folder.path(), &[&["--json", "warm.jsonl"], &warm[..]].concat()).status.success());
    let cargo = Path::new(env!("CARGO")).parent().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_rivals"))
        .args(["--tools", "hyperfine,divan", "--workloads", "hash", "--minutes", "0.02", "--json", "a.jsonl"])
        .env("BENCH_LAB_LOCK", folder.path().join("lock"))
        .env("PATH", cargo)
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let row = Rule::HyperfineWelch.title();
    assert!(
        text(&output.stdout).contains(&format!("| {row} | not installed | – |")),
        "{}",
        text(&output.stdout)
    );
}

#[test]
fn what_is_mistyped_is_answered_with_what_there_is() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, answer) in [
        (&["--tools", "perf"][..], "lab_divan"),
        (&["--workloads", "hush"], "hash"),
        (&["--minutes", "soon"], "number of minutes"),
        (&["--resume", "none.jsonl"], "none.jsonl"),
        (&["table", "none.jsonl"], "none.jsonl"),
        (&["--cpu", "4096"], "allowed"),
    ] {
        let output = rivals(folder.path(), arguments);
        assert!(!output.status.success());
        assert!(text(&output.stderr).contains(answer), "{}", text(&output.stderr));
    }
}
