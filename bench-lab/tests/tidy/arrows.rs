//! Who may know whom, read from the manifests.

use std::collections::BTreeSet;
use std::fs;

use super::root;

/// The repository's own crates that a manifest names, dev-dependencies and those of one system included.
fn own_dependencies(manifest: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join(manifest)).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    let own = own_crates();
    let systems =
        manifest.get("target").and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::values);
    let tables: Vec<&toml::Table> =
        std::iter::once(&manifest).chain(systems.filter_map(toml::Value::as_table)).collect();
    ["dependencies", "dev-dependencies", "build-dependencies"]
        .iter()
        .flat_map(|section| tables.iter().filter_map(|table| table.get(*section)?.as_table()))
        .flat_map(|section| section.keys().cloned())
        .filter(|name| own.contains(name))
        .collect()
}

fn own_crates() -> BTreeSet<String> {
    let names: BTreeSet<String> = fs::read_dir(root().join("crates"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(names.contains("lab-core") && names.contains("reedbase"), "{names:?}");
    names.into_iter().chain(["bench-lab".to_owned()]).collect()
}

fn assert_knows_at_most(manifest: &str, allowed: &[&str]) {
    let known = own_dependencies(manifest);
    let excess: Vec<&String> = known.iter().filter(|name| !allowed.contains(&name.as_str())).collect();
    assert!(excess.is_empty(), "{manifest} may know {allowed:?} and also names {excess:?}");
}

#[test]
fn numbers_know_nobody() {
    assert_knows_at_most("crates/lab-stats/Cargo.toml", &[]);
}

#[test]
fn decisions_know_numbers_only() {
    assert_knows_at_most("crates/lab-core/Cargo.toml", &["lab-stats"]);
}

#[test]
fn what_is_preloaded_into_strangers_knows_nobody() {
    assert_knows_at_most("crates/turnstile/Cargo.toml", &[]);
}

#[test]
fn the_tool_knows_no_bundled_system() {
    assert_knows_at_most("bench-lab/Cargo.toml", &["lab-core", "lab-stats", "turnstile"]);
}

#[test]
fn a_bundled_system_gets_nothing_that_an_outsider_could_not_have() {
    let tool = ["bench-lab", "lab-core", "lab-stats", "peers", "seglog", "turnstile", "workload"];
    for system in own_crates().iter().filter(|name| !tool.contains(&name.as_str())) {
        assert_knows_at_most(&format!("crates/{system}/Cargo.toml"), &["seglog", "workload"]);
    }
    // Their answers are held to those of the systems that they stand beside.
    assert_knows_at_most("crates/peers/Cargo.toml", &["reedbase", "workload"]);
    // It names itself for its own simulated disk.
    assert_knows_at_most("crates/seglog/Cargo.toml", &["seglog"]);
    assert_knows_at_most("crates/workload/Cargo.toml", &["lab-stats"]);
}

#[test]
fn numbers_carry_no_domain_word_and_no_serde() {
    let manifest = fs::read_to_string(root().join("crates/lab-stats/Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let dependencies = manifest.get("dependencies").and_then(|section| section.as_table());
    assert!(dependencies.is_none_or(toml::Table::is_empty), "lab-stats depends on {dependencies:?}");
}
