//! What is built: the shell, the benches with their manifest, the bundle, the small checks.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::ground::root;
use crate::nix::Said;
use crate::stage::Stage;

pub(super) const BENCHES: &str = "packages.x86_64-linux.bench-bins";

/// An output for the machine that this runs on.
pub(super) fn here(output: &str) -> String {
    output.replace("x86_64", std::env::consts::ARCH)
}

pub(super) fn the_shell_has_the_tools(stage: &Stage) {
    let shell = here("devShells.x86_64-linux.default");
    let develop =
        |script: &str| stage.nix.run(&["develop", &stage.at(&shell), "--command", "bash", "-c", script]);
    let said = develop(
        "rustc --version; for name in rustc cargo perf valgrind just hyperfine; do command -v $name; done",
    );
    let said = said.expect("nix develop");
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].starts_with("rustc "), "{said}");
    assert_eq!(lines.len(), 7, "{said}");
    assert!(
        lines[1..].iter().all(|line| line.starts_with("/nix/store/")),
        "a tool is the host's own: {said}"
    );
    // One that no host has by chance: the stand-in says that it is not there, rather than the shell that it is unknown.
    let said = develop("flamegraph.pl --help; echo $?");
    assert!(
        said.stdout.ends_with("127\n") == said.stderr.contains("this host has no such program"),
        "{}",
        said.stderr
    );
}

/// The manifest of a built output.
fn manifest(stage: &Stage, benches: &str) -> Value {
    let file = stage.nix.real(benches).join("share/bench-lab/manifest.json");
    serde_json::from_str(
        &fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display())),
    )
    .unwrap()
}

/// The bench targets of the workspace's default members, as cargo lists them.
fn bench_targets() -> BTreeSet<(String, String)> {
    let mut command = Command::new("cargo");
    command.args(["metadata", "--format-version", "1", "--no-deps", "--offline"]).current_dir(root());
    let said: Said = command.output().unwrap().into();
    let metadata: Value = serde_json::from_str(&said.expect("cargo metadata")).unwrap();
    let members = metadata["workspace_default_members"].as_array().unwrap();
    let packages =
        metadata["packages"].as_array().unwrap().iter().filter(|package| members.contains(&package["id"]));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    packages
        .flat_map(|package| {
            let targets = package["targets"].as_array().unwrap().iter();
            let benches = targets.filter(|target| target["kind"] == serde_json::json!(["bench"]));
            benches.map(|target| (text(&package["name"]), text(&target["name"]))).collect::<Vec<_>>()
        })
        .collect()
}

/// The manifest names the workspace's bench targets, all of them built, from flags that Nix alone set.
fn is_whole(stage: &Stage, benches: &str) {
    let manifest = manifest(stage, benches);
    let listed = manifest["benches"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let named: BTreeSet<(String, String)> =
        listed.iter().map(|bench| (text(&bench["package"]), text(&bench["target"]))).collect();
    let targets = bench_targets();
    assert!(targets.len() >= 5, "{targets:?}");
    assert_eq!(named, targets);
    for bench in listed {
        let executable = stage.nix.real(benches).join("share/bench-lab").join(text(&bench["executable"]));
        let digest = crate::locked::digest(&fs::read(&executable).unwrap());
        assert_eq!(text(&bench["sha256"]), digest, "{}", executable.display());
    }
    assert_eq!(manifest["build"]["rustflags"], serde_json::json!([]), "{}", manifest["build"]);
    assert_eq!(manifest["build"].get("target_cpu"), None);
    assert_eq!(manifest["build"]["profile"], "bench");
}

pub(super) fn every_bench_is_packed(stage: &Stage) {
    let benches = stage.nix.build(&stage.at(&here(BENCHES)));
    is_whole(stage, &benches);
}

pub(super) fn the_benches_need_nothing(stage: &Stage) {
    let benches = stage.nix.build(&stage.at(&here(BENCHES)));
    // With nixpkgs the C library stands here too; the stand-in's compiler links to the host's.
    assert_eq!(stage.nix.closure(&benches), [benches]);
}

pub(super) fn the_same_again(stage: &Stage) {
    // Builds once more and compares every byte, the manifest with its digests included.
    stage
        .nix
        .run(&["build", "--no-link", "--rebuild", &stage.at(&here(BENCHES))])
        .expect("nix build --rebuild");
}

pub(super) fn the_bundle_is_small(stage: &Stage) {
    let bundle = stage.nix.build(&stage.at(&here("packages.x86_64-linux.bench-bundle")));
    let closure = stage.nix.closure(&bundle);
    let has = |part: &str| closure.iter().any(|path| path.contains(part));
    for part in ["-bench-bins-", "-bench-lab-", "-provenance.json"] {
        assert!(has(part), "{part} is not in {closure:#?}");
    }
    for part in ["-vendor", "-cargo-src-", "-rust-", "-source", "-deps-"] {
        assert!(!has(part), "{part} is in {closure:#?}");
    }
    for app in ["bench", "compare", "doctor", "report", "baseline", "tune", "restore", "flamegraph"] {
        let launcher = stage.nix.real(&bundle).join(format!("bin/bench-lab-{app}"));
        assert!(launcher.symlink_metadata().is_ok(), "{} is not there", launcher.display());
    }
    for (file, part) in [("manifest.json", "-bench-bins-"), ("provenance.json", "-provenance.json")] {
        let path = stage.nix.real(&bundle).join("share/bench-lab").join(file);
        let target = path.read_link().unwrap();
        assert!(target.to_string_lossy().contains(part), "{file} is {}", target.display());
    }
}

pub(super) fn checks_pass(stage: &Stage) {
    for check in ["toolchain", "bench-host-eval"] {
        if check != "bench-host-eval" || std::env::consts::ARCH == "x86_64" {
            stage.nix.build(&stage.at(&here(&format!("checks.x86_64-linux.{check}"))));
        }
    }
}
