//! The files of a workspace that a Run reads besides executables: manifests, policy, budgets, and what packages name.
//!
//! It copies what is named, from inside a package only.

use std::fs;
use std::path::{Component, Path, PathBuf};

use lab_core::policy::{POLICY_FILE, read_policy};
use toml::{Table, Value};

use super::BundleError;
use crate::workspace::BenchTarget;

/// Where packages go that lie outside the workspace root.
const OUTSIDE_FOLDER: &str = "outside";

/// Places of a target from the workspace root.
pub(super) struct FromRoot {
    /// The folder of its package.
    pub(super) package: PathBuf,
    /// Its main source file.
    pub(super) source: PathBuf,
}

/// Copies the policy of a workspace, and its waivers.
pub(super) fn copy_rules(root: &Path, to: &Path) -> Result<(), BundleError> {
    fs::create_dir_all(to).map_err(BundleError::io("create", to))?;
    let policy = root.join(POLICY_FILE);
    if !policy.is_file() {
        return Ok(());
    }
    copy_file(&policy, &to.join(POLICY_FILE))?;
    let text = fs::read_to_string(&policy).map_err(BundleError::io("read", &policy))?;
    // What is wrong in a policy is said when it is in force.
    let waivers = read_policy(&text).ok().and_then(|(policy, _)| policy.waivers);
    match waivers {
        Some(file) => copy_file(&root.join(&file), &to.join(&file)),
        None => Ok(()),
    }
}

/// Copies the manifest of a target's package, its budgets, and the files that it names for its benches.
pub(super) fn copy_package(root: &Path, target: &BenchTarget, to: &Path) -> Result<FromRoot, BundleError> {
    let package = &target.id.package;
    let inside = match target.package_root.strip_prefix(root) {
        Ok(inside) => inside.to_owned(),
        Err(_) => Path::new(OUTSIDE_FOLDER).join(package),
    };
    let (from, folder) = (&target.package_root, to.join(&inside));
    let manifest = from.join("Cargo.toml");
    copy_file(&manifest, &folder.join("Cargo.toml"))?;
    let text = fs::read_to_string(&manifest).map_err(BundleError::io("read", &manifest))?;
    let table: Table = text.parse().unwrap_or_default();
    let setting = |key: &str| {
        let metadata = table.get("package")?.get("metadata")?;
        metadata.get("bench-lab")?.get(key)
    };
    for (key, value) in ["budgets", "files"].into_iter().filter_map(|key| Some((key, setting(key)?))) {
        for named in texts(value).ok_or_else(|| refused(package, key, value.type_str(), "that is no path"))? {
            copy_named(package, (key, &named), from, &folder)?;
        }
    }
    let source = target.source.strip_prefix(from).unwrap_or(&target.source);
    Ok(FromRoot { source: inside.join(source), package: inside })
}

/// Copies one file, and makes the folders above it.
pub(super) fn copy_file(from: &Path, to: &Path) -> Result<(), BundleError> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(BundleError::io("create", folder))?;
    }
    fs::copy(from, to).map(drop).map_err(BundleError::io("copy", from))
}

fn copy_named(
    package: &str,
    (key, named): (&'static str, &str),
    from: &Path,
    to: &Path,
) -> Result<(), BundleError> {
    let path = Path::new(named);
    let is_inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !is_inside {
        return Err(refused(package, key, named, "it is not inside the package"));
    }
    let place = from.join(path);
    if !place.exists() {
        return Err(refused(package, key, named, &format!("there is no {}", place.display())));
    }
    copy_all(&place, &to.join(path))
}

/// Copies a file, or a folder with all that is in it. A link to a file becomes the file; a link to a folder stays out, as
/// it may lead anywhere.
fn copy_all(from: &Path, to: &Path) -> Result<(), BundleError> {
    if !from.is_dir() {
        return copy_file(from, to);
    }
    fs::create_dir_all(to).map_err(BundleError::io("create", to))?;
    for entry in fs::read_dir(from).map_err(BundleError::io("list", from))? {
        let entry = entry.map_err(BundleError::io("list", from))?;
        let path = entry.path();
        if path.is_symlink() && path.is_dir() {
            continue;
        }
        copy_all(&path, &to.join(entry.file_name()))?;
    }
    Ok(())
}

fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(one) => Some(vec![one.clone()]),
        Value::Array(several) => several.iter().map(|one| one.as_str().map(Into::into)).collect(),
        _ => None,
    }
}

fn refused(package: &str, key: &'static str, named: &str, reason: &str) -> BundleError {
    BundleError::Named { package: package.into(), key, named: named.into(), reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use lab_core::model::TargetId;

    use super::*;

    /// Copies a package that names these files, and gives what came, or the error.
    fn copied(files: &str) -> Result<Vec<String>, String> {
        let root = tempfile::tempdir().unwrap();
        let package = root.path().join("crates/p");
        fs::create_dir_all(package.join("texts/deep")).unwrap();
        fs::write(package.join("texts/deep/a.txt"), "a").unwrap();
        fs::write(package.join("b.txt"), "b").unwrap();
        fs::write(root.path().join("secret"), "s").unwrap();
        std::os::unix::fs::symlink(root.path(), package.join("texts/up")).unwrap();
        let manifest = format!("[package]\nname = \"p\"\n[package.metadata.bench-lab]\nfiles = {files}\n");
        fs::write(package.join("Cargo.toml"), manifest).unwrap();
        let target = BenchTarget {
            id: TargetId::new("p", "t"),
            executable: PathBuf::new(),
            source: package.join("benches/t.rs"),
            package_root: package,
            environment: Vec::new(),
            dependencies: Vec::new(),
            harness_override: None,
        };
        let to = root.path().join("out");
        let place = copy_package(root.path(), &target, &to).map_err(|error| error.to_string())?;
        assert_eq!(place.package, Path::new("crates/p"));
        assert_eq!(place.source, Path::new("crates/p/benches/t.rs"));
        let mut found = Vec::new();
        let mut folders = vec![to.join("crates/p")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push(path.strip_prefix(to.join("crates/p")).unwrap().display().to_string());
                }
            }
        }
        found.sort();
        Ok(found)
    }

    #[test]
    fn what_a_package_names_is_copied_with_its_manifest() {
        assert_eq!(copied("[]").unwrap(), ["Cargo.toml"]);
        assert_eq!(copied("\"b.txt\"").unwrap(), ["Cargo.toml", "b.txt"]);
        // A link out of the folder is not followed.
        assert_eq!(copied("[\"texts\"]").unwrap(), ["Cargo.toml", "texts/deep/a.txt"]);
    }

    #[test]
    fn what_is_outside_the_package_or_not_there_is_refused_with_its_name() {
        for (files, parts) in [
            ("[\"../../secret\"]", ["package 'p'", "not inside the package"]),
            ("[\"/etc/passwd\"]", ["\"/etc/passwd\"", "not inside the package"]),
            ("[\"gone\"]", ["bench-lab.files", "there is no "]),
            ("3", ["bench-lab.files", "that is no path"]),
        ] {
            let message = copied(files).unwrap_err();
            assert!(parts.iter().all(|part| message.contains(part)), "{message}");
        }
    }
}
