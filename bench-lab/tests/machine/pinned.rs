//! Real runs under a definition: in force, refused, marked, resumed.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use rustix::process::Signal;
use serde_json::Value;

use crate::bench_lab::{Place, Stored, said};
use crate::process::{signal, wait_end, wait_until};

const RUN: &str = "run --quick --time 5ms --invocations 2 --machine m.toml -p truth --bench steady_divan";
const OTHER: &str = "name = \"other\"\nexpect.required.cpu.brand = \"Z80\"\n";

/// A place with a definition of this machine, and more lines at its end.
fn place_with(lines: &str) -> Place {
    let place = Place::new();
    let _ = place.plain("machine init m.toml --name here").expect(0);
    append(&place, lines);
    place
}

fn append(place: &Place, lines: &str) {
    let path = place.path().join("m.toml");
    fs::write(&path, fs::read_to_string(&path).unwrap() + lines).unwrap();
}

/// Whether a row is whole in the file that is being written.
fn has_a_row(place: &Place) -> bool {
    let text = |folder: &PathBuf| fs::read_to_string(folder.join("invocations.jsonl")).unwrap_or_default();
    place.run_folders().iter().any(|folder| text(folder).contains('\n'))
}

fn fact(document: &Value, name: &str) -> Value {
    let mut values = Vec::new();
    find(document, name, &mut values);
    values.last().cloned().unwrap_or_else(|| panic!("no {name} in {document}"))
}

/// The value of a fact, wherever the stored form keeps it.
fn find(document: &Value, name: &str, values: &mut Vec<Value>) {
    match document {
        Value::Object(map) => {
            values.extend(map.get(name).map(|fact| fact.get("value").unwrap_or(fact).clone()));
            map.values().for_each(|inner| find(inner, name, values));
        }
        Value::Array(items) => items.iter().for_each(|inner| find(inner, name, values)),
        _ => {}
    }
}

fn environment(stored: &Stored) -> Value {
    stored.document("environment.json")
}

