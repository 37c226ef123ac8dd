//! The sources of locked packages, put into the store under the paths that their digests give them.
//!
//! Cargo fetches them as its own settings say; no address of a registry stands here.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use super::nix::{Nix, Said};

/// Lets cargo fetch what the lock file beside `manifest` names, and adds each file to the store.
pub(crate) fn add(nix: &Nix, manifest: &Path, scratch: &Path) {
    let said: Said = Command::new("cargo")
        .args(["fetch", "--locked", "--quiet", "--manifest-path"])
        .arg(manifest)
        .output()
        .expect("cargo runs these tests")
        .into();
    said.expect("cargo fetch");
    let folder = tempfile::tempdir_in(scratch).unwrap();
    let lock: toml::Table =
        fs::read_to_string(manifest.with_file_name("Cargo.lock")).unwrap().parse().unwrap();
    let mut files = Vec::new();
    for package in lock["package"].as_array().unwrap() {
        let Some(checksum) = package.get("checksum").and_then(toml::Value::as_str) else { continue };
        let name = format!("{}-{}", package["name"].as_str().unwrap(), package["version"].as_str().unwrap());
        // The name that crane gives them, which is part of the path.
        let file = folder.path().join(format!("cargo-src-{name}"));
        fs::copy(fetched(&name, checksum), &file).unwrap();
        files.push(file);
    }
    assert!(files.len() > 10, "{} names only {} packages", manifest.display(), files.len());
    let said: Said =
        nix.command("nix-store").args(["--add-fixed", "sha256"]).args(&files).output().unwrap().into();
    said.expect("nix-store --add-fixed");
}

/// The file of a package in cargo's cache, of whichever registry.
fn fetched(name: &str, checksum: &str) -> PathBuf {
    let home = std::env::var_os("CARGO_HOME").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").expect("cargo has a home")).join(".cargo"),
        PathBuf::from,
    );
    let registries = fs::read_dir(home.join("registry/cache")).unwrap();
    registries
        .map(|registry| registry.unwrap().path().join(format!("{name}.crate")))
        .find(|file| fs::read(file).is_ok_and(|bytes| digest(&bytes) == checksum))
        .unwrap_or_else(|| panic!("{name} is not in cargo's cache with the digest that Cargo.lock has"))
}

/// SHA-256 in hex.
pub(crate) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
