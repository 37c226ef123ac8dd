//! The variables that cargo would set for a bench process.
//!
//! It adds nothing of the lab's own. Source: the Cargo Book, "Environment variables Cargo sets for crates" and
//! "Dynamic library paths"; `tests/workspace.rs` compares with a process that `cargo bench` started.

use std::collections::BTreeMap;
use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::build::{Built, Executable};
use super::config::ConfigVariable;
use super::inherited::LIBRARY_PATH;
use super::metadata::MetadataPackage;
use super::settings::Settings;
use super::toolchain::Toolchain;

/// What all bench processes of a workspace have in common.
pub(super) struct Surroundings<'a> {
    pub(super) toolchain: &'a Toolchain,
    pub(super) built: &'a Built,
    /// `[env]` of cargo's configuration.
    pub(super) configured: BTreeMap<String, ConfigVariable>,
}

impl Surroundings<'_> {
    /// The variables of one bench process, sorted by name; each name once.
    ///
    /// Later sources beat earlier ones, in cargo's order; the settings of the owner come last.
    pub(super) fn variables(
        &self,
        package: &MetadataPackage,
        executable: &Executable,
        settings: &Settings,
    ) -> Vec<(String, OsString)> {
        let mut variables: BTreeMap<String, OsString> = BTreeMap::new();
        variables.insert(LIBRARY_PATH.into(), self.library_path(&executable.path));
        if let Some(script) = self.built.scripts.get(&package.id) {
            variables.insert("OUT_DIR".into(), script.out_dir.clone().into());
            variables.extend(script.env.iter().map(|(name, value)| (name.clone(), value.into())));
        }
        variables.insert("CARGO".into(), self.toolchain.cargo_executable.clone().into());
        variables.extend(manifest_variables(package));
        // Since cargo 1.94 at run time; before, only for the compiler. Too many are never wrong.
        for (name, path) in self.built.programs.get(&package.id).into_iter().flatten() {
            variables.insert(format!("CARGO_BIN_EXE_{name}"), path.into());
        }
        for (name, variable) in &self.configured {
            let inherited = self.toolchain.variables.get(OsStr::new(name)).filter(|_| !variable.is_forced);
            variables.insert(name.clone(), inherited.unwrap_or(&variable.value).clone());
        }
        variables.extend(settings.variables.iter().map(|(name, value)| (name.clone(), value.into())));
        variables.into_iter().collect()
    }

    /// Build script outputs, the profile's directory and its `deps`, the compiler's libraries, what the user has.
    fn library_path(&self, executable: &Path) -> OsString {
        let deps = executable.parent().unwrap_or(executable);
        let profile = if deps.ends_with("deps") { deps.parent().unwrap_or(deps) } else { deps };
        let linked = self.built.scripts.values().flat_map(|script| &script.linked_paths);
        let mut entries: Vec<PathBuf> = linked
            .map(|path| PathBuf::from(path.split_once('=').map_or(path.as_str(), |(_, path)| path)))
            .filter(|path| path.starts_with(profile))
            .collect();
        entries.sort();
        entries.dedup();
        entries.extend([profile.into(), deps.into(), self.toolchain.target_libdir.clone()]);
        entries.extend(self.toolchain.proxy_libdir.clone());
        let inherited = self.toolchain.variables.get(OsStr::new(LIBRARY_PATH));
        entries.extend(inherited.into_iter().flat_map(env::split_paths));
        // A directory with a colon in its name cannot be told to the loader; cargo fails there, we leave it out.
        entries.retain(|entry| !entry.to_string_lossy().contains(':'));
        env::join_paths(entries).unwrap_or_default()
    }
}

/// `CARGO_MANIFEST_*` and `CARGO_PKG_*`; empty where the manifest says nothing, as cargo has it.
fn manifest_variables(package: &MetadataPackage) -> Vec<(String, OsString)> {
    let (core, _build) = package.version.split_once('+').unwrap_or((&package.version, ""));
    let (numbers, pre) = core.split_once('-').unwrap_or((core, ""));
    let mut numbers = numbers.split('.');
    let mut number = || numbers.next().unwrap_or_default().to_string();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let packaged = [
        ("VERSION", package.version.clone()),
        ("VERSION_MAJOR", number()),
        ("VERSION_MINOR", number()),
        ("VERSION_PATCH", number()),
        ("VERSION_PRE", pre.to_string()),
        ("NAME", package.name.clone()),
        ("AUTHORS", package.authors.join(":")),
        ("DESCRIPTION", text(&package.description)),
        ("HOMEPAGE", text(&package.homepage)),
        ("REPOSITORY", text(&package.repository)),
        ("LICENSE", text(&package.license)),
        ("LICENSE_FILE", text(&package.license_file)),
        ("RUST_VERSION", text(&package.rust_version)),
        ("README", text(&package.readme)),
    ];
    let mut variables: Vec<(String, OsString)> =
        packaged.into_iter().map(|(name, value)| (format!("CARGO_PKG_{name}"), value.into())).collect();
    variables.push(("CARGO_MANIFEST_DIR".into(), package.root().into()));
    variables.push(("CARGO_MANIFEST_PATH".into(), package.manifest_path.clone().into()));
    variables
}
