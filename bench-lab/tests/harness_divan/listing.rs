//! What each version lists, and what is made of a list that is none.

use super::*;

#[test]
fn the_list_has_every_argument_type_and_thread_count_in_divans_order() {
    let listing = listing("0.1.21").unwrap();
    let expected = [
        "always_two",
        "chatty",
        "counters",
        "ignored",
        "ignored_args::1",
        "ignored_args::2",
        "inputs",
        "like_threads::t=1",
        "like_threads::t=2",
        "name with │ bars and spaces",
        "odd_args::1 │ 2",
        "odd_args::a b",
        "odd_args::x::y",
        "panics",
        "plain",
        "slow",
        "sub_ns",
        "threaded t=1",
        "threaded t=2",
        "threaded_args::5 t=1",
        "threaded_args::5 t=2",
        "threaded_args::6 t=1",
        "threaded_args::6 t=2",
        "unregistered",
        "with_args::1",
        "with_args::10",
        "with_args::100",
        "array::16",
        "array::64",
        "from_iter::Vec<u32>",
        "from_iter::VecDeque<u32>",
        "nested::a group::leaf",
        "nested::a group::twin",
        "nested::a group::twin",
        // Its set-up code prints behind its name in the tree, so that the tree does not show where it stands.
        "whispers",
    ];
    assert_eq!(paths(&listing), expected.map(|path| format!("case_zoo::{path}")));
    let twins = listing.benchmarks.iter().filter(|record| record.id.path.ends_with("twin"));
    assert_eq!(twins.map(|record| record.id.occurrence).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(listing.warnings.len(), 1, "{:?}", listing.warnings);
    assert_eq!(listing.warnings[0].kind, "duplicate_id");
}

#[test]
fn ignored_benchmarks_are_listed_and_marked_by_every_version() {
    for version in VERSIONS {
        let listing = listing(version).unwrap();
        let ignored: Vec<&str> = listing
            .benchmarks
            .iter()
            .filter(|record| record.is_ignored)
            .map(|record| record.id.path.as_str())
            .collect();
        assert_eq!(
            ignored,
            ["case_zoo::ignored", "case_zoo::ignored_args::1", "case_zoo::ignored_args::2"],
            "{version}"
        );
    }
}

#[test]
fn every_version_lists_the_same_benchmarks_as_far_as_it_can_tell() {
    let newest = paths(&listing("0.1.21").unwrap());
    for version in ["0.1.18", "0.1.14", "codspeed-3.0.5"] {
        let mut listed = paths(&listing(version).unwrap());
        // Without arguments on the list, those named `t=1` and `t=2` cannot be told from thread counts; without
        // a list, set-up code that prints spoils the name in the tree.
        for path in &mut listed {
            *path = path
                .replace("like_threads t=", "like_threads::t=")
                .replace("whisperssetting up ", "whispers");
        }
        let missing: Vec<_> = newest.iter().filter(|path| !listed.contains(path)).collect();
        assert!(missing.is_empty() && listed.len() == newest.len(), "{version}: {missing:?} of {listed:#?}");
    }
}

#[test]
fn a_target_without_benchmarks_has_an_empty_list() {
    let nothing = list(&Divan, &target("empty"), |_, _| ended(Exit::Code(0))).unwrap();
    assert!(nothing.benchmarks.is_empty());
    assert!(nothing.warnings.is_empty());
}

#[test]
fn a_program_that_answers_otherwise_is_refused_with_its_output() {
    let stranger = Captured { stdout: b"usage: sort FILE\n".to_vec(), ..ended(Exit::Code(0)) };
    let error = list(&Divan, &target("sort"), |_, _| stranger.clone()).unwrap_err();
    assert_eq!(error.tail, "usage: sort FILE");
}

#[test]
fn a_tree_that_ends_early_keeps_the_list_and_says_so() {
    let listing = list(&Divan, &target("case-zoo"), |arguments, _| {
        if arguments.contains(&"--list".to_owned()) {
            output("0.1.21", "list")
        } else {
            ended(Exit::Code(101))
        }
    })
    .unwrap();
    assert!(paths(&listing).contains(&"case_zoo::threaded".to_owned()));
    assert!(listing.warnings.iter().any(|warning| warning.kind == "thread_counts_unknown"));
}
