//! Benches that were built before: packed with a manifest, run without cargo, and refused when they are others.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::bench_lab::{Place, Said, Stored, fixture_root, said};

/// Targets of both harnesses, one that reads a file of its package, and two that cannot be built.
const PACKED: &str = "manifest -p truth --bench steady_* --bench data_file_* --bench panics_divan --bench broken \
                      --bench needs_features";

/// A bundle of the fixture workspace, packed once.
pub(crate) static BUNDLE: LazyLock<TempDir> = LazyLock::new(|| {
    let place = Place::new();
    let folder = tempfile::tempdir().unwrap();
    let mut command = place.over_fixture(PACKED);
    command.arg("--out").arg(folder.path().join("bundle"));
    // One bench does not compile, which the fixture means.
    said(&mut command).expect(4);
    folder
});

/// A copy of the bundle, for a test that spoils it.
fn copy(place: &Place) -> PathBuf {
    let to = place.path().join("bundle");
    let copied = Command::new("cp").arg("-r").arg(BUNDLE.path().join("bundle")).arg(&to).status().unwrap();
    assert!(copied.success());
    to.join("manifest.json")
}

/// A command on prebuilt benches, with a PATH on which nothing is: no cargo, no git.
pub(crate) fn without_cargo(place: &Place, words: &str, manifest: &Path) -> Command {
    let mut command = place.command(words);
    command.arg("--manifest").arg(manifest).env("PATH", place.path().join("nothing"));
    for name in ["CARGO", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"] {
        command.env_remove(name);
    }
    command
}

fn ran(place: &Place, words: &str, manifest: &Path) -> Said {
    said(&mut without_cargo(place, words, manifest))
}

fn names(stored: &Stored) -> Vec<String> {
    let benchmarks = stored.run["benchmarks"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    benchmarks.map(|one| format!("{}/{}", text(&one["target"]), text(&one["path"]))).collect()
}

#[test]
fn a_run_of_prebuilt_benches_measures_what_a_run_that_builds_them_measures() {
    let (built, packed) = (Place::new(), Place::new());
    let words = "run --quick --time 5ms --invocations 2 -p truth --bench steady_* --bench data_file_*";
    built.fixture(words).expect(0);
    let manifest = BUNDLE.path().join("bundle/manifest.json");
    let told = ran(&packed, words, &manifest).expect(0);
    told.assert_stderr_has(&["prebuilt benches of", "results go to", "/store"]);
    told.assert_stdout_has(&["benches  not built by Nix"]);
    let (built, packed) = (built.stored(), packed.stored());
    assert_eq!(names(&packed), names(&built));
    assert!(packed.is_sealed());
    let outcomes = |stored: &Stored| -> Vec<Value> {
        let observations = stored.observations().into_values().flatten();
        observations.map(|observation| observation["outcome"].clone()).collect()
    };
    assert_eq!(outcomes(&packed), outcomes(&built));
    assert!(outcomes(&packed).iter().all(|outcome| outcome == "ok"));
    for key in ["package", "target", "harness", "harness_version", "sha256", "build_id", "source"] {
        let of = |stored: &Stored| -> Vec<Value> {
            stored.run["targets"].as_array().unwrap().iter().map(|target| target[key].clone()).collect()
        };
        assert_eq!(of(&packed), of(&built), "{key}");
    }
    // The same build, as far as a comparison can tell.
    let build = |stored: &Stored| stored.document("environment.json")["digests"]["build"].clone();
    assert_eq!(build(&packed), build(&built));
    assert_eq!(packed.run["revision"], built.run["revision"]);
    assert_eq!(packed.run.get("provenance"), None);
}

#[test]
fn what_could_not_be_built_is_skipped_with_its_reason() {
    let place = Place::new();
    let listed = ran(&place, "list --json", &BUNDLE.path().join("bundle/manifest.json"));
    let skipped = listed.json()["skipped"].to_string();
    assert!(skipped.contains("truth/broken") && skipped.contains("mismatched types"), "{skipped}");
    assert!(skipped.contains("truth/needs_features") && skipped.contains("extra"), "{skipped}");
    // As when it is built: a target that does not compile is a failure.
    listed.expect(4);
    assert!(!place.store().exists(), "a list keeps nothing");
}

#[test]
fn list_and_check_take_a_manifest_and_filters_choose_from_it() {
    let place = Place::new();
    let manifest = BUNDLE.path().join("bundle/manifest.json");
    let listed = ran(&place, "list --json --bench steady_divan", &manifest).expect(0).json();
    let paths: Vec<&str> =
        listed["benchmarks"].as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["steady_divan::counted", "steady_divan::left_out", "steady_divan::spin"]);
    ran(&place, "run --check --bench data_file_*", &manifest).expect(0).assert_stdout_has(&["2 work"]);
    ran(&place, "run --check --bench panics_divan", &manifest).expect(4).assert_stdout_has(&["FAILED"]);
    ran(&place, "list --bench stedy_divan", &manifest)
        .expect(2)
        .assert_stderr_has(&["did you mean steady_divan"]);
    ran(&place, "list -p nobody", &manifest).expect(2).assert_stderr_has(&["no package 'nobody'"]);
    assert!(place.run_folders().is_empty());
}

