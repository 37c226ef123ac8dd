//! Every Run that a released version wrote stays readable, to the last field.
//!
//! The fixtures are never rewritten: a change of the format gets a folder of its own beside them.

#![allow(clippy::unwrap_used, reason = "a fixture that cannot be read fails its test")]
#![expect(clippy::disallowed_methods, reason = "the law is for the crate; its test has fixtures to read")]

mod expected;

use std::fs;
use std::path::{Path, PathBuf};

use lab_core::format::{
    BASELINE_FILE, BENCHMARKS_FILE, BaselineFiles, Damage, FormatError, INVOCATIONS_FILE, LOOKS_FILE,
    RUN_FILE, RunReader, SEAL_FILE, StoredRun, WARNINGS_FILE, baseline_files, invocation_line, look_line,
    read_baseline, run_document, seal_document, session_document, session_file, warning_line,
};
use lab_core::model::{Baseline, Extract, Run, State};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/runs/v1").join(name)
}

fn bytes(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn lines(path: &Path) -> Vec<Vec<u8>> {
    bytes(path).split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

fn read(name: &str) -> StoredRun {
    read_folder(name, &fixture(name)).expect("a fixture is of a version that can be read")
}

fn read_folder(name: &str, folder: &Path) -> Result<StoredRun, FormatError> {
    let mut reader = RunReader::new(name, &bytes(&folder.join(RUN_FILE)))?;
    for number in 1..=2 {
        let file = session_file(number);
        if folder.join(&file).exists() {
            reader.session(&file, &bytes(&folder.join(&file)))?;
        }
    }
    for line in lines(&folder.join(INVOCATIONS_FILE)) {
        reader.invocation(&line)?;
    }
    if folder.join(LOOKS_FILE).exists() {
        for line in lines(&folder.join(LOOKS_FILE)) {
            reader.look(&line)?;
        }
    }
    if folder.join(WARNINGS_FILE).exists() {
        for line in lines(&folder.join(WARNINGS_FILE)) {
            reader.warning(&line)?;
        }
    }
    if folder.join(SEAL_FILE).exists() {
        reader.seal(&bytes(&folder.join(SEAL_FILE)))?;
    }
    Ok(reader.finish())
}

#[test]
fn a_finished_run_of_version_1_reads_as_it_was_measured() {
    let stored = read(expected::FINISHED);
    assert_eq!(stored.damage, Vec::new());
    assert_eq!(stored.run, expected::finished());
}

#[test]
fn an_interrupted_run_of_version_1_reads_up_to_its_torn_line() {
    let stored = read(expected::INTERRUPTED);
    let [Damage::TornLine { place, torn_bytes: 120 }] = &stored.damage[..] else {
        panic!("{:?}", stored.damage)
    };
    assert_eq!(place.to_string(), "invocations.jsonl line 3");
    let finished = expected::finished();
    assert_eq!(stored.run.state, State::Open);
    assert_eq!(stored.run.invocations, finished.invocations[..2]);
    assert_eq!(stored.run.sessions, finished.sessions[..1]);
    let kinds: Vec<&str> = stored.run.warnings.iter().map(|warning| warning.kind.as_str()).collect();
    assert_eq!(kinds, ["torn_line", "flags_ignored"]);
}

#[test]
fn a_run_with_canaries_of_version_1_keeps_them_apart_from_its_benchmarks() {
    let stored = read(expected::WITH_CANARIES);
    assert_eq!(stored.damage, Vec::new());
    assert_eq!(stored.run, expected::with_canaries());
    assert_eq!((stored.run.invocations.len(), stored.run.canary.invocations.len()), (1, 1));
}

#[test]
fn a_run_that_grew_of_version_1_keeps_its_looks_and_what_they_added() {
    let stored = read(expected::GROWN);
    assert_eq!(stored.damage, Vec::new());
    assert_eq!(stored.run, expected::grown());
    assert_eq!(stored.run.whole_schedule().count(), 4);
}

#[test]
fn a_run_of_version_1_that_nix_built_keeps_its_provenance() {
    let stored = read(expected::PREBUILT);
    assert_eq!(stored.damage, Vec::new());
    assert_eq!(stored.run, expected::prebuilt());
}

/// Version 1 is the newest, so the very bytes are written still; a later version drops this test and keeps the
/// reading ones.
#[test]
fn the_newest_version_is_written_as_its_fixtures_stand() {
    for run in [expected::finished(), expected::with_canaries(), expected::grown(), expected::prebuilt()] {
        assert_written_as_stored(&run);
    }
}

fn assert_written_as_stored(run: &Run) {
    let folder = fixture(&run.id);
    let is_as_stored = |file: &str, bytes: Vec<u8>| {
        let stored = fs::read_to_string(folder.join(file)).expect("a fixture and what is written are text");
        assert_eq!(
            String::from_utf8(bytes).expect("a fixture and what is written are text"),
            stored,
            "{file}"
        );
    };
    let State::Sealed(seal) = &run.state else { panic!("not sealed") };
    let mut head = run.clone();
    let late = head.warnings.split_off(1.min(head.warnings.len()));
    if !run.looks.is_empty() {
        let looks = run.looks.iter().flat_map(|look| look_line(look, &run.benchmarks).unwrap()).collect();
        is_as_stored(LOOKS_FILE, looks);
    }
    is_as_stored(RUN_FILE, run_document(&head).expect("a fixture and what is written are text"));
    if !late.is_empty() {
        is_as_stored(WARNINGS_FILE, late.iter().flat_map(warning_line).collect());
    }
    is_as_stored(INVOCATIONS_FILE, run.all_invocations().flat_map(invocation_line).collect());
    is_as_stored(SEAL_FILE, seal_document(seal));
    for session in &run.sessions {
        is_as_stored(&session_file(session.number), session_document(session));
    }
}

fn kept() -> Baseline {
    let extract = Extract::of_run(&expected::finished());
    Baseline::new(extract, "2026-08-02T09:00:00Z".into(), Some("before the new page format".into()))
}

fn kept_files() -> BaselineFiles {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/baselines/v1/main");
    BaselineFiles {
        head: bytes(&folder.join(BASELINE_FILE)),
        environment: Some(bytes(&folder.join(session_file(1)))),
        benchmarks: bytes(&folder.join(BENCHMARKS_FILE)),
    }
}

#[test]
fn a_baseline_of_version_1_reads_as_it_was_kept() {
    let (baseline, warnings) = read_baseline(&kept_files()).unwrap();
    assert_eq!(warnings, []);
    assert_eq!(baseline, kept());
}

/// As above: a later version drops this test and keeps the reading one.
#[test]
fn the_newest_baseline_is_written_as_its_fixture_stands() {
    let (written, stored) = (baseline_files(&kept()), kept_files());
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    assert_eq!(text(&written.head), text(&stored.head));
    assert_eq!(text(&written.environment.unwrap()), text(&stored.environment.unwrap()));
    assert_eq!(text(&written.benchmarks), text(&stored.benchmarks));
}

#[test]
fn a_damaged_baseline_is_refused_with_file_and_line() {
    let refused = |change: &dyn Fn(&mut BaselineFiles)| {
        let mut files = kept_files();
        change(&mut files);
        read_baseline(&files).unwrap_err().to_string()
    };
    let conflict = refused(&|files| files.benchmarks.splice(0..0, *b"<<<<<<< HEAD\n").for_each(drop));
    assert!(conflict.starts_with("benchmarks.jsonl line 1 cannot be read"), "{conflict}");
    let torn = refused(&|files| files.benchmarks.truncate(files.benchmarks.len() - 20));
    assert!(torn.starts_with("benchmarks.jsonl line 4 cannot be read"), "{torn}");
    let newer = refused(&|files| {
        files.head = String::from_utf8(files.head.clone())
            .unwrap()
            .replace("\"format\": 1", "\"format\": 9")
            .into_bytes();
    });
    assert!(
        newer.contains("baseline.json has format version 9") && newer.ends_with("update bench-lab"),
        "{newer}"
    );
    let short = refused(&|files| {
        let text = String::from_utf8(files.benchmarks.clone()).unwrap();
        files.benchmarks = text.replacen("\"column_count\":", "\"column_count\":1", 1).into_bytes();
    });
    assert!(short.starts_with("benchmarks.jsonl line 1 cannot be read: "), "{short}");
}
