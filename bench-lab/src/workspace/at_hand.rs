//! A look at a workspace without asking cargo: where it is, and how its benches would be built.
//!
//! It runs nothing, so that it costs nothing; profiles in cargo's config files and flags on a command line stay unseen.
//! What was really compiled is told by the build.

use std::env;
use std::path::{Path, PathBuf};

use toml::Table;

use super::record::text;
use super::rustflags::{Rustflags, RustflagsSearch};

/// What the files of a workspace say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// The workspace's own manifest.
    pub manifest: PathBuf,
    /// Flags for rustc besides the profile's.
    pub rustflags: Rustflags,
    /// The profile `bench`; the error says why the manifest cannot be read.
    pub profile: Result<OutlineProfile, String>,
}

/// The parts of a profile that spoil a measurement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutlineProfile {
    /// `0` to `3`, `s` or `z`.
    pub opt_level: String,
    /// Whether `debug_assert!` is compiled in.
    pub has_debug_assertions: bool,
}

/// Looks at the workspace around `directory`; nothing when there is no manifest from there up.
pub fn outline(directory: &Path) -> Option<Outline> {
    outline_with(directory, |name| env::var(name).ok())
}

/// Every folder with a manifest from `directory` up, the outermost first, of which one is the root of its workspace; nothing
/// where a package says by itself where its workspace is, or a manifest cannot be read.
pub fn manifest_folders(directory: &Path) -> Option<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for folder in directory.ancestors() {
        let path = folder.join("Cargo.toml");
        if path.is_file() {
            let manifest = read(&path).ok()?;
            let points_elsewhere = manifest.get("package").is_some_and(|own| own.get("workspace").is_some());
            folders.push((folder.to_owned(), points_elsewhere));
        }
    }
    let is_plain = folders.iter().all(|(_, points_elsewhere)| !points_elsewhere);
    is_plain.then(|| folders.into_iter().rev().map(|(folder, _)| folder).collect())
}

fn outline_with(directory: &Path, lookup: impl Fn(&str) -> Option<String>) -> Option<Outline> {
    let manifests =
        || directory.ancestors().map(|folder| folder.join("Cargo.toml")).filter(|path| path.is_file());
    let nearest = manifests().next()?;
    let is_root = |path: &PathBuf| read(path).is_ok_and(|table| table.contains_key("workspace"));
    let manifest = manifests().find(is_root).unwrap_or(nearest);
    let home = lookup("CARGO_HOME").or_else(|| Some(format!("{}/.cargo", lookup("HOME")?)));
    let search = RustflagsSearch {
        directory: directory.to_owned(),
        cargo_home: home.map(PathBuf::from),
        target: host_triple(),
    };
    let profile = read(&manifest).map(|table| profile(&table, &lookup));
    Some(Outline { rustflags: search.find(lookup), profile, manifest })
}

/// What rustc calls machines like the one this was built for. Asking rustc would be surer and slower: rustup may fetch
/// a toolchain first.
fn host_triple() -> String {
    let libc = if cfg!(target_env = "musl") { "musl" } else { "gnu" };
    format!("{}-unknown-linux-{libc}", env::consts::ARCH)
}

fn read(path: &Path) -> Result<Table, String> {
    let manifest = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    manifest.parse().map_err(|error: toml::de::Error| format!("{}: {}", path.display(), error.message()))
}

/// `bench` inherits from `release` (The Cargo Book, "Profiles"); variables beat the manifest.
fn profile(manifest: &Table, lookup: impl Fn(&str) -> Option<String>) -> OutlineProfile {
    let setting = |key: &str| {
        let variable = |profile: &str| {
            lookup(&format!("CARGO_PROFILE_{profile}_{}", key.to_uppercase().replace('-', "_")))
        };
        let written = |profile: &str| Some(text(manifest.get("profile")?.get(profile)?.get(key)?));
        let of = |name: &str| variable(&name.to_uppercase()).or_else(|| written(name));
        of("bench").or_else(|| of("release"))
    };
    OutlineProfile {
        opt_level: setting("opt-level").unwrap_or_else(|| "3".into()),
        has_debug_assertions: setting("debug-assertions").is_some_and(|value| value == "true"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outlined(manifest: &str, variables: &[(&str, &str)]) -> Outline {
        let directory = tempfile::tempdir().unwrap();
        let member = directory.path().join("crates/one");
        std::fs::create_dir_all(&member).unwrap();
        std::fs::write(directory.path().join("Cargo.toml"), manifest).unwrap();
        std::fs::write(member.join("Cargo.toml"), "[package]\nname = \"one\"\n").unwrap();
        let lookup = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let outline = outline_with(&member, lookup).unwrap();
        assert_eq!(outline.manifest, directory.path().join("Cargo.toml"));
        outline
    }

    fn level(manifest: &str, variables: &[(&str, &str)]) -> (String, bool) {
        let profile = outlined(manifest, variables).profile.unwrap();
        (profile.opt_level, profile.has_debug_assertions)
    }

    #[test]
    fn folders_with_manifests_are_told_unless_a_package_points_elsewhere() {
        let directory = tempfile::tempdir().unwrap();
        let member = directory.path().join("crates/one");
        std::fs::create_dir_all(&member).unwrap();
        let write = |folder: &Path, text: &str| std::fs::write(folder.join("Cargo.toml"), text).unwrap();
        write(directory.path(), "[workspace]");
        write(&member, "[package]\nname = \"one\"");
        assert_eq!(manifest_folders(&member), Some(vec![directory.path().to_owned(), member.clone()]));
        write(&member, "[package]\nname = \"one\"\nworkspace = \"../../other\"");
        assert_eq!(manifest_folders(&member), None);
        write(&member, "[package");
        assert_eq!(manifest_folders(&member), None);
    }

    #[test]
    fn the_profile_of_benches_inherits_from_release() {
        assert_eq!(level("[workspace]", &[]), ("3".into(), false));
        let release = "[workspace]\n[profile.release]\nopt-level = 1\ndebug-assertions = true";
        assert_eq!(level(release, &[]), ("1".into(), true));
        let bench = format!("{release}\n[profile.bench]\nopt-level = \"s\"");
        assert_eq!(level(&bench, &[]), ("s".into(), true));
        assert_eq!(level(&bench, &[("CARGO_PROFILE_BENCH_OPT_LEVEL", "2")]), ("2".into(), true));
    }

    #[test]
    fn flags_come_from_where_cargo_takes_them() {
        let outline = outlined("[workspace]", &[("RUSTFLAGS", "-C target-cpu=native")]);
        assert_eq!(outline.rustflags.flags, Ok(vec!["-C".into(), "target-cpu=native".into()]));
    }

    #[test]
    fn a_manifest_that_cannot_be_read_says_so() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("Cargo.toml"), "[workspace").unwrap();
        let outline = outline_with(directory.path(), |_| None).unwrap();
        assert!(outline.profile.unwrap_err().contains("Cargo.toml"));
    }
}
