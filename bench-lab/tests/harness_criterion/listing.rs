//! Listings: by conversation in every version, by text as the second way.

use bench_lab::harness::{Criterion, Harness, Selection};

use crate::fixture::{Fixture, Played, long_name, target};

fn paths(fixture: &Fixture, scene: &str, attempt: usize) -> Vec<(String, u32)> {
    let listing = fixture.list(scene, attempt).unwrap();
    listing.benchmarks.into_iter().map(|record| (record.id.path, record.id.occurrence)).collect()
}

fn kinds(fixture: &Fixture, scene: &str, attempt: usize) -> Vec<String> {
    fixture.list(scene, attempt).unwrap().warnings.into_iter().map(|warning| warning.kind).collect()
}

#[test]
fn every_version_names_its_benchmarks_whole_and_in_order() {
    let long = long_name();
    let expected = [
        ("plain", 1),
        ("with spaces (and) [regex] a+b?", 1),
        ("work/bytes/4096", 1),
        ("work/7", 1),
        ("fixed/in code", 1),
        (long.as_str(), 1),
        ("twin", 1),
        ("twin", 2),
    ];
    for (stem, fixture) in Fixture::all() {
        let listed = paths(&fixture, "cases list", 0);
        let listed: Vec<(&str, u32)> = listed.iter().map(|(path, n)| (path.as_str(), *n)).collect();
        assert_eq!(listed, expected, "{stem}");
        assert_eq!(fixture.list("cases list", 0).unwrap().selection, Selection::Each, "{stem}");
    }
}

#[test]
fn the_executable_says_its_version_unless_it_is_a_forks() {
    for (stem, fixture) in Fixture::all() {
        let listing = fixture.list("cases list", 0).unwrap();
        let expected = (fixture.name == "criterion").then_some(fixture.version.as_str());
        assert_eq!(listing.harness_version.as_deref(), expected, "{stem}");
    }
}

#[test]
fn an_id_used_twice_is_said() {
    for (stem, fixture) in Fixture::all() {
        let warnings = fixture.list("cases list", 0).unwrap().warnings;
        let twins: Vec<_> = warnings.iter().filter(|warning| warning.kind == "duplicate_id").collect();
        assert_eq!(twins.len(), 1, "{stem}");
        assert_eq!(twins[0].subject, "recorded/cases/twin", "{stem}");
    }
}

#[test]
fn versions_that_measure_whole_seconds_say_so() {
    for (stem, fixture) in Fixture::all() {
        let is_said = kinds(&fixture, "cases list", 0).contains(&"whole_seconds".into());
        assert_eq!(is_said, stem.starts_with("0.3"), "{stem}");
    }
}

#[test]
fn a_main_that_reads_no_flags_is_recognised_at_its_first_benchmark() {
    for (stem, fixture) in Fixture::all() {
        let listing = fixture.list("deaf list", 0).unwrap();
        assert_eq!(listing.selection, Selection::WholeTarget, "{stem}");
        assert!(listing.benchmarks.is_empty(), "{stem}");
        assert_eq!(kinds(&fixture, "deaf list", 0), ["flags_ignored"], "{stem}");
    }
}

#[test]
fn the_printed_list_names_the_same_benchmarks_but_cuts_long_ids() {
    let cut = format!("{}...", &long_name()[..100]);
    for (stem, fixture) in Fixture::all() {
        let mut expected = paths(&fixture, "cases list", 0);
        // Every line that looks like a benchmark counts; this one was printed by the bench's own set-up.
        expected.insert(0, ("setup prints".into(), 1));
        expected[6].0.clone_from(&cut);
        let listed = paths(&fixture, "cases print list", 1);
        assert_eq!(listed, expected, "{stem}");
        let kinds = kinds(&fixture, "cases print list", 1);
        assert_eq!(kinds, ["truncated_id", "duplicate_id"], "{stem}");
    }
}

#[test]
fn a_name_that_is_printed_again_with_a_number_is_the_same_name() {
    let fixture = Fixture::load("0.8.2");
    let mut played = Played::of(fixture.scene("cases print list"));
    played.captured.stdout = b"a: benchmark\n\na #2: benchmark\nb #2: benchmark\na #3: bench\n".to_vec();
    let listing = Criterion.read_list(&fixture.target("cases").id, 1, &played.captured).unwrap();
    let ids: Vec<String> = listing.benchmarks.iter().map(|record| record.id.to_string()).collect();
    assert_eq!(
        ids,
        ["recorded/cases/a", "recorded/cases/a #2", "recorded/cases/b #2", "recorded/cases/a #3"]
    );
}

#[test]
fn a_process_that_did_not_connect_gives_no_listing_by_conversation() {
    let fixture = Fixture::load("0.8.2");
    assert!(fixture.list("cases print list", 0).is_err());
}

#[test]
fn a_process_that_failed_gives_no_listing_by_text() {
    let fixture = Fixture::load("0.8.2");
    let error = fixture.list("broken unheard", 1).unwrap_err();
    assert!(error.tail.contains("the benchmark gave up"), "{error}");
}

#[test]
fn a_listing_that_breaks_off_keeps_what_was_named_and_says_so() {
    let fixture = Fixture::load("0.8.2");
    let mut played = Played::of(fixture.scene("cases list"));
    // The greeting, then a group's beginning, its benchmark and its end.
    played.captured.frames.truncate(1 + 2 * 3);
    played.captured.exit = lab_core::model::Exit::Code(101);
    let listing = Criterion.read_list(&fixture.target("cases").id, 0, &played.captured).unwrap();
    assert_eq!(listing.benchmarks.len(), 2);
    assert_eq!(listing.warnings[0].kind, "list_incomplete");
    assert!(listing.warnings[0].text.ends_with("exited with code 101"), "{}", listing.warnings[0]);
    played.captured.frames.truncate(2);
    assert!(Criterion.read_list(&fixture.target("cases").id, 0, &played.captured).is_err());
}

#[test]
fn criterion2_is_asked_for_its_list_in_its_own_way() {
    let arguments =
        |name: &str| Criterion.list_commands(&target("cases", name, "3.0.5"))[1].arguments.clone();
    assert_eq!(arguments("criterion"), ["--bench", "--list"]);
    assert_eq!(arguments("criterion2"), ["--list"]);
}

#[test]
fn no_listing_writes_into_the_users_target_directory() {
    for spec in Criterion.list_commands(&target("cases", "criterion", "0.8.2")) {
        assert_eq!(spec.scratch_variable, Some("CRITERION_HOME"));
    }
}
