//! From a built workspace to a bundle that runs where neither cargo nor the sources are.
//!
//! It copies; nothing of the workspace is changed, and a folder that holds something is left alone.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use lab_core::hex::hex;
use lab_core::model::{Revision, TargetId, Warning};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::manifest::{self, Bench, BuildOfBundle, Manifest, NotBuilt, VERSION};
use super::named::{self, FromRoot};
use super::{BundleError, MANIFEST_FILE, open};
use crate::harness;
use crate::host::probe::target_cpu;
use crate::revisions::baked;
use crate::workspace::{BenchTarget, BuildRecord, SkippedTarget, Workspace};

/// The folder of a bundle that stands for the workspace root.
const WORKSPACE_FOLDER: &str = "workspace";

/// What cargo sets to places of the build, which mean nothing elsewhere; the folder of the package is set anew where it
/// runs.
const OF_THE_BUILD: [&str; 5] =
    ["CARGO", "CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "LD_LIBRARY_PATH", "OUT_DIR"];

/// A bundle that was made.
#[derive(Clone, Debug)]
pub struct Packed {
    /// Its manifest.
    pub manifest: PathBuf,
    /// Executables in it.
    pub bench_count: usize,
    /// What may be missing where it runs.
    pub warnings: Vec<Warning>,
}

/// Copies what a Run of `workspace` needs into the folder `out`, which is made or empty.
///
/// # Errors
/// [`BundleError`]: the folder holds something, a file cannot be copied, or a package names one that is not there.
pub fn pack(workspace: &Workspace, revision: &Revision, out: &Path) -> Result<Packed, BundleError> {
    fs::create_dir_all(out).map_err(BundleError::io("create", out))?;
    if fs::read_dir(out).map_err(BundleError::io("list", out))?.next().is_some() {
        return Err(BundleError::Occupied { path: out.into() });
    }
    let stand_in = out.join(WORKSPACE_FOLDER);
    named::copy_rules(&workspace.root, &stand_in)?;
    let mut warnings = Vec::new();
    let mut benches = Vec::new();
    for target in &workspace.targets {
        let place = named::copy_package(&workspace.root, target, &stand_in)?;
        benches.push(pack_target(workspace, target, &place, out, &mut warnings)?);
    }
    benches.extend(workspace.skipped.iter().map(|skipped| not_built(workspace, skipped)));
    let Revision { commit, branch, is_dirty } = revision.clone();
    let is_known = commit.is_some() || branch.is_some() || is_dirty.is_some();
    let manifest = Manifest {
        format: VERSION,
        lab_version: Some(env!("CARGO_PKG_VERSION").into()),
        workspace: Some(WORKSPACE_FOLDER.into()),
        revision: is_known.then_some(manifest::Revision { commit, branch, is_dirty }),
        build: Some(build(&workspace.build)),
        benches,
    };
    let path = out.join(MANIFEST_FILE);
    write(&path, &serde_json::to_value(&manifest).expect("its keys are texts"))?;
    Ok(Packed { manifest: path, bench_count: workspace.targets.len(), warnings })
}

/// Computes the digests of a manifest's executables anew, for one whose files were rewritten on purpose. Gives the ids of
/// those that changed.
///
/// # Errors
/// [`BundleError`]: no manifest, or an executable that cannot be read.
pub fn rehash(path: &Path) -> Result<Vec<TargetId>, BundleError> {
    open::read(path)?;
    let text = fs::read(path).map_err(BundleError::io("read", path))?;
    let malformed = |reason: String| BundleError::Malformed { path: path.into(), reason };
    let mut manifest: Value = serde_json::from_slice(&text).map_err(|error| malformed(error.to_string()))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut changed = Vec::new();
    // As it stands, so that no field is lost that another program wrote.
    for bench in manifest["benches"].as_array_mut().into_iter().flatten() {
        let Some(executable) = bench["executable"].as_str().map(|inside| folder.join(inside)) else {
            continue;
        };
        let found = digest(&executable)?;
        if bench["sha256"].as_str() != Some(&found) {
            let name = |field: &str| bench[field].as_str().unwrap_or_default();
            changed.push(TargetId::new(name("package"), name("target")));
            bench["sha256"] = found.into();
        }
    }
    write(path, &manifest)?;
    Ok(changed)
}

fn pack_target(
    workspace: &Workspace,
    target: &BenchTarget,
    place: &FromRoot,
    out: &Path,
    warnings: &mut Vec<Warning>,
) -> Result<Bench, BundleError> {
    let inside = Path::new("bin").join(&target.id.package).join(&target.id.name);
    let copy = out.join(&inside);
    named::copy_file(&target.executable, &copy)?;
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o755))
        .map_err(BundleError::io("make executable", &copy))?;
    let bytes = fs::read(&copy).map_err(BundleError::io("read", &copy))?;
    if baked::names(&bytes, &workspace.root) {
        let text = format!(
            "it holds the absolute path {}, of the build: what it opens there may be missing where it runs",
            workspace.root.display()
        );
        warnings.push(Warning::new("baked_path", &target.id, text));
    }
    let (variables, left_out) = variables(workspace, target);
    warnings.extend(left_out.into_iter().map(|name| {
        let text = format!("the variable {name} names a place of the build and is left out");
        Warning::new("variable_left_out", &target.id, text)
    }));
    let settings = workspace.settings.get(&target.id).cloned().unwrap_or_default();
    let is_framework = |name: &str, alias: &str| {
        harness::ALL
            .iter()
            .flat_map(|harness| harness.crate_names())
            .any(|known| *known == name || *known == alias)
    };
    let frameworks = target.dependencies.iter().filter(|one| is_framework(&one.name, &one.alias));
    Ok(Bench {
        package: target.id.package.clone(),
        version: variables.get("CARGO_PKG_VERSION").cloned(),
        target: target.id.name.clone(),
        executable: Some(inside.display().to_string()),
        sha256: Some(hex(&Sha256::digest(&bytes))),
        source: Some(place.source.display().to_string()),
        working_directory: Some(Path::new(WORKSPACE_FOLDER).join(&place.package).display().to_string()),
        features: workspace.build.features.get(&target.id.package).cloned(),
        compiled: workspace.build.compiled.get(&target.id).cloned(),
        dependencies: frameworks
            .map(|one| manifest::Dependency {
                name: one.name.clone(),
                alias: (one.alias != one.name).then(|| one.alias.clone()),
                version: one.version.clone(),
            })
            .collect(),
        harness: settings.harness,
        threaded: settings.is_threaded,
        variables,
        scratch: settings.scratch,
        skip: None,
    })
}

