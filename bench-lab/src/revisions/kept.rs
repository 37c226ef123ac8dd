//! Builds that are kept, so that a baseline is not built again for every comparison with it.
//!
//! A kept build is a cache of this version of bench-lab and no stored format: what cannot be read is built again.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use lab_core::model::{Skip, TargetId, Warning};
use serde::{Deserialize, Serialize};

use super::RevisionError;
use crate::workspace::{
    BenchTarget, BuildRecord, Compiled, Dependency, ProfileRecord, Rustflags, Settings, SkippedTarget,
    Workspace,
};

/// Builds kept per repository; the one used longest ago goes first.
const BUILDS_MAX: usize = 8;

/// One build, with the paths of the folder it was built in.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    /// Digest of the revision's files.
    revision: String,
    root: PathBuf,
    target_directory: PathBuf,
    packages: Vec<String>,
    targets: Vec<KeptTarget>,
    lacking_features: Vec<(Id, Vec<String>, PathBuf)>,
    settings: Vec<(Id, Settings)>,
    warnings: Vec<[String; 3]>,
    build: KeptRecord,
    /// Files that must still be there.
    files: Vec<PathBuf>,
}

/// Package and target.
type Id = (String, String);

#[derive(Debug, Serialize, Deserialize)]
struct KeptTarget {
    id: Id,
    executable: PathBuf,
    package_root: PathBuf,
    source: PathBuf,
    environment: Vec<(String, OsString)>,
    dependencies: Vec<Dependency>,
    harness_override: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptRecord {
    arguments: Vec<String>,
    rustc_version: String,
    rustc_cfg: Result<String, String>,
    target: Option<String>,
    cargo_version: String,
    toolchain: Option<String>,
    toolchain_file: Option<(PathBuf, String)>,
    profile: ProfileRecord,
    compiled: Vec<(Id, Compiled)>,
    features: BTreeMap<String, Vec<String>>,
    lock_sha256: Result<String, String>,
    rustflags: Rustflags,
}

/// What the comparison at hand needs, kept or not.
pub(super) struct InUse {
    /// Beginning of the revision's digest.
    pub(super) revision: String,
    /// Executables and libraries.
    pub(super) files: Vec<PathBuf>,
}

/// The builds of one stage.
pub(super) struct Keeping {
    /// Holds one file per build.
    pub(super) builds: PathBuf,
    /// Holds executables below their digests.
    pub(super) executables: PathBuf,
    /// Holds the files of each revision.
    pub(super) files: PathBuf,
}

impl Keeping {
    /// The build of that name, when it is whole; it counts as used now.
    pub(super) fn find(&self, name: &str) -> Option<Workspace> {
        let path = self.builds.join(name);
        let kept: Kept = serde_json::from_slice(&fs::read(&path).ok()?).ok()?;
        if !kept.files.iter().all(|file| file.exists()) {
            return None;
        }
        if let Ok(file) = fs::File::options().append(true).open(&path) {
            let _ = file.set_modified(SystemTime::now());
        }
        Some(kept.into())
    }

    /// Keeps a build. One in which something did not compile is not kept: its errors are worth seeing again.
    pub(super) fn keep(
        &self,
        name: &str,
        revision: &str,
        workspace: &Workspace,
        files: Vec<PathBuf>,
    ) -> Result<(), RevisionError> {
        let Some(kept) = Kept::of(workspace, revision, files) else { return Ok(()) };
        fs::create_dir_all(&self.builds).map_err(RevisionError::io("create", &self.builds))?;
        let (path, half) = (self.builds.join(name), self.builds.join(".new"));
        let Ok(bytes) = serde_json::to_vec(&kept) else { return Ok(()) };
        fs::write(&half, bytes).map_err(RevisionError::io("write", &half))?;
        fs::rename(&half, &path).map_err(RevisionError::io("put in place", &path))
    }

