//! What discovery says to input that it cannot work with.

use bench_lab::workspace::{Access, Packages, Progress, Said, Selection, WorkspaceError, discover};
use lab_core::model::Skip;

use crate::silently;
use crate::small::{MAIN, PACKAGE, Small};

/// Two packages: `first` with benches `alpha` and `beta`, `second` with none but the one given.
fn two_packages(second_benches: &[&str]) -> Small {
    let manifest = |name: &str, benches: &[&str]| {
        let benches: String =
            benches.iter().map(|bench| format!("[[bench]]\nname = '{bench}'\nharness = false\n")).collect();
        format!("[package]\nname = '{name}'\nversion = '0.1.0'\nedition = '2021'\n{benches}")
    };
    let (first, second) = (manifest("first", &["alpha", "beta"]), manifest("second", second_benches));
    let mut files = vec![
        (
            "Cargo.toml".to_string(),
            "[workspace]\nresolver = '2'\nmembers = ['first', 'second']\n".to_string(),
        ),
        ("first/Cargo.toml".into(), first),
        ("first/benches/alpha.rs".into(), MAIN.into()),
        ("first/benches/beta.rs".into(), MAIN.into()),
        ("second/Cargo.toml".into(), second),
        ("second/src/lib.rs".into(), String::new()),
    ];
    files.extend(second_benches.iter().map(|bench| (format!("second/benches/{bench}.rs"), MAIN.to_string())));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    Small::new(&files)
}

fn named(small: &Small, packages: &[&str], benches: &[&str]) -> Selection {
    let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<String>>();
    let packages = if packages.is_empty() { Packages::Default } else { Packages::Named(owned(packages)) };
    Selection { packages, benches: owned(benches), ..small.selection() }
}

#[test]
fn a_manifest_that_is_not_there_is_named() {
    let small = Small::new(&[]);
    let error = small.discover().unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("there is no manifest at {}", small.root().join("Cargo.toml").display())
    );
}

#[test]
fn a_manifest_that_does_not_parse_is_cargos_to_explain() {
    let small = Small::new(&[("Cargo.toml", "[package\n")]);
    let Err(WorkspaceError::Metadata { message, .. }) = small.discover() else { panic!("cargo must refuse") };
    assert!(message.contains("unclosed table") && message.contains("Cargo.toml:1"), "{message}");
    assert!(!message.starts_with("error"), "{message}");
}

#[test]
fn a_package_that_is_not_there_comes_with_the_near_ones() {
    let small = two_packages(&[]);
    let error = silently(&named(&small, &["frist"], &[])).unwrap_err();
    let WorkspaceError::PackageMissing { wanted, nearest } = error else { panic!("{error}") };
    assert_eq!((wanted.as_str(), nearest), ("frist", vec!["first".to_string()]));
}

#[test]
fn a_bench_that_is_not_there_comes_with_the_near_ones_and_where_it_is() {
    let small = two_packages(&["gamma"]);
    let error = silently(&named(&small, &["first"], &["alhpa"])).unwrap_err();
    let WorkspaceError::BenchMissing { nearest, elsewhere, .. } = error else { panic!("{error}") };
    assert_eq!((nearest, elsewhere), (vec!["alpha".to_string()], vec![]));
    let error = silently(&named(&small, &["first"], &["gamma"])).unwrap_err();
    let WorkspaceError::BenchMissing { elsewhere, .. } = error else { panic!("{error}") };
    assert_eq!(elsewhere, ["second"]);
}

#[test]
fn a_package_without_benches_names_those_that_have_some() {
    let small = two_packages(&[]);
    let error = silently(&named(&small, &["second"], &[])).unwrap_err();
    let WorkspaceError::NoBenchTargets { packages, elsewhere } = error else { panic!("{error}") };
    assert_eq!((packages, elsewhere), (vec!["second".to_string()], vec!["first".to_string()]));
}

#[test]
fn inside_a_member_only_that_member_is_meant() {
    let small = two_packages(&["gamma"]);
    let selection = Selection { manifest_path: Some(small.root().join("second")), ..Selection::default() };
    let workspace = silently(&selection).unwrap();
    assert_eq!(workspace.packages, ["second"]);
    assert_eq!(workspace.targets.len(), 1);
    assert_eq!(workspace.root.canonicalize().unwrap(), small.root().canonicalize().unwrap());
}

#[test]
fn when_nothing_compiles_each_target_has_its_error() {
    let small = two_packages(&[]);
    std::fs::write(small.root().join("first/benches/alpha.rs"), "fn main() { missing() }").unwrap();
    std::fs::write(small.root().join("first/benches/beta.rs"), "fn main( {}").unwrap();
    let error = silently(&named(&small, &["first"], &[])).unwrap_err();
    let text = error.to_string();
    let WorkspaceError::BuildFailed { failures } = error else { panic!("{text}") };
    assert_eq!(failures.len(), 2);
    assert_eq!(
        text,
        "none of the 2 bench targets compiled: first/alpha: first/benches/alpha.rs:1: \
         cannot find function `missing` in this scope (E0425)"
    );
}

