//! The way from a selection to built bench targets.
//!
//! It strings the steps together; each step lives in a file of its own.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};

use lab_core::model::{Skip, TargetId, Warning};

use super::build::{self, Built, missing_features};
use super::choice::{self, Chosen};
use super::config::Config;
use super::environment::Surroundings;
use super::inherited::Inherited;
use super::metadata::{Metadata, MetadataPackage, MetadataTarget};
use super::record::BuildRecord;
use super::selection::Selection;
use super::settings::{self, Settings};
use super::target::BenchTarget;
use super::toolchain::Toolchain;
use super::{Said, SkippedTarget, Workspace, WorkspaceError};

/// Builds the bench targets of a selection and finds out what each needs to run.
///
/// Cargo runs in the directory of the manifest, so that the workspace's own configuration and toolchain file are
/// in force wherever the lab was started.
///
/// # Errors
/// [`WorkspaceError`]: no manifest, no toolchain, nothing selected, or not one target that compiles.
pub fn discover(selection: &Selection, say: &mut dyn FnMut(Said<'_>)) -> Result<Workspace, WorkspaceError> {
    let here = env::current_dir().map_err(|source| WorkspaceError::Read { path: ".".into(), source })?;
    let directory = manifest_directory(selection.manifest_path.as_deref(), &here)?;
    let selection = &anchored(selection, &here);
    let inherited = Inherited::of_this_process();
    let (toolchain, fallback) = Toolchain::find(&directory, selection.toolchain.as_deref(), &inherited)?;
    let metadata = Metadata::read(&directory, selection, &toolchain, say)?;
    let (packages, chosen) = choice::choose(&metadata, selection)?;
    let config = Config::read(&directory, &selection.config, &toolchain.variables)?;
    let (settings, odd) = read_settings(&packages, &chosen)?;
    let mut record = BuildRecord::read(&metadata.workspace_root, &directory, selection, &config, &toolchain)?;

    let built = build::build(&metadata, &chosen, selection, &toolchain, say)?;
    let surroundings = Surroundings { toolchain: &toolchain, built: &built, configured: config.variables() };
    let (targets, skipped) = sort_out(&metadata, &chosen, &settings, &surroundings);
    if targets.is_empty() {
        refuse_if_nothing_compiled(&skipped)?;
    }
    record.add_build(&packages, &chosen, &built);
    let libraries = packages.iter().filter_map(|package| library_benches(package));
    Ok(Workspace {
        packages: packages.iter().map(|package| package.name.clone()).collect(),
        targets,
        skipped,
        settings,
        warnings: fallback
            .into_iter()
            .chain(odd)
            .chain(libraries)
            .chain(ignored_runner(&config, &toolchain))
            .collect(),
        build: record,
        root: metadata.workspace_root,
        target_directory: metadata.target_directory,
    })
}

/// Where cargo is to run: the directory of the manifest that was named, else `here`.
///
/// From inside a package cargo itself searches upwards, and its configuration depends on where it runs.
fn manifest_directory(named: Option<&Path>, here: &Path) -> Result<PathBuf, WorkspaceError> {
    let Some(named) = named else {
        let is_inside = here.ancestors().any(|directory| directory.join("Cargo.toml").is_file());
        let outside = || WorkspaceError::NoManifest { searched_from: here.into() };
        return is_inside.then(|| here.into()).ok_or_else(outside);
    };
    let named = here.join(named);
    let manifest = if named.is_dir() { named.join("Cargo.toml") } else { named };
    match manifest.parent().filter(|_| manifest.is_file() && manifest.ends_with("Cargo.toml")) {
        Some(directory) => Ok(directory.into()),
        None => Err(WorkspaceError::ManifestMissing { path: manifest }),
    }
}

/// The selection with its paths made absolute: cargo runs elsewhere than the user typed them.
fn anchored(selection: &Selection, here: &Path) -> Selection {
    let config = |argument: &String| {
        let path = here.join(argument);
        if path.is_file() { path.to_string_lossy().into_owned() } else { argument.clone() }
    };
    Selection {
        target_dir: selection.target_dir.as_deref().map(|path| here.join(path)),
        config: selection.config.iter().map(config).collect(),
        ..selection.clone()
    }
}

/// The settings of the chosen targets, and the warnings of their packages.
fn read_settings(
    packages: &[&MetadataPackage],
    chosen: &[Chosen<'_>],
) -> Result<(BTreeMap<TargetId, Settings>, Vec<Warning>), WorkspaceError> {
    let (mut settings, mut warnings) = (BTreeMap::new(), Vec::new());
    for package in packages {
        let (of_package, odd) = settings::read(package)?;
        settings.extend(of_package);
        warnings.extend(odd);
    }
    settings.retain(|id, _| chosen.iter().any(|target| target_id(target) == *id));
    Ok((settings, warnings))
}

/// Targets with an executable, and the others with the reason.
fn sort_out(
    metadata: &Metadata,
    chosen: &[Chosen<'_>],
    settings: &BTreeMap<TargetId, Settings>,
    surroundings: &Surroundings<'_>,
) -> (Vec<BenchTarget>, Vec<SkippedTarget>) {
    let (mut targets, mut skipped) = (Vec::new(), Vec::new());
    for target @ (package, bench) in chosen {
        let id = target_id(target);
        let Some(executable) = surroundings.built.executable(target) else {
            let skip = skip(metadata, surroundings.built, package, bench);
            skipped.push(SkippedTarget { id, skip, source: bench.src_path.clone() });
            continue;
        };
        let own = settings.get(&id).cloned().unwrap_or_default();
        targets.push(BenchTarget {
            id,
            executable: executable.path.clone(),
            package_root: package.root().into(),
            source: bench.src_path.clone(),
            environment: surroundings.variables(package, executable, &own),
            dependencies: metadata.dependencies(package),
            harness_override: own.harness,
        });
    }
    (targets, skipped)
}

/// Why a target has no executable.
fn skip(metadata: &Metadata, built: &Built, package: &MetadataPackage, bench: &MetadataTarget) -> Skip {
    let enabled = built.features.get(&package.id).map_or(metadata.resolved_features(package), Vec::as_slice);
    let required = &bench.required_features;
    let missing = missing_features(required, enabled);
    if !missing.is_empty() {
        return Skip::NeedsFeatures(missing);
    }
    match built.failure(&package.id, &bench.name) {
        Some(error) => Skip::BuildFailed(error),
        None if required.is_empty() => Skip::BuildFailed("cargo did not build it and did not say why".into()),
        None => Skip::NeedsFeatures(required.clone()),
    }
}

fn refuse_if_nothing_compiled(skipped: &[SkippedTarget]) -> Result<(), WorkspaceError> {
    let failures: Vec<(TargetId, String)> = skipped
        .iter()
        .filter_map(|skipped| match &skipped.skip {
            Skip::BuildFailed(error) => Some((skipped.id.clone(), error.clone())),
            _ => None,
        })
        .collect();
    if failures.is_empty() { Ok(()) } else { Err(WorkspaceError::BuildFailed { failures }) }
}

/// Says that `#[bench]` functions inside a library are not seen.
///
/// They need the unstable `test` feature, which its main file has to name.
fn library_benches(package: &MetadataPackage) -> Option<Warning> {
    let library = package.library()?;
    let text = std::fs::read_to_string(&library.src_path).ok()?;
    text.contains("feature(test)").then(|| {
        let text =
            "its library may hold #[bench] functions, which are not looked for: only [[bench]] targets are";
        Warning::new("library_benches", &package.name, text)
    })
}

/// Says that a configured runner (an emulator, a wrapper) is not used: executables are started directly.
fn ignored_runner(config: &Config, toolchain: &Toolchain) -> Option<Warning> {
    let host = toolchain.host();
    let variable = format!("CARGO_TARGET_{}_RUNNER", host.to_uppercase().replace(['-', '.'], "_"));
    let is_in_variables = toolchain.variables.keys().any(|name| *name == *variable);
    let is_in_config = config.lookup(&["target", host, "runner"]).is_some();
    (is_in_variables || is_in_config).then(|| {
        let text =
            format!("cargo is configured to start programs of {host} through a runner, which is not used");
        Warning::new("runner_ignored", "", text)
    })
}

/// The name of a chosen target.
fn target_id((package, bench): &Chosen<'_>) -> TargetId {
    TargetId::new(&package.name, &bench.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_is_looked_for_upwards_or_taken_as_named() {
        let root = tempfile::tempdir().unwrap();
        let inner = root.path().join("package/src");
        std::fs::create_dir_all(&inner).unwrap();
        let found = |named: Option<&str>, here: &Path| manifest_directory(named.map(Path::new), here);
        assert!(matches!(
            found(None, &inner),
            Err(WorkspaceError::NoManifest { searched_from }) if searched_from == inner
        ));
        std::fs::write(root.path().join("package/Cargo.toml"), "").unwrap();
        assert_eq!(found(None, &inner).unwrap(), inner);
        for named in ["package", "package/Cargo.toml", "./package/"] {
            let found = found(Some(named), root.path()).unwrap();
            assert_eq!(found.canonicalize().unwrap(), root.path().join("package").canonicalize().unwrap());
        }
        for named in ["package/src", "nowhere", "package/src/Cargo.toml"] {
            assert!(
                matches!(found(Some(named), root.path()), Err(WorkspaceError::ManifestMissing { .. })),
                "{named}"
            );
        }
    }

    #[test]
    fn paths_are_meant_from_where_they_were_typed() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("own.toml"), "").unwrap();
        let selection = Selection {
            target_dir: Some("out".into()),
            config: vec!["own.toml".into(), "build.jobs=1".into()],
            ..Selection::default()
        };
        let anchored = anchored(&selection, root.path());
        assert_eq!(anchored.target_dir, Some(root.path().join("out")));
        assert_eq!(anchored.config, [root.path().join("own.toml").to_str().unwrap(), "build.jobs=1"]);
    }
}
