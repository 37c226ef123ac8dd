//! What holds for every Run and for every text: writing loses nothing, reading never panics.
//!
//! Files live in memory here; the store's tests have the real ones.

use std::sync::OnceLock;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use sha2::{Digest, Sha256};

use super::*;
use crate::hex::hex;
use crate::model::{Exit, FactClass, FactValue, Invocation, Reading, Run, Seal, State, TaintRule, TargetId};

/// A Run's files in memory.
#[derive(Clone)]
struct Files {
    run: Vec<u8>,
    sessions: Vec<(String, Vec<u8>)>,
    invocations: Vec<u8>,
    looks: Vec<u8>,
    warnings: Vec<u8>,
    seal: Option<Vec<u8>>,
}

fn write(run: &Run) -> Files {
    Files {
        run: run_document(run).unwrap(),
        sessions: run.sessions.iter().map(|one| (session_file(one.number), session_document(one))).collect(),
        invocations: run.all_invocations().flat_map(invocation_line).collect(),
        looks: run.looks.iter().flat_map(|look| look_line(look, &run.benchmarks).unwrap()).collect(),
        warnings: Vec::new(),
        seal: None,
    }
}

fn seal(files: &mut Files, invocation_count: usize) -> Seal {
    let seal = Seal {
        sealed_at: "2026-01-02T03:04:05Z".into(),
        invocation_count: u32::try_from(invocation_count).unwrap(),
        canary_count: 0,
        invocations_sha256: hex(&Sha256::digest(&files.invocations)),
        cut_short: None,
    };
    files.seal = Some(seal_document(&seal));
    seal
}

fn read(id: &str, files: &Files) -> Result<StoredRun, FormatError> {
    let mut reader = RunReader::new(id, &files.run)?;
    for (name, bytes) in &files.sessions {
        reader.session(name, bytes)?;
    }
    for piece in files.invocations.split_inclusive(|byte| *byte == b'\n') {
        reader.invocation(piece)?;
    }
    files.looks.split_inclusive(|byte| *byte == b'\n').try_for_each(|piece| reader.look(piece))?;
    files.warnings.split_inclusive(|byte| *byte == b'\n').try_for_each(|piece| reader.warning(piece))?;
    if let Some(bytes) = &files.seal {
        reader.seal(bytes)?;
    }
    Ok(reader.finish())
}

/// A small Run that the tests below break.
fn some_run() -> Run {
    static RUN: OnceLock<Run> = OnceLock::new();
    let find = || {
        let mut runner = TestRunner::deterministic();
        let runs = std::iter::repeat_with(|| generate::run().new_tree(&mut runner).unwrap().current());
        let mut fitting = runs.filter(|run| {
            run.canary.kernels.is_empty() && run.invocations.len() == 4 && run.sessions.len() > 1
        });
        fitting.next().unwrap()
    };
    RUN.get_or_init(find).clone()
}

fn bare_invocation(index: u32) -> Invocation {
    Invocation {
        index,
        session: 1,
        target: TargetId::new("package", "target"),
        arguments: Vec::new(),
        cpus: Vec::new(),
        padding_bytes: 0,
        started_at: String::new(),
        wall_ns: 0,
        exit: Exit::NotStarted,
        observations: Vec::new(),
        signals: [("clock_ghz".to_owned(), Reading::Value(f64::NAN))].into(),
        taints: Vec::new(),
        warnings: Vec::new(),
    }
}

