//! Every version of Criterion and divan that the lab drives takes turns.
//!
//! It builds them from the registry, so it runs only when asked:
//! `cargo test -p bench-lab --test duel -- --ignored versions`; BENCH_LAB_VERSIONS names a directory for the builds
//! that outlives it.

use std::path::{Path, PathBuf};
use std::{env, fs};

use bench_lab::duel::{Contender, Contest, Pair};
use bench_lab::runner::context;
use bench_lab::runner::prepare::{Wanted, prepare};
use bench_lab::runner::spawn::Launch;
use bench_lab::workspace::{Selection, discover};

use crate::fixture::{Deaf, NEVER, context, execute, settings};
use crate::slices::assert_in_turns;

/// The name by which the bench imports it, registry name, version, and whether it has Criterion's feature.
const VERSIONS: &[(&str, &str, &str, bool)] = &[
    ("criterion", "criterion", "0.3.4", false),
    ("criterion", "criterion", "0.3.6", false),
    ("criterion", "criterion", "0.4.0", true),
    ("criterion", "criterion", "0.5.1", true),
    ("criterion", "criterion", "0.6.0", true),
    ("criterion", "criterion", "0.7.0", true),
    ("criterion", "criterion", "0.8.2", true),
    ("criterion", "codspeed-criterion-compat", "6.0.0", true),
    ("criterion", "criterion2", "3.0.5", false),
    ("divan", "divan", "0.1.14", false),
    ("divan", "divan", "0.1.18", false),
    ("divan", "divan", "0.1.21", false),
];

const CRITERION: &str = r#"
use criterion::{criterion_group, criterion_main, BatchSize, Criterion};
fn all(c: &mut Criterion) {
    let rounds = duel::rounds(1000);
    c.bench_function("tiny", |b| b.iter(|| duel::spin(rounds)));
    let sum = move |v: Vec<u64>| v.iter().sum::<u64>() ^ duel::spin(rounds);
    c.bench_function("small", |b| b.iter_batched(duel::vector, sum, BatchSize::SmallInput));
}
criterion_group!(benches, all);
criterion_main!(benches);
"#;

const DIVAN: &str = r#"
fn main() {
    divan::main();
}
#[divan::bench]
fn tiny(bencher: divan::Bencher) {
    let rounds = duel::rounds(1000);
    bencher.bench_local(move || duel::spin(rounds));
}
"#;

#[test]
#[ignore = "builds twelve versions from the registry"]
fn every_version_takes_turns() {
    let root = env::var_os("BENCH_LAB_VERSIONS")
        .map_or_else(|| env::temp_dir().join("bench-lab-versions"), PathBuf::from);
    for (alias, name, version, has_feature) in VERSIONS {
        let directory = root.join(format!("{name}-{version}"));
        write(&directory, alias, &dependency(alias, name, version, *has_feature));
        let target_dir = Some(root.join(format!("target-{name}-{version}")));
        let manifest_path = Some(directory.join("Cargo.toml"));
        let selection = Selection { manifest_path, target_dir, ..Selection::default() };
        let workspace = discover(&selection, &mut |_| {}).unwrap();
        let mut once = |launch: &Launch<'_>| execute(launch);
        let mut running = context::Context { execute: &mut once, observer: &mut Deaf, stop: &NEVER };
        let wanted = Wanted { time_ms: 20, ..Wanted::default() };
        let Ok(preparation) = prepare(&mut running, &workspace, &wanted) else { panic!("{name} {version}") };
        let prepared = preparation.prepared.first().unwrap_or_else(|| panic!("{:?}", preparation.records));
        for record in &prepared.benchmarks {
            let side = Contender {
                target: &prepared.target,
                harness: prepared.harness,
                selection: prepared.selection,
                record,
                is_threaded: None,
            };
            let pair = Pair { baseline: side, candidate: side };
            let contest = Contest::prepare(&context(), pair, &settings()).unwrap();
            assert_eq!(contest.warning(), None, "{name} {version} {}", record.id.path);
            let launch = contest.launch(&context(), 0, 0, 7).unwrap();
            assert_in_turns(&launch, 20);
            println!("{name} {version} {}: 20 rounds in turns", record.id.path);
        }
    }
}

fn dependency(alias: &str, name: &str, version: &str, has_feature: bool) -> String {
    let features = match (alias, has_feature) {
        ("criterion", true) => r#", default-features = false, features = ["cargo_bench_support"]"#,
        ("criterion", false) => ", default-features = false",
        _ => "",
    };
    format!(r#"{alias} = {{ package = "{name}", version = "={version}"{features} }}"#)
}

/// Writes a package with one bench target over the fixture's own library.
fn write(directory: &Path, alias: &str, dependency: &str) {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/workspace/duel/src/lib.rs");
    let manifest = format!(
        "[package]\nname = \"duel\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n[lib]\n\
         bench = false\n\n[dev-dependencies]\n{dependency}\n\n[[bench]]\nname = \"turns\"\nharness = false\n\n\
         [profile.bench]\nopt-level = 1\nlto = \"off\"\ncodegen-units = 16\n"
    );
    fs::create_dir_all(directory.join("src")).unwrap();
    fs::create_dir_all(directory.join("benches")).unwrap();
    fs::copy(fixture, directory.join("src/lib.rs")).unwrap();
    fs::write(directory.join("Cargo.toml"), manifest).unwrap();
    let bench = if alias == "divan" { DIVAN } else { CRITERION };
    fs::write(directory.join("benches/turns.rs"), bench).unwrap();
}
