//! What a log does when nothing crashes: segments come and go, limits hold, failures poison.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;
use seglog::simulation::{Disk, Mishap};
use seglog::{Entry, Error, Log, Options, Record, Sharing};

use crate::{OPTIONS, entries, open, write};

#[derive(Debug, Clone)]
enum Action {
    Append(Vec<Vec<u8>>),
    Commit,
    Truncate(prop::sample::Index),
    Reopen,
    Read(prop::sample::Index),
}

fn action() -> impl Strategy<Value = Action> {
    let payload = prop::collection::vec(any::<u8>(), 0..2000);
    prop_oneof![
        6 => prop::collection::vec(payload, 0..4).prop_map(Action::Append),
        2 => Just(Action::Commit),
        1 => any::<prop::sample::Index>().prop_map(Action::Truncate),
        1 => Just(Action::Reopen),
        2 => any::<prop::sample::Index>().prop_map(Action::Read),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_history_gives_what_a_vector_gives(
        actions in prop::collection::vec(action(), 1..40),
        sharing in prop_oneof![Just(Sharing::Alone), Just(Sharing::Coordinated)],
        segment_bytes in prop_oneof![Just(4096 + 100), Just(4096 + 5000), Just(1 << 16)],
    ) {
        let directory = tempfile::tempdir().unwrap();
        let options = Options { segment_bytes, sharing };
        let mut log = Log::open_directory(directory.path(), options, |_| panic!("a new log is empty")).unwrap();
        let mut model: Vec<Vec<u8>> = Vec::new();
        let mut first = 1;
        for action in actions {
            match action {
                Action::Append(batch) => {
                    model.extend(batch.iter().cloned());
                    prop_assert_eq!(log.append(&entries(&batch)).unwrap(), model.len() as u64);
                }
                Action::Commit => {
                    log.commit(model.len() as u64).unwrap();
                    prop_assert_eq!(log.durable(), model.len() as u64);
                    prop_assert_eq!(log.published(), model.len() as u64);
                }
                Action::Truncate(index) => log.truncate_before(index.index(model.len() + 1) as u64).unwrap(),
                Action::Reopen => {
                    drop(log);
                    let mut found = Vec::new();
                    log = Log::open_directory(directory.path(), options, |record| found.push(record)).unwrap();
                    let recovery = log.recovery();
                    prop_assert_eq!((recovery.cut_bytes, recovery.last_sequence), (0, model.len() as u64));
                    prop_assert!(recovery.first_sequence >= first);
                    first = recovery.first_sequence;
                    let payloads: Vec<Vec<u8>> = found.into_iter().map(|record| record.payload).collect();
                    prop_assert_eq!(&payloads, &model[first as usize - 1..]);
                }
                Action::Read(index) => {
                    let from = index.index(model.len() + 1) as u64 + 1;
                    match log.records(from) {
                        Ok(records) => {
                            let records: Vec<Record> = records.map(Result::unwrap).collect();
                            prop_assert!(records.iter().map(|record| record.sequence).eq(from..=model.len() as u64));
                            let payloads = records.iter().map(|record| &record.payload);
                            prop_assert!(payloads.eq(model[from as usize - 1..].iter()));
                            prop_assert!(records.iter().all(|record| record.kind == record.payload.len() as u8));
                        }
                        Err(Error::Truncated { asked, .. }) => prop_assert_eq!(asked, from),
                        Err(other) => panic!("{other}"),
                    }
                }
            }
        }
    }
}

#[test]
fn truncation_keeps_the_files_few_and_reuses_them() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options { segment_bytes: 1 << 14, sharing: Sharing::Coordinated };
    let log = Log::open_directory(directory.path(), options, |_| {}).unwrap();
    for _ in 0..400 {
        let sequence = write(&log, &[&[1; 1000]]);
        log.truncate_before(sequence).unwrap();
        assert!(fs::read_dir(directory.path()).unwrap().count() <= 4);
    }
    drop(log);
    let mut kept = Vec::new();
    let log = Log::open_directory(directory.path(), options, |record| kept.push(record)).unwrap();
    assert_eq!(log.last(), 400);
    assert!((1..14).contains(&kept.len()), "{} records are kept", kept.len());
    assert!(kept.iter().all(|record| record.payload == [1; 1000]));
}

#[test]
fn the_last_record_is_never_truncated_so_that_the_count_goes_on() {
    let disk = Disk::default();
    let log = open(&disk).unwrap().0;
    for _ in 0..20 {
        write(&log, &[&[1; 300]]);
    }
    log.truncate_before(u64::MAX).unwrap();
    drop(log);
    let (log, records) = open(&disk).unwrap();
    assert_eq!(records.last().unwrap().sequence, 20);
    assert_eq!(write(&log, &[b"next"]), 21);
}

#[test]
fn a_log_that_is_not_shared_is_opened_once() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options { segment_bytes: 1 << 13, sharing: Sharing::Alone };
    let log = Log::open_directory(directory.path(), options, |_| {}).unwrap();
    match Log::open_directory(directory.path(), options, |_| {}) {
        Err(Error::Locked { holder, .. }) => assert_eq!(holder, format!("process {}", std::process::id())),
        other => panic!("{other:?}"),
    }
    drop(log);
    Log::open_directory(directory.path(), options, |_| {}).unwrap();
}

