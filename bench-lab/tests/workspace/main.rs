//! Discovery over a stranger's workspace with known truth, and over workspaces made for one error each.
//!
//! The fixture workspace is built once, into a directory that later runs find warm.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod refusals;
mod small;
mod toolchain;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use bench_lab::workspace::{
    Access, FeatureBase, Features, Packages, Said, Selection, Workspace, WorkspaceError, discover,
};
use lab_core::model::{Skip, TargetId};

/// What one discovery gave, and what was said meanwhile.
struct Discovered {
    workspace: Workspace,
    cargo_said: String,
    compiler_said: String,
}

/// The whole fixture workspace, built once for all tests of this file.
static WHOLE: LazyLock<Discovered> = LazyLock::new(|| {
    let mut said = Spoken::default();
    let selection = Selection { packages: Packages::Workspace, ..fixture_selection() };
    let workspace =
        discover(&selection, &mut |piece| said.take(piece)).expect("the fixture workspace builds");
    Discovered { workspace, cargo_said: said.cargo, compiler_said: said.compiler }
});

#[derive(Default)]
struct Spoken {
    cargo: String,
    compiler: String,
}

impl Spoken {
    fn take(&mut self, said: Said<'_>) {
        match said {
            Said::Cargo(piece) => self.cargo.push_str(&String::from_utf8_lossy(piece)),
            Said::Compiler(message) => self.compiler.push_str(message),
        }
    }
}

fn fixture_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/workspace")
}

fn target_dir() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("fixture-workspace")
}

fn fixture_selection() -> Selection {
    Selection {
        manifest_path: Some(fixture_root().join("Cargo.toml")),
        target_dir: Some(target_dir()),
        access: Access::Locked,
        ..Selection::default()
    }
}

fn of_package(name: &str) -> Selection {
    Selection { packages: Packages::Named(vec![name.into()]), ..fixture_selection() }
}

fn silently(selection: &Selection) -> Result<Workspace, WorkspaceError> {
    discover(selection, &mut |_| {})
}

fn names(workspace: &Workspace) -> Vec<String> {
    workspace.targets.iter().map(|target| target.id.to_string()).collect()
}

/// The bench targets that the fixture's manifests and directories declare.
fn declared() -> BTreeSet<String> {
    let mut declared = BTreeSet::new();
    for package in ["duel", "overridden", "renamed", "scripted", "truth"] {
        for entry in fs::read_dir(fixture_root().join(package).join("benches")).unwrap() {
            let name = entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
            declared.insert(format!("{package}/{name}"));
        }
    }
    declared
}

#[test]
fn every_declared_target_is_built_or_skipped_with_its_reason() {
    let workspace = &WHOLE.workspace;
    let built: BTreeSet<String> = names(workspace).into_iter().collect();
    let skipped: BTreeMap<String, String> =
        workspace.skipped.iter().map(|skipped| (skipped.id.to_string(), skipped.skip.to_string())).collect();
    let expected = BTreeMap::from([
        (
            "truth/broken".to_string(),
            "did not compile: truth/benches/broken.rs:2: mismatched types (E0308)".to_string(),
        ),
        ("truth/needs_features".to_string(), "needs features extra,deeper".to_string()),
    ]);
    assert_eq!(skipped, expected);
    let all: BTreeSet<String> = built.iter().chain(skipped.keys()).cloned().collect();
    assert_eq!(all, declared());
    assert_eq!(built.len() + skipped.len(), all.len(), "each target once");
    for target in &workspace.targets {
        assert!(target.executable.is_file(), "{}", target.executable.display());
        assert!(target.executable.starts_with(target_dir()));
        assert!(target.source.is_file(), "{}", target.source.display());
        assert_eq!(target.package_root, fixture_root().join(&target.id.package));
    }
}

#[test]
fn discovery_starts_no_bench() {
    let marker = WHOLE.workspace.target_directory.join("tmp/plain-was-started");
    assert!(!marker.exists(), "{} was written by the bench itself", marker.display());
}

#[test]
fn cargo_and_the_compiler_are_passed_on() {
    assert!(WHOLE.compiler_said.contains("mismatched types"), "{}", WHOLE.compiler_said);
    assert!(
        WHOLE.cargo_said.contains("could not compile `truth` (bench \"broken\")"),
        "{}",
        WHOLE.cargo_said
    );
    assert!(!WHOLE.cargo_said.contains("{\"reason\""));
}

