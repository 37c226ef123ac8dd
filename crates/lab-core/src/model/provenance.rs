//! Where the benches of a Run come from, as Nix told it.
//!
//! It is taken at its word: nothing here asks Nix, and a field that was not told stays empty.

use std::collections::BTreeMap;

/// What a derivation of its own wrote down about the benches, the lab and what both were built with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// Nix's name of the platform: `x86_64-linux`.
    pub system: Option<String>,
    /// The flake that was built.
    pub source: Option<NixSource>,
    /// SHA-256 of its `flake.lock`, hex.
    pub flake_lock_sha256: Option<String>,
    /// SHA-256 of its `Cargo.lock`, hex.
    pub cargo_lock_sha256: Option<String>,
    /// The locked inputs by name.
    pub inputs: BTreeMap<String, NixSource>,
    /// `lib.version` of nixpkgs.
    pub nixpkgs_version: Option<String>,
    /// The derivation of the bench executables.
    pub benches: Option<NixOutput>,
    /// The derivation of bench-lab.
    pub lab: Option<NixOutput>,
    /// The derivation of the Rust toolchain.
    pub toolchain: Option<NixToolchain>,
    /// `[profile.bench]` as the manifest has it.
    pub profile: BTreeMap<String, String>,
    /// Versions of the tools beside bench-lab.
    pub tools: BTreeMap<String, String>,
}

/// A tree of files as Nix locked it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NixSource {
    /// Commit; absent for a dirty tree or none of a repository.
    pub rev: Option<String>,
    /// Commit with `-dirty`, of a tree with changes.
    pub dirty_rev: Option<String>,
    /// Nix's hash of the files.
    pub nar_hash: Option<String>,
    /// Unix time of the commit, in seconds.
    pub last_modified: Option<u64>,
}

/// A derivation and what it built, as store paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NixOutput {
    /// Names everything that went into it.
    pub drv: Option<String>,
    /// What it built.
    pub out: Option<String>,
}

/// The Rust toolchain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NixToolchain {
    /// `channel` of `rust-toolchain.toml`.
    pub channel: Option<String>,
    /// Its derivation and what that built.
    pub output: NixOutput,
}

impl Provenance {
    /// The derivation of the benches as people tell it from another: `bench-bins 3f2a91c0`, or what is known instead.
    pub fn benches_name(&self) -> String {
        let drv = self.benches.as_ref().and_then(|benches| benches.drv.as_deref().or(benches.out.as_deref()));
        let Some(path) = drv else { return "benches of an unknown derivation".into() };
        let file = path.rsplit('/').next().unwrap_or(path);
        let file = file.strip_suffix(".drv").unwrap_or(file);
        match file.split_once('-') {
            Some((hash, name)) => format!("{name} {}", hash.chars().take(8).collect::<String>()),
            None => file.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derivation_is_told_by_its_name_and_the_start_of_its_hash() {
        let named = |drv: Option<&str>, out: Option<&str>| {
            let benches = NixOutput { drv: drv.map(Into::into), out: out.map(Into::into) };
            Provenance { benches: Some(benches), ..Provenance::default() }.benches_name()
        };
        let hash = "8fs1z0n8ia3kg2l0v1h9zq3xk5a6rbcd";
        let drv = format!("/nix/store/{hash}-bench-bins-0.1.0.drv");
        assert_eq!(named(Some(&drv), None), "bench-bins-0.1.0 8fs1z0n8");
        assert_eq!(named(None, Some(&format!("/nix/store/{hash}-bench-bins"))), "bench-bins 8fs1z0n8");
        assert_eq!(named(Some("odd"), None), "odd");
        assert_eq!(Provenance::default().benches_name(), "benches of an unknown derivation");
    }
}
