//! Small workspaces without dependencies, written for one test each.

use std::fs;

use crate::bench_lab::{Place, Said, said};

/// A package with one bench target of no harness.
pub(crate) const PACKAGE: &str = "[package]\nname = 'alone'\nversion = '0.1.0'\nedition = '2021'\n\
    [[bench]]\nname = 'speed'\nharness = false\n";

/// Writes files into the folder `workspace` of a place.
pub(crate) fn write(place: &Place, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = place.path().join("workspace").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// Runs a command inside that folder, with the store that the workspace has of its own.
pub(crate) fn inside(place: &Place, words: &str) -> Said {
    fs::create_dir_all(place.path().join("workspace")).unwrap();
    let mut command = place.command(words);
    said(command.current_dir(place.path().join("workspace")).env_remove("BENCH_LAB_STORE"))
}
