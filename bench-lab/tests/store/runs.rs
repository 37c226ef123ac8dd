//! Making, finding, reading, resuming, sealing and removing Runs.
//!
//! Each test has a store of its own.

use std::fs;

use bench_lab::store::{ReferenceError, Store, StoreError};
use lab_core::format::{Damage, FormatError, LOOKS_FILE};
use lab_core::model::{LookEnd, LookRecord, Spent, State, Warning};

use super::sample::{ID, at, invocation, invocations, run, session, store};

#[test]
fn a_run_reads_back_as_it_was_measured() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let planned = run(3);
    let mut open = store.create_run(&planned).unwrap();
    assert_eq!(open.id(), ID);
    for invocation in invocations(3) {
        open.append(&invocation).unwrap();
    }
    let late = Warning::new("given_up", "reedbase/core", "failed too often");
    open.add_warning(&late).unwrap();
    open.add_warning(&late).unwrap();
    let seal = open.seal(Some("budget of 600 s reached".into())).unwrap();

    let stored = store.load("latest").unwrap();
    assert_eq!(stored.damage, Vec::new());
    let mut wanted = planned;
    wanted.id = ID.into();
    wanted.invocations = invocations(3);
    wanted.warnings = vec![late.clone(), late];
    wanted.state = State::Sealed(seal);
    assert_eq!(stored.run, wanted);
}

#[test]
fn looks_are_kept_in_order_and_what_a_crash_left_of_the_last_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let planned = run(3);
    let open_look = |number: u32| LookRecord {
        number,
        looked_at: "2026-08-01T10:15:00Z".into(),
        invocation_count: 10 * number,
        ended: vec![LookEnd {
            benchmark: planned.benchmarks[0].id.clone(),
            spent: Spent::Decided("regressed".into()),
        }],
        schedule: planned.schedule.clone(),
    };
    let mut open = store.create_run(&planned).unwrap();
    open.add_look(&open_look(1), &planned.benchmarks).unwrap();
    open.add_look(&open_look(2), &planned.benchmarks).unwrap();
    let path = open.folder().join(LOOKS_FILE);
    drop(open);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 9]).unwrap();
    assert_eq!(store.list().unwrap()[0].content.as_ref().unwrap().head.scheduled_count, 6);

    let resumed = store.resume(ID).unwrap();
    assert_eq!(resumed.stored.run.looks, [open_look(1)]);
    assert!(resumed.stored.run.warnings.iter().any(|warning| warning.kind == "torn_line"));
    let mut open = resumed.open;
    open.add_look(&open_look(2), &planned.benchmarks).unwrap();
    open.seal(None).unwrap();
    let stored = store.load("latest").unwrap();
    assert_eq!((stored.run.looks, stored.damage), (vec![open_look(1), open_look(2)], Vec::new()));
    assert_eq!(fs::read(&path).unwrap(), whole);
}

#[test]
fn a_run_that_holds_invocations_already_is_stored_with_them() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let mut measured = run(4);
    measured.invocations = invocations(2);
    let mut open = store.create_run(&measured).unwrap();
    open.append(&invocation(2)).unwrap();
    assert_eq!(open.seal(None).unwrap().invocation_count, 3);
    let stored = store.load("latest").unwrap();
    assert_eq!((stored.run.invocations, stored.damage), (invocations(3), Vec::new()));
}

#[test]
fn runs_of_the_same_second_and_commit_get_ids_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let ids: Vec<String> = (0..3).map(|_| store.create_run(&run(1)).unwrap().id().to_owned()).collect();
    assert_eq!(ids, [ID.to_owned(), format!("{ID}-2"), format!("{ID}-3")]);
    let listed: Vec<String> = store.list().unwrap().into_iter().map(|run| run.id).collect();
    assert_eq!(listed, ids);
    assert_eq!(store.load("latest").unwrap().run.id, ids[2]);
    assert_eq!(store.load("latest~2").unwrap().run.id, ID);
    assert_eq!(store.load(ID).unwrap().run.id, ID, "an exact id is not ambiguous");
}