#[test]
fn a_stopped_run_of_prebuilt_benches_goes_on_from_wherever_they_lie_now() {
    let place = Place::new();
    let manifest = copy(&place);
    let words = "run --quick --time 5ms --invocations 2 --bench steady_divan --budget 1ns";
    ran(&place, words, &manifest).expect(0);
    // A budget that is spent seals a Run; what a kill leaves has no seal.
    let folder = place.run_folders().remove(0);
    fs::remove_file(folder.join("seal.json")).unwrap();
    let moved = place.path().join("moved");
    fs::rename(manifest.parent().unwrap(), &moved).unwrap();
    let id = folder.file_name().unwrap().to_str().unwrap().to_owned();
    ran(&place, &format!("run --resume {id}"), &moved.join("manifest.json")).expect(0);
    assert!(place.stored().is_sealed());
    // Without a word it is looked for where it was.
    fs::remove_file(folder.join("seal.json")).unwrap();
    let lines = fs::read_to_string(folder.join("invocations.jsonl")).unwrap();
    let kept: Vec<&str> = lines.lines().take(1).collect();
    fs::write(folder.join("invocations.jsonl"), kept.join("\n") + "\n").unwrap();
    place.plain("run --resume").expect(2).assert_stderr_has(&["bundle/manifest.json"]);
}

#[test]
fn a_tampered_executable_is_refused_before_anything_runs() {
    let place = Place::new();
    let manifest = copy(&place);
    let bench = manifest.parent().unwrap().join("bin/truth/steady_divan");
    let mut bytes = fs::read(&bench).unwrap();
    bytes.push(0);
    fs::write(&bench, bytes).unwrap();
    let wanted: Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
    let wanted =
        wanted["benches"].as_array().unwrap().iter().find(|one| one["target"] == "steady_divan").unwrap();
    let refused = ran(&place, "run --quick", &manifest).expect(2);
    refused.assert_stderr_has(&[
        "truth/steady_divan is not the one of the manifest",
        "bin/truth/steady_divan has SHA-256 ",
        wanted["sha256"].as_str().unwrap(),
        "nothing was measured",
    ]);
    assert!(place.run_folders().is_empty());
    // Others are still as they were.
    ran(&place, "run --check --bench steady_criterion", &manifest).expect(0);
    // And what was rewritten on purpose can be made whole.
    let rehashed = place.plain(&format!("manifest --rehash {}", manifest.display())).expect(0);
    rehashed.assert_stdout_has(&["1 digest of", "truth/steady_divan"]);
    ran(&place, "run --check --bench steady_divan", &manifest).expect(0);
}

#[test]
fn a_missing_executable_and_a_manifest_that_is_none_are_usage_errors() {
    let place = Place::new();
    let manifest = copy(&place);
    fs::remove_file(manifest.parent().unwrap().join("bin/truth/steady_divan")).unwrap();
    ran(&place, "run", &manifest).expect(2).assert_stderr_has(&["truth/steady_divan is not there", "hint:"]);
    fs::write(&manifest, "{\"format\":1,").unwrap();
    ran(&place, "run", &manifest)
        .expect(2)
        .assert_stderr_has(&["manifest.json is no manifest of prebuilt benches"]);
    ran(&place, "run", &place.path().join("gone.json"))
        .expect(2)
        .assert_stderr_has(&["could not read", "gone.json"]);
    ran(&place, "run --features x --locked", &manifest)
        .expect(2)
        .assert_stderr_has(&["--features, --locked are for a build", "BENCH_LAB_MANIFEST"]);
}

