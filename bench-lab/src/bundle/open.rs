//! From a manifest to bench targets that can be run, each executable held to its digest.
//!
//! It reads and starts nothing; a file that is not what the manifest says ends it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use lab_core::hex::hex;
use lab_core::model::{Revision, TargetId, Warning};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::BundleError;
use super::manifest::{self, Bench, BuildOfBundle, Manifest, VERSION};
use super::part;
use crate::workspace::{
    BenchTarget, BuildRecord, Dependency, ProfileRecord, Rustflags, Selection, Settings, SkippedTarget,
    Workspace,
};

/// An opened bundle.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// Its benches, as if they had just been built in the folder that stands for the workspace root.
    pub workspace: Workspace,
    /// The source that was built, as far as the manifest says it.
    pub revision: Revision,
}

/// Opens the manifest at `path` and checks the executable of every bench of the selection; what the selection says
/// about building is not looked at.
///
/// # Errors
/// [`BundleError`]: no manifest, or an executable that is missing or not the one it names.
pub fn open(path: &Path, selection: &Selection) -> Result<Bundle, BundleError> {
    let path = std::path::absolute(path).map_err(BundleError::io("find", path))?;
    let (manifest, warnings) = read(&path)?;
    let folder = path.parent().unwrap_or(Path::new("/"));
    let root = manifest.workspace.as_ref().map_or_else(|| folder.to_owned(), |inside| folder.join(inside));
    let Manifest { revision, build, benches, .. } = manifest;
    let build = build.unwrap_or_default();
    let mut workspace = Workspace {
        root,
        target_directory: folder.to_owned(),
        packages: Vec::new(),
        targets: Vec::new(),
        skipped: Vec::new(),
        settings: BTreeMap::new(),
        warnings,
        build: record(build),
    };
    for bench in part::choose(benches, selection)? {
        if !workspace.packages.contains(&bench.package) {
            workspace.packages.push(bench.package.clone());
        }
        add(&mut workspace, &path, folder, bench)?;
    }
    let revision = revision.unwrap_or_default();
    let manifest::Revision { commit, branch, is_dirty } = revision;
    Ok(Bundle { workspace, revision: Revision { commit, branch, is_dirty } })
}

/// The manifest and what of it is unknown here.
pub(super) fn read(path: &Path) -> Result<(Manifest, Vec<Warning>), BundleError> {
    #[derive(Deserialize)]
    struct Probe {
        format: u64,
    }
    let malformed = |reason: String| BundleError::Malformed { path: path.into(), reason };
    let bytes = fs::read(path).map_err(BundleError::io("read", path))?;
    let probe: Probe = serde_json::from_slice(&bytes).map_err(|error| malformed(error.to_string()))?;
    if probe.format > u64::from(VERSION) {
        return Err(BundleError::Newer { path: path.into(), found: probe.format, newest: VERSION });
    }
    if probe.format != u64::from(VERSION) {
        return Err(malformed(format!("there is no format version {}", probe.format)));
    }
    let mut unknown = BTreeSet::new();
    let mut text = serde_json::Deserializer::from_slice(&bytes);
    let note = |path: serde_ignored::Path<'_>| {
        // Positions are left out, so that a field counts once.
        let path = path.to_string();
        let words = path.split('.').filter(|word| word.parse::<usize>().is_err() && *word != "?");
        unknown.insert(words.collect::<Vec<_>>().join("."));
    };
    let manifest: Manifest =
        serde_ignored::deserialize(&mut text, note).map_err(|error| malformed(error.to_string()))?;
    text.end().map_err(|error| malformed(error.to_string()))?;
    if manifest.benches.is_empty() {
        return Err(malformed("it names no bench".into()));
    }
    let mut names = BTreeSet::new();
    if let Some(twin) = manifest.benches.iter().find(|bench| !names.insert((&bench.package, &bench.target))) {
        return Err(malformed(format!("it names {}/{} twice", twin.package, twin.target)));
    }
    let warning = |field: &String| {
        let text = format!("the field `{field}` is unknown to this bench-lab and was ignored");
        Warning::new("unknown_field", path.display(), text)
    };
    Ok((manifest, unknown.iter().map(warning).collect()))
}

