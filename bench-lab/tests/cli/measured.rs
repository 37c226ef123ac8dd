//! What a good Run is: its exit code, its files, and every command that shows it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::bench_lab::{Place, Said, Stored};

const STEADY: &str =
    "run --quick --time 10ms --invocations 3 --seed 7 -p truth --bench steady_divan --bench steady_criterion";

/// Two targets, one of each harness, measured once for all tests of this file.
struct Steady {
    place: Place,
    said: Said,
    stored: Stored,
}

static STEADY_RUN: LazyLock<Steady> = LazyLock::new(|| {
    let place = Place::new();
    let said = place.fixture(STEADY).expect(0);
    let stored = place.stored();
    Steady { place, said, stored }
});

/// `left_out` is ignored by default.
const IDS: [&str; 4] = [
    "truth/steady_criterion/counted/bytes",
    "truth/steady_criterion/spin",
    "truth/steady_divan/steady_divan::counted",
    "truth/steady_divan/steady_divan::spin",
];

fn ids(values: &Value) -> BTreeSet<String> {
    values.as_array().unwrap().iter().map(|value| value["id"].as_str().unwrap().to_owned()).collect()
}

fn expected_ids() -> BTreeSet<String> {
    IDS.iter().map(ToString::to_string).collect()
}

#[test]
fn a_run_of_both_harnesses_ends_with_a_table_and_a_sealed_run() {
    let Steady { said, stored, .. } = &*STEADY_RUN;
    said.assert_stdout_has(&[
        "truth/steady_criterion (criterion 0.8.",
        "truth/steady_divan (divan 0.1.",
        "  counted/bytes",
        "  steady_divan::spin",
        "4 measured · 0 failed · 0 targets skipped · 12 invocations",
    ]);
    let folder = stored.folder.display().to_string();
    said.assert_stderr_has(&["found    truth/steady_divan: 3 benchmarks (divan)", "12/12", &folder]);
    let seal = stored.document("seal.json");
    assert_eq!(seal["invocation_count"], 12);
    assert_eq!(stored.rows.len(), 12);
}

#[test]
fn every_way_to_show_a_run_tells_the_same() {
    let Steady { place, said, stored } = &*STEADY_RUN;
    let id = stored.run["id"].as_str().unwrap();
    assert_eq!(place.plain("show latest").expect(0).stdout, said.stdout);
    assert_eq!(place.plain(&format!("show {id}")).expect(0).stdout, said.stdout);
    let shown = place.plain("show --json").expect(0).json();
    assert_eq!((&shown["run"], &shown["state"]), (&json!(id), &json!("sealed")));
    assert_eq!(ids(&shown["benchmarks"]), expected_ids());

    let runs = place.plain("runs").expect(0);
    runs.assert_stdout_has(&[id, "12/12", "whole", "1 run\n"]);
    let runs = place.plain("runs --json").expect(0).json();
    assert_eq!(runs[0]["run"], id);
    assert_eq!((&runs[0]["invocation_count"], &runs[0]["benchmark_count"]), (&json!(12), &json!(4)));
}

#[test]
fn the_list_has_what_was_measured_and_marks_what_is_ignored() {
    let place = Place::new();
    let listed =
        place.fixture("list --json -p truth --bench steady_divan --bench steady_criterion").expect(0).json();
    let all = listed["benchmarks"].as_array().unwrap();
    let (ignored, usual): (Vec<Value>, Vec<Value>) =
        all.iter().cloned().partition(|benchmark| benchmark["is_ignored"] == true);
    assert_eq!(ids(&json!(usual)), expected_ids());
    assert_eq!(
        ids(&json!(ignored)),
        BTreeSet::from(["truth/steady_divan/steady_divan::left_out".to_owned()])
    );
    let harnesses: BTreeSet<&str> =
        all.iter().map(|benchmark| benchmark["harness"].as_str().unwrap()).collect();
    assert_eq!(harnesses, BTreeSet::from(["criterion", "divan"]));
    assert!(place.run_folders().is_empty(), "a list keeps nothing");
}

