//! The answer of `cargo metadata`, as far as it is needed.
//!
//! It mirrors cargo's names and keeps cargo's opaque package ids; no decision is made here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::complaint::first_error;
use super::listen::{Heard, listen};
use super::selection::Selection;
use super::target::Dependency;
use super::toolchain::Toolchain;
use super::{Said, WorkspaceError};

/// One workspace, its members and what they depend on.
#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    packages: Vec<MetadataPackage>,
    workspace_members: Vec<String>,
    /// Unknown to cargo before 1.71; then every member counts as one.
    workspace_default_members: Option<Vec<String>>,
    resolve: Option<Resolve>,
    pub(super) target_directory: PathBuf,
    pub(super) workspace_root: PathBuf,
}

/// One package; the texts are as its manifest has them.
#[derive(Debug, Deserialize)]
pub(super) struct MetadataPackage {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) manifest_path: PathBuf,
    #[serde(default)]
    pub(super) authors: Vec<String>,
    pub(super) description: Option<String>,
    pub(super) homepage: Option<String>,
    pub(super) repository: Option<String>,
    pub(super) license: Option<String>,
    pub(super) license_file: Option<String>,
    pub(super) readme: Option<String>,
    pub(super) rust_version: Option<String>,
    pub(super) targets: Vec<MetadataTarget>,
    #[serde(default)]
    pub(super) metadata: serde_json::Value,
}

/// One thing that cargo can build of a package.
#[derive(Debug, Deserialize)]
pub(super) struct MetadataTarget {
    pub(super) name: String,
    pub(super) kind: Vec<String>,
    pub(super) src_path: PathBuf,
    #[serde(default, rename = "required-features")]
    pub(super) required_features: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    id: String,
    #[serde(default)]
    deps: Vec<NodeDependency>,
    #[serde(default)]
    features: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct NodeDependency {
    name: String,
    pkg: String,
}

impl Metadata {
    /// Asks cargo.
    pub(super) fn read(
        directory: &Path,
        selection: &Selection,
        toolchain: &Toolchain,
        say: &mut dyn FnMut(Said<'_>),
    ) -> Result<Self, WorkspaceError> {
        let (mut answer, mut stderr) = (Vec::new(), StatusLines::default());
        let mut command = toolchain.cargo_command();
        command.args(selection.cargo_metadata_arguments(toolchain.host()));
        let status = listen(&mut command, &selection.stop, |heard| match heard {
            Heard::Line(line) => answer.extend(line),
            Heard::Stderr(chunk) => stderr.take(&chunk, say),
        })
        .map_err(|source| WorkspaceError::Start { program: toolchain.cargo.clone(), source })?;
        if selection.stop.is_raised() {
            return Err(WorkspaceError::Stopped);
        }
        if !status.success() {
            let message = first_error(&stderr.all);
            return Err(WorkspaceError::Metadata { directory: directory.into(), message });
        }
        serde_json::from_slice(&answer)
            .map_err(|source| WorkspaceError::MetadataFormat { directory: directory.into(), source })
    }

    /// The members, in cargo's order.
    pub(super) fn members(&self) -> impl Iterator<Item = &MetadataPackage> {
        self.packages.iter().filter(|package| self.workspace_members.contains(&package.id))
    }

    /// What cargo builds when no package is named.
    pub(super) fn default_members(&self) -> Vec<&MetadataPackage> {
        let ids = self.workspace_default_members.as_ref().unwrap_or(&self.workspace_members);
        self.members().filter(|package| ids.contains(&package.id)).collect()
    }

    /// The direct dependencies of a package as resolved for the host, sorted by name.
    pub(super) fn dependencies(&self, package: &MetadataPackage) -> Vec<Dependency> {
        let by_id: BTreeMap<&str, &MetadataPackage> =
            self.packages.iter().map(|package| (package.id.as_str(), package)).collect();
        let node = self.node(package);
        let mut dependencies: Vec<Dependency> = node
            .iter()
            .flat_map(|node| &node.deps)
            .filter_map(|dependency| {
                let package = by_id.get(dependency.pkg.as_str())?;
                Some(Dependency {
                    name: package.name.clone(),
                    alias: dependency.name.clone(),
                    version: package.version.clone(),
                })
            })
            .collect();
        dependencies.sort_by(|one, other| (&one.name, &one.alias).cmp(&(&other.name, &other.alias)));
        dependencies
    }

    /// The features that cargo's resolver turned on for a package; what was built may have fewer.
    pub(super) fn resolved_features(&self, package: &MetadataPackage) -> &[String] {
        self.node(package).map_or(&[], |node| &node.features)
    }

    fn node(&self, package: &MetadataPackage) -> Option<&Node> {
        self.resolve.as_ref()?.nodes.iter().find(|node| node.id == package.id)
    }
}

impl MetadataPackage {
    /// The directory of the manifest.
    pub(super) fn root(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(Path::new("/"))
    }

    /// The `[[bench]]` targets; unit tests of libraries and programs are none.
    pub(super) fn benches(&self) -> impl Iterator<Item = &MetadataTarget> {
        self.targets.iter().filter(|target| target.kind == ["bench"])
    }

    /// The library's main file, of whatever crate type it is.
    pub(super) fn library(&self) -> Option<&MetadataTarget> {
        self.targets
            .iter()
            .find(|target| target.kind.iter().any(|kind| kind == "proc-macro" || kind.ends_with("lib")))
    }
}

/// Standard error of `cargo metadata`: what cargo does is passed on, what it complains about is kept.
///
/// The build says all warnings again, and an error becomes ours.
#[derive(Default)]
struct StatusLines {
    all: Vec<u8>,
    passed: usize,
}

impl StatusLines {
    fn take(&mut self, chunk: &[u8], say: &mut dyn FnMut(Said<'_>)) {
        self.all.extend(chunk);
        while let Some(length) = self.all[self.passed..].iter().position(|byte| *byte == b'\n') {
            let line = &self.all[self.passed..=self.passed + length];
            if is_status(line) {
                say(Said::Cargo(line));
            }
            self.passed += length + 1;
        }
    }
}

/// Whether a line is one of cargo's right-aligned verbs.
fn is_status(line: &[u8]) -> bool {
    const VERBS: &[&str] = &["Updating", "Downloading", "Downloaded", "Blocking", "Locking", "Adding"];
    let line = String::from_utf8_lossy(line);
    line.starts_with(' ') && line.split_whitespace().next().is_some_and(|word| VERBS.contains(&word))
}