#[test]
fn a_bundle_is_made_in_an_empty_folder_only() {
    let place = Place::new();
    fs::create_dir(place.path().join("full")).unwrap();
    fs::write(place.path().join("full/mine"), "").unwrap();
    let mut command = place.over_fixture("manifest -p truth --bench steady_divan --out full");
    said(&mut command).expect(2).assert_stderr_has(&["full is not empty"]);
    assert_eq!(fs::read_dir(place.path().join("full")).unwrap().count(), 1);
}

#[test]
fn a_bundle_from_which_nobody_may_write_is_run_and_its_benches_get_a_folder() {
    let place = Place::new();
    let manifest = copy(&place);
    let bundle = manifest.parent().unwrap();
    // What the variable says is asked of a program of our own in place of a bench.
    let script =
        "#!/bin/sh\necho \"$BENCH_LAB_SCRATCH\" > \"$BENCH_LAB_SCRATCH/seen\"\n: RUST_TEST_THREADS\n";
    fs::write(bundle.join("bin/truth/steady_divan"), script).unwrap();
    fs::set_permissions(bundle.join("bin/truth/steady_divan"), fs::Permissions::from_mode(0o555)).unwrap();
    let mut text: Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
    text["benches"].as_array_mut().unwrap().retain(|one| one["target"] == "steady_divan");
    text["benches"][0]["harness"] = json!("libtest");
    fs::write(&manifest, text.to_string()).unwrap();
    place.plain(&format!("manifest --rehash {}", manifest.display())).expect(0);
    // It lists nothing, so there is nothing to measure; but it was started.
    ran(&place, "run", &manifest).expect(2);
    let seen = fs::read_to_string(place.store().join("scratch/seen")).unwrap();
    assert_eq!(Path::new(seen.trim()), place.store().join("scratch"));
}

#[test]
fn results_go_to_the_current_directory_where_no_workspace_is() {
    let place = Place::new();
    let manifest = BUNDLE.path().join("bundle/manifest.json");
    let elsewhere = place.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let words = "run --quick --time 5ms --invocations 1 --bench steady_divan";
    let mut command = without_cargo(&place, words, &manifest);
    let told = said(command.current_dir(&elsewhere).env_remove("BENCH_LAB_STORE")).expect(0);
    told.assert_stderr_has(&["elsewhere/.bench-lab"]);
    assert_eq!(fs::read_dir(elsewhere.join(".bench-lab/runs")).unwrap().count(), 1);
}

/// A provenance file with this derivation of the benches.
fn provenance(place: &Place, hash: &str) -> PathBuf {
    let path = place.path().join(format!("{hash}.json"));
    let told = json!({
        "format": 1, "system": "x86_64-linux", "flake_lock_sha256": "d".repeat(64),
        "source": {"rev": "2e3b9d9c5fe24f51a1d2fd4c8b6b5c0f6d1f3a77", "dirty_rev": null},
        "inputs": {"nixpkgs": {"rev": "b6018f87", "nar_hash": "sha256-x", "last_modified": 1_785_000_000}},
        "benches": {"drv": format!("/nix/store/{hash}-bench-bins.drv"), "out": null},
        "profile": {"lto": "thin", "codegen-units": 1},
    });
    fs::write(&path, told.to_string()).unwrap();
    path
}

/// A command as the launcher of a bundle calls it.
fn launched(place: &Place, words: &str, manifest: &Path, provenance: &Path) -> Command {
    let mut command = place.command(words);
    command.env("PATH", place.path().join("nothing"));
    command.env("BENCH_LAB_MANIFEST", manifest).env("BENCH_LAB_PROVENANCE", provenance);
    command
}