#[test]
fn a_full_disk_is_an_error_that_leaves_the_log_usable() {
    let disk = Disk::default();
    let log = open(&disk).unwrap().0;
    write(&log, &[&[1; 500]]);
    disk.set_mishap(Mishap::NoRoomFrom(1));
    let refused = log.append(&[Entry { kind: 0, payload: &[2; 500] }]);
    assert!(matches!(refused, Err(Error::Full { bytes: 4796, .. })), "{refused:?}");
    // What still fits is taken.
    write(&log, &[b"small"]);
    disk.set_mishap(Mishap::None);
    assert_eq!(write(&log, &[&[3; 500]]), 3);
    drop(log);
    let payloads: Vec<usize> = open(&disk).unwrap().1.iter().map(|record| record.payload.len()).collect();
    assert_eq!(payloads, [500, 5, 500]);
}

/// On a real disk: `SEGLOG_SMALL_DISK` is a directory on a file system of a few megabytes.
#[test]
#[ignore = "needs a small file system, as SEGLOG_SMALL_DISK"]
fn a_real_full_disk_is_an_error_and_no_signal() {
    let Ok(disk) = std::env::var("SEGLOG_SMALL_DISK") else { return };
    let directory = tempfile::tempdir_in(disk).unwrap();
    let options = Options { segment_bytes: 1 << 18, sharing: Sharing::Coordinated };
    let log = Log::open_directory(directory.path(), options, |_| {}).unwrap();
    let mut written = 0;
    let refused = loop {
        match log.append(&[Entry { kind: 0, payload: &[7; 5000] }]) {
            Ok(sequence) => written = sequence,
            Err(error) => break error,
        }
        assert!(written < 100_000, "the disk is too large for this test");
    };
    assert!(matches!(refused, Error::Full { .. }), "{refused}");
    log.commit(written).unwrap();
    log.truncate_before(written).unwrap();
    assert_eq!(write(&log, &[&[8; 5000]]), written + 1);
    drop(log);
    assert_eq!(Log::open_directory(directory.path(), options, |_| {}).unwrap().last(), written + 1);
}

#[test]
fn a_failed_sync_poisons_the_log() {
    let disk = Disk::default();
    let log = open(&disk).unwrap().0;
    write(&log, &[b"one"]);
    let sequence = log.append(&[Entry { kind: 0, payload: b"two" }]).unwrap();
    disk.set_mishap(Mishap::StepFailsAt(1));
    for _ in 0..2 {
        let failed = log.commit(sequence).unwrap_err();
        assert!(matches!(failed, Error::Poisoned { .. }), "{failed}");
        assert!(
            failed.to_string().contains("could not sync disk/0000000001.seg: the disk failed"),
            "{failed}"
        );
    }
    assert!(matches!(log.append(&[]), Err(Error::Poisoned { .. })));
    assert!(matches!(log.truncate_before(1), Err(Error::Poisoned { .. })));
    assert!(log.commit(1).is_ok(), "what was on disk before is on disk");
    assert_eq!(log.published(), 1);
}

#[test]
fn a_batch_larger_than_a_segment_gets_one_of_its_own() {
    let disk = Disk::default();
    let log = open(&disk).unwrap().0;
    write(&log, &[b"before"]);
    write(&log, &[&[1; 3000], &[2; 3000]]);
    write(&log, &[b"after"]);
    log.truncate_before(4).unwrap();
    write(&log, &[&[3; 600]]);
    drop(log);
    let lengths: Vec<usize> = open(&disk).unwrap().1.iter().map(|record| record.payload.len()).collect();
    assert_eq!(lengths, [5, 600]);
    assert_eq!(disk.content("0000000003.seg").unwrap().len() as u64, OPTIONS.segment_bytes);
}

#[test]
fn many_threads_commit_and_each_finds_its_records_on_disk() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options { segment_bytes: 1 << 15, sharing: Sharing::Alone };
    let log = Log::open_directory(directory.path(), options, |_| {}).unwrap();
    let committed = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for thread in 0..8u8 {
            let (log, committed) = (&log, &committed);
            scope.spawn(move || {
                for number in 0..200u16 {
                    let payload = [&[thread][..], &number.to_le_bytes(), &[0; 100]].concat();
                    let sequence = log.append(&[Entry { kind: thread, payload: &payload }]).unwrap();
                    log.commit(sequence).unwrap();
                    assert!(log.durable() >= sequence && log.published() >= sequence);
                    committed.fetch_max(sequence, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(committed.into_inner(), 1600);
    drop(log);
    let mut next = [0u16; 8];
    let log = Log::open_directory(directory.path(), options, |record| {
        let (thread, number) = (record.payload[0] as usize, [record.payload[1], record.payload[2]]);
        assert_eq!(u16::from_le_bytes(number), next[thread], "thread {thread} wrote in this order");
        next[thread] += 1;
    });
    assert_eq!(log.unwrap().last(), 1600);
    assert_eq!(next, [200; 8]);
}
