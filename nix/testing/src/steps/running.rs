//! `nix run .#bench` for real: what it measures, and what it keeps of where the benches come from.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::building::{BENCHES, here};
use crate::nix::Said;
use crate::stage::Stage;

/// Two benchmarks of two targets, one of each harness, stand for the suite, which takes a minute.
const FILTER: [&str; 2] = ["micro::core_ops::read_single_row::100", "core_ops/read_bulk_1000/10000"];

/// Calls the app with a store and a lock of its own; the host's settings are left alone.
fn run_bench(stage: &Stage, place: &Path, arguments: &[&str], variables: &[(&str, &Path)]) -> Said {
    let mut command = stage.nix.command("nix");
    command
        .args(["run", &stage.at("bench"), "--", "--quick", "--no-canary"])
        .args(arguments)
        .current_dir(place);
    command.env("BENCH_LAB_STORE", place.join("runs")).env("BENCH_LAB_LOCK", place.join("lock"));
    command.env("BENCH_LAB_TUNE", "off").envs(variables.iter().copied());
    command.output().unwrap().into()
}

/// The one Run in a store.
fn stored(store: &Path) -> PathBuf {
    let files = walk(store);
    let runs: Vec<&PathBuf> =
        files.iter().filter(|file| file.file_name().is_some_and(|name| name == "run.json")).collect();
    assert_eq!(runs.len(), 1, "{files:?}");
    runs[0].parent().unwrap().to_owned()
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path) } else { vec![path] }
        })
        .collect()
}

fn json(file: &Path) -> Value {
    serde_json::from_str(
        &fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display())),
    )
    .unwrap()
}

pub(super) fn a_run_is_kept(stage: &Stage) {
    let place = stage.fresh_folder();
    let said = run_bench(stage, place.path(), &FILTER, &[]).expect("nix run .#bench");
    for benchmark in FILTER {
        let (_, name) = benchmark.split_once(['/', ':']).unwrap();
        assert!(said.contains(name.trim_start_matches(':')), "{benchmark} is not in\n{said}");
    }
    let folder = stored(&place.path().join("runs"));
    let run = json(&folder.join("run.json"));
    let measured = fs::read_to_string(folder.join("invocations.jsonl")).unwrap().lines().count();
    assert!(measured >= 12, "two benchmarks in six processes each, and {measured} lines");

    let benches = stage.nix.build(&stage.at(&here(BENCHES)));
    let provenance = &run["provenance"];
    assert_eq!(provenance["source"]["rev"], stage.revision(), "{provenance:#}");
    assert_eq!(provenance["benches"]["out"], benches);
    let drv = stage.nix.eval(&stage.at(&here(BENCHES)), "one: one.drvPath");
    assert_eq!(provenance["benches"]["drv"], drv);
    let digest = |file: &str| crate::locked::digest(&fs::read(stage.flake.join(file)).unwrap());
    assert_eq!(provenance["flake_lock_sha256"], digest("flake.lock"));
    assert_eq!(provenance["cargo_lock_sha256"], digest("Cargo.lock"));
    for input in ["crane", "nixpkgs", "rust-overlay"] {
        assert!(provenance["inputs"][input]["nar_hash"].as_str().unwrap().starts_with("sha256-"), "{input}");
    }
    for key in ["system", "nixpkgs_version", "lab", "toolchain", "profile", "tools"] {
        assert!(!provenance[key].is_null(), "{key} is not in {provenance:#}");
    }
    let toolchain = fs::read_to_string(stage.flake.join("rust-toolchain.toml")).unwrap();
    assert!(toolchain.contains(provenance["toolchain"]["channel"].as_str().unwrap()));
}

pub(super) fn a_changed_bench_is_refused(stage: &Stage) {
    let place = stage.fresh_folder();
    let benches = stage.nix.build(&stage.at(&here(BENCHES)));
    let bundle = place.path().join("bundle");
    let packed = stage.nix.real(&benches).join("share/bench-lab");
    for file in walk(&packed) {
        let copy = bundle.join(file.strip_prefix(&packed).unwrap());
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(&file, &copy).unwrap();
        // What lies in the store may not be written, and neither may a copy.
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let changed = bundle.join("bin/reedbase/micro");
    let mut bytes = fs::read(&changed).unwrap();
    bytes.push(0);
    fs::write(&changed, bytes).unwrap();
    let manifest = bundle.join("manifest.json");
    let said = run_bench(stage, place.path(), &["--manifest", &manifest.to_string_lossy(), FILTER[0]], &[]);
    assert_eq!(said.code, Some(2), "{}\n{}", said.stdout, said.stderr);
    assert!(said.stderr.contains("bin/reedbase/micro"), "{}", said.stderr);
    assert!(
        walk(&place.path().join("runs")).iter().all(|file| !file.ends_with("run.json")),
        "something was measured"
    );
}