#[test]
fn every_block_holds_each_benchmark_once_and_rows_follow_the_stored_order() {
    let stored = &STEADY_RUN.stored;
    let schedule = stored.run["schedule"].as_array().unwrap();
    let names: Vec<String> = stored.run["benchmarks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| format!("{}/{}", record["target"].as_str().unwrap(), record["path"].as_str().unwrap()))
        .collect();
    let mut blocks: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for (index, (scheduled, row)) in schedule.iter().zip(&stored.rows).enumerate() {
        assert_eq!((&scheduled["index"], &row["index"]), (&json!(index), &json!(index)));
        let [benchmark] = scheduled["benchmarks"].as_array().unwrap().as_slice() else {
            panic!("{scheduled}: one benchmark a process")
        };
        let benchmark = benchmark.as_u64().unwrap();
        blocks.entry(scheduled["block"].as_u64().unwrap()).or_default().push(benchmark);
        let [observation] = row["observations"].as_array().unwrap().as_slice() else { panic!("{row}") };
        let measured =
            format!("{}/{}", row["target"].as_str().unwrap(), observation["path"].as_str().unwrap());
        assert_eq!(measured, names[benchmark as usize]);
        assert_eq!(observation["outcome"], "ok");
        assert_eq!(scheduled["padding_bytes"], row["padding_bytes"]);
    }
    assert_eq!(blocks.len(), 3);
    for block in blocks.values() {
        assert_eq!(block.iter().collect::<BTreeSet<_>>().len(), 4, "{block:?}");
    }
    let paddings: BTreeSet<u64> =
        stored.rows.iter().map(|row| row["padding_bytes"].as_u64().unwrap()).collect();
    assert!(paddings.len() > 6, "{paddings:?}");
}

#[test]
fn one_seed_gives_one_stored_schedule() {
    let again = Place::new();
    let _ = again.fixture(STEADY).expect(0);
    assert_eq!(again.stored().run["schedule"], STEADY_RUN.stored.run["schedule"]);
    let other = Place::new();
    let _ = other.fixture(&STEADY.replace("--seed 7", "--seed 8")).expect(0);
    assert_ne!(other.stored().run["schedule"], STEADY_RUN.stored.run["schedule"]);
    assert_eq!(other.stored().run["plan"]["seed"], 8);
}

#[test]
fn each_row_has_its_cpus_as_read_back_and_every_signal_or_the_reason_why_not() {
    let stored = &STEADY_RUN.stored;
    let names: BTreeSet<String> =
        lab_core::model::SIGNALS.iter().map(|signal| signal.id.to_string()).collect();
    for row in &stored.rows {
        assert_eq!(row["cpus"], stored.run["plan"]["cpus"]);
        let present = row["signals"].as_object().unwrap().keys().cloned();
        let absent = row["absent_signals"].as_object().into_iter().flat_map(|reasons| {
            reasons.iter().flat_map(|(reason, names)| {
                assert!(reason.len() > 10, "{reason:?} is no reason");
                names.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned())
            })
        });
        let told: Vec<String> = present.chain(absent).collect();
        assert_eq!(told.iter().cloned().collect::<BTreeSet<_>>(), names);
        assert_eq!(told.len(), names.len(), "each once: {told:?}");
        assert!(row["signals"]["rss_max_bytes"].as_u64().unwrap() > 0);
        assert!(row["wall_ns"].as_u64().unwrap() > 0);
    }
}

#[test]
fn the_environment_has_its_facts_and_three_digests() {
    let environment = STEADY_RUN.stored.document("environment.json");
    for digest in ["machine", "configuration", "build"] {
        let text = environment["digests"][digest].as_str().unwrap();
        assert!(text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()), "{digest}: {text}");
    }
    let facts = environment["facts"].as_object().unwrap();
    for (name, fact) in facts {
        let is_told = !fact["value"].is_null() || fact["reason"].as_str().is_some_and(|why| !why.is_empty());
        assert!(is_told, "{name} is null without a reason: {fact}");
    }
    for name in ["kernel.release", "cpu.brand", "machine.name", "aslr.mode"] {
        assert!(facts.contains_key(name), "{name} is missing in {:?}", facts.keys());
    }
    let has = |part: &str| facts.keys().any(|name| name.contains(part));
    for part in ["rustc.release", "cargo.version", "build.profile", "build.cargo_lock", "source.commit"] {
        assert!(has(part), "nothing about {part} in {:?}", facts.keys());
    }
}

