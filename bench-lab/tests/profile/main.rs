//! `bench-lab profile` over a repository with a planted truth: what was added is named, and what stays on the heap is counted.
//!
//! Where a tool is not installed one line says what is left out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../cli/bench_lab.rs"]
#[allow(dead_code, reason = "shared with the tests of other commands")]
mod bench_lab;
#[path = "../revisions/repository.rs"]
#[allow(dead_code, reason = "shared with the tests of revisions")]
mod repository;
#[path = "../ab/sample.rs"]
#[allow(dead_code, reason = "shared with the tests of ab")]
mod sample;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use sample::{Sample, source};
use serde_json::Value;

/// A function of its own, which the profiler sees.
fn function(name: &str, rounds: u32) -> String {
    format!(
        "\n#[inline(never)]\nfn {name}() -> u64 {{\n    let mut x = 1_u64;\n    for unit in 0..black_box({rounds}_u64) \
         {{\n        x = black_box(x.wrapping_mul(3) ^ unit);\n    }}\n    x\n}}\n"
    )
}

/// One line says that a test is left out.
fn leave_out(why: &str) {
    // Whoever closed standard error does not want to know.
    let _ = writeln!(std::io::stderr(), "left out: {why}");
}

fn can_sample(place: &Path) -> bool {
    Command::new("perf")
        .args(["record", "--quiet", "--event", "cpu-clock", "--output"])
        .arg(place.join("trial"))
        .args(["--", "true"])
        .output()
        .is_ok_and(|output| output.status.success())
}

#[test]
fn a_function_that_eats_half_of_the_time_is_named_first_by_the_difference() {
    let sample = Sample::new(&[("work", "steady()")]);
    if !can_sample(sample.place.path()) {
        leave_out("perf is not installed or may not be used");
        return;
    }
    let write = |body: &str, functions: &[String]| {
        sample.repo.write("benches/speed.rs", &(source(&[("work", body)]) + &functions.concat()));
    };
    let steady = function("steady", 40_000);
    write("steady()", std::slice::from_ref(&steady));
    sample.repo.commit("before");
    write("steady() ^ planted()", &[steady, function("planted", 40_000)]);
    sample.repo.commit("after");

    let told = sample.run("profile work --diff before --flamegraph --time 1s").expect(0);
    // The heading of the table, then its rows, the largest first.
    let mut rows = told.stdout.lines().skip_while(|line| !line.starts_with("where the extra "));
    assert!(rows.next().is_some_and(|line| line.contains("own time")), "{}", told.stdout);
    let first = rows.next().unwrap();
    assert!(first.starts_with('+') && first.contains("speed::planted"), "{}", told.stdout);
    told.assert_stdout_has(&["baseline before", "candidate working tree", "diff.svg"]);

    let folders: Vec<PathBuf> =
        fs::read_dir(sample.place.store().join("profiles")).unwrap().map(|one| one.unwrap().path()).collect();
    let index: Value = serde_json::from_slice(&fs::read(folders[0].join("profile.json")).unwrap()).unwrap();
    let shift = &index["shifts"][0];
    assert_eq!(
        (&shift["function"], &shift["baseline_own_ns"]),
        (&"speed::planted".into(), &0.0.into()),
        "{index}"
    );
    let steady =
        index["shifts"].as_array().unwrap().iter().find(|row| row["function"] == "speed::steady").unwrap();
    let [planted, beside, before] =
        [&shift["candidate_own_ns"], &steady["candidate_own_ns"], &steady["baseline_own_ns"]]
            .map(|ns| ns.as_f64().unwrap());
    // Both loops are alike, and the one that was there takes as long as it did, whatever else runs on the host.
    assert!((0.7..1.4).contains(&(planted / beside)), "{planted} ns beside {beside} ns: {index}");
    assert!((0.6..1.6).contains(&(beside / before)), "{beside} ns, and {before} ns before: {index}");
    let drawn = fs::read_to_string(folders[0].join("diff.svg")).unwrap();
    assert!(drawn.contains("speed::planted"));
}

/// A repository whose benchmark allocates twice and leaves one thousand bytes.
fn leaking() -> Sample {
    let body = "let kept = black_box(vec![1_u8; 1000]);\n    let gone = black_box(vec![2_u8; 500]);\n    \
                let sum = u64::from(kept[1]) + u64::from(gone[1]);\n    std::mem::forget(kept);\n    sum";
    Sample::new(&[("leaks", body)])
}

fn heap(sample: &Sample, path: Option<&Path>) -> Value {
    let mut command = sample.command("profile leaks --memory --json");
    if let Some(path) = path {
        command.env("PATH", path);
    }
    bench_lab::said(&mut command).expect(0).json()["sides"][0]["heap"].clone()
}

/// Two allocations of an iteration, of which one thousand bytes stay; divan's own few are shared by very many iterations.
fn assert_leaks(heap: &Value, source: &str) {
    let near = |name: &str, wanted: f64| {
        let found = heap[name].as_f64().unwrap();
        assert!((found / wanted - 1.0).abs() < 0.1, "{name} is {found}, not {wanted}: {heap}");
    };
    assert_eq!(heap["source"], source, "{heap}");
    near("allocation_count", 2.0);
    near("grown_bytes", 1000.0);
    if source == "dhat" {
        near("allocated_bytes", 1500.0);
    }
    assert!(heap["peak_bytes"].as_f64().unwrap() >= 1000.0, "{heap}");
}

fn is_here(tool: &str) -> bool {
    Command::new(tool).arg("--version").output().is_ok()
}

/// The search path as one folder, without the programs that are called so.
fn path_without(place: &Path, left_out: &str) -> PathBuf {
    let folder = place.join("path");
    fs::create_dir(&folder).unwrap();
    let path = std::env::var_os("PATH").unwrap();
    let entries = std::env::split_paths(&path).filter_map(|folder| fs::read_dir(folder).ok()).flatten();
    for entry in entries {
        let entry = entry.unwrap();
        if entry.file_name() != left_out {
            // The first of one name counts, as on the real path.
            let _ = std::os::unix::fs::symlink(entry.path(), folder.join(entry.file_name()));
        }
    }
    folder
}

#[test]
fn what_a_benchmark_leaves_on_the_heap_is_counted_by_dhat_and_without_it_by_heaptrack() {
    let sample = leaking();
    match is_here("valgrind") {
        true => assert_leaks(&heap(&sample, None), "dhat"),
        false => leave_out("valgrind is not installed"),
    }
    match is_here("heaptrack") && is_here("heaptrack_print") {
        true => {
            assert_leaks(&heap(&sample, Some(&path_without(sample.place.path(), "valgrind"))), "heaptrack")
        }
        false => leave_out("heaptrack is not installed"),
    }
}