/// The variables of a target that mean the same elsewhere, and the names of those that do not.
fn variables(workspace: &Workspace, target: &BenchTarget) -> (BTreeMap<String, String>, Vec<String>) {
    let places = [&workspace.root, &workspace.target_directory].map(|path| path.to_string_lossy());
    let (mut kept, mut left_out) = (BTreeMap::new(), Vec::new());
    for (name, value) in &target.environment {
        if OF_THE_BUILD.contains(&name.as_str()) {
            continue;
        }
        match value.to_str() {
            Some(value) if !places.iter().any(|place| value.contains(place.as_ref())) => {
                kept.insert(name.clone(), value.to_owned());
            }
            _ => left_out.push(name.clone()),
        }
    }
    (kept, left_out)
}

fn not_built(workspace: &Workspace, skipped: &SkippedTarget) -> Bench {
    let source = skipped.source.strip_prefix(&workspace.root).unwrap_or(&skipped.source);
    Bench {
        package: skipped.id.package.clone(),
        version: None,
        target: skipped.id.name.clone(),
        executable: None,
        sha256: None,
        source: Some(source.display().to_string()),
        working_directory: None,
        features: None,
        compiled: None,
        dependencies: Vec::new(),
        harness: None,
        threaded: None,
        variables: BTreeMap::new(),
        scratch: None,
        skip: Some(NotBuilt::of(&skipped.skip)),
    }
}

fn build(record: &BuildRecord) -> BuildOfBundle {
    let flags = record.rustflags.flags.clone().ok();
    BuildOfBundle {
        arguments: Some(record.arguments.clone()),
        cargo: Some(record.cargo_version.clone()),
        rustc: Some(record.rustc_version.clone()),
        rustc_cfg: record.rustc_cfg.clone().ok(),
        toolchain: record.toolchain.clone(),
        target: record.target.clone(),
        target_cpu: flags.as_ref().and_then(|flags| target_cpu(flags).ok()),
        rustflags: flags,
        rustflags_source: Some(record.rustflags.source.clone()),
        profile: Some(record.profile.name.clone()),
        lto: record.profile.lto.clone(),
        codegen_units: record.profile.codegen_units.clone(),
        panic: record.profile.panic.clone(),
        cargo_lock_sha256: record.lock_sha256.clone().ok(),
    }
}

fn digest(path: &Path) -> Result<String, BundleError> {
    let file = fs::read(path).map_err(BundleError::io("read", path))?;
    Ok(hex(&Sha256::digest(file)))
}

fn write(path: &Path, manifest: &Value) -> Result<(), BundleError> {
    let text = format!("{manifest:#}\n");
    fs::write(path, text).map_err(BundleError::io("write", path))
}
