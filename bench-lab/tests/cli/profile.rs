//! Profiles of real benches: what is planted is found, what is missing is said, and no Run is made.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::bench_lab::{Place, Said, said};
use crate::prebuilt::{BUNDLE, without_cargo};

/// The command on the prebuilt fixture, which spares a build.
fn profiled(place: &Place, words: &str) -> Said {
    let mut command = place.command(words);
    said(command.arg("--manifest").arg(BUNDLE.path().join("bundle/manifest.json")))
}

/// Whether perf may be used here; else one line says that a test is left out.
fn can_sample(place: &Place) -> bool {
    let works = Command::new("perf")
        .args(["record", "--quiet", "--event", "cpu-clock", "--output"])
        .arg(place.path().join("trial"))
        .args(["--", "true"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !works {
        leave_out("perf is not installed or may not be used");
    }
    works
}

/// One line says that a test is left out.
fn leave_out(why: &str) {
    // Whoever closed standard error does not want to know.
    let _ = writeln!(std::io::stderr(), "left out: {why}");
}

/// The one profile of a store, and its folder's files.
fn kept(place: &Place) -> (Value, Vec<String>) {
    let folders: Vec<_> =
        fs::read_dir(place.store().join("profiles")).unwrap().map(|one| one.unwrap().path()).collect();
    let [folder] = folders.as_slice() else { panic!("{folders:?}") };
    let index = serde_json::from_slice(&fs::read(folder.join("profile.json")).unwrap()).unwrap();
    let mut files: Vec<String> =
        fs::read_dir(folder).unwrap().map(|one| one.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    (index, files)
}

#[test]
fn the_function_that_does_the_work_is_at_the_top_for_both_harnesses() {
    for bench in ["steady_divan::spin", "truth/steady_criterion/spin"] {
        let place = Place::new();
        if !can_sample(&place) {
            return;
        }
        let told = profiled(&place, &format!("profile {bench} --flamegraph --time 1s")).expect(0);
        let (index, files) = kept(&place);
        let first = &index["sides"][0]["functions"][0];
        assert_eq!(first["function"], "truth::spin", "{}", told.stdout);
        assert!(first["own_share"].as_f64().unwrap() > 0.5, "{first}");
        assert_eq!(files, ["flame.svg", "folded.txt", "profile.json"]);
        told.assert_stdout_has(&["truth::spin", "flame graph", "flame.svg"]);
        told.assert_stderr_has(&["sample   997 Hz for 1000 ms", "profiled times are no results"]);
        assert!(place.run_folders().is_empty(), "no Run is made");
    }
}

#[test]
fn every_part_is_taken_when_none_is_named() {
    let place = Place::new();
    if !can_sample(&place) {
        return;
    }
    let told = profiled(&place, "profile steady_divan::counted --time 300ms --keep-record --json").expect(0);
    let (index, files) = kept(&place);
    assert_eq!(told.json(), index);
    assert!(files.contains(&"perf.data".to_owned()), "{files:?}");
    let side = &index["sides"][0];
    assert!(side["page_faults"].is_number(), "{index}");
    let gaps: Vec<&str> =
        index["gaps"].as_array().unwrap().iter().map(|gap| gap["part"].as_str().unwrap()).collect();
    for (tool, part) in [("strace", "calls"), ("valgrind", "instructions")] {
        let is_here = Command::new(tool).arg("--version").output().is_ok();
        assert_eq!(gaps.contains(&part), !is_here, "{index}");
        assert_eq!(side[part].is_null(), !is_here, "{index}");
    }
}

#[test]
fn a_heap_is_followed_to_the_last_allocation() {
    if Command::new("valgrind").arg("--version").output().is_err() {
        leave_out("valgrind is not installed");
        return;
    }
    let place = Place::new();
    // divan's profiler is not installed in it, so DHAT is asked: eight allocations, of which one byte in 64 stays.
    let told = profiled(&place, "profile steady_divan::spin --memory --instructions --json").expect(0).json();
    let side = &told["sides"][0];
    assert_eq!(side["heap"]["source"], "dhat");
    assert!(side["heap"]["allocation_count"].as_f64().unwrap() < 0.5, "spin allocates nothing: {told}");
    // 20 000 rounds of six instructions.
    let instructions = side["instructions"].as_f64().unwrap();
    assert!((100_000.0..200_000.0).contains(&instructions), "{told}");
    assert!(side["functions"].is_null() && side["page_faults"].is_null(), "nobody asked: {told}");
}

#[test]
fn what_is_not_installed_is_said_with_what_to_do() {
    let place = Place::new();
    let manifest = BUNDLE.path().join("bundle/manifest.json");
    let all = said(&mut without_cargo(&place, "profile steady_divan::spin", &manifest)).expect(0);
    all.assert_stdout_has(&[
        "page faults",
        "no flame graph and no hot functions: perf is not installed: it is not in PATH; apt install linux-perf",
        "no system calls: strace is not installed",
        "no allocations: valgrind is not installed",
        "no instruction count: valgrind is not installed",
    ]);
    for (flag, tool) in [("--flamegraph", "perf"), ("--memory", "valgrind"), ("--instructions", "valgrind")] {
        let words = format!("profile steady_divan::spin {flag}");
        let refused = said(&mut without_cargo(&place, &words, &manifest)).expect(2);
        refused.assert_stderr_has(&[&format!("{tool} is not installed"), "hint: apt install"]);
    }
}

#[test]
fn a_profile_is_of_one_benchmark_that_works() {
    let place = Place::new();
    profiled(&place, "profile counted --instructions")
        .expect(2)
        .assert_stderr_has(&["counted means 2 benchmarks", "truth/steady_divan/steady_divan::counted"]);
    profiled(&place, "profile spinn --instructions")
        .expect(2)
        .assert_stderr_has(&["no benchmark of", "did you mean"]);
    profiled(&place, "profile panics_divan::panics --instructions")
        .expect(4)
        .assert_stderr_has(&["truth/panics_divan/panics_divan::panics of prebuilt does not work"]);
    profiled(&place, "profile steady_divan::spin --diff HEAD --instructions")
        .expect(2)
        .assert_stderr_has(&["--diff builds both revisions"]);
    let profiles = place.store().join("profiles");
    assert!(!profiles.exists() || is_empty(&profiles), "nothing half made is left");
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().next().is_none()
}