    /// Removes the builds used longest ago, and what then belongs to none: executables and files of revisions.
    pub(super) fn prune(&self, in_use: &[InUse]) {
        let mut builds: Vec<(SystemTime, PathBuf)> = entries(&self.builds)
            .filter_map(|path| Some((fs::metadata(&path).ok()?.modified().ok()?, path)))
            .collect();
        builds.sort();
        let surplus = builds.len().saturating_sub(BUILDS_MAX);
        for (_, path) in builds.drain(..surplus) {
            let _ = fs::remove_file(path);
        }
        let kept: Vec<Kept> = builds
            .iter()
            .filter_map(|(_, path)| serde_json::from_slice(&fs::read(path).ok()?).ok())
            .collect();
        let files =
            kept.iter().flat_map(|kept| &kept.files).chain(in_use.iter().flat_map(|used| &used.files));
        let needed: BTreeSet<&Path> = files.filter_map(|file| file.parent()).collect();
        for folder in entries(&self.executables).filter(|folder| !needed.contains(folder.as_path())) {
            let _ = fs::remove_dir_all(folder);
        }
        let is_needed = |name: &str| {
            let used = in_use.iter().map(|used| &used.revision);
            kept.iter().map(|kept| &kept.revision).chain(used).any(|revision| name.starts_with(revision))
        };
        for path in entries(&self.files) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if !is_needed(&name) {
                let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            }
        }
    }
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

fn pair(id: &TargetId) -> Id {
    (id.package.clone(), id.name.clone())
}

fn id((package, name): Id) -> TargetId {
    TargetId::new(package, name)
}

impl Kept {
    fn of(workspace: &Workspace, revision: &str, files: Vec<PathBuf>) -> Option<Self> {
        let lacking = workspace.skipped.iter().map(|skipped| match &skipped.skip {
            Skip::NeedsFeatures(names) => Some((pair(&skipped.id), names.clone(), skipped.source.clone())),
            _ => None,
        });
        let target = |target: &BenchTarget| KeptTarget {
            id: pair(&target.id),
            executable: target.executable.clone(),
            package_root: target.package_root.clone(),
            source: target.source.clone(),
            environment: target.environment.clone(),
            dependencies: target.dependencies.clone(),
            harness_override: target.harness_override.clone(),
        };
        let warning =
            |warning: &Warning| [warning.kind.to_string(), warning.subject.clone(), warning.text.clone()];
        Some(Self {
            revision: revision.into(),
            root: workspace.root.clone(),
            target_directory: workspace.target_directory.clone(),
            packages: workspace.packages.clone(),
            targets: workspace.targets.iter().map(target).collect(),
            lacking_features: lacking.collect::<Option<_>>()?,
            settings: workspace.settings.iter().map(|(id, own)| (pair(id), own.clone())).collect(),
            warnings: workspace.warnings.iter().map(warning).collect(),
            build: KeptRecord::of(&workspace.build),
            files,
        })
    }
}

impl From<Kept> for Workspace {
    fn from(kept: Kept) -> Self {
        let target = |target: KeptTarget| BenchTarget {
            id: id(target.id),
            executable: target.executable,
            package_root: target.package_root,
            source: target.source,
            environment: target.environment,
            dependencies: target.dependencies,
            harness_override: target.harness_override,
        };
        let lacking = |(lacking, names, source): (Id, Vec<String>, PathBuf)| SkippedTarget {
            id: id(lacking),
            skip: Skip::NeedsFeatures(names),
            source,
        };
        Self {
            root: kept.root,
            target_directory: kept.target_directory,
            packages: kept.packages,
            targets: kept.targets.into_iter().map(target).collect(),
            skipped: kept.lacking_features.into_iter().map(lacking).collect(),
            settings: kept.settings.into_iter().map(|(pair, own)| (id(pair), own)).collect(),
            warnings: kept
                .warnings
                .into_iter()
                .map(|[kind, subject, text]| Warning { kind, subject, text })
                .collect(),
            build: kept.build.into(),
        }
    }
}

impl KeptRecord {
    fn of(build: &BuildRecord) -> Self {
        let build = build.clone();
        Self {
            arguments: build.arguments,
            rustc_version: build.rustc_version,
            rustc_cfg: build.rustc_cfg,
            target: build.target,
            cargo_version: build.cargo_version,
            toolchain: build.toolchain,
            toolchain_file: build.toolchain_file,
            profile: build.profile,
            compiled: build.compiled.into_iter().map(|(id, compiled)| (pair(&id), compiled)).collect(),
            features: build.features,
            lock_sha256: build.lock_sha256,
            rustflags: build.rustflags,
        }
    }
}

impl From<KeptRecord> for BuildRecord {
    fn from(kept: KeptRecord) -> Self {
        Self {
            arguments: kept.arguments,
            rustc_version: kept.rustc_version,
            rustc_cfg: kept.rustc_cfg,
            target: kept.target,
            cargo_version: kept.cargo_version,
            toolchain: kept.toolchain,
            toolchain_file: kept.toolchain_file,
            profile: kept.profile,
            compiled: kept.compiled.into_iter().map(|(pair, compiled)| (id(pair), compiled)).collect(),
            features: kept.features,
            lock_sha256: kept.lock_sha256,
            rustflags: kept.rustflags,
        }
    }
}
