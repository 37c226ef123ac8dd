//! Toolchain files, with the toolchains that are really installed.
//!
//! The tests themselves run under a cargo, and where rustup is in use under a proxy that has set
//! `RUSTUP_TOOLCHAIN`: exactly what `cargo bench-lab` inherits.

use std::process::Command;

use bench_lab::workspace::{Selection, WorkspaceError};

use crate::silently;
use crate::small::Small;

/// A release that nobody has: before rustup could install it with components.
const NOT_INSTALLED: &str = "1.13.0";

/// Rustup's toolchains; none without rustup.
fn installed() -> Vec<String> {
    let Ok(output) = Command::new("rustup").args(["toolchain", "list"]).output() else { return Vec::new() };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().filter_map(|line| line.split_whitespace().next()).map(Into::into).collect()
}

fn with_toolchain_file(channel: &str) -> Small {
    Small::package(&[("rust-toolchain.toml", &format!("[toolchain]\nchannel = '{channel}'\n"))])
}

#[test]
fn the_workspaces_own_toolchain_file_wins_over_the_inherited_toolchain() {
    for toolchain in installed() {
        let workspace = with_toolchain_file(&toolchain).discover().unwrap();
        assert_eq!(workspace.build.toolchain.as_deref(), Some(toolchain.as_str()));
        assert_eq!(workspace.warnings, []);
        let is_nightly = workspace.build.rustc_version.lines().next().unwrap().contains("nightly");
        assert_eq!(is_nightly, toolchain.starts_with("nightly"), "{}", workspace.build.rustc_version);
        let text = workspace.build.toolchain_file.unwrap().1;
        assert!(text.contains(&toolchain));
    }
}

#[test]
fn a_toolchain_that_is_not_installed_is_replaced_and_said() {
    let workspace = with_toolchain_file(NOT_INSTALLED).discover().unwrap();
    if installed().is_empty() {
        assert_eq!(workspace.warnings, [], "nobody reads the file without rustup");
        return;
    }
    let used = workspace.build.toolchain.unwrap();
    let [warning] = workspace.warnings.as_slice() else { panic!("{:?}", workspace.warnings) };
    assert_eq!(warning.kind, "toolchain_not_installed");
    assert!(warning.text.contains(NOT_INSTALLED) && warning.text.contains(&used), "{warning}");
    assert!(!installed().iter().any(|name| name.starts_with(NOT_INSTALLED)), "nothing was downloaded");
}

#[test]
fn a_named_toolchain_beats_the_file_and_must_exist() {
    let small = with_toolchain_file(NOT_INSTALLED);
    let with = |name: &str| silently(&Selection { toolchain: Some(name.into()), ..small.selection() });
    let installed = installed();
    match with(NOT_INSTALLED).unwrap_err() {
        WorkspaceError::ToolchainMissing { name, installed: known } => {
            assert!(name.starts_with(NOT_INSTALLED), "{name}");
            assert_eq!(known, installed);
        }
        WorkspaceError::NoRustup { name, .. } => {
            assert_eq!((name.as_str(), installed.len()), (NOT_INSTALLED, 0))
        }
        other => panic!("{other}"),
    }
    for toolchain in &installed {
        let workspace = with(toolchain).unwrap();
        assert_eq!((workspace.build.toolchain.as_ref(), workspace.warnings.len()), (Some(toolchain), 0));
    }
}

#[test]
fn a_toolchain_file_that_is_none_is_rustups_to_explain() {
    let result = Small::package(&[("rust-toolchain.toml", "[toolchain\n")]).discover();
    if installed().is_empty() {
        assert!(result.is_ok(), "nobody reads the file without rustup");
        return;
    }
    let error = result.unwrap_err();
    assert!(matches!(error, WorkspaceError::Toolchain { .. }), "{error}");
    assert!(error.to_string().contains("could not parse override file"), "{error}");
}

#[test]
fn nothing_of_the_cargo_that_started_us_reaches_a_build_script() {
    let script = r#"fn main() {
        println!("cargo:rustc-env=SEEN_CARGO={}", std::env::var("CARGO").unwrap());
        let ours = |name: &str| name.starts_with("CARGO_BIN_EXE_");
        let leaked: Vec<String> = std::env::vars().map(|(name, _)| name).filter(|name| ours(name)).collect();
        println!("cargo:rustc-env=LEAKED={}", leaked.join(","));
    }"#;
    assert!(std::env::vars().any(|(name, _)| name == "CARGO"), "cargo started this test");
    let mut channels = installed();
    channels.push(NOT_INSTALLED.into());
    for channel in channels {
        let file = format!("[toolchain]\nchannel = '{channel}'\n");
        let small = Small::package(&[("build.rs", script), ("rust-toolchain.toml", &file)]);
        let workspace = small.discover().unwrap();
        let value = |name: &str| {
            let found = workspace.targets[0].environment.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.to_string_lossy().into_owned()).unwrap()
        };
        assert_eq!(value("SEEN_CARGO"), value("CARGO"), "{channel}");
        assert_eq!(value("LEAKED"), "", "{channel}");
    }
}