fn warnings(stored: &Stored, kind: &str) -> Vec<String> {
    let all = stored.run["warnings"].as_array().cloned().unwrap_or_default();
    all.iter()
        .filter(|warning| warning["kind"] == kind)
        .map(|warning| warning["subject"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn a_run_on_its_machine_records_the_definition_and_what_is_in_force() {
    let place = place_with("steal_share = 0.125\n");
    let text = fs::read_to_string(place.path().join("m.toml")).unwrap();
    let _ = place.fixture(&format!("{RUN} -- spin")).expect(0);
    let stored = place.stored();
    let environment = environment(&stored);
    assert_eq!(fact(&environment, "machine.definition"), "here");
    assert_eq!(fact(&environment, "machine.definition_verdict"), "match");
    assert_eq!(fact(&environment, "machine.taint_steal_share"), 0.125);
    assert_eq!(fact(&environment, "machine.taint_clock_share"), 0.02);
    let sha256 = fact(&environment, "machine.definition_sha256");
    use sha2::Digest;
    let wanted: String = sha2::Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(sha256, wanted.as_str());
    let line = text.lines().find(|line| line.starts_with("bench = ")).unwrap();
    let cpu = fact(&environment, "machine.bench_cpus");
    assert_eq!(line, format!("bench = {cpu}"), "the definition's CPU is measured on");
    assert!(
        stored.rows.iter().all(|row| row["cpus"][0].as_u64().unwrap().to_string() == cpu.as_str().unwrap())
    );
    assert!(warnings(&stored, "machine_drift").is_empty());
}

#[test]
fn the_thresholds_of_the_definition_decide_what_is_tainted() {
    let rules = [
        "steal_share",
        "run_queue_wait_share",
        "other_work_share",
        "switches_per_second",
        "switches_at_least",
        "clock_share",
        "quota_share",
        "throttle_count",
        "migrations_count",
        "faults_major_count",
        "swap_pages_count",
    ];
    let tainted = |limit: &str| {
        let lines: String = rules.iter().map(|rule| format!("{rule} = {limit}\n")).collect();
        let place = place_with(&lines);
        let _ = place.fixture(&format!("{RUN} -- spin")).expect(0);
        let is_tainted = |row: &Value| row["taints"].as_array().is_some_and(|taints| !taints.is_empty());
        place.stored().rows.iter().filter(|row| is_tainted(row)).count()
    };
    assert_eq!(tainted("1e30"), 0, "nothing exceeds that");
    assert!(tainted("0") > 0, "every process waits for its CPU for some nanoseconds");
}

#[test]
fn another_machine_is_refused_before_anything_is_built() {
    let place = Place::new();
    fs::write(place.path().join("m.toml"), OTHER).unwrap();
    // The workspace does not even exist.
    let refused = place.plain("run --machine m.toml --manifest-path none/Cargo.toml").expect(3);
    refused.assert_stderr_has(&[
        "this machine is not other: cpu.brand is ",
        "expected Z80",
        "bench-lab machine check",
        "--machine-mismatch mark",
    ]);
    assert!(place.run_folders().is_empty());
    let unpinned = place.plain("run --machine-mismatch mark").expect(2);
    unpinned.assert_stderr_has(&["--machine <PATH>"]);
}

#[test]
fn another_machine_is_measured_and_marked_when_that_is_wanted() {
    let place = Place::new();
    fs::write(
        place.path().join("m.toml"),
        format!("{OTHER}expect.drift.kernel.release = \"2.4\"\nknobs.governor = \"performance\"\n"),
    )
    .unwrap();
    let said = place.fixture(&format!("{RUN} --machine-mismatch mark -- spin")).expect(0);
    said.assert_stdout_has(&["cpu.brand: is ", "and the machine's definition says Z80", "says 2.4"]);
    let stored = place.stored();
    assert_eq!(warnings(&stored, "machine_mismatch"), ["cpu.brand"]);
    assert_eq!(warnings(&stored, "machine_drift"), ["kernel.release"]);
    assert_eq!(warnings(&stored, "knob_wish_not_met"), ["governor"], "nothing is tuned in this test");
    let environment = environment(&stored);
    assert_eq!(fact(&environment, "machine.definition_verdict"), "mismatch");
    assert_eq!(fact(&environment, "machine.knobs"), serde_json::json!(["governor=performance"]));
}

#[test]
fn a_cpu_of_the_definition_that_does_not_exist_refuses_unless_others_are_typed() {
    let place = Place::new();
    let _ = place.plain("machine init m.toml").expect(0);
    let path = place.path().join("m.toml");
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text
        .lines()
        .map(|line| if line.starts_with("bench = ") { "bench = \"9999\"" } else { line })
        .collect();
    fs::write(&path, lines.join("\n")).unwrap();
    let refused = place.plain("run --machine m.toml --manifest-path none/Cargo.toml").expect(3);
    refused.assert_stderr_has(&["cpus.bench: CPU 9999 does not exist", "--cpus LIST"]);
    let _ = place.fixture(&format!("{RUN} --cpus 0 -- spin")).expect(0);
    assert_eq!(fact(&environment(&place.stored()), "machine.bench_cpus"), "0");
}

#[test]
fn a_resumed_run_keeps_its_definition_or_is_refused() {
    let place = place_with("steal_share = 0.125\n");
    // Built before anybody waits for it.
    let _ = place.fixture("run --check -p truth --bench steady_divan -- spin").expect(0);
    let long = RUN.replace("--invocations 2", "--invocations 60");
    let mut runner = place
        .over_fixture(&format!("{long} -- spin"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_until(|| has_a_row(&place), "something is measured");
    signal(&runner, Signal::TERM);
    assert_eq!(wait_end(&mut runner).code(), Some(130));

    let path = place.path().join("m.toml");
    let text = fs::read_to_string(&path).unwrap();
    append(&place, "# a remark\n");
    let refused = place.fixture("run --resume").expect(5);
    refused.assert_stderr_has(&[
        "was begun under another text of the machine definition here",
        "start a new one",
    ]);
    fs::write(&path, &text).unwrap();
    let _ = place.fixture("run --resume").expect(0);
    let stored = place.stored();
    assert!(stored.is_sealed());
    let sessions = environment(&stored);
    let mut names = Vec::new();
    find(&sessions, "machine.definition", &mut names);
    assert!(!names.is_empty() && names.iter().all(|name| name == "here"), "{names:?}");
    assert_eq!(fact(&sessions, "machine.taint_steal_share"), 0.125);
}

#[test]
fn canaries_that_are_not_what_they_were_are_told_in_the_run() {
    let place = place_with("");
    let path = place.path().join("m.toml");
    let expected = "\n[canary]\nsyscall_v1 = { median_ns = 1, tolerance = 0.5 }\n";
    fs::write(&path, fs::read_to_string(&path).unwrap().replace("\n[canary]\n", expected)).unwrap();
    let mut command = place.over_fixture(&format!("{RUN} -- spin"));
    let measured = said(command.env_remove("BENCH_LAB_NO_CANARY")).expect(0);
    let stored = place.stored();
    assert_eq!(fact(&environment(&stored), "machine.canary_syscall_v1_tolerance_share"), 0.5);
    let late = fs::read_to_string(stored.folder.join("warnings.jsonl")).unwrap();
    if cfg!(debug_assertions) {
        assert!(late.contains("machine_canary_unknown") && late.contains("without optimisations"), "{late}");
    } else {
        assert!(late.contains("machine_drift"), "{late}");
    }
    measured.assert_stdout_has(&["warning  canary syscall: "]);
    assert!(stored.is_sealed());
}
