//! Benches that go wrong in every way we know: each is a row with its reason, and the rest goes on.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;

use crate::bench_lab::{Place, Said, Stored, fixture_root, target_dir};

/// All that goes wrong, measured once.
struct Wrong {
    place: Place,
    said: Said,
    stored: Stored,
}

static WRONG: LazyLock<Wrong> = LazyLock::new(|| {
    let place = Place::new();
    // Nothing but a start of this program, by anybody, makes the file that it leaves.
    let _ = std::fs::remove_file(marker());
    let said = place
        .fixture(
            "run --quick --time 10ms --invocations 2 --timeout 2s --workspace -- panics_ hangs_ exits_ killed_ \
             garbage_ vanishing_ zero_time_ duplicate_ custom_main data_file_ threads_ alias overridden plain",
        )
        .expect(4);
    let stored = place.stored();
    Wrong { place, said, stored }
});

fn marker() -> std::path::PathBuf {
    target_dir().join("tmp/plain-was-started")
}

/// The outcomes of a benchmark, one word each; with the reason where there is one.
fn outcomes(name: &str) -> Vec<(String, String)> {
    let observations = WRONG.stored.observations();
    let found =
        observations.get(name).unwrap_or_else(|| panic!("no row of {name}: {:?}", observations.keys()));
    found.iter().map(|observation| outcome(&observation["outcome"])).collect()
}

fn outcome(value: &Value) -> (String, String) {
    match value {
        Value::String(word) => (word.clone(), String::new()),
        Value::Object(fields) => {
            let (word, inner) = fields.iter().next().unwrap();
            let reason = inner["reason"].as_str().unwrap_or_default();
            (word.clone(), reason.to_owned())
        }
        other => panic!("{other}"),
    }
}

#[track_caller]
fn assert_measured(names: &[&str]) {
    for name in names {
        let words: Vec<String> = outcomes(name).into_iter().map(|(word, _)| word).collect();
        assert_eq!(words, ["ok", "ok"], "{name}");
    }
}

#[track_caller]
fn assert_fails(name: &str, word: &str, reason: &str) {
    for (is, why) in outcomes(name) {
        assert!(is == word && why.contains(reason), "{name}: {is} because {why:?}");
    }
}

#[test]
fn a_benchmark_that_panics_says_where_and_its_neighbours_are_measured() {
    assert_fails("panics_divan/panics_divan::panics", "failed", "known panic");
    assert_fails("panics_criterion/panics", "failed", "known panic");
    assert_measured(&[
        "panics_divan/panics_divan::a_fine",
        "panics_divan/panics_divan::z_fine",
        "panics_criterion/a_fine",
        "panics_criterion/z_fine",
    ]);
}

#[test]
fn a_benchmark_that_hangs_is_killed_once_and_then_given_up() {
    for name in ["hangs_divan/hangs_divan::hangs", "hangs_criterion/hangs"] {
        let words: Vec<String> = outcomes(name).into_iter().map(|(word, _)| word).collect();
        assert_eq!(words, ["timed_out"], "{name}: a second time costs its whole limit again");
    }
    assert_measured(&["hangs_divan/hangs_divan::z_fine", "hangs_criterion/z_fine"]);
    WRONG.said.assert_stdout_has(&["killed after 2 s; --timeout allows longer"]);
    WRONG.said.assert_stderr_has(&["truth/hangs_criterion/hangs: is given up; 1 more invocation left out"]);
}

#[test]
fn a_benchmark_that_ends_its_process_fails_with_code_or_signal() {
    for prefix in ["exits_divan/exits_divan::", "exits_criterion/"] {
        assert_fails(&format!("{prefix}exits_3"), "failed", "exited with code 3");
        assert_fails(&format!("{prefix}exits_0"), "failed", "");
        assert_measured(&[&format!("{prefix}a_fine"), &format!("{prefix}z_fine")]);
    }
    for prefix in ["killed_divan/killed_divan::", "killed_criterion/"] {
        assert_fails(&format!("{prefix}aborts"), "failed", "killed by signal 6");
        assert_measured(&[&format!("{prefix}a_fine"), &format!("{prefix}z_fine")]);
    }
}

#[test]
fn printing_never_becomes_a_measurement() {
    assert_measured(&[
        "garbage_divan/garbage_divan::fine",
        "garbage_divan/garbage_divan::prints_garbage",
        "garbage_criterion/prints_garbage",
        "garbage_criterion/fine",
    ]);
    assert_fails("garbage_divan/garbage_divan::prints_fake_row", "failed", "hides its row");
    let of_garbage: Vec<String> =
        WRONG.stored.observations().into_keys().filter(|name| name.starts_with("garbage_")).collect();
    assert_eq!(of_garbage.len(), 5, "{of_garbage:?}");
}

#[test]
fn a_benchmark_that_was_listed_and_is_gone_is_missing() {
    for name in ["vanishing_divan/vanishing_divan::listed::vanishes", "vanishing_criterion/vanishes"] {
        assert_fails(name, "missing", "");
    }
    assert_measured(&["vanishing_divan/vanishing_divan::listed::remains", "vanishing_criterion/stays"]);
}

#[test]
fn no_time_is_no_measurement() {
    assert_fails("zero_time_criterion/zero", "failed", "zero time");
    assert_measured(&["zero_time_criterion/fine", "zero_time_divan/zero_time_divan::fine"]);
}

#[test]
fn twins_are_measured_together_and_told_apart() {
    for prefix in ["duplicate_divan/duplicate_divan::same", "duplicate_criterion/same"] {
        assert_measured(&[prefix, &format!("{prefix} #2")]);
    }
    let rows = WRONG.stored.rows.iter().filter(|row| row["target"] == "duplicate_criterion");
    assert!(rows.into_iter().all(|row| row["observations"].as_array().unwrap().len() == 2));
}