#[test]
fn a_bundle_that_is_named_has_its_own_provenance_and_never_that_of_the_launcher() {
    let (place, other) = (Place::new(), Place::new());
    let (own, another) = (copy(&place), copy(&other));
    let told = provenance(&place, "launcher");
    let kept = |arguments: &[&str]| {
        let words = "run --quick --time 5ms --invocations 2 --bench steady_divan spin";
        let said = said(launched(&place, words, &own, &told).args(arguments)).expect(0);
        let run = place.plain("show latest --json").expect(0).json();
        (run["provenance"]["benches"]["drv"].clone(), said.stderr, run["warnings"].to_string())
    };
    let another_one = another.to_string_lossy();
    assert_eq!(kept(&[]).0, "/nix/store/launcher-bench-bins.drv");
    let (drv, shown, stored) = kept(&["--manifest", &another_one]);
    assert_eq!(drv, Value::Null);
    for text in [shown, stored] {
        assert!(text.contains("is about other benches than") && text.contains("--provenance"), "{text}");
    }
    let beside = another.with_file_name("provenance.json");
    fs::rename(provenance(&other, "beside"), &beside).unwrap();
    let (drv, shown, _) = kept(&["--manifest", &another_one]);
    assert_eq!(drv, "/nix/store/beside-bench-bins.drv");
    assert!(!shown.contains("other benches"), "{shown}");
    let named = provenance(&other, "named");
    let drv = kept(&["--manifest", &another_one, "--provenance", &named.to_string_lossy()]).0;
    assert_eq!(drv, "/nix/store/named-bench-bins.drv");
    fs::write(&beside, "{}").unwrap();
    let words = "run --quick";
    let refused = said(launched(&place, words, &own, &told).args(["--manifest", &another_one])).expect(2);
    refused.assert_stderr_has(&["no number `format`", "provenance.json"]);
}

#[test]
fn provenance_is_kept_shown_and_a_difference_of_two_runs_that_are_compared_all_the_same() {
    let place = Place::new();
    let manifest = copy(&place);
    // Nix builds where no repository is.
    let mut text: Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
    text.as_object_mut().unwrap().remove("revision");
    fs::write(&manifest, text.to_string()).unwrap();
    let words = "run --quick --time 5ms --invocations 6 --bench steady_divan spin";
    let mut told = Vec::new();
    for hash in ["8fs1z0n8ia3kg2l0", "9gt2a1p9jb4lh3m1"] {
        let mut command = launched(&place, words, &manifest, &provenance(&place, hash));
        told.push(said(&mut command).expect(0));
    }
    told[0].assert_stdout_has(&[
        "benches  built by Nix: bench-bins 8fs1z0n8, flake.lock dddddddd",
        "commit 2e3b9d9c5f",
    ]);
    let shown = place.plain("show latest --json").expect(0).json();
    assert_eq!(shown["provenance"]["inputs"]["nixpkgs"]["rev"], "b6018f87");
    assert_eq!(shown["provenance"]["profile"], json!({"codegen-units": "1", "lto": "thin"}));
    let compared = place.plain("compare latest~1 latest --json");
    let differences = compared.json()["differences"].clone();
    let facts: Vec<&str> =
        differences.as_array().unwrap().iter().map(|one| one["fact"].as_str().unwrap()).collect();
    assert_eq!(facts, ["nix.benches_drv"], "{differences}");
    assert_eq!(differences[0]["decisive"], Value::Null);
    assert_ne!(compared.code, Some(5), "{}", compared.stdout);
}

#[test]
fn a_provenance_that_cannot_be_read_ends_the_run_before_it_begins() {
    let place = Place::new();
    let manifest = BUNDLE.path().join("bundle/manifest.json");
    fs::write(place.path().join("odd.json"), "{}").unwrap();
    for (file, part) in [("odd.json", "no number `format`"), ("gone.json", "could not read")] {
        let mut command = without_cargo(&place, "run --quick", &manifest);
        let refused = said(command.arg("--provenance").arg(file)).expect(2);
        refused.assert_stderr_has(&[part, file, "BENCH_LAB_PROVENANCE"]);
    }
    assert!(place.run_folders().is_empty());
}

#[test]
fn the_manifest_names_what_decides_the_harness_and_how_it_was_compiled() {
    let text = fs::read(BUNDLE.path().join("bundle/manifest.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&text).unwrap();
    let bench = manifest["benches"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["target"] == "steady_criterion")
        .unwrap();
    assert_eq!(bench["package"], "truth");
    assert_eq!(bench["working_directory"], "workspace/truth");
    assert_eq!(bench["source"], "truth/benches/steady_criterion.rs");
    let frameworks: Vec<&str> =
        bench["dependencies"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(frameworks, ["criterion", "divan"], "and no other dependency");
    assert_eq!(bench["compiled"]["debug_assertions"], false);
    assert_eq!(manifest["build"]["profile"], "bench");
    let copied = fs::read(BUNDLE.path().join("bundle/workspace/truth/Cargo.toml")).unwrap();
    assert_eq!(copied, fs::read(fixture_root().join("truth/Cargo.toml")).unwrap());
    assert!(
        BUNDLE.path().join("bundle/workspace/truth/fixtures/words.txt").is_file(),
        "named by the package"
    );
}