fn add(workspace: &mut Workspace, path: &Path, folder: &Path, bench: Bench) -> Result<(), BundleError> {
    let id = TargetId::new(&bench.package, &bench.target);
    let source = workspace.root.join(bench.source.as_deref().unwrap_or_default());
    if let Some(skip) = bench.skip {
        workspace.skipped.push(SkippedTarget { id, skip: skip.into(), source });
        return Ok(());
    }
    let lacking = |field: &str| BundleError::Malformed {
        path: path.into(),
        reason: format!("{id} has no `{field}` and no `skip`"),
    };
    let executable = folder.join(bench.executable.as_ref().ok_or_else(|| lacking("executable"))?);
    let wanted = bench.sha256.as_ref().ok_or_else(|| lacking("sha256"))?;
    verify(&id, &executable, wanted)?;
    let directory =
        bench.working_directory.as_ref().map_or_else(|| folder.to_owned(), |inside| folder.join(inside));
    if let Some(features) = bench.features {
        workspace.build.features.insert(bench.package, features);
    }
    workspace.build.compiled.extend(bench.compiled.map(|compiled| (id.clone(), compiled)));
    let settings = Settings {
        harness: bench.harness.clone(),
        is_threaded: bench.threaded,
        scratch: bench.scratch,
        ..Settings::default()
    };
    workspace.settings.insert(id.clone(), settings);
    let dependency = |dependency: manifest::Dependency| Dependency {
        alias: dependency.alias.unwrap_or_else(|| dependency.name.clone()),
        name: dependency.name,
        version: dependency.version,
    };
    let mut variables: BTreeMap<_, _> =
        bench.variables.into_iter().map(|(name, value)| (name, value.into())).collect();
    variables.insert("CARGO_MANIFEST_DIR".into(), directory.clone().into());
    workspace.targets.push(BenchTarget {
        id,
        executable,
        package_root: directory,
        source,
        environment: variables.into_iter().collect(),
        dependencies: bench.dependencies.into_iter().map(dependency).collect(),
        harness_override: bench.harness,
    });
    Ok(())
}

fn verify(target: &TargetId, path: &Path, wanted: &str) -> Result<(), BundleError> {
    let file = fs::read(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => BundleError::Missing { target: target.clone(), path: path.into() },
        _ => BundleError::Io { what: "read", path: path.into(), source: error },
    })?;
    let found = hex(&Sha256::digest(&file));
    if !found.eq_ignore_ascii_case(wanted) {
        let (path, wanted) = (PathBuf::from(path), wanted.to_owned());
        return Err(BundleError::Changed { target: target.clone(), path, wanted, found });
    }
    let mode = fs::metadata(path).map_err(BundleError::io("look at", path))?.permissions().mode();
    if mode & 0o111 == 0 {
        return Err(BundleError::NotExecutable { target: target.clone(), path: path.into() });
    }
    Ok(())
}