#[test]
fn a_list_shows_open_sealed_and_damaged_runs() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let mut sealed = store.create_run(&run(2)).unwrap();
    sealed.append(&invocation(0)).unwrap();
    sealed.seal(None).unwrap();
    let mut open = store.create_run(&run(5)).unwrap();
    open.append(&invocation(0)).unwrap();
    open.append(&invocation(1)).unwrap();
    let broken = store.create_run(&run(1)).unwrap();
    fs::write(broken.folder().join("run.json"), "{\"format\":1,").unwrap();
    let newer = store.create_run(&run(1)).unwrap();
    fs::write(newer.folder().join("run.json"), "{\"format\":2}").unwrap();
    fs::create_dir(folder.path().join("runs/notes")).unwrap();

    let list = store.list().unwrap();
    let ids: Vec<&str> = list.iter().map(|run| run.id.as_str()).collect();
    assert_eq!(ids, ["notes", ID, &format!("{ID}-2"), &format!("{ID}-3"), &format!("{ID}-4")]);
    assert!(matches!(list[0].content, Err(StoreError::NotARun { .. })));
    let first = list[1].content.as_ref().unwrap();
    assert_eq!((first.finished_count, first.head.scheduled_count), (1, 2));
    assert!(first.seal.is_some());
    let second = list[2].content.as_ref().unwrap();
    assert_eq!((second.finished_count, second.head.scheduled_count, &second.seal), (2, 5, &None));
    assert!(matches!(list[3].content, Err(StoreError::Format { .. })));
    let why = list[4].content.as_ref().unwrap_err().to_string();
    assert!(why.contains("update bench-lab"), "{why}");

    let open_ids: Vec<String> = store.open_runs().unwrap().into_iter().map(|run| run.id).collect();
    assert_eq!(open_ids, [format!("{ID}-2")]);
}

#[test]
fn a_run_of_a_newer_version_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let open = store.create_run(&run(1)).unwrap();
    let run_folder = open.folder().to_owned();
    drop(open);
    fs::write(run_folder.join("run.json"), "{\"format\":2}").unwrap();
    fs::write(run_folder.join("invocations.jsonl"), "of another kind").unwrap();
    for error in [store.resume("latest").unwrap_err(), store.load("latest").unwrap_err()] {
        let StoreError::Format { source: FormatError::Newer { found: 2, .. }, .. } = error else {
            panic!("{error}")
        };
    }
    assert_eq!(fs::read(run_folder.join("invocations.jsonl")).unwrap(), b"of another kind");
}

#[test]
fn an_open_run_has_one_writer_and_a_sealed_one_none() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let open = store.create_run(&run(1)).unwrap();
    for error in [store.resume("latest").unwrap_err(), store.remove("latest").unwrap_err()] {
        assert!(matches!(&error, StoreError::InUse { id, .. } if id == ID), "{error:?}");
        assert!(error.to_string().contains(ID), "{error}");
    }
    assert_eq!(store.load("latest").unwrap().damage, Vec::new(), "reading needs no lock");
    drop(open);
    let open = store.resume("latest").unwrap().open;
    assert!(matches!(store.resume("latest"), Err(StoreError::InUse { .. })));
    open.seal(None).unwrap();
    let error = store.resume("latest").unwrap_err();
    assert!(matches!(&error, StoreError::Sealed { id } if id == ID), "{error:?}");
}

#[test]
fn a_resumed_run_has_a_session_more_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let mut open = store.create_run(&run(2)).unwrap();
    open.append(&invocation(0)).unwrap();
    drop(open);
    let mut resumed = store.resume("latest").unwrap();
    assert_eq!(resumed.stored.run.invocations, invocations(1));
    resumed.open.begin_session(&session(2)).unwrap();
    let again = resumed.open.begin_session(&session(2)).unwrap_err();
    assert!(matches!(again, StoreError::SessionExists { number: 2, .. }), "{again}");
    let mut second = invocation(1);
    second.session = 2;
    resumed.open.append(&second).unwrap();
    resumed.open.seal(None).unwrap();
    let stored = store.load("latest").unwrap();
    assert_eq!(stored.damage, Vec::new());
    assert_eq!(stored.run.sessions, [session(1), session(2)]);
    assert_eq!(stored.run.invocations, [invocation(0), second]);
}

