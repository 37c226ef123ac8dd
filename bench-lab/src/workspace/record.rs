//! How the bench targets were built, as far as it explains a number.
//!
//! It reads manifests and configuration; what cargo alone knows it takes from the build.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use lab_core::hex::hex;
use lab_core::model::TargetId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use toml::{Table, Value};

use super::WorkspaceError;
use super::build::Built;
use super::choice::Chosen;
use super::config::{Config, descend, parse};
use super::message::Compiled;
use super::metadata::MetadataPackage;
use super::rustflags::{Rustflags, RustflagsSearch};
use super::selection::Selection;
use super::toolchain::{Toolchain, toolchain_file};

/// Everything known about one build.
#[derive(Clone, Debug, PartialEq)]
pub struct BuildRecord {
    /// The arguments behind `cargo`, as it was started.
    pub arguments: Vec<String>,
    /// `rustc -vV`.
    pub rustc_version: String,
    /// `rustc --print cfg` with the flags of the build, or why it did not answer.
    pub rustc_cfg: Result<String, String>,
    /// `build.target` of cargo's configuration; absent when it builds for the host.
    pub target: Option<String>,
    /// `cargo -vV`.
    pub cargo_version: String,
    /// Rustup's name of the toolchain; absent without rustup.
    pub toolchain: Option<String>,
    /// The `rust-toolchain` file in force for the workspace, path and text; absent when there is none.
    pub toolchain_file: Option<(PathBuf, String)>,
    /// The profile.
    pub profile: ProfileRecord,
    /// How each executable was compiled; package overrides make them differ.
    pub compiled: BTreeMap<TargetId, Compiled>,
    /// Enabled features by package.
    pub features: BTreeMap<String, Vec<String>>,
    /// SHA-256 of `Cargo.lock`, hex, or why it cannot be read.
    pub lock_sha256: Result<String, String>,
    /// The compiler flags in force beyond the profile.
    pub rustflags: Rustflags,
}

/// What the profile says and the compiler does not tell. Absent means that nobody set it: cargo's default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileRecord {
    /// Its name.
    pub name: String,
    /// `false`, `true`, `off`, `thin` or `fat`.
    pub lto: Option<String>,
    /// A number.
    pub codegen_units: Option<String>,
    /// `unwind` or `abort`; cargo ignores it for benches that libtest runs.
    pub panic: Option<String>,
}

impl ProfileRecord {
    /// Reads one profile with what it inherits: variables beat configuration, which beats the manifest.
    fn read(name: &str, manifest: &Table, config: &Config, toolchain: &Toolchain) -> Self {
        let setting = |key: &str| {
            let mut visited = BTreeSet::new();
            let mut profile = name.to_string();
            while visited.insert(profile.clone()) {
                let variable = format!("CARGO_PROFILE_{profile}_{key}").to_uppercase().replace('-', "_");
                if let Some(value) = toolchain.variables.get(OsStr::new(&variable)) {
                    return Some(value.to_string_lossy().into_owned());
                }
                let lookup = |key| {
                    let keys = ["profile", &profile, key];
                    config.lookup(&keys).or_else(|| descend(manifest, &keys))
                };
                if let Some(value) = lookup(key) {
                    return Some(text(value));
                }
                profile = match (lookup("inherits").and_then(Value::as_str), profile.as_str()) {
                    (Some(parent), _) => parent.into(),
                    (None, "bench") => "release".into(),
                    (None, "test") => "dev".into(),
                    (None, _) => break,
                };
            }
            None
        };
        Self {
            name: name.into(),
            lto: setting("lto"),
            codegen_units: setting("codegen-units"),
            panic: setting("panic"),
        }
    }
}

impl BuildRecord {
    /// Collects what can be known without the build's own answer; `arguments`, `compiled` and `features` are
    /// left empty.
    pub(super) fn read(
        root: &Path,
        directory: &Path,
        selection: &Selection,
        config: &Config,
        toolchain: &Toolchain,
    ) -> Result<Self, WorkspaceError> {
        let manifest = parse(&root.join("Cargo.toml"))?;
        let lock = std::fs::read(root.join("Cargo.lock")).map_err(|error| format!("Cargo.lock: {error}"));
        let target = config.lookup(&["build", "target"]).and_then(Value::as_str).map(String::from);
        let rustflags = rustflags(directory, selection, target.as_deref(), toolchain);
        Ok(Self {
            arguments: Vec::new(),
            rustc_cfg: toolchain.rustc_cfg(&RustflagsSearch::unconditional(&rustflags)),
            target,
            rustc_version: toolchain.rustc_version.clone(),
            cargo_version: toolchain.cargo_version.clone(),
            toolchain: toolchain.name.clone(),
            toolchain_file: toolchain_file(directory),
            profile: ProfileRecord::read(selection.profile_name(), &manifest, config, toolchain),
            compiled: BTreeMap::new(),
            features: BTreeMap::new(),
            lock_sha256: lock.map(|lock| hex(&Sha256::digest(lock))),
            rustflags,
        })
    }

    /// Adds what cargo said while it built.
    pub(super) fn add_build(&mut self, packages: &[&MetadataPackage], chosen: &[Chosen<'_>], built: &Built) {
        self.arguments.clone_from(&built.arguments);
        for package in packages {
            if let Some(features) = built.features.get(&package.id) {
                self.features.insert(package.name.clone(), features.clone());
            }
        }
        for target @ (package, bench) in chosen {
            if let Some(executable) = built.executable(target) {
                let id = TargetId::new(&package.name, &bench.name);
                self.compiled.insert(id, executable.compiled.clone());
            }
        }
    }
}

/// The flags for rustc from outside the profile.
fn rustflags(
    directory: &Path,
    selection: &Selection,
    target: Option<&str>,
    toolchain: &Toolchain,
) -> Rustflags {
    let variable =
        |name: &str| Some(toolchain.variables.get(OsStr::new(name))?.to_string_lossy().into_owned());
    let home = variable("CARGO_HOME").or_else(|| Some(format!("{}/.cargo", variable("HOME")?)));
    let search = RustflagsSearch {
        directory: directory.to_owned(),
        cargo_home: home.map(PathBuf::from),
        target: target.unwrap_or(toolchain.host()).to_owned(),
    };
    let mut found = search.find(variable);
    // Cargo merges these into its files by rules of its own; as text they are at least seen to differ.
    let typed = selection.config.iter().filter(|value| value.contains("rustflags"));
    if let Ok(flags) = &mut found.flags {
        flags.extend(typed.map(|value| format!("--config {value}")));
    }
    found
}

/// What a profile setting may be: a switch, a number or a word.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Boolean(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        other => other.as_str().unwrap_or_default().into(),
    }
}
