//! What looks at a host is listed by the reader too, and refused with a reason.

use std::collections::BTreeSet;

use crate::bench_lab::Place;
use crate::reader::read;
use crate::stored::{Wanted, store};

/// All other commands only read.
const MEASURING: [&str; 11] =
    ["ab", "bisect", "doctor", "env", "list", "machine", "manifest", "profile", "run", "tune", "validate"];

#[test]
fn both_programs_list_the_same_commands_in_the_same_words() {
    let place = Place::new();
    for words in ["--help", "-h", "--version"] {
        let whole = place.plain(words).expect(0);
        assert_eq!(read(&place, words).expect(0).stdout, whole.stdout, "{words}");
    }
}

#[test]
fn exactly_the_commands_that_look_at_a_host_are_refused() {
    let place = Place::new();
    let commands = bench_lab::cli::command();
    let refused: BTreeSet<&str> = commands
        .get_subcommands()
        .map(clap::Command::get_name)
        .filter(|name| read(&place, name).stderr.contains("needs the feature measure"))
        .collect();
    assert_eq!(refused, BTreeSet::from(MEASURING));
}

#[test]
fn a_refusal_comes_before_flags_are_looked_at_and_leaves_nothing_behind() {
    let place = Place::new();
    for words in [
        "run",
        "run --quick -p mycrate -- parse.*",
        "run --no-such-flag",
        "ab main HEAD",
        "tune apply",
        "machine check x.toml",
        "list --json",
    ] {
        let command = words.split(' ').next().unwrap();
        read(&place, words).expect(3).assert_stderr_has(&[
            &format!("error: {command} needs the feature measure, and this bench-lab was built without it"),
            "it only reads what was measured elsewhere",
            "hint: measure on a Linux host, and read its folder .bench-lab here: bench-lab --store DIR show",
        ]);
    }
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
    let help = read(&place, "run --help").expect(0);
    help.assert_stdout_has(&[
        "Build the benches of a workspace",
        "This bench-lab only reads what was measured elsewhere",
    ]);
}

#[test]
fn the_parts_of_reading_commands_that_look_at_a_host_are_refused_alone() {
    let place = Place::new();
    store(&place, Wanted::default());
    let pilot = read(&place, "power --pilot").expect(3);
    pilot.assert_stderr_has(&["error: power --pilot needs the feature measure"]);
    let prune = read(&place, "baseline prune").expect(3);
    prune.assert_stderr_has(&["error: naming this machine needs", "hint: --machine says which one is meant"]);
    read(&place, "baseline prune --machine test-1c").expect(0);
}
