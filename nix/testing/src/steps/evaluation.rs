//! The flake as Nix reads it: nothing is built here.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::stage::Stage;

const LINUX: [&str; 2] = ["aarch64-linux", "x86_64-linux"];
const MACOS: &str = "aarch64-darwin";
const APPS: [&str; 9] =
    ["baseline", "bench", "compare", "default", "doctor", "flamegraph", "report", "restore", "tune"];

/// What there is where nothing can be measured, by kind of output.
const READING: [(&str, &[&str]); 4] = [
    ("apps", &["baseline", "compare", "report"]),
    ("checks", &["bench-lab", "clippy", "fmt", "nextest", "nix-fmt", "toolchain"]),
    ("devShells", &["default"]),
    ("packages", &["bench-lab", "default"]),
];

fn systems() -> impl Iterator<Item = &'static str> {
    LINUX.into_iter().chain([MACOS])
}

/// The names of an object.
fn names(value: &Value) -> BTreeSet<String> {
    value.as_object().map(|object| object.keys().cloned().collect()).unwrap_or_default()
}

fn owned(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

pub(super) fn the_lock_agrees(stage: &Stage) {
    // Of the repository as it is: an input that is not locked would have to be fetched, and this may not change the lock.
    let said = stage.nix.run(&["flake", "metadata", "--json", "--no-update-lock-file", &stage.as_it_is()]);
    let metadata: Value = serde_json::from_str(&said.expect("flake metadata")).unwrap();
    for name in ["crane", "nixpkgs", "rust-overlay"] {
        assert_eq!(metadata["locks"]["nodes"][name]["locked"], stage.locked(name), "{name}");
    }
}

pub(super) fn show_lists_every_output(stage: &Stage) {
    let said = stage.nix.run(&["flake", "show", "--json", &stage.at("").replace('#', "")]);
    let shown: Value = serde_json::from_str(&said.expect("flake show")).unwrap();
    let outputs = [
        "apps",
        "checks",
        "devShells",
        "formatter",
        "nixosConfigurations",
        "nixosModules",
        "overlays",
        "packages",
    ];
    assert_eq!(names(&shown), outputs.map(String::from).into());
    for system in LINUX {
        assert_eq!(names(&shown["apps"][system]), owned(&APPS), "{system}");
    }
    for (output, wanted) in READING {
        assert_eq!(names(&shown[output][MACOS]), owned(wanted), "{output}.{MACOS}");
    }
    assert_eq!(names(&shown["nixosModules"]), ["bench-host", "default"].map(String::from).into());
}

/// Store paths of derivations below an output, by system.
fn derivations(stage: &Stage, output: &str) -> Value {
    let apply = "builtins.mapAttrs (_: builtins.mapAttrs (_: one: one.drvPath or one.program))";
    stage.nix.eval(&stage.at(output), apply)
}

pub(super) fn every_output_evaluates(stage: &Stage) {
    let mut count = 0;
    for output in ["apps", "checks", "devShells", "packages"] {
        let found = derivations(stage, output);
        for system in systems() {
            let paths = found[system].as_object().unwrap();
            assert!(
                paths.values().all(|path| path.as_str().unwrap().starts_with("/nix/store/")),
                "{output}.{system}"
            );
            count += paths.len();
        }
    }
    let formatter = stage.nix.eval(&stage.at("formatter"), "builtins.mapAttrs (_: one: one.drvPath)");
    assert_eq!(formatter.as_object().unwrap().len(), systems().count());
    assert!(count >= 60, "only {count} outputs were evaluated");

    let packages = derivations(stage, "packages");
    let only = &names(&packages["x86_64-linux"]) - &names(&packages["aarch64-linux"]);
    let only: Vec<String> = only.into_iter().collect();
    assert_eq!(only, ["bench-bins-v3", "bench-bundle-v3"], "what only x86 has");
    let variants: BTreeSet<&str> = ["bench-bins", "bench-bins-fp", "bench-bins-v3"]
        .map(|name| packages["x86_64-linux"][name].as_str().unwrap())
        .into();
    assert_eq!(variants.len(), 3, "variants are derivations of their own");
}

pub(super) fn check_evaluates(stage: &Stage) {
    let flake = stage.at("").replace('#', "");
    stage.nix.run(&["flake", "check", "--no-build", &flake]).expect("flake check --no-build");
}

pub(super) fn documents_are_no_input(stage: &Stage) {
    let benches = stage.at("packages.x86_64-linux.bench-bins");
    let drv = || stage.nix.eval(&benches, "one: one.drvPath");
    let before = drv();
    let beside = ["README.md", "justfile", "bench-lab/tests/tidy/main.rs", "nix/testing/src/flake.rs"];
    for file in beside {
        let changed = stage.altered(file, "\n", "\n\n", drv);
        assert_eq!(changed, before, "{file} is an input of the benches");
    }
    let changed = stage.altered("crates/reedbase/benches/micro.rs", "//!", "//! ", drv);
    assert_ne!(changed, before, "the suite is an input of the benches");
}
