//! Holds `budgets.toml` and the benchmarks to each other: every budget has its benchmark, and every benchmark of
//! the suites that the targets are for has its budget or stands in a list here.
//!
//! It builds the benches, as only they know their names.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// The suites of the table of targets.
const SUITES: [&str; 6] = ["core_ops", "versioning", "concurrent", "queries", "memory", "io"];

/// What these suites measure and no target is set for: the other codec, the other size of delta, work that is
/// there to stand beside a peer's, the ends of a curve, what the machine allows.
const WITHOUT_TARGET: [&str; 11] = [
    "concurrent/ceiling/own_tables/#",
    "concurrent/ceiling/registers/#",
    "concurrent/reads/1",
    "concurrent/reads/4",
    "concurrent/writes/1",
    "versioning/apply_delta/zstd/#",
    "versioning/compress_delta/xz/2MB",
    "versioning/compress_delta/zstd/200kB",
    "versioning/compress_delta/zstd/2MB",
    "versioning/pack_delta/xz/#",
    "versioning/pack_delta/zstd/#",
];

fn in_this_package(arguments: &[&str]) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
    cargo
}

/// Every benchmark that is not ignored, as the harnesses list them.
fn listed() -> BTreeSet<String> {
    let built = in_this_package(&["test", "--benches", "--no-run"]).output().unwrap();
    let said = String::from_utf8_lossy(&built.stderr).into_owned();
    assert!(built.status.success(), "{said}");
    // `Executable benches/micro.rs (target/debug/deps/micro-0123456789abcdef)`
    let executables = said.lines().filter_map(|line| line.trim().strip_prefix("Executable benches/"));
    let paths = executables.map(|line| line.rsplit_once('(').unwrap().1.trim_end_matches(')').to_owned());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let list = |path: String| {
        let listed =
            Command::new(root.join(path)).args(["--list", "--format", "terse"]).env("NEXTEST", "1").output();
        let listed = listed.unwrap();
        assert!(listed.status.success(), "{listed:?}");
        String::from_utf8(listed.stdout).unwrap()
    };
    let lines = paths.map(list).collect::<String>();
    let names: BTreeSet<String> =
        lines.lines().filter_map(|line| line.strip_suffix(": benchmark")).map(str::to_owned).collect();
    assert!(names.len() > 50, "{names:?}");
    names
}

struct Budgets {
    of: BTreeSet<String>,
    relative_to: BTreeSet<String>,
}

fn budgets() -> Budgets {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/budgets.toml")).unwrap();
    let file: toml::Table = text.parse().unwrap();
    let rows = file["budget"].as_array().unwrap();
    let column = |name: &str| {
        rows.iter().filter_map(|row| row.get(name)).map(|value| value.as_str().unwrap().to_owned()).collect()
    };
    let of: BTreeSet<String> = column("benchmarks");
    assert_eq!(of.len(), rows.len(), "each benchmark has one budget");
    Budgets { of, relative_to: column("relative_to") }
}

/// Without the size, if it ends in one: one case over several sizes has one target.
fn case(name: &str) -> String {
    let end = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let has_size = end.len() < name.len() && (end.ends_with('/') || end.ends_with("::"));
    // The thread counts of a curve are cases of their own, those of what the machine allows are not.
    let is_curve = name.starts_with("concurrent/") && !name.contains("/ceiling/");
    if has_size && !is_curve { format!("{end}#") } else { name.to_owned() }
}

#[test]
fn every_budget_has_its_benchmark_and_every_benchmark_its_budget() {
    let (listed, budgets) = (listed(), budgets());
    let unknown: Vec<&String> =
        budgets.of.iter().chain(&budgets.relative_to).filter(|name| !listed.contains(*name)).collect();
    assert!(unknown.is_empty(), "budgets for no benchmark: {unknown:?}");

    let is_of_suites = |name: &&String| name.split(['/', ':']).any(|part| SUITES.contains(&part));
    let cases: BTreeSet<String> = listed.iter().filter(is_of_suites).map(|name| case(name)).collect();
    let kept: BTreeSet<String> = budgets.of.iter().map(|name| case(name)).collect();
    let excepted: BTreeSet<String> = WITHOUT_TARGET.iter().map(ToString::to_string).collect();
    let without: Vec<&String> = cases.difference(&kept).filter(|case| !excepted.contains(*case)).collect();
    assert!(without.is_empty(), "benchmarks without a budget: {without:?}");
    let idle: Vec<&String> =
        excepted.iter().filter(|case| !cases.contains(*case) || kept.contains(*case)).collect();
    assert!(idle.is_empty(), "exceptions that are none: {idle:?}");
}
