//! Lengths, module docs and leftovers.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::{root, sources};

/// Lines of a file before its tests; the house aims at 250.
const LINES_MAX: usize = 400;

/// The file without its unit tests, which may be as long as they need.
fn without_tests(text: &str) -> &str {
    text.find("\n#[cfg(test)]\nmod ").map_or(text, |at| &text[..at])
}

#[test]
fn no_file_is_longer_than_the_hard_limit() {
    let long: Vec<String> = sources()
        .iter()
        .filter_map(|path| {
            let text = fs::read_to_string(path).unwrap();
            let lines = without_tests(&text).lines().count();
            (lines > LINES_MAX).then(|| format!("{}: {lines} lines", path.display()))
        })
        .collect();
    assert!(long.is_empty(), "longer than {LINES_MAX} lines:\n{}", long.join("\n"));
}

#[test]
fn every_module_says_what_it_is_for() {
    let silent: Vec<String> = sources()
        .iter()
        .filter(|path| !fs::read_to_string(path).unwrap().starts_with("//! "))
        .map(|path| path.display().to_string())
        .collect();
    assert!(silent.is_empty(), "no module doc:\n{}", silent.join("\n"));
}

#[test]
fn nothing_is_left_to_be_done_in_the_code() {
    // Spelled in parts, so that this file does not find itself.
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];
    let left: Vec<String> = sources()
        .iter()
        .flat_map(|path| {
            let text = fs::read_to_string(path).unwrap();
            text.lines()
                .enumerate()
                .filter(|(_, line)| marks.iter().any(|mark| line.contains(mark)))
                .map(|(number, line)| format!("{}:{}: {}", path.display(), number + 1, line.trim()))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(left.is_empty(), "an open end belongs into an issue:\n{}", left.join("\n"));
}

#[test]
fn files_are_not_named_after_nothing() {
    let empty = ["util", "utils", "helper", "helpers", "common", "misc", "manager", "data", "info"];
    let named: Vec<String> = sources()
        .iter()
        .filter(|path| empty.contains(&path.file_stem().unwrap().to_string_lossy().as_ref()))
        .map(|path| path.display().to_string())
        .collect();
    assert!(named.is_empty(), "a file is named after one noun:\n{}", named.join("\n"));
}

/// Who builds the peers asks for other people's databases; everyone else builds what the other members need.
#[test]
fn the_lock_file_stays_small_without_the_peers() {
    let lock: toml::Table = fs::read_to_string(root().join("Cargo.lock")).unwrap().parse().unwrap();
    let packages: BTreeMap<String, &toml::Value> = lock["package"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|package| {
            let (name, version) = (package["name"].as_str().unwrap(), package["version"].as_str().unwrap());
            // A dependency is named alone where one version of it is locked, and with its version otherwise.
            [(name.to_owned(), package), (format!("{name} {version}"), package)]
        })
        .collect();
    let is_member = |package: &toml::Value| package.get("source").is_none();
    let mut open: Vec<&str> = packages
        .values()
        .filter(|package| is_member(package))
        .map(|package| package["name"].as_str().unwrap())
        .filter(|name| *name != "peers")
        .collect();
    let mut needed = BTreeSet::new();
    while let Some(name) = open.pop() {
        let package = packages[name];
        if needed.insert((package["name"].as_str().unwrap(), package["version"].as_str().unwrap())) {
            let dependencies = package.get("dependencies").and_then(toml::Value::as_array);
            open.extend(dependencies.into_iter().flatten().map(|name| name.as_str().unwrap()));
        }
    }
    assert!(needed.len() > 50, "the lock file was not understood: {} packages", needed.len());
    assert!(needed.len() <= 200, "{} locked packages; a newcomer builds them all", needed.len());
}