#[test]
fn dependencies_carry_name_alias_and_version() {
    let target = WHOLE.workspace.targets.iter().find(|target| target.id.package == "renamed").unwrap();
    let dependency = target.dependencies.iter().find(|dependency| dependency.name == "criterion").unwrap();
    assert_eq!(dependency.alias, "bench_engine");
    assert!(dependency.version.starts_with("0.8."), "{}", dependency.version);
}

#[test]
fn settings_of_the_owner_reach_the_target() {
    let workspace = &WHOLE.workspace;
    let target = |name: &str| workspace.targets.iter().find(|target| target.id.name == name).unwrap();
    let value = |name: &str, variable: &str| {
        let found = target(name).environment.iter().find(|(key, _)| key == variable);
        found.map(|(_, value)| value.to_string_lossy().into_owned())
    };
    assert_eq!(target("claimed").harness_override.as_deref(), Some("divan"));
    assert_eq!(target("left_alone").harness_override.as_deref(), Some("none"));
    assert_eq!(target("steady_divan").harness_override, None);
    assert_eq!(value("claimed", "FIXTURE_SETTING").as_deref(), Some("package"));
    assert_eq!(value("left_alone", "FIXTURE_SETTING").as_deref(), Some("target"));
    assert_eq!(value("left_alone", "FIXTURE_SHARED").as_deref(), Some("package"));
    assert_eq!(workspace.settings[&TargetId::new("overridden", "left_alone")].is_threaded, Some(true));
    let warnings: Vec<String> = workspace.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "overridden: `package.metadata.bench-lab.colour` is no setting of bench-lab",
            "overridden: `package.metadata.bench-lab.bench.no_such_bench` names no bench target",
        ]
    );
}

