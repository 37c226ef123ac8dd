//! A repository whose benches do a known amount of work, and the command over it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::bench_lab::{Place, Said, fixture_root, said};
use crate::repository::{Repo, git, write};

/// What the benches of a revision do; each is one line of a divan target.
pub(crate) struct Sample {
    pub(crate) repo: Repo,
    pub(crate) place: Place,
}

const MANIFEST: &str = r#"[workspace]

[package]
# What divan depends on is called so too: cargo has to be told which of the two is meant.
name = "regex-lite"
version = "9.0.0"
edition = "2024"

[dev-dependencies]
divan = "0.1.21"

[[bench]]
name = "speed"
harness = false

[profile.bench]
opt-level = 1
debug = false
codegen-units = 16
lto = "off"

# Unoptimised it takes half a second to measure its own cost, in every process.
[profile.bench.package.divan]
opt-level = 2
"#;

const HEAD: &str = "\
use std::hint::black_box;

fn main() {
    divan::main();
}

fn spin(units: u64) -> u64 {
    (0..black_box(units)).fold(1, |x, unit| black_box(x * 3 ^ unit))
}
";

/// The source of a target: name and body of each benchmark.
pub(crate) fn source(benches: &[(&str, &str)]) -> String {
    let bench =
        |(name, body): &(&str, &str)| format!("\n#[divan::bench]\nfn {name}() -> u64 {{\n    {body}\n}}\n");
    HEAD.to_owned() + &benches.iter().map(bench).collect::<String>()
}

impl Sample {
    /// One commit, tagged `base`, with these benchmarks.
    pub(crate) fn new(benches: &[(&str, &str)]) -> Self {
        let repo = Repo::new();
        repo.write("Cargo.toml", MANIFEST);
        // The versions that the fixtures use are at hand.
        let lock = fs::read_to_string(fixture_root().join("Cargo.lock")).unwrap();
        repo.write("Cargo.lock", &lock);
        fill_stage(&repo);
        let sample = Self { repo, place: Place::new() };
        sample.set(benches);
        sample.repo.commit("base");
        sample
    }

    /// Other benchmarks in the files as they are.
    pub(crate) fn set(&self, benches: &[(&str, &str)]) {
        self.repo.write("benches/speed.rs", &source(benches));
    }

    pub(crate) fn command(&self, words: &str) -> Command {
        let (before, after) = words.split_once(" -- ").map_or((words, None), |(a, b)| (a, Some(b)));
        let mut command = self.place.command(before);
        command.current_dir(self.repo.top()).env("BENCH_LAB_BUILDS", self.repo.beside("builds"));
        if let Some(after) = after {
            command.arg("--").args(after.split_whitespace());
        }
        command
    }

    pub(crate) fn run(&self, words: &str) -> Said {
        said(&mut self.command(words))
    }

    /// The folders of the stored matches.
    pub(crate) fn matches(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.place.store().join("matches")) else { return Vec::new() };
        let paths = entries.map(|entry| entry.unwrap().path());
        paths.filter(|path| !path.file_name().unwrap().to_string_lossy().starts_with('.')).collect()
    }

    /// The launches of the one match, whole lines only.
    pub(crate) fn launches(&self) -> Vec<Value> {
        let [folder] = self.matches().try_into().unwrap();
        lines(&folder.join("launches.jsonl"))
    }
}

/// Gives a stage what cargo built of the dependencies, so that only the package itself is left to build.
fn fill_stage(repo: &Repo) {
    static TEMPLATE: LazyLock<PathBuf> = LazyLock::new(template);
    let stage = repo.beside("builds").join(stage_name(&repo.top()));
    fs::create_dir_all(&stage).unwrap();
    let copied = Command::new("cp").arg("-a").arg(&*TEMPLATE).arg(stage.join("target")).status();
    assert!(copied.unwrap().success());
}

/// A cargo folder with everything but the package. The repository's place is the same each time, so that it is kept.
fn template() -> PathBuf {
    let place = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).canonicalize().unwrap().join("ab");
    let top = place.join("repository");
    let _ = fs::remove_dir_all(&top);
    fs::create_dir_all(&top).unwrap();
    git(&top, "init --quiet");
    write(&top.join("Cargo.toml"), MANIFEST);
    write(&top.join("src/lib.rs"), "");
    write(&top.join("benches/speed.rs"), &source(&[("any", "spin(1)")]));
    fs::copy(fixture_root().join("Cargo.lock"), top.join("Cargo.lock")).unwrap();
    git(&top, "add --all");
    git(&top, "commit --quiet --message any");
    let own = Place::new();
    let mut command = own.command("ab HEAD HEAD");
    said(command.current_dir(&top).env("BENCH_LAB_BUILDS", place.join("builds"))).expect(0);
    place.join("builds").join(stage_name(&top)).join("target")
}

/// How the stage of a repository is called.
fn stage_name(top: &Path) -> String {
    lab_core::hex::hex(&Sha256::digest(top.to_str().unwrap())[..8])
}

pub(crate) fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The result among the JSON lines of a command.
#[track_caller]
pub(crate) fn result(said: &Said) -> Value {
    let last = said.stdout.lines().last().unwrap_or_default();
    let value: Value = serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {}", said.stdout));
    assert_eq!(value["event"], "result", "{}", said.stdout);
    value["result"].clone()
}

/// The verdict on a benchmark by its function's name.
#[track_caller]
pub(crate) fn change<'a>(result: &'a Value, name: &str) -> &'a Value {
    let changes = result["changes"].as_array().unwrap();
    let found = changes.iter().find(|change| change["id"].as_str().unwrap().ends_with(name));
    found.unwrap_or_else(|| panic!("no {name} in {result:#}"))
}