fn kinds(stored: &StoredRun) -> Vec<&str> {
    stored.run.warnings.iter().map(|warning| warning.kind.as_str()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_written_run_reads_back_whole(run in generate::run()) {
        let stored = read(&run.id, &write(&run)).unwrap();
        prop_assert_eq!(stored, StoredRun { run, damage: Vec::new() });
    }

    #[test]
    fn a_late_warning_stands_behind_those_of_the_start(run in generate::run(), late in generate::warning()) {
        let mut files = write(&run);
        files.warnings = warning_line(&late);
        let stored = read(&run.id, &files).unwrap();
        let wanted: Vec<_> = run.warnings.iter().chain([&late]).cloned().collect();
        prop_assert_eq!(stored.run.warnings, wanted);
    }

    #[test]
    fn a_seal_holds_for_the_bytes_it_was_made_for(run in generate::run()) {
        let mut files = write(&run);
        let seal = seal(&mut files, run.all_invocations().count());
        let stored = read(&run.id, &files).unwrap();
        prop_assert_eq!(stored.run.state, State::Sealed(seal));
        prop_assert_eq!(stored.damage, Vec::new());
    }

    #[test]
    fn the_head_counts_what_the_run_lists(run in generate::run()) {
        let head = read_head(&run_document(&run).unwrap()).unwrap();
        prop_assert_eq!(head.target_count, run.targets.len());
        prop_assert_eq!(head.benchmark_count, run.benchmarks.len());
        let scheduled = run.schedule.iter().filter(|scheduled| !scheduled.is_canary()).count();
        prop_assert_eq!(head.scheduled_count, scheduled);
        let added: usize = write(&run).looks.split_inclusive(|byte| *byte == b'\n').map(added_by_look).sum();
        let all = run.whole_schedule().filter(|scheduled| !scheduled.is_canary()).count();
        prop_assert_eq!(scheduled + added, all);
        prop_assert_eq!((head.created_at, head.revision), (run.created_at, run.revision));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in any::<Vec<u8>>()) {
        prop_assert!(RunReader::new("id", &bytes).is_err());
        prop_assert!(read_head(&bytes).is_err());
        let mut files = write(&some_run());
        files.sessions.push(("environment.9.json".into(), bytes.clone()));
        files.invocations.extend(&bytes);
        (files.looks, files.warnings) = (bytes.clone(), bytes.clone());
        files.seal = Some(bytes);
        let stored = read("id", &files).unwrap();
        prop_assert!(!stored.damage.is_empty());
    }

    #[test]
    fn one_changed_byte_anywhere_is_survived(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let run = some_run();
        let mut files = write(&run);
        seal(&mut files, run.invocations.len());
        let parts = [files.run.len(), files.sessions[0].1.len(), files.invocations.len()];
        let mut at = at.index(parts.iter().sum());
        let part = parts.iter().take_while(|length| at >= **length && { at -= **length; true }).count();
        let target = [&mut files.run, &mut files.sessions[0].1, &mut files.invocations];
        let before = std::mem::replace(&mut target.into_iter().nth(part).unwrap()[at], byte);
        match read(&run.id, &files) {
            Ok(stored) if part == 2 && before != byte => {
                // Whatever the change did to the line, the seal tells.
                let is_seen = stored.damage.iter().any(|one| matches!(one, Damage::DigestDiffers { .. }));
                prop_assert!(is_seen);
            }
            Ok(_) | Err(_) => {}
        }
    }
}

#[test]
fn a_file_cut_at_any_byte_gives_every_line_before_the_cut() {
    let run = some_run();
    let files = write(&run);
    for cut in 0..files.invocations.len() {
        let mut files = files.clone();
        files.invocations.truncate(cut);
        let whole = files.invocations.iter().filter(|byte| **byte == b'\n').count();
        let is_torn = files.invocations.last().is_some_and(|byte| *byte != b'\n');
        let stored = read(&run.id, &files).unwrap();
        assert_eq!(stored.run.invocations, run.invocations[..whole], "cut at {cut}");
        let is_noted = matches!(stored.damage[..], [Damage::TornLine { .. }]);
        assert_eq!((is_noted, stored.damage.len()), (is_torn, usize::from(is_torn)), "cut at {cut}");
    }
}

#[test]
fn a_cut_sealed_run_is_damaged_and_says_so_first() {
    let run = some_run();
    let mut files = write(&run);
    seal(&mut files, 4);
    files.invocations.pop();
    let stored = read(&run.id, &files).unwrap();
    assert_eq!(stored.run.invocations, run.invocations[..3]);
    assert_eq!(stored.damage[0], Damage::CountDiffers { sealed: 4, found: 3 });
    assert!(matches!(stored.damage[1], Damage::DigestDiffers { .. }));
    assert_eq!(kinds(&stored)[..3], ["damaged", "damaged", "torn_line"]);
}

#[test]
fn an_unreadable_line_costs_itself_and_names_its_place() {
    let run = some_run();
    let mut files = write(&run);
    let lines: Vec<Vec<u8>> = run.invocations.iter().map(invocation_line).collect();
    files.invocations = [&lines[0][..], b"{\"format\":1,\n", &lines[2], &lines[3]].concat();
    let stored = read(&run.id, &files).unwrap();
    assert_eq!(stored.run.invocations.len(), 3);
    let [Damage::Unreadable { place, .. }] = &stored.damage[..] else { panic!("{:?}", stored.damage) };
    assert_eq!(place.to_string(), "invocations.jsonl line 2");
    assert_eq!(stored.run.warnings[0].subject, "invocations.jsonl line 2");
}

#[test]
fn a_newer_version_is_refused_wherever_it_stands() {
    let run = some_run();
    let sound = write(&run);
    let newer = br#"{"format":7,"anything":[]}"#;
    let mut broken = vec![sound.clone(); 5];
    broken[0].run = newer.to_vec();
    broken[1].sessions[1].1 = newer.to_vec();
    broken[2].invocations.extend([&newer[..], b"\n"].concat());
    broken[3].warnings.extend([&newer[..], b"\n"].concat());
    broken[4].seal = Some(newer.to_vec());
    let places =
        ["run.json", "environment.2.json", "invocations.jsonl line 5", "warnings.jsonl line 1", "seal.json"];
    for (files, place) in broken.iter().zip(places) {
        let error = read(&run.id, files).unwrap_err().to_string();
        let wanted = format!(
            "{place} has format version 7, and this bench-lab reads up to version 1: update bench-lab"
        );
        assert_eq!(error, wanted);
    }
    // A later version that looks just like this one is refused as well.
    let text = String::from_utf8(sound.run).unwrap().replacen("\"format\": 1", "\"format\": 2", 1);
    assert!(matches!(RunReader::new("id", text.as_bytes()), Err(FormatError::Newer { found: 2, .. })));
}

#[test]
fn an_unknown_field_is_ignored_and_named_once_per_file() {
    let run = some_run();
    let mut files = write(&run);
    let text = String::from_utf8(files.invocations).unwrap();
    files.invocations = text.replace("\"format\":1,", "\"format\":1,\"joules\":[2],").into_bytes();
    let text = String::from_utf8(files.run).unwrap();
    files.run = text.replace("\"seed\"", "\"spice\": {\"hot\":1}, \"seed\"").into_bytes();
    let stored = read(&run.id, &files).unwrap();
    assert_eq!(stored.damage, Vec::new());
    assert_eq!(stored.run.invocations, run.invocations);
    let unknown: Vec<String> =
        stored.run.warnings[run.warnings.len()..].iter().map(|one| one.to_string()).collect();
    assert_eq!(unknown.len(), 2, "{unknown:?}");
    assert!(
        unknown[0].starts_with("invocations.jsonl: the field `joules` (4 times) is unknown"),
        "{unknown:?}"
    );
    assert!(unknown[1].starts_with("run.json: the field `plan.spice` is unknown"), "{unknown:?}");
}

#[test]
fn what_a_later_lab_may_name_costs_that_alone() {
    let run = some_run();
    let mut files = write(&run);
    let mut line = bare_invocation(9);
    line.taints.push(crate::model::Taint { rule: TaintRule::Steal, detail: "much".into() });
    let text = String::from_utf8(invocation_line(&line)).unwrap();
    files.invocations = text.replace("\"steal\"", "\"cosmic_rays\"").into_bytes();
    let mut session = run.sessions[0].clone();
    session.environment.facts.clear();
    session.environment.insert("moon", FactClass::Machine, "sky", FactValue::Integer(3));
    session.environment.insert("tide", FactClass::Machine, "sea", FactValue::Integer(4));
    let text = String::from_utf8(session_document(&session)).unwrap();
    let text = text.replace("\"value\":3", "\"value\":{\"phase\":3}").replacen(
        "\"source\":\"sea\",\"class\":\"machine\"",
        "\"source\":\"sea\",\"class\":\"sky\"",
        1,
    );
    files.sessions[0].1 = text.into_bytes();
    let stored = read(&run.id, &files).unwrap();
    assert_eq!(stored.damage, Vec::new());
    let taint = &stored.run.invocations[0].warnings[0];
    assert_eq!((taint.kind.as_str(), taint.subject.as_str()), ("unknown_taint", "cosmic_rays"));
    let facts = &stored.run.sessions[0].environment.facts;
    assert!(matches!(facts["moon"].value, FactValue::Absent(_)));
    assert_eq!(facts["tide"].class, FactClass::Explanation);
    assert_eq!(kinds(&stored)[run.warnings.len()..], ["unknown_fact", "unknown_fact"]);
}

#[test]
fn facts_that_were_edited_by_hand_are_noticed() {
    let run = some_run();
    let mut files = write(&run);
    let mut session = run.sessions[0].clone();
    session.environment.insert("cpu.model", FactClass::Machine, "/proc/cpuinfo", FactValue::Text("A".into()));
    let text = String::from_utf8(session_document(&session)).unwrap();
    files.sessions[0].1 = text.replace("\"value\":\"A\"", "\"value\":\"B\"").into_bytes();
    let stored = read(&run.id, &files).unwrap();
    assert_eq!(stored.damage, [Damage::EnvironmentDiffers { file: "environment.json".into() }]);
    assert_eq!(stored.run.warnings[0].kind, "damaged");
}

#[test]
fn a_session_that_is_missing_or_broken_is_named_once() {
    let run = some_run();
    let mut files = write(&run);
    files.sessions.remove(0);
    let stored = read(&run.id, &files).unwrap();
    assert_eq!(stored.damage, [Damage::MissingFile { file: "environment.json".into() }]);
    assert_eq!(stored.run.invocations, run.invocations);

    let mut files = write(&run);
    files.sessions[0].1.truncate(20);
    let stored = read(&run.id, &files).unwrap();
    assert!(
        matches!(&stored.damage[..], [Damage::Unreadable { place, .. }] if place.file == "environment.json")
    );
}

#[test]
fn a_schedule_that_points_beyond_the_benchmarks_is_refused() {
    let mut run = some_run();
    let stranger = crate::model::BenchmarkId::new(TargetId::new("other", "target"), "path");
    run.schedule =
        vec![crate::model::Scheduled { index: 3, block: 0, benchmarks: vec![stranger], padding_bytes: 0 }];
    let error = run_document(&run).unwrap_err().to_string();
    assert!(error.contains("invocation 3 of the schedule names other/target/path"), "{error}");

    run.schedule[0].benchmarks = vec![run.benchmarks[0].id.clone()];
    run.benchmarks.truncate(1);
    let text = String::from_utf8(run_document(&run).unwrap()).unwrap();
    let written = "\"benchmarks\":[0]";
    assert!(text.contains(written), "{text}");
    let text = text.replace(written, "\"benchmarks\":[99]");
    let error = RunReader::new("id", text.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("names benchmark 99"), "{error}");
}

#[test]
fn an_invocation_that_stands_twice_is_kept_twice_and_named() {
    let run = some_run();
    let mut files = write(&run);
    files.invocations.extend(invocation_line(&run.invocations[1]));
    let stored = read(&run.id, &files).unwrap();
    assert_eq!(stored.run.invocations.len(), 5);
    assert_eq!(stored.run.warnings.last().unwrap().kind, "repeated_invocation");
}

#[test]
fn a_reading_that_is_no_number_comes_back_as_none() {
    let files = Files { invocations: invocation_line(&bare_invocation(0)), ..write(&some_run()) };
    let stored = read("id", &files).unwrap();
    let reading = &stored.run.invocations[0].signals["clock_ghz"];
    assert!(matches!(reading, Reading::Value(value) if value.is_nan()), "{reading:?}");

    let mut session = some_run().sessions[0].clone();
    session.environment.insert("nan", FactClass::Machine, "", FactValue::Number(f64::NAN));
    session.environment.insert("text", FactClass::Machine, "", FactValue::Text("NaN".into()));
    let mut files = files;
    files.sessions[0].1 = session_document(&session);
    let stored = read("id", &files).unwrap();
    let facts = &stored.run.sessions[0].environment.facts;
    assert!(matches!(facts["nan"].value, FactValue::Number(value) if value.is_nan()));
    assert_eq!(facts["text"].value, FactValue::Text("NaN".into()));
    assert!(!stored.damage.iter().any(|one| matches!(one, Damage::EnvironmentDiffers { .. })));
}

#[test]
fn deep_nesting_is_an_error_and_not_a_crash() {
    let deep = [b"{\"format\":1,\"facts\":".to_vec(), vec![b'['; 100_000]].concat();
    assert!(matches!(RunReader::new("id", &deep), Err(FormatError::Json { .. })));
    let mut files = write(&some_run());
    files.invocations = [&deep[..], b"\n"].concat();
    files.sessions[0].1 = deep;
    assert_eq!(read("id", &files).unwrap().damage.len(), 2);
}

#[test]
fn a_line_of_any_length_is_taken_in_pieces() {
    let run = some_run();
    let late = crate::model::Warning::new("given_up", "", "text");
    let mut reader = RunReader::new(&run.id, &run_document(&run).unwrap()).unwrap();
    for session in &run.sessions {
        reader.session(&session_file(session.number), &session_document(session)).unwrap();
    }
    let piece = vec![0; LINE_BYTES_MAX];
    reader.warning(&warning_line(&late)).unwrap();
    reader.warning(&piece).unwrap();
    reader.warning(&piece).unwrap();
    reader.warning(b"}\n").unwrap();
    reader.warning(&warning_line(&late)).unwrap();
    let stored = reader.finish();
    assert!(stored.run.warnings.ends_with(&[late.clone(), late]));
    let [Damage::Unreadable { place, .. }] = &stored.damage[..] else { panic!("{:?}", stored.damage) };
    assert_eq!(*place, Place::line(WARNINGS_FILE, 2));
}