#[test]
fn the_build_is_recorded() {
    let build = &WHOLE.workspace.build;
    assert!(build.rustc_version.contains("host: "), "{}", build.rustc_version);
    assert!(build.cargo_version.starts_with("cargo 1."), "{}", build.cargo_version);
    assert_eq!(build.profile.name, "bench");
    assert_eq!(build.profile.lto.as_deref(), Some("off"));
    assert_eq!(build.profile.codegen_units.as_deref(), Some("16"));
    assert_eq!(build.profile.panic, None);
    let compiled = &build.compiled[&TargetId::new("truth", "steady_divan")];
    assert_eq!((compiled.opt_level.as_str(), compiled.debuginfo.as_str()), ("1", "0"));
    assert!(!compiled.debug_assertions && !compiled.overflow_checks);
    assert_eq!(build.features["truth"], Vec::<String>::new());
    let lock = fs::read(fixture_root().join("Cargo.lock")).unwrap();
    assert_eq!(build.lock_sha256.as_deref(), Ok(sha256(&lock).as_str()));
    assert!(build.arguments.starts_with(&["build".into(), "--workspace".into()]), "{:?}", build.arguments);
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn enabled_features_unlock_their_target() {
    let selection = Selection {
        benches: vec!["needs_*".into()],
        features: Features { base: FeatureBase::Default, named: vec!["deeper".into()] },
        ..of_package("truth")
    };
    let workspace = silently(&selection).unwrap();
    assert_eq!(names(&workspace), ["truth/needs_features"]);
    assert_eq!(workspace.skipped, []);
    assert_eq!(workspace.build.features["truth"], ["deeper", "extra"]);
}

#[test]
fn a_named_target_that_needs_features_is_skipped_with_them() {
    let selection = Selection {
        benches: vec!["needs_features".into(), "steady_divan".into()],
        features: Features { base: FeatureBase::Default, named: vec!["extra".into()] },
        ..of_package("truth")
    };
    let workspace = silently(&selection).unwrap();
    assert_eq!(names(&workspace), ["truth/steady_divan"]);
    assert_eq!(workspace.skipped[0].skip, Skip::NeedsFeatures(vec!["deeper".into()]));
}

#[test]
fn the_files_are_those_of_cargo_bench() {
    let selection = Selection {
        packages: Packages::Named(vec!["scripted".into(), "renamed".into()]),
        ..fixture_selection()
    };
    let ours: BTreeSet<PathBuf> =
        silently(&selection).unwrap().targets.into_iter().map(|target| target.executable).collect();
    let before: Vec<String> = ours.iter().map(|path| sha256(&fs::read(path).unwrap())).collect();
    let output = cargo()
        .args(["bench", "--no-run", "--locked", "-p", "scripted", "-p", "renamed", "--message-format=json"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let theirs: BTreeSet<PathBuf> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|message| message["target"]["kind"] == serde_json::json!(["bench"]))
        .map(|message| PathBuf::from(message["executable"].as_str().unwrap()))
        .collect();
    let after: Vec<String> = ours.iter().map(|path| sha256(&fs::read(path).unwrap())).collect();
    assert_eq!(ours, theirs);
    assert_eq!(before, after);
}

/// Cargo as a user would start it in the fixture workspace, outside of this test's own cargo.
fn cargo() -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(fixture_root()).env("CARGO_TARGET_DIR", target_dir());
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        let is_cargos =
            ["CARGO", "CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "LD_LIBRARY_PATH"].contains(&&*name);
        if is_cargos
            || name.starts_with("CARGO_PKG_")
            || name.starts_with("CARGO_BIN_EXE_")
            || name.starts_with("RUSTUP_TOOLCHAIN")
        {
            command.env_remove(name);
        }
    }
    command
}

/// The NUL-terminated `name=value` pairs that the bench `env_dump` prints.
fn parse_dump(stdout: &[u8]) -> BTreeMap<String, OsString> {
    stdout
        .split(|byte| *byte == 0)
        .filter_map(|pair| {
            let at = pair.iter().position(|byte| *byte == b'=')?;
            let value = OsString::from_vec(pair[at + 1..].to_vec());
            Some((String::from_utf8(pair[..at].to_vec()).unwrap(), value))
        })
        .collect()
}

/// What `cargo bench` lets through from whoever started it, or rustup's proxy adds: not cargo's to give.
///
/// This list is all that a direct start lacks.
fn is_passed_through(name: &str, value: &OsString) -> bool {
    match name {
        "CARGO_HOME" | "CARGO_TARGET_DIR" | "PATH" | "RUST_RECURSION_COUNT" => true,
        _ if name.starts_with("RUSTUP_") => true,
        _ => !name.starts_with("CARGO") && std::env::var_os(name).as_ref() == Some(value),
    }
}

#[test]
fn a_direct_start_has_the_environment_of_cargo_bench() {
    let output = cargo()
        .args(["bench", "--locked", "-p", "scripted", "--bench", "env_dump"])
        .env("FIXTURE_FORCED", "set by the user")
        .output()
        .unwrap();
    let under_cargo = parse_dump(&output.stdout);
    assert!(under_cargo.contains_key("CARGO_PKG_NAME"), "{}", String::from_utf8_lossy(&output.stderr));

    // The same packages: cargo's library path holds the outputs of every build script of a build.
    let workspace = silently(&of_package("scripted")).unwrap();
    let target = &workspace.targets[0];
    let output = Command::new(&target.executable)
        .arg("--bench")
        .env_clear()
        .envs(target.environment.iter().map(|(name, value)| (name, value)))
        .current_dir(&target.package_root)
        .output()
        .unwrap();
    let direct = parse_dump(&output.stdout);

    let cargos: BTreeMap<String, OsString> = under_cargo
        .into_iter()
        .filter(|(name, value)| direct.contains_key(name) || !is_passed_through(name, value))
        .collect();
    assert_eq!(direct, cargos);
    for expected in
        ["CARGO", "CARGO_BIN_EXE_scripted-tool", "FIXTURE_FROM_SCRIPT", "FIXTURE_RELATIVE", "OUT_DIR"]
    {
        assert!(direct.contains_key(expected), "{expected}");
    }
    assert_eq!(direct["CARGO_PKG_VERSION_PRE"], "rc.4");
    assert_eq!(direct["CARGO_PKG_AUTHORS"], "First Author <first@example.org>:Second Author");
    assert_eq!(direct["FIXTURE_FORCED"], "forced");
    assert_eq!(direct["working directory"], fixture_root().join("scripted").into_os_string());
}
