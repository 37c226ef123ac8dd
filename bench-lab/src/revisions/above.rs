//! What cargo and rustup find above a repository, put at the same place above the folder it is built in.
//!
//! It makes links into the user's folders and never writes through them.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Component, Path, PathBuf};

use lab_core::model::Warning;
use toml::{Table, Value};

use super::RevisionError;

/// Toolchain files, as rustup knows them.
const TOOLCHAIN_FILES: [&str; 2] = ["rust-toolchain", "rust-toolchain.toml"];

/// The folder that holds cargo's configuration.
const CARGO_FOLDER: &str = ".cargo";

/// Links the configuration in force above `top` to its place below `above`, which stands for the root.
///
/// Folders that are also above the stage are found by cargo without help; twice, their lists would be joined.
pub(super) fn link_configuration(above: &Path, top: &Path, cargo_home: &Path) -> Result<(), RevisionError> {
    for folder in top.ancestors().skip(1).filter(|folder| !above.starts_with(folder)) {
        let cargo = folder.join(CARGO_FOLDER);
        let has_config = ["config", "config.toml"].iter().any(|name| cargo.join(name).is_file());
        let cargo = Some(cargo).filter(|cargo| has_config && *cargo != cargo_home);
        let files = TOOLCHAIN_FILES.iter().map(|name| folder.join(name)).filter(|file| file.is_file());
        for path in files.chain(cargo) {
            link(above, &path)?;
        }
    }
    Ok(())
}

/// Links the packages outside the repository that manifests inside name by relative paths. They have no revision:
/// both sides are built with them as they are, and the warnings say so.
pub(super) fn link_packages(
    above: &Path,
    tree: &Path,
    top: &Path,
    manifests: &[PathBuf],
) -> Result<Vec<Warning>, RevisionError> {
    let mut outside = BTreeSet::new();
    for manifest in manifests {
        let Some(table) = fs::read_to_string(tree.join(manifest)).ok().and_then(|text| text.parse().ok())
        else {
            // Cargo will say what is wrong with it, if it needs it.
            continue;
        };
        let folder = top.join(manifest.parent().unwrap_or(Path::new("")));
        let paths = relative_paths(&Value::Table(table)).into_iter();
        outside.extend(paths.map(|path| normal(&folder.join(path))).filter(|path| !path.starts_with(top)));
    }
    outside.retain(|path| path.exists());
    for path in &outside {
        link(above, &neighbour(top, path))?;
    }
    let text = "a package outside the repository has no revision: both sides are built with it as it is";
    Ok(outside.iter().map(|path| Warning::new("outside_package", path.display(), text)).collect())
}

/// The folder beside the repository, or beside a folder above it, that holds a path: what lies in it may refer to
/// more of it than to itself.
fn neighbour(top: &Path, path: &Path) -> PathBuf {
    let common = top.components().zip(path.components()).take_while(|(one, other)| one == other).count();
    path.components().take(common + 1).collect()
}

fn link(above: &Path, path: &Path) -> Result<(), RevisionError> {
    let at = above.join(path.strip_prefix("/").unwrap_or(path));
    let folder = at.parent().unwrap_or(above);
    fs::create_dir_all(folder).map_err(RevisionError::io("create", folder))?;
    if fs::read_link(&at).is_ok_and(|target| target == path) {
        return Ok(());
    }
    // Only links are ever made here, and the folders that lead to them.
    let _ = fs::remove_file(&at);
    symlink(path, &at).map_err(RevisionError::io("make the link", &at))
}

/// Every value of a key `path` that leads upwards.
fn relative_paths(value: &Value) -> Vec<PathBuf> {
    match value {
        Value::Table(table) => in_table(table),
        Value::Array(values) => values.iter().flat_map(relative_paths).collect(),
        _ => Vec::new(),
    }
}

fn in_table(table: &Table) -> Vec<PathBuf> {
    let leads_up = |path: &&str| Path::new(path).components().any(|part| part == Component::ParentDir);
    let own = table.get("path").and_then(Value::as_str).filter(leads_up).map(PathBuf::from);
    own.into_iter().chain(table.values().flat_map(relative_paths)).collect()
}

/// The path without `.` and `..`, by its names alone.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(normal.pop()),
            Component::CurDir => {}
            part => normal.push(part),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configuration_above_the_repository_is_found_above_the_stage() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let (team, above) = (root.join("team"), root.join("stage/above"));
        let top = team.join("deep/repository");
        for (folder, file) in [(&team, ".cargo/config.toml"), (&root, ".cargo/config.toml"), (&top, "x")] {
            let file = folder.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "x").unwrap();
        }
        fs::write(team.join("deep/rust-toolchain"), "stable").unwrap();
        for _ in 0..2 {
            link_configuration(&above, &top, Path::new("/home/.cargo")).unwrap();
        }
        let seen = |path: &Path| above.join(path.strip_prefix("/").unwrap());
        assert_eq!(fs::read_to_string(seen(&team).join(".cargo/config.toml")).unwrap(), "x");
        assert_eq!(fs::read_to_string(seen(&team).join("deep/rust-toolchain")).unwrap(), "stable");
        assert!(!seen(&root).join(".cargo").exists(), "it is above the stage as well");
        let other = root.join("other/above");
        link_configuration(&other, &top, &team.join(".cargo")).unwrap();
        assert!(!other.join(team.strip_prefix("/").unwrap()).join(".cargo").exists(), "it is cargo's home");
    }

    #[test]
    fn packages_beside_the_repository_are_linked_with_what_they_lie_in() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let (top, above) = (root.join("a/repository"), root.join("stage/above"));
        let tree = above.join(top.strip_prefix("/").unwrap());
        for folder in [&top, &tree.join("inner"), &root.join("a/family/one"), &root.join("a/family/two")] {
            fs::create_dir_all(folder).unwrap();
        }
        let manifest = "[dependencies]\none = { path = \"../../family/one\" }\ninner = { path = \"../inner\" }\n\
                        [target.'cfg(unix)'.dev-dependencies.gone]\npath = \"../../nowhere\"\n";
        fs::write(tree.join("inner/Cargo.toml"), manifest).unwrap();
        let warnings =
            link_packages(&above, &tree, &top, &["inner/Cargo.toml".into(), "none/Cargo.toml".into()])
                .unwrap();
        let subjects: Vec<String> = warnings.iter().map(|warning| warning.subject.clone()).collect();
        assert_eq!(subjects, [root.join("a/family/one").display().to_string()]);
        assert!(tree.parent().unwrap().join("family/two").is_dir());
        assert!(!tree.parent().unwrap().join("nowhere").exists());
    }
}
