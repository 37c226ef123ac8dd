//! The house rules as tests: what a reviewer would otherwise have to say again.
//!
//! A rule that cannot be checked by a machine is not here but in `docs/ARCHITECTURE.md`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod arrows;
mod files;
mod lints;
mod lists;

use std::path::{Path, PathBuf};

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("bench-lab lies in the repository").to_owned()
}

/// Every Rust source file of the repository's own crates, fixtures left out, sorted.
fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(&root().join("bench-lab"), &mut found);
    collect(&root().join("crates"), &mut found);
    collect(&root().join("nix/testing"), &mut found);
    collect(&root().join("rivals"), &mut found);
    found.sort();
    assert!(found.len() > 30, "the walk found only {} files", found.len());
    found
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && name != "fixtures" {
            collect(&path, found);
        } else if name.ends_with(".rs") {
            found.push(path);
        }
    }
}
