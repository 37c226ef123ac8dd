//! What is said of each benchmark, and that nothing of the repository changes for it.

use crate::sample::{Sample, change, lines, result};

#[test]
fn twice_the_work_is_a_regression_and_the_repository_is_as_it_was() {
    let sample = Sample::new(&[
        ("steady", "spin(800)"),
        ("slower", "spin(800)"),
        ("old", "spin(700)"),
        ("gone", "spin(1)"),
    ]);
    sample.set(&[
        ("steady", "spin(800)"),
        ("slower", "spin(1600)"),
        ("new", "spin(700)"),
        ("added", "spin(1)"),
    ]);
    let policy = "[renamed]\n\"regex-lite/speed/speed::new\" = \"regex-lite/speed/speed::old\"\n";
    sample.repo.write("bench-lab.toml", policy);
    let before = sample.repo.picture();
    let worktrees = sample.repo.git("worktree list");

    let said = sample.run("ab base --launches 20 --json --gate").expect(1);
    let result = result(&said);
    assert_eq!(change(&result, "slower")["verdict"], "regressed", "{result:#}");
    assert!(change(&result, "slower")["ratio"]["point"].as_f64().unwrap() > 1.5);
    assert_ne!(change(&result, "steady")["verdict"], "regressed", "{result:#}");
    assert_eq!(change(&result, "new")["renamed_from"], "regex-lite/speed/speed::old");
    assert_eq!(result["added"], serde_json::json!(["regex-lite/speed/speed::added"]));
    assert_eq!(result["removed"], serde_json::json!(["regex-lite/speed/speed::gone"]));
    assert_eq!(result["gate"]["answer"], "fail", "{result:#}");

    assert_eq!(sample.repo.picture(), before, "not a byte of the repository changed");
    assert_eq!(sample.repo.git("worktree list"), worktrees);
    assert_eq!(sample.repo.git("stash list"), "");

    let id = result["match"]["id"].as_str().unwrap().to_owned();
    sample.run("runs").expect(0).assert_stdout_has(&[&id, "base", "working tree", "whole"]);
    for reference in ["latest-ab", &id] {
        let shown = sample.run(&format!("show {reference}")).expect(0);
        shown.assert_stdout_has(&[&id, "regressed (1)", "speed::slower", "commit"]);
    }
    let shown = sample.run("show latest-ab --json").expect(0).json();
    assert_eq!(change(&shown, "slower")["ratio"], change(&result, "slower")["ratio"]);
    let folder = &sample.matches()[0];
    let launches = lines(&folder.join("launches.jsonl"));
    assert!(
        launches.iter().all(|launch| launch["grain"] == "slices" && launch["outcome"] == "ok"),
        "{launches:?}"
    );
    assert!(folder.join("seal.json").exists());
}

#[test]
fn one_revision_against_itself_is_equivalent_without_a_launch() {
    let sample = Sample::new(&[("steady", "spin(800)")]);
    let said = sample.run("ab base HEAD --json --gate").expect(0);
    let compared = result(&said);
    assert_eq!(change(&compared, "steady")["verdict"], "equivalent");
    assert_eq!(compared["match"]["launch_count"], 0);

    sample.repo.write("notes.md", "prose makes no other executable");
    let with_notes = sample.run("ab base").expect(0);
    with_notes.assert_stdout_has(&["0 launches", "1 equivalent"]);
    sample.run("ab base --all").expect(0).assert_stdout_has(&["one and the same executable"]);

    sample.repo.write("data/words.txt", "a file that a benchmark may read");
    let measured = result(&sample.run("ab base --json --launches 10").expect(0));
    assert_eq!(measured["match"]["launch_count"], 10, "{measured:#}");
    assert_eq!(measured["match"]["differing_inputs"], serde_json::json!(["data/words.txt"]));
}

#[test]
fn a_benchmark_that_fails_on_one_side_is_named_and_the_others_are_measured() {
    let sample = Sample::new(&[("steady", "spin(800)"), ("fails", "spin(1)")]);
    let panics = "if std::env::args().any(|word| word == \"--bench\") { panic!(\"no luck\") } else { 0 }";
    sample.set(&[("steady", "spin(1600)"), ("fails", panics)]);
    let result = result(&sample.run("ab base --launches 20 --json").expect(4));
    assert_eq!(change(&result, "fails")["verdict"], "not_comparable");
    let why = change(&result, "fails").to_string();
    assert!(why.contains("no luck") && why.contains("candidate"), "{why}");
    assert_eq!(change(&result, "steady")["verdict"], "regressed");
}

#[test]
fn a_target_that_does_not_build_on_one_side_is_told_and_costs_itself_only() {
    let sample = Sample::new(&[("steady", "spin(800)")]);
    let manifest = std::fs::read_to_string(sample.repo.top().join("Cargo.toml")).unwrap();
    let more =
        manifest.replace("[profile.bench]", "[[bench]]\nname = \"more\"\nharness = false\n\n[profile.bench]");
    sample.repo.write("Cargo.toml", &more);
    sample.repo.write("benches/more.rs", "fn main() { nothing() }");
    let said = sample.run("ab base --launches 10").expect(4);
    said.assert_stdout_has(&["candidate regex-lite/more", "nothing", "1 equivalent"]);
}

#[test]
fn a_filter_means_a_renamed_benchmark_by_either_name_and_a_budget_ends_the_match() {
    let sample = Sample::new(&[("steady", "spin(800)"), ("old", "spin(800)")]);
    sample.set(&[("steady", "spin(801)"), ("new", "spin(801)")]);
    sample.repo.write(
        "bench-lab.toml",
        "[renamed]\n\"regex-lite/speed/speed::new\" = \"regex-lite/speed/speed::old\"\n",
    );
    let by_old = result(&sample.run("ab base --json --launches 10 --margin 0 -- old").expect(0));
    assert_eq!(by_old["changes"].as_array().unwrap().len(), 1);
    assert_eq!(change(&by_old, "new")["renamed_from"], "regex-lite/speed/speed::old");

    let spent = sample.run("ab base --budget 100ms --margin 0").expect(0);
    spent.assert_stdout_has(&["ended early: budget of", "2 benchmarks undecided"]);
}
