//! Small workspaces without dependencies, written for one test each.

use std::fs;
use std::path::Path;

use bench_lab::workspace::{Selection, Workspace, WorkspaceError, discover};
use tempfile::TempDir;

/// A bench target of no harness that compiles.
pub(crate) const MAIN: &str = "fn main() {}";

/// A package with one bench target `speed`, and nothing else.
pub(crate) const PACKAGE: &str = "[package]\nname = 'alone'\nversion = '0.1.0'\nedition = '2021'\n\
    [[bench]]\nname = 'speed'\nharness = false\n";

/// A workspace that is removed in the end.
pub(crate) struct Small(TempDir);

impl Small {
    /// Writes the files, by path and text.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self(root)
    }

    /// [`PACKAGE`] and more files.
    pub(crate) fn package(files: &[(&str, &str)]) -> Self {
        Self::new(
            &[&[("Cargo.toml", PACKAGE), ("benches/speed.rs", MAIN), ("src/lib.rs", "")], files].concat(),
        )
    }

    pub(crate) fn root(&self) -> &Path {
        self.0.path()
    }

    /// What a plain `cargo bench` here would select.
    pub(crate) fn selection(&self) -> Selection {
        Selection { manifest_path: Some(self.root().join("Cargo.toml")), ..Selection::default() }
    }

    pub(crate) fn discover(&self) -> Result<Workspace, WorkspaceError> {
        discover(&self.selection(), &mut |_| {})
    }
}
