//! Files of the repository that have to say the same, and the form of its Nix files.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::ground::root;

fn text(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The commands that `nix/apps.nix` lists, with what each calls.
fn apps() -> Vec<(String, String)> {
    let nix = text("nix/apps.nix");
    let commands = nix.split("commands = {").nth(1).unwrap().split("\n  };").next().unwrap();
    let apps: Vec<(String, String)> = commands
        .lines()
        .filter_map(|line| {
            let (name, rest) = line.trim().split_once(" = { runs = \"")?;
            Some((name.to_owned(), rest.split('"').next()?.to_owned()))
        })
        .collect();
    assert!(apps.len() >= 8, "nix/apps.nix was not understood: {apps:?}");
    apps
}

pub(super) fn apps_recipes_and_readme() {
    let (justfile, readme, guide) = (text("justfile"), text("README.md"), text("docs/NIX.md"));
    for (name, runs) in apps() {
        let recipe = format!("\n{name} *flags: (lab \"{name}\" \"{runs}\" flags)\n");
        assert!(justfile.contains(&recipe), "the justfile has no line {}", recipe.trim());
        for (document, words) in [("README.md", &readme), ("docs/NIX.md", &guide)] {
            assert!(
                words.contains(&format!("nix run .#{name}")),
                "{document} does not name `nix run .#{name}`"
            );
        }
    }
    let named: BTreeSet<&str> = readme
        .split("nix run .#")
        .skip(1)
        .map(|rest| rest.split(|sign: char| !sign.is_ascii_alphanumeric() && sign != '-').next().unwrap())
        .collect();
    let known: BTreeSet<String> = apps().into_iter().map(|(name, _)| name).collect();
    let unknown: Vec<_> = named.iter().filter(|name| !known.contains(**name)).collect();
    assert!(unknown.is_empty(), "README.md names apps that there are not: {unknown:?}");
}

pub(super) fn every_input_is_locked() {
    let lock: Value = serde_json::from_str(&text("flake.lock")).unwrap();
    let inputs = lock["nodes"]["root"]["inputs"].as_object().unwrap();
    assert_eq!(inputs.keys().collect::<Vec<_>>(), ["crane", "nixpkgs", "rust-overlay"]);
    for (name, node) in inputs {
        let locked = &lock["nodes"][node.as_str().unwrap()]["locked"];
        assert_eq!(locked["type"], "github", "{name}");
        assert_eq!(locked["rev"].as_str().unwrap().len(), 40, "{name}");
        assert!(locked["narHash"].as_str().unwrap().starts_with("sha256-"), "{name}");
        assert!(locked["lastModified"].is_u64(), "{name}");
    }
    assert_eq!(lock["nodes"]["rust-overlay"]["inputs"]["nixpkgs"], serde_json::json!(["nixpkgs"]));
}

pub(super) fn one_place_for_the_compiler() {
    let table = |file: &str| -> toml::Table { text(file).parse().unwrap() };
    let toolchain = table("rust-toolchain.toml");
    let channel = toolchain["toolchain"]["channel"].as_str().unwrap();
    let cargo = table("Cargo.toml");
    let least = cargo["workspace"]["package"]["rust-version"].as_str().unwrap();
    assert!(
        channel.starts_with(&format!("{least}.")),
        "rust-version is {least}, rust-toolchain.toml has {channel}"
    );
    let twice: Vec<String> = nix_files().into_iter().filter(|file| text(file).contains(channel)).collect();
    assert!(twice.is_empty(), "the version stands in {twice:?} too");
}

pub(super) fn nix_files_are_formatted() {
    let lints = root().join("nix/testing/lints/Cargo.toml");
    // Beside the target folder of the workspace: these tests run below its lock.
    let target = root().join("target/nix-lints");
    let status = Command::new("cargo")
        .args(["run", "--quiet", "--locked", "--manifest-path"])
        .arg(lints)
        .arg("--target-dir")
        .arg(target)
        .arg("--")
        .args(nix_files())
        .current_dir(root())
        .status()
        .expect("cargo runs these tests");
    assert!(status.success(), "`just nix-fmt` writes them as they should be");
}

/// Every Nix file, from the root.
fn nix_files() -> Vec<String> {
    let mut found = vec!["flake.nix".to_owned()];
    let mut open = vec!["nix".to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() && !path.ends_with("/target") {
                open.push(path);
            } else if path.ends_with(".nix") {
                found.push(path);
            }
        }
    }
    assert!(found.len() > 15, "the walk found only {found:?}");
    found.sort();
    found
}
