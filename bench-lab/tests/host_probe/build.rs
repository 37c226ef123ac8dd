//! Facts of the build, of Nix, and of the source.

use std::fs;
use std::path::Path;
use std::process::Command;

use bench_lab::host::probe::{BuildInputs, NixBuild, Profile, insert_build};
use bench_lab::host::revision::{self, insert_revision};
use bench_lab::workspace::Rustflags;
use lab_core::model::{Environment, FactValue, NixOutput, Provenance};

/// Printed by rustc 1.95.0.
const RUSTC: &str = "rustc 1.95.0 (59807616e 2026-04-14)\nbinary: rustc\ncommit-hash: \
                     59807616e1fa2540724bfbac14d7976d7e4a3860\ncommit-date: 2026-04-14\nhost: \
                     x86_64-unknown-linux-gnu\nrelease: 1.95.0\nLLVM version: 22.1.2\n";

fn inputs() -> BuildInputs {
    BuildInputs {
        rustc_verbose: Ok(RUSTC.into()),
        rustc_cfg: Ok("target_feature=\"sse2\"\n".into()),
        cargo_version: Ok("cargo 1.95.0".into()),
        target: None,
        profile: Profile {
            name: "bench".into(),
            opt_level: Ok("3".into()),
            debug_info: Ok("line-tables-only".into()),
            debug_assertions: Ok(false),
            overflow_checks: Ok(false),
            lto: Err("not in the manifest: cargo's default".into()),
            codegen_units: Ok("1".into()),
            panic: Ok("unwind".into()),
        },
        rustflags: Rustflags { flags: Ok(vec!["-Ctarget-cpu=native".into()]), source: "RUSTFLAGS".into() },
        features: vec!["--features".into(), "x".into()],
        cargo_lock_sha256: Ok("4a".into()),
        nix: NixBuild::of(None, |_| None),
    }
}

fn built(inputs: &BuildInputs) -> Environment {
    let mut environment = Environment::default();
    insert_build(&mut environment, inputs);
    environment
}

#[test]
fn the_answers_of_the_tools_become_facts() {
    let environment = built(&inputs());
    assert_eq!(environment.text("rustc.release"), Some("1.95.0"));
    assert_eq!(environment.text("rustc.commit"), Some("59807616e1fa2540724bfbac14d7976d7e4a3860"));
    assert_eq!(environment.text("rustc.llvm"), Some("22.1.2"));
    assert_eq!(environment.text("build.target"), Some("x86_64-unknown-linux-gnu"));
    assert_eq!(environment.text("build.target_cpu"), Some("native"));
    assert_eq!(
        environment.facts["build.lto"].value,
        FactValue::Absent("not in the manifest: cargo's default".into())
    );
    assert_eq!(environment.facts["nix.output_path"].value, FactValue::Absent("not built by Nix".into()));
}

#[test]
fn whatever_changes_the_build_changes_its_digest() {
    let before = built(&inputs()).digests();
    let changes: [fn(&mut BuildInputs); 6] = [
        |inputs| inputs.profile.opt_level = Ok("2".into()),
        |inputs| inputs.rustflags.flags = Ok(Vec::new()),
        |inputs| inputs.target = Some("aarch64-unknown-linux-gnu".into()),
        |inputs| inputs.cargo_lock_sha256 = Ok("3b".into()),
        |inputs| inputs.features = Vec::new(),
        |inputs| inputs.profile.lto = Ok("fat".into()),
    ];
    for change in changes {
        let mut inputs = inputs();
        change(&mut inputs);
        let after = built(&inputs).digests();
        assert_ne!(before.build, after.build);
        assert_eq!((&before.machine, &before.configuration), (&after.machine, &after.configuration));
    }
}

#[test]
fn nix_tells_where_the_benches_come_from() {
    let benches = NixOutput { drv: Some("/nix/store/abc-bench-bins.drv".into()), out: None };
    let provenance = Provenance { benches: Some(benches), ..Provenance::default() };
    let nix = NixBuild::of(Some(&provenance), |name| (name == "IN_NIX_SHELL").then(|| "pure".into()));
    assert_eq!(nix.benches_drv, Ok("/nix/store/abc-bench-bins.drv".into()));
    assert_eq!(nix.shell, Ok("pure".into()));
    assert_eq!(nix.flake_lock_sha256, Err("the provenance does not say".into()));
    assert_eq!(NixBuild::of(None, |_| None).benches_drv, Err("not built by Nix".into()));
}

fn git(directory: &Path, arguments: &[&str]) {
    let status = Command::new("git")
        .args(["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "init.defaultBranch=trunk"])
        .args(["-c", "commit.gpgSign=false"])
        .args(arguments)
        .current_dir(directory)
        .output()
        .unwrap();
    assert!(status.status.success(), "{status:?}");
}

#[test]
fn git_tells_commit_branch_and_changes() {
    let directory = tempfile::tempdir().unwrap();
    let outside = revision::read(directory.path());
    assert_eq!(outside.revision.commit, None);
    assert!(outside.absence.as_deref().unwrap().contains("not a git repository"), "{outside:?}");

    git(directory.path(), &["init"]);
    assert_eq!(revision::read(directory.path()).revision.commit, None, "no commit yet");
    fs::write(directory.path().join("file"), "1").unwrap();
    git(directory.path(), &["add", "."]);
    git(directory.path(), &["commit", "-m", "first"]);
    let clean = revision::read(directory.path());
    assert_eq!(clean.revision.commit.as_ref().map(String::len), Some(40));
    assert_eq!(clean.revision.branch.as_deref(), Some("trunk"));
    assert_eq!(clean.revision.is_dirty, Some(false));

    fs::write(directory.path().join("untracked"), "1").unwrap();
    assert_eq!(revision::read(directory.path()).revision.is_dirty, Some(false));
    fs::write(directory.path().join("file"), "2").unwrap();
    assert_eq!(revision::read(directory.path()).revision.is_dirty, Some(true));

    git(directory.path(), &["checkout", "--detach"]);
    let mut environment = Environment::default();
    insert_revision(&mut environment, &revision::read(directory.path()));
    assert_eq!(environment.facts["source.branch"].value, FactValue::Absent("detached head".into()));
    assert_eq!(environment.facts["source.is_dirty"].value, FactValue::Bool(true));
}
