//! Records the fixtures anew: builds the crates of `source/` against each Criterion and keeps what they say.
//!
//! `cargo test -p bench-lab --test harness_criterion -- --ignored record`; BENCH_LAB_RECORD names a directory for
//! the builds that outlives it. It needs a registry and several minutes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use std::{env, fs};

use bench_lab::harness::{Criterion, Harness, Request, Selection};
use bench_lab::host::sysfs::SysRoot;
use bench_lab::runner::command::{Captured, CommandSpec};
use bench_lab::runner::spawn::{self, Finished, Launch, Metering};
use lab_core::model::{Aslr, Exit};

use crate::fixture::{
    CRATES, Ended, Fixture, Recording, TIME_MS, folder, long_name, records, target, target_of, to_hex,
};

static NEVER: AtomicBool = AtomicBool::new(false);

#[test]
#[ignore = "builds nine versions of Criterion from the registry; only for making the fixtures"]
fn record() {
    let directory = env::var_os("BENCH_LAB_RECORD")
        .map_or_else(|| env::temp_dir().join("bench-lab-record"), PathBuf::from);
    for (stem, name, version) in CRATES {
        let executables = build(&directory.join(stem), name, version);
        let recordings = scenes(name, version)
            .into_iter()
            .map(|(scene, spec)| play(scene, &spec, &directory, &executables))
            .collect();
        let fixture = Fixture { name: (*name).into(), version: (*version).into(), recordings };
        fs::write(Fixture::path(stem), serde_json::to_string_pretty(&fixture).unwrap() + "\n").unwrap();
    }
}

/// Builds the benches against one crate and gives the executables by target name.
fn build(directory: &Path, name: &str, version: &str) -> BTreeMap<String, PathBuf> {
    let source = folder().join("source");
    let features = match (name, version) {
        // Before 0.4 the feature only means that benches complain without cargo-criterion; criterion2 has none.
        ("criterion", "0.3.4" | "0.3.6") | ("criterion2", _) => "",
        _ => r#", features = ["cargo_bench_support"]"#,
    };
    let dependency =
        format!(r#"{{ package = "{name}", version = "={version}", default-features = false{features} }}"#);
    let manifest = fs::read_to_string(source.join("Cargo.toml.in")).unwrap();
    fs::create_dir_all(directory.join("src")).unwrap();
    fs::create_dir_all(directory.join("benches")).unwrap();
    fs::write(directory.join("src/lib.rs"), "").unwrap();
    fs::write(directory.join("Cargo.toml"), manifest.replace("@DEPENDENCY@", &dependency)).unwrap();
    for bench in fs::read_dir(source.join("benches")).unwrap().flatten() {
        fs::copy(bench.path(), directory.join("benches").join(bench.file_name())).unwrap();
    }
    let built = Command::new(env!("CARGO"))
        .args(["bench", "--no-run", "--benches", "--message-format=json"])
        .current_dir(directory)
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let messages = String::from_utf8(built.stdout).unwrap();
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let executable = |message: serde_json::Value| {
        let path = message["executable"].as_str()?;
        Some((message["target"]["name"].as_str()?.to_owned(), PathBuf::from(path)))
    };
    messages.filter_map(executable).collect()
}

/// What is recorded of each crate.
fn scenes(name: &str, version: &str) -> Vec<(&'static str, CommandSpec)> {
    let target = |bench: &str| target(bench, name, version);
    let list = |bench: &str, attempt: usize| Criterion.list_commands(&target(bench)).swap_remove(attempt);
    let measure = |bench: &str, paths: &[&str], selection: Selection| {
        let target = target(bench);
        let benchmarks = records(&target.id, paths);
        Criterion.command(&Request { target: &target, benchmarks: &benchmarks, selection, time_ms: TIME_MS })
    };
    let unheard = |spec: CommandSpec| CommandSpec { dialogue: None, ..spec };
    let long = long_name();
    let all = [
        "plain",
        "with spaces (and) [regex] a+b?",
        "work/bytes/4096",
        "work/7",
        "fixed/in code",
        &long,
        "twin",
        "twin",
    ];
    let broken = ["sound", "takes no time", "panics", "never reached"];
    vec![
        ("cases list", list("cases", 0)),
        ("cases print list", list("cases", 1)),
        ("cases measure all", measure("cases", &all, Selection::Each)),
        ("cases measure one", measure("cases", &[all[1]], Selection::Each)),
        ("cases measure twin", measure("cases", &["twin"], Selection::Each)),
        ("cases unheard", unheard(measure("cases", &all, Selection::Each))),
        ("broken measure all", measure("broken", &broken, Selection::Each)),
        ("broken unheard", unheard(measure("broken", &broken, Selection::Each))),
        ("deaf list", list("deaf", 0)),
        ("deaf measure", measure("deaf", &["first", "second"], Selection::WholeTarget)),
        ("counts measure", measure("counts", &["counted"], Selection::Each)),
    ]
}

fn play(
    scene: &str,
    spec: &CommandSpec,
    directory: &Path,
    executables: &BTreeMap<String, PathBuf>,
) -> Recording {
    let launch = Launch {
        image: None,
        launcher: Path::new(env!("CARGO_BIN_EXE_bench-lab")),
        executable: &executables[target_of(scene)],
        directory,
        spec,
        environment: &[],
        cpus: &[],
        aslr: Aslr::Random,
        padding_bytes: 0,
        limit: Duration::from_secs(300),
        metering: Metering::Off,
        stop: &NEVER,
    };
    let captured = match spawn::run(&launch, &SysRoot::live()) {
        Ok(Finished::Completed(completed)) => completed.captured,
        other => panic!("{scene}: {other:?}"),
    };
    // A child that is being killed prints as much as it has time for.
    let (exit, stderr) = match captured.exit {
        Exit::Code(code) => (Ended::Code(code), captured.stderr_text()),
        Exit::Signal(signal) => (Ended::Signal(signal), String::new()),
        other => panic!("{scene}: {other:?}"),
    };
    Recording {
        scene: scene.into(),
        arguments: spec.arguments.clone(),
        exit,
        is_connected: captured.is_connected,
        stdout: captured.stdout_text(),
        stderr,
        frames: captured.frames.iter().map(|frame| to_hex(&frame.bytes)).collect(),
        files: files(&captured),
    }
}

/// The two files of each `new` directory.
fn files(captured: &Captured) -> BTreeMap<String, serde_json::Value> {
    let mut found = BTreeMap::new();
    let Some(root) = &captured.scratch else { return found };
    let mut open = vec![root.clone()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.ends_with("new/benchmark.json") || path.ends_with("new/sample.json") {
                let below = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.insert(below, serde_json::from_slice(&fs::read(&path).unwrap()).unwrap());
            }
        }
    }
    let _ = fs::remove_dir_all(root);
    found
}
