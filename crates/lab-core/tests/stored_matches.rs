//! Every match that a released version wrote stays readable, to the last field, and damage costs what is damaged.
//!
//! The fixture is never rewritten: a change of the format gets a folder of its own beside it.

#![expect(clippy::disallowed_methods, reason = "the law is for the crate; its test has fixtures to read")]

#[path = "expected/matches.rs"]
mod expected;

use std::fs;
use std::path::{Path, PathBuf};

use lab_core::compare::{
    Doubt, Equivalence, EvidenceKind, Obstacle, Verdict, compare_match, policy_of_match,
};
use lab_core::format::{
    DUELS_FILE, FormatError, LAUNCHES_FILE, MATCH_FILE, MatchReader, SEAL_FILE, StoredMatch, duel_line,
    launch_line, match_document, match_seal_document, read_match_head, read_match_seal, session_document,
    session_file,
};
use lab_core::model::{
    CALLGRIND, Counted, FactClass, FactValue, Match, MatchState, Side, Testimony, WitnessSource,
};
use lab_core::policy::Policy;

use expected::{MATCH, a_match};

fn fixture(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/matches/v1").join(MATCH).join(file)
}

fn bytes(file: &str) -> Vec<u8> {
    fs::read(fixture(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Reads the fixture with some of its files changed.
fn read_with(change: impl Fn(&str, Vec<u8>) -> Vec<u8>) -> Result<StoredMatch, FormatError> {
    let file = |name: &str| change(name, bytes(name));
    let mut reader = MatchReader::new(MATCH, &file(MATCH_FILE))?;
    reader.session(&session_file(1), &file(&session_file(1)))?;
    for piece in file(DUELS_FILE).split_inclusive(|byte| *byte == b'\n') {
        reader.duel(piece)?;
    }
    for piece in file(LAUNCHES_FILE).split_inclusive(|byte| *byte == b'\n') {
        reader.launch(piece)?;
    }
    let seal = file(SEAL_FILE);
    if !seal.is_empty() {
        reader.seal(&seal)?;
    }
    Ok(reader.finish())
}

fn written() -> Vec<(String, Vec<u8>)> {
    let one = a_match();
    let MatchState::Sealed(seal) = &one.state else { panic!("not sealed") };
    vec![
        (MATCH_FILE.into(), match_document(&one)),
        (session_file(1), session_document(&one.sessions[0])),
        (DUELS_FILE.into(), one.duels.iter().flat_map(duel_line).collect()),
        (LAUNCHES_FILE.into(), one.launches.iter().flat_map(launch_line).collect()),
        (SEAL_FILE.into(), match_seal_document(seal)),
    ]
}

#[test]
fn a_match_of_version_1_reads_as_it_was_measured() {
    let stored = read_with(|_, bytes| bytes).unwrap();
    assert_eq!(stored, StoredMatch { content: a_match(), is_damaged: false });
    let head = read_match_head(&bytes(MATCH_FILE)).unwrap();
    assert_eq!((head.names, head.benchmark_count), (["main".into(), "working tree".into()], 3));
    assert_eq!(read_match_seal(&bytes(SEAL_FILE)).unwrap().launch_count, 4);
}

/// Version 1 is the newest, so the very bytes are written still; a later version drops this test and keeps the
/// reading one.
#[test]
fn the_newest_version_is_written_as_its_fixture_stands() {
    for (file, written) in written() {
        assert_eq!(String::from_utf8(written).unwrap(), String::from_utf8(bytes(&file)).unwrap(), "{file}");
    }
}

#[test]
fn a_torn_line_costs_itself_and_a_changed_one_the_trust() {
    let unsealed = |cut: usize| {
        read_with(|file, mut bytes| {
            match file {
                LAUNCHES_FILE => bytes.truncate(bytes.len() - cut),
                SEAL_FILE => bytes.clear(),
                _ => {}
            }
            bytes
        })
        .unwrap()
    };
    let torn = unsealed(30);
    assert_eq!(
        (torn.content.state, torn.content.launches.len(), torn.is_damaged),
        (MatchState::Open, 3, false)
    );
    assert_eq!(torn.content.warnings[0].kind, "torn_line");

    let changed = read_with(|file, bytes| match file {
        LAUNCHES_FILE => String::from_utf8(bytes).unwrap().replace("530250", "503250").into_bytes(),
        _ => bytes,
    });
    let changed = changed.unwrap();
    assert!(changed.is_damaged);
    assert_eq!(changed.content.warnings[0].kind, "damaged");
}

#[test]
fn a_line_that_cannot_be_read_is_left_out_and_a_newer_version_stops_the_reading() {
    let odd = read_with(|file, bytes| match file {
        DUELS_FILE => [b"{}\n".as_slice(), &bytes].concat(),
        _ => bytes,
    });
    let odd = odd.unwrap();
    assert_eq!((odd.content.duels.len(), odd.is_damaged), (3, true));
    assert_eq!(odd.content.warnings[0].subject, "duels.jsonl line 1");
    for name in [MATCH_FILE, DUELS_FILE, LAUNCHES_FILE, SEAL_FILE] {
        let newer = read_with(|file, bytes| {
            let text = String::from_utf8(bytes).unwrap();
            let text = if file == name { text.replacen("\"format\":1", "\"format\":2", 1) } else { text };
            let text = if file == name { text.replacen("\"format\": 1", "\"format\": 2", 1) } else { text };
            text.into_bytes()
        });
        assert!(matches!(newer, Err(FormatError::Newer { found: 2, .. })), "{name}");
    }
}

#[test]
fn each_side_is_an_extract_whose_equal_bytes_count_only_where_the_duel_says_so() {
    let mut one = a_match();
    let candidate = one.extract(Side::Candidate);
    assert_eq!(candidate.environment.text("rustc.release"), Some("1.95.0"));
    assert_eq!(candidate.environment.text("cpu.model"), Some("AMD EPYC 7B13"));
    assert_eq!(candidate.benchmarks[0].calibration.0["primary"], "cycles");
    assert!(candidate.targets[0].sha256.is_some(), "one duel of the target is identical");
    one.duels.pop();
    assert!(one.extract(Side::Candidate).targets[0].sha256.is_none());
    assert_eq!(one.extract(Side::Baseline).benchmarks[2].id.path, "between");
}

#[test]
fn a_match_is_judged_with_what_failed_what_is_identical_and_what_had_no_turn_yet() {
    let mut one = a_match();
    one.plan.metric = None;
    one.sides[0].targets = one.sides[1].targets.clone();
    let mut policy = policy_of_match(&Policy::default(), &one.plan);
    let range = "reedbase/point/range".to_owned();
    policy.renamed.insert(range, "reedbase/point/between".into());
    let verdict = |one: &Match, path: &str| {
        let comparison = compare_match(one, &policy).unwrap();
        comparison.changes.into_iter().find(|change| change.benchmark.path == path).unwrap()
    };
    let broken = verdict(&one, "range");
    let wanted = Obstacle::NotMeasured { side: Side::Candidate, why: "panicked".into() };
    assert_eq!(broken.verdict, Verdict::NotComparable(wanted));
    assert_eq!(verdict(&one, "scan").verdict, Verdict::Equivalent(Equivalence::Identical));
    let get = verdict(&one, "get");
    assert_eq!((get.metric.0.as_str(), get.count), ("cycles", 1), "as the terms say");
    assert_eq!(get.typical.candidate.map(|cycles| (cycles * 1e3).round()), Some(317_775.0));

    one.duels.retain(|duel| duel.benchmark.path != "scan");
    let waiting = verdict(&one, "scan");
    assert_eq!(waiting.verdict, Verdict::Inconclusive(Doubt::TooFew { count: 0, needed: 10 }));
    assert_eq!(waiting.evidence, Some(EvidenceKind::Duel));
}

#[test]
fn a_compiler_that_a_revision_changes_stands_in_the_way_of_nothing() {
    let mut one = a_match();
    let newer = FactValue::Text("1.96.0".into());
    one.sides[1].environment.insert("rustc.release", FactClass::Build, "rustc -vV", newer);
    let judged = |policy: &Policy| {
        let comparison = compare_match(&one, policy).unwrap();
        comparison.differences.iter().any(|difference| difference.decisive.is_some())
    };
    assert!(judged(&Policy::default()));
    assert!(!judged(&policy_of_match(&Policy::default(), &one.plan)));
}

#[test]
fn what_a_witness_counted_is_read_back_as_it_was_written() {
    let counted = |instructions| Counted { instructions, spread: 0.000_125 };
    let of = |counted| Testimony { source: CALLGRIND.into(), counted };
    let testimonies =
        [of(Ok([counted(6114.5), counted(6236.0)])), of(Err("reads the clock".to_owned()))].map(Some);
    for source in WitnessSource::ALL {
        let mut one = a_match();
        one.plan.witness = source;
        one.plan.layouts = Some(12);
        for (duel, testimony) in one.duels.iter_mut().zip(testimonies.clone()) {
            duel.testimony = testimony;
        }
        let mut reader = MatchReader::new(MATCH, &match_document(&one)).unwrap();
        for duel in &one.duels {
            reader.duel(&duel_line(duel)).unwrap();
        }
        let read = reader.finish().content;
        assert_eq!((read.plan, read.duels), (one.plan, one.duels));
    }
}