#[test]
fn a_main_that_ignores_flags_is_run_as_a_whole() {
    assert_measured(&["custom_main/first", "custom_main/second"]);
    WRONG.said.assert_stdout_has(&["truth/custom_main: its main reads no flags"]);
}

#[test]
fn benches_find_their_files_and_renamed_harnesses_are_known() {
    assert_measured(&[
        "data_file_divan/data_file_divan::count_words",
        "data_file_criterion/count_words",
        "alias/under_another_name",
        "claimed/claimed::sees_its_variable",
    ]);
}

#[test]
fn threads_get_the_cpus_for_threads() {
    let plan = &WRONG.stored.run["plan"];
    let rows_of = |wanted: &str| -> Vec<&Value> {
        WRONG.stored.rows.iter().filter(|row| row["observations"][0]["path"] == wanted).collect()
    };
    let cpus_of =
        |wanted: &str| -> Vec<&Value> { rows_of(wanted).into_iter().map(|row| &row["cpus"]).collect() };
    for threaded in ["two_threads", "threads_divan::one_and_two t=2", "threads_divan::two"] {
        let cpus = cpus_of(threaded);
        assert!(
            cpus.len() == 2 && cpus.iter().all(|cpus| **cpus == plan["threaded_cpus"]),
            "{threaded}: {cpus:?}"
        );
        // Its threads make way for each other, and nothing says for whom else.
        let taints = rows_of(threaded).into_iter().flat_map(|row| row["taints"].as_array()).flatten();
        let rules: Vec<&Value> = taints.map(|taint| &taint["rule"]).collect();
        assert!(!rules.iter().any(|rule| *rule == "preempted" || *rule == "run_queue_wait"), "{rules:?}");
    }
    for single in ["threads_divan::one_and_two t=1", "panics_divan::a_fine"] {
        let cpus = cpus_of(single);
        assert!(cpus.len() == 2 && cpus.iter().all(|cpus| **cpus == plan["cpus"]), "{single}: {cpus:?}");
    }
}

#[test]
fn what_cannot_be_measured_is_named_with_its_reason_and_never_started() {
    let skips: BTreeMap<String, String> = WRONG.stored.run["targets"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|target| !target["skip"].is_null())
        .map(|target| {
            let name =
                format!("{}/{}", target["package"].as_str().unwrap(), target["target"].as_str().unwrap());
            (name, outcome(&target["skip"]).0)
        })
        .collect();
    let expected = [
        ("overridden/left_alone", "declined"),
        ("scripted/env_dump", "unknown_harness"),
        ("truth/broken", "build_failed"),
        ("truth/empty_criterion", "no_benchmarks"),
        ("truth/empty_divan", "no_benchmarks"),
        ("truth/empty_libtest", "no_benchmarks"),
        ("truth/needs_features", "needs_features"),
        ("truth/plain", "unknown_harness"),
    ];
    assert_eq!(skips, expected.map(|(name, skip)| (name.to_owned(), skip.to_owned())).into());
    assert!(!marker().exists(), "a program of no harness was started");
    WRONG.said.assert_stdout_has(&[
        "skipped  truth/broken: did not compile: truth/benches/broken.rs:2: mismatched types (E0308)",
        "skipped  truth/needs_features: needs features extra,deeper",
        "skipped  scripted/env_dump, truth/plain: no known harness",
        "skipped  overridden/left_alone: its package says harness = \"none\"",
    ]);
    assert!(fixture_root().join("truth/benches/plain.rs").exists());
}

#[test]
fn what_a_failed_process_printed_is_stored_and_shown() {
    let Wrong { place, said, stored } = &*WRONG;
    said.assert_stdout_has(&["failed   truth/panics_divan/panics_divan::panics\n", "known panic\n"]);
    assert_eq!(place.plain("show").expect(0).stdout, said.stdout);
    let bad = |row: &&Value| {
        row["observations"].as_array().unwrap().iter().any(|observation| observation["outcome"] != "ok")
    };
    let panicked = stored.rows.iter().filter(bad).find(|row| row["target"] == "panics_divan").unwrap();
    let inner = &panicked["observations"][0]["outcome"]["failed"];
    assert!(inner["tail"].as_str().unwrap().contains("known panic"), "{inner}");
    let kept = stored.folder.join(format!("output/{}.stderr.txt", panicked["index"]));
    assert!(std::fs::read_to_string(kept).unwrap().contains("known panic"));
    for row in stored.rows.iter().filter(|row| !bad(row)) {
        let kept = stored.folder.join(format!("output/{}.stderr.txt", row["index"]));
        assert!(!kept.exists(), "nothing went wrong in {}", row["index"]);
    }
    assert!(stored.is_sealed());
}

#[test]
fn a_target_runs_when_its_features_are_enabled() {
    let place = Place::new();
    let words = "run --quick --time 10ms --invocations 1 -p truth --bench needs_features";
    let refused = place.fixture(words).expect(2);
    refused.assert_stderr_has(&["truth/needs_features: needs features extra,deeper"]);
    place
        .fixture(&format!("{words} --features deeper"))
        .expect(0)
        .assert_stdout_has(&["with_extra", "1 measured"]);
}

#[test]
fn a_check_names_what_fails_and_keeps_nothing() {
    let place = Place::new();
    let said = place
        .fixture("run --check --timeout 2s -p truth --bench panics_divan --bench exits_criterion")
        .expect(4);
    said.assert_stdout_has(&[
        "FAILED: panicked at",
        "FAILED: exited with code 3",
        "4 work · 3 failed · nothing was kept",
    ]);
    assert!(place.run_folders().is_empty());
    let _ = place.fixture("run --check -p truth --bench steady_divan").expect(0);
}