#[test]
fn a_changed_sealed_run_says_so_first() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let mut open = store.create_run(&run(2)).unwrap();
    let path = open.folder().join("invocations.jsonl");
    open.append(&invocation(0)).unwrap();
    open.append(&invocation(1)).unwrap();
    open.seal(None).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("1000001", "1000002", 1)).unwrap();
    let stored = store.load("latest").unwrap();
    assert!(matches!(stored.damage[..], [Damage::DigestDiffers { .. }]), "{:?}", stored.damage);
    assert!(stored.damage[0].is_corruption());
    assert_eq!(stored.run.warnings[0].kind, "damaged");

    fs::remove_file(&path).unwrap();
    let stored = store.load("latest").unwrap();
    let gone = Damage::MissingFile { file: "invocations.jsonl".into() };
    assert!(stored.damage.contains(&gone), "{:?}", stored.damage);
}

#[test]
fn failed_output_is_kept_by_the_index_of_its_invocation() {
    let folder = tempfile::tempdir().unwrap();
    let open = store(folder.path()).create_run(&run(1)).unwrap();
    open.keep_output(12, b"", b"thread 'main' panicked").unwrap();
    let output = open.folder().join("output");
    assert_eq!(fs::read(output.join("12.stderr.txt")).unwrap(), b"thread 'main' panicked");
    assert_eq!(fs::read_dir(output).unwrap().count(), 1, "an empty stream makes no file");
}

#[test]
fn a_removed_run_is_gone_and_the_others_stay() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    store.create_run(&run(1)).unwrap();
    store.create_run(&run(1)).unwrap();
    assert_eq!(store.remove(ID).unwrap(), ID);
    let left: Vec<String> = store.list().unwrap().into_iter().map(|run| run.id).collect();
    assert_eq!(left, [format!("{ID}-2")]);
    store.remove("latest").unwrap();
    let error = store.load("latest").unwrap_err();
    assert!(matches!(error, StoreError::Reference(ReferenceError::NoRuns { .. })), "{error:?}");
    assert!(error.to_string().contains("`bench-lab run` makes one"), "{error}");
    assert_eq!(fs::read_dir(folder.path().join("runs")).unwrap().count(), 0);
}

#[test]
fn what_a_crash_left_half_made_is_invisible_and_cleared() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let runs = folder.path().join("runs");
    for leftover in [format!(".new-{ID}"), ".removed-20250101T000000Z-nogit".into()] {
        fs::create_dir(runs.join(&leftover)).unwrap();
        fs::write(runs.join(&leftover).join("run.json"), "{").unwrap();
    }
    assert!(store.list().unwrap().is_empty());
    assert_eq!(store.create_run(&run(1)).unwrap().id(), ID);
    assert_eq!(fs::read_dir(&runs).unwrap().count(), 1);
}

#[test]
fn a_new_store_hides_itself_from_git_and_hides_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("workspace/.bench-lab");
    store(&own);
    assert_eq!(fs::read_to_string(own.join(".gitignore")).unwrap(), "*\n");
    fs::write(own.join(".gitignore"), "mine").unwrap();
    store(&own);
    assert_eq!(fs::read_to_string(own.join(".gitignore")).unwrap(), "mine", "it is written once");

    let shared = folder.path().join("shared");
    fs::create_dir(&shared).unwrap();
    fs::write(shared.join("thesis.tex"), "").unwrap();
    store(&shared);
    assert!(!shared.join(".gitignore").exists());
    assert!(Store::open(&at(&shared)).is_ok());
}

#[test]
fn a_renamed_run_is_called_by_its_folder_and_tells_its_first_name() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    store.create_run(&run(1)).unwrap();
    let runs = folder.path().join("runs");
    fs::rename(runs.join(ID), runs.join("before-the-rewrite")).unwrap();
    let stored = store.load("before").unwrap();
    assert_eq!(stored.run.id, "before-the-rewrite");
    assert_eq!(stored.run.warnings[0].kind, "renamed");
    assert!(stored.run.warnings[0].text.contains(ID));
}

#[test]
fn an_unreadable_start_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let mut odd = run(1);
    odd.created_at = "yesterday".into();
    assert!(matches!(store.create_run(&odd), Err(StoreError::Time { .. })));
    let mut odd = run(1);
    odd.benchmarks.clear();
    let error = store.create_run(&odd).unwrap_err();
    assert!(matches!(error, StoreError::Format { source: FormatError::Unlisted { .. }, .. }), "{error}");
    assert_eq!(fs::read_dir(folder.path().join("runs")).unwrap().count(), 0);
}