#[test]
fn throughput_and_ignored_benchmarks_come_as_asked_for() {
    let place = Place::new();
    let said = place
        .fixture(
            "run --quick --time 10ms --invocations 1 --include-ignored --aslr fixed -p truth \
             --bench steady_divan -- counted left_out",
        )
        .expect(0);
    said.assert_stdout_has(&["steady_divan::left_out", "B/s"]);
    let stored = place.stored();
    assert_eq!(stored.run["plan"]["aslr"], "fixed");
    assert_eq!(stored.observations().len(), 2);
    let kinds: Vec<&str> = stored.run["warnings"]
        .as_array()
        .into_iter()
        .flatten()
        .chain(stored.rows.iter().flat_map(|row| row["warnings"].as_array().into_iter().flatten()))
        .filter_map(|warning| warning["kind"].as_str())
        .collect();
    assert!(!kinds.contains(&"aslr_left_on"), "{kinds:?}");
}

#[test]
fn an_id_pasted_from_the_list_selects_exactly_that_benchmark() {
    let place = Place::new();
    let listed =
        place.fixture("list --json -p truth --bench threads_divan --bench slower_criterion").expect(0);
    let all = ids(&listed.json()["benchmarks"]);
    assert_eq!(all.len(), 6, "{all:?}");
    for id in &all {
        let mut command =
            place.over_fixture("list --json -p truth --bench threads_divan --bench slower_criterion");
        let said = crate::bench_lab::said(command.arg("--").arg(id)).expect(0);
        assert_eq!(ids(&said.json()["benchmarks"]), BTreeSet::from([id.clone()]));
    }
}

#[test]
fn two_thousand_benchmarks_are_listed_and_a_filter_runs_one_of_them() {
    let place = Place::new();
    let listed = place.fixture("list --json -p truth --bench many_criterion").expect(0).json();
    assert_eq!(ids(&listed["benchmarks"]).len(), 2000);
    let said = place
        .fixture("run --quick --time 10ms --invocations 1 -p truth --bench many_criterion -- many/case_0042$")
        .expect(0);
    said.assert_stdout_has(&["many/case_0042", "1 measured · 0 failed"]);
    assert_eq!(place.stored().rows.len(), 1);
}

#[test]
fn variables_that_an_outer_cargo_leaks_change_nothing() {
    let place = Place::new();
    let mut command =
        place.over_fixture("run --quick --time 10ms --invocations 1 -p truth --bench steady_divan");
    for (name, value) in [
        ("CARGO", "/nonexistent/cargo"),
        ("CARGO_MANIFEST_DIR", "/nonexistent"),
        ("CARGO_PKG_NAME", "somebody-else"),
        ("CARGO_BIN_EXE_bench-lab", "/nonexistent/bench-lab"),
        ("RUST_RECURSION_COUNT", "3"),
    ] {
        command.env(name, value);
    }
    let _ = crate::bench_lab::said(&mut command).expect(0);
    let (ours, usual) = (place.stored(), &STEADY_RUN.stored);
    let digest = |stored: &Stored| {
        let targets = stored.run["targets"].as_array().unwrap();
        targets.iter().find(|target| target["target"] == "steady_divan").unwrap()["sha256"].clone()
    };
    assert_eq!(digest(&ours), digest(usual));
}

#[test]
fn the_store_of_a_workspace_keeps_itself_out_of_its_repository() {
    let store = STEADY_RUN.place.store();
    assert_eq!(fs::read_to_string(store.join(".gitignore")).unwrap().lines().last(), Some("*"));
}
