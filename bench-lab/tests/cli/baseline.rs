//! `bench-lab baseline`: names for Runs, in a folder that git keeps.

use std::fs;
use std::path::Path;

use crate::bench_lab::Place;
use crate::stored::{Wanted, store};

fn one_run() -> Place {
    let place = Place::new();
    store(&place, Wanted::default());
    place
}

#[test]
fn a_saved_run_is_listed_shown_promoted_and_removed() {
    let place = one_run();
    place
        .plain("baseline save main --note first")
        .expect(0)
        .assert_stderr_has(&["test-1c/main: 2 benchmarks of Run 2026"]);
    let folder = place.path().join("baselines/test-1c/main");
    for file in ["baseline.json", "environment.json", "benchmarks.jsonl"] {
        assert!(folder.join(file).is_file(), "{file}");
    }
    let text = fs::read_to_string(folder.join("benchmarks.jsonl")).unwrap();
    assert_eq!(text.lines().count(), 2, "one line per benchmark:\n{text}");
    place
        .plain("baseline save main")
        .expect(2)
        .assert_stderr_has(&["there is a baseline test-1c/main already", "--force"]);
    place.plain("baseline save main --force").expect(0);
    place.plain("baseline save v1.0").expect(0);
    place.plain("baseline promote v1.0").expect(0);
    let list = place.plain("baseline list").expect(0);
    list.assert_stdout_has(&["test-1c/main", "test-1c/v1.0", "default", "2 baselines in"]);
    assert_eq!(place.plain("baseline list --json").expect(0).json()[1]["is_default"], true);
    place.plain("baseline show v1.0").expect(0).assert_stdout_has(&[
        "baseline  test-1c/v1.0",
        "p/t/read",
        "999.8 ns",
        "12",
    ]);
    place.plain("baseline rm main").expect(0);
    place.plain("baseline show main").expect(2).assert_stderr_has(&["no baseline is called \"main\""]);
}

#[test]
fn a_baseline_compares_as_the_run_it_was_made_from() {
    let place = one_run();
    place.plain("baseline save main").expect(0);
    let slow: &[(&str, f64)] = &[("read", 1000.0), ("write", 60_000.0)];
    store(&place, Wanted { created_at: "2026-08-02T10:15:00Z", benchmarks: slow, ..Wanted::default() });
    let [kept, stored] = ["main", "latest~1"].map(|baseline| {
        place.plain(&format!("compare {baseline} latest --json")).expect(0).json()["changes"].clone()
    });
    for (kept, stored) in kept.as_array().unwrap().iter().zip(stored.as_array().unwrap()) {
        assert_eq!(kept["verdict"], stored["verdict"]);
        let [one, two] = [kept, stored].map(|change| change["ratio"]["point"].as_f64().unwrap());
        assert!((one / two - 1.0).abs() < 1e-6, "{one} and {two}");
    }
}

#[test]
fn a_damaged_baseline_is_named_with_file_and_line() {
    let place = one_run();
    place.plain("baseline save main").expect(0);
    let path = place.path().join("baselines/test-1c/main/benchmarks.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{}\n<<<<<<< HEAD\n", text.trim_end())).unwrap();
    place
        .plain("compare main latest")
        .expect(2)
        .assert_stderr_has(&["benchmarks.jsonl line 3 cannot be read", "git can restore it"]);
    place.plain("baseline list").expect(0).assert_stdout_has(&["benchmarks.jsonl line 3 cannot be read"]);
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let place = one_run();
    for name in ["../main", "a/b", "latest", ".git"] {
        place
            .plain(&format!("baseline save {name}"))
            .expect(2)
            .assert_stderr_has(&["cannot be the name of a baseline"]);
    }
    assert!(!place.path().join("baselines").exists());
}

#[test]
fn pruning_keeps_defaults_versions_and_the_newest() {
    let place = one_run();
    for name in ["a", "b", "c", "d", "v1.0"] {
        place.plain(&format!("baseline save {name}")).expect(0);
    }
    place.plain("baseline promote a").expect(0);
    place
        .plain("baseline prune --keep 1 --machine test-1c --dry-run")
        .expect(0)
        .assert_stderr_has(&["b would go", "c would go"]);
    place.plain("baseline prune --keep 1 --machine test-1c").expect(0);
    let list = place.plain("baseline list --json").expect(0).json();
    let names: Vec<&str> =
        list.as_array().unwrap().iter().map(|kept| kept["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["a", "d", "v1.0"]);
}

/// A benchmark as Criterion 0.8 keeps it.
fn criterion(root: &Path, folder: &str, id: &str, nanoseconds: f64) {
    let folder = root.join(folder);
    fs::create_dir_all(&folder).unwrap();
    let benchmark = format!(
        r#"{{"group_id":"g","function_id":null,"value_str":null,"throughput":{{"Bytes":64}},"full_id":"{id}","directory_name":"g","title":"{id}"}}"#
    );
    let times: Vec<f64> = (1..=5).map(|n| f64::from(n) * nanoseconds).collect();
    let sample = format!(r#"{{"sampling_mode":"Linear","iters":[1.0,2.0,3.0,4.0,5.0],"times":{times:?}}}"#);
    fs::write(folder.join("benchmark.json"), benchmark).unwrap();
    fs::write(folder.join("sample.json"), sample).unwrap();
}

#[test]
fn a_tree_of_criterion_is_imported_and_shows_ratios_without_verdicts() {
    let place = one_run();
    let tree = place.path().join("target/criterion");
    criterion(&tree, "read/new", "read", 500.0);
    criterion(&tree, "read/before", "read", 900.0);
    criterion(&tree, "odd/case/new", "odd/case", 1.0);
    fs::create_dir_all(tree.join("torn/new")).unwrap();
    fs::write(tree.join("torn/new/sample.json"), "{").unwrap();
    let said = place.plain("baseline import target/criterion --machine test-1c").expect(0);
    said.assert_stderr_has(&[
        "torn/new: benchmark.json could not be read",
        "test-1c/criterion: 2 benchmarks, one process each",
    ]);
    let compared = place.plain("compare criterion latest").expect(0);
    compared.assert_stdout_has(&[
        "imported from criterion",
        "1 invocation, and a verdict takes 8",
        "+100.0 %",
        "only in the baseline (1)",
        "criterion/import/odd/case",
    ]);
    place.plain("baseline import target/criterion --machine test-1c --criterion-baseline before").expect(0);
    place.plain("baseline show before").expect(0).assert_stdout_has(&["p/t/read", "900.0 ns"]);
    place
        .plain("baseline import target/criterion --criterion-baseline bfore")
        .expect(2)
        .assert_stderr_has(&["holds no results of Criterion under the name \"bfore\"; there is before, new"]);
}

#[test]
fn a_baseline_is_exported_for_spreadsheets_and_for_critcmp() {
    let place = one_run();
    place.plain("baseline save main").expect(0);
    let csv = place.plain("baseline export main").expect(0).stdout;
    assert_eq!(csv.lines().count(), 1 + 2 * 12);
    let critcmp = place.plain("baseline export main --format critcmp").expect(0).json();
    let mean = critcmp["benchmarks"]["p/t/read"]["criterion_estimates_v1"]["mean"]["point_estimate"]
        .as_f64()
        .unwrap();
    assert!((mean - 1000.0).abs() < 1.0, "{mean}");
}