#[test]
fn a_broken_library_is_the_reason_of_its_benches() {
    let small = Small::package(&[("src/lib.rs", "pub fn broken() -> u8 { \"\" }")]);
    let error = small.discover().unwrap_err().to_string();
    assert_eq!(
        error,
        "none of the 1 bench targets compiled: alone/speed: alone: src/lib.rs:1: mismatched types (E0308)"
    );
}

#[test]
fn a_build_script_that_fails_is_cargos_to_explain() {
    let small = Small::package(&[("build.rs", "fn main() { panic!(\"no such library\") }")]);
    let error = small.discover().unwrap_err().to_string();
    assert!(error.contains("alone/speed: failed to run custom build command for `alone v0.1.0"), "{error}");
}

#[test]
fn a_lock_file_that_must_not_change_is_cargos_to_explain() {
    let small = Small::package(&[]);
    let error = silently(&Selection { access: Access::Locked, ..small.selection() }).unwrap_err();
    assert!(matches!(error, WorkspaceError::Metadata { .. }), "{error}");
    assert!(error.to_string().contains("--locked"), "{error}");
}

#[test]
fn a_feature_that_only_another_member_turns_on_does_not_stop_the_build() {
    let small = Small::new(&[
        ("Cargo.toml", "[workspace]\nresolver = '2'\nmembers = ['a', 'b']\n"),
        (
            "a/Cargo.toml",
            "[package]\nname = 'a'\nversion = '0.1.0'\nedition = '2021'\n[features]\nx = []\n\
             [[bench]]\nname = 'speed'\nharness = false\nrequired-features = ['x']\n\
             [[bench]]\nname = 'other'\nharness = false\n",
        ),
        ("a/src/lib.rs", ""),
        ("a/benches/speed.rs", MAIN),
        ("a/benches/other.rs", MAIN),
        (
            "b/Cargo.toml",
            "[package]\nname = 'b'\nversion = '0.1.0'\nedition = '2021'\n\
             [dependencies]\na = { path = '../a', features = ['x'] }\n",
        ),
        ("b/src/lib.rs", ""),
    ]);
    let workspace = silently(&named(&small, &["a"], &[])).unwrap();
    assert_eq!(workspace.targets.len(), 1);
    assert_eq!(workspace.targets[0].id.to_string(), "a/other");
    assert_eq!(workspace.skipped[0].skip, Skip::NeedsFeatures(vec!["x".into()]));
    assert!(workspace.build.arguments.contains(&"--benches".into()), "{:?}", workspace.build.arguments);
}

#[test]
fn a_setting_of_the_wrong_type_names_package_and_key() {
    let manifest = format!("{PACKAGE}[package.metadata.bench-lab]\nharness = 3\n");
    let error = Small::package(&[("Cargo.toml", &manifest)]).discover().unwrap_err();
    assert_eq!(
        error.to_string(),
        "package 'alone': `package.metadata.bench-lab.harness` in its Cargo.toml has the wrong type: \
         invalid type: integer `3`, expected a string"
    );
}

#[test]
fn what_is_not_measured_is_said() {
    let small = Small::package(&[("src/lib.rs", "// #![feature(test)]\n")]);
    let host = small.discover().unwrap().build.rustc_version;
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let config = vec![format!("target.{host}.runner='some-wrapper'")];
    let workspace = silently(&Selection { config, ..small.selection() }).unwrap();
    let kinds: Vec<&str> = workspace.warnings.iter().map(|warning| warning.kind.as_str()).collect();
    assert_eq!(kinds, ["library_benches", "runner_ignored"]);
}

#[test]
fn a_terminal_gets_cargos_bar_and_quiet_gets_nothing() {
    let said = |progress| {
        let small = Small::package(&[]);
        let mut said = String::new();
        let selection = Selection { progress, ..small.selection() };
        discover(&selection, &mut |piece| {
            if let Said::Cargo(piece) = piece {
                said.push_str(&String::from_utf8_lossy(piece));
            }
        })
        .unwrap();
        said
    };
    let drawn = said(Progress::Terminal { width: 80 });
    assert!(drawn.contains("Building\u{1b}[0m [") && drawn.contains('\r'), "{drawn}");
    let lines = said(Progress::Lines);
    assert!(lines.contains("Compiling alone v0.1.0") && !lines.contains('\u{1b}'), "{lines}");
    assert_eq!(said(Progress::Quiet), "");
}