fn record(build: BuildOfBundle) -> BuildRecord {
    let untold = || "the manifest does not say".to_owned();
    BuildRecord {
        arguments: build.arguments.unwrap_or_default(),
        rustc_version: build.rustc.unwrap_or_default(),
        rustc_cfg: build.rustc_cfg.ok_or_else(untold),
        target: build.target,
        cargo_version: build.cargo.unwrap_or_default(),
        toolchain: build.toolchain,
        toolchain_file: None,
        profile: ProfileRecord {
            name: build.profile.unwrap_or_else(|| "bench".into()),
            lto: build.lto,
            codegen_units: build.codegen_units,
            panic: build.panic,
        },
        compiled: BTreeMap::new(),
        features: BTreeMap::new(),
        lock_sha256: build.cargo_lock_sha256.ok_or_else(untold),
        rustflags: Rustflags {
            flags: build.rustflags.ok_or_else(untold),
            source: build.rustflags_source.unwrap_or_else(|| "manifest of prebuilt benches".into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bundle of one script that stands for an executable, with this manifest.
    fn bundle(manifest: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("bench");
        fs::write(&script, "#!/bin/sh\n").unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        let sha256 = hex(&Sha256::digest("#!/bin/sh\n"));
        let path = folder.path().join("manifest.json");
        fs::write(&path, manifest.replace("SHA", &sha256)).unwrap();
        (folder, path)
    }

    const SMALL: &str =
        r#"{"format":1,"benches":[{"package":"p","target":"t","executable":"bench","sha256":"SHA"}]}"#;

    fn refused(manifest: &str) -> String {
        let (_folder, path) = bundle(manifest);
        open(&path, &Selection::default()).unwrap_err().to_string()
    }

    #[test]
    fn the_smallest_manifest_gives_a_target_in_its_folder() {
        let (folder, path) = bundle(SMALL);
        let bundle = open(&path, &Selection::default()).unwrap();
        let [target] = bundle.workspace.targets.as_slice() else { panic!("{bundle:?}") };
        assert_eq!(target.executable, folder.path().join("bench"));
        assert_eq!(target.package_root, folder.path());
        assert_eq!(bundle.workspace.root, folder.path());
        assert_eq!(bundle.revision, Revision::default());
        assert_eq!(bundle.workspace.warnings, []);
    }

    #[test]
    fn an_unknown_field_is_said_once() {
        let (_folder, path) = bundle(&SMALL.replace("\"package\"", "\"colour\":1,\"package\""));
        let warnings = open(&path, &Selection::default()).unwrap().workspace.warnings;
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].text.contains("`benches.colour`"), "{warnings:?}");
    }

    #[test]
    fn what_is_no_manifest_is_refused_with_the_reason() {
        for (text, part) in [
            ("", "EOF"),
            ("[]", "is no manifest of prebuilt benches"),
            (r#"{"format":1}"#, "missing field `benches`"),
            (r#"{"format":1,"benches":[]}"#, "names no bench"),
            (r#"{"format":0,"benches":[]}"#, "no format version 0"),
            (r#"{"format":9,"benches":[]}"#, "reads version 1: update bench-lab"),
            (
                r#"{"format":1,"benches":[{"package":"p","target":"t"}]}"#,
                "p/t has no `executable` and no `skip`",
            ),
            (&SMALL.replace(",\"sha256\":\"SHA\"", ""), "p/t has no `sha256`"),
            (&format!("{SMALL}x"), "trailing characters"),
        ] {
            let message = refused(text);
            assert!(message.contains("manifest.json") && message.contains(part), "{text}: {message}");
        }
        let twice = SMALL.replace("[{", "[{\"package\":\"p\",\"target\":\"t\"},{");
        assert!(refused(&twice).contains("names p/t twice"));
    }

    #[test]
    fn an_executable_that_is_another_names_file_and_both_digests() {
        let wrong = SMALL.replace("SHA", &"ab".repeat(32));
        let message = refused(&wrong);
        let found = hex(&Sha256::digest("#!/bin/sh\n"));
        for part in ["p/t", "/bench", &"ab".repeat(32), &found] {
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn an_executable_that_is_gone_or_may_not_run_is_named() {
        assert!(refused(&SMALL.replace("\"bench\"", "\"gone\"")).contains("is not there"));
        let (folder, path) = bundle(SMALL);
        fs::set_permissions(folder.path().join("bench"), fs::Permissions::from_mode(0o644)).unwrap();
        let message = open(&path, &Selection::default()).unwrap_err().to_string();
        assert!(message.contains("may not be executed"), "{message}");
    }
}
